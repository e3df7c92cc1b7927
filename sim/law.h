// A broken law of our own, which is a bug and never an input error: the run stops, the trace so far
// is closed, and the program exits with "this is a bug in tablekey". Always on, in every build.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>

namespace tablekey::sim {

/// Thrown where something that must hold did not. what() is "<file>:<line>: <the law>".
class BrokenLaw : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn, gnu::cold]] inline void broken_law(
    const char* law, std::source_location where = std::source_location::current()) {
  throw BrokenLaw(std::string(where.file_name()) + ":" + std::to_string(where.line()) + ": " + law);
}

/// States what must hold here: one condition, in words that read well in a bug report.
constexpr void law(bool holds, const char* words,
                   std::source_location where = std::source_location::current()) {
  if (!holds) [[unlikely]] {
    broken_law(words, where);
  }
}

}  // namespace tablekey::sim
