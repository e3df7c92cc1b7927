// What the policy verbs read: whole files and files of records, `-` being standard input. A file of
// records is read a line at a time, however long the file is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

/// A record is some kilobytes; a line beyond this is answered without being kept.
inline constexpr std::size_t kRecordBytesMax = std::size_t{64} << 20;

/// The bytes of a file, in pieces.
class InputFile {
 public:
  /// Errors, here and below, are sentences that name the file.
  static std::expected<InputFile, std::string> open(const std::filesystem::path& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  /// All that is left, up to `bytes_max` and one byte more.
  std::expected<std::string, std::string> read_all(std::size_t bytes_max);

  struct Line {
    std::string text;       ///< Without its line feed.
    bool too_long = false;  ///< Longer than `bytes_max`; the text is then empty.
    bool end = false;       ///< There was no line any more.
  };
  std::expected<Line, std::string> next_line(std::size_t bytes_max);

 private:
  InputFile(std::filesystem::path path, int descriptor, bool owned)
      : path_(std::move(path)), descriptor_(descriptor), owned_(owned) {}
  /// Fills the buffer anew; false at the end of the file.
  std::expected<bool, std::string> fill();

  std::filesystem::path path_;
  int descriptor_ = -1;
  bool owned_ = false;
  std::string buffer_;
  std::size_t used_ = 0;
};

/// The whole of a file or of standard input, up to `bytes_max` and one byte more.
std::expected<std::string, std::string> read_input(const std::filesystem::path& path,
                                                   std::size_t bytes_max);

/// Answers every record of the files, or of standard input where there are none, a line each
/// (policy_lines.h). The exit code is that of the worst that happened: a record that could not be
/// read is bad input, and those after it are answered all the same.
int answer_records(const std::vector<std::filesystem::path>& files, Console& console);

}  // namespace tablekey::replay::verbs
