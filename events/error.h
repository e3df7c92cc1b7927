// What can go wrong around a trace file, as a value: a disk that refuses, a file that is not what
// it should be. A broken law of this program is not among these; it throws BrokenLaw, which nothing
// in this room catches.
#pragma once

#include <expected>
#include <stdexcept>
#include <string>

namespace tablekey::events {

struct Error {
  enum class Kind {
    io,           // the operating system refused; the message has its words
    exists,       // a file is in the way and was not to be overwritten
    not_a_trace,  // the superblock is not ours
    torn,         // the end of the trace is missing
    damaged,      // bytes in the middle are not what was written
    unsupported,  // a newer format, an unknown codec
    limit,        // larger than the format or the caller's limits allow
    content,      // the frame is whole but what it holds is not what it should be
    usage,        // the request makes no sense for this file
  };
  Kind kind = Kind::io;
  std::string message;  // one sentence without a full stop, naming the file where there is one
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Error::Kind kind, std::string message) {
  return std::unexpected(Error{kind, std::move(message)});
}

struct BrokenLaw : std::logic_error {
  using std::logic_error::logic_error;
};

// An assertion that is on in every build.
inline void law(bool holds, const char* what) {
  if (!holds) throw BrokenLaw(std::string("events: ") + what);
}

}  // namespace tablekey::events
