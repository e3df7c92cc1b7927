// A gzip file as it grows (RFC 1952). Its header has no time, no name and one system for all, so
// that the same text gives the same bytes wherever and whenever it is written.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace tablekey::replay {

class Gzip {
 public:
  /// Takes the next piece of the file.
  using Sink = std::function<void(std::string_view)>;

  explicit Gzip(Sink sink);
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  void write(std::string_view text);
  /// The end of the file. Call once, last.
  void finish();

 private:
  struct Stream;
  void run(int flush);

  Sink sink_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace tablekey::replay
