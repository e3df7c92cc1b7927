#pragma once
// Always-on checks for the laws of this room. A broken law is a bug in our own code, so it is
// thrown as an exception nothing between the edges catches: the run stops, the trace so far is
// closed, and nothing has been encrypted wrongly.

#include <stdexcept>

namespace tablekey::crypto {

// A law of this room did not hold: a caller's bug, or a cipher that refused what it cannot refuse.
// The text names the law and never holds a byte of a key.
class BrokenLaw : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void broken_law(const char* law);

inline void require(bool holds, const char* law) {
  if (!holds) [[unlikely]] {
    broken_law(law);
  }
}

}  // namespace tablekey::crypto
