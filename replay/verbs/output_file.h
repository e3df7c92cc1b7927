// A file that a verb writes besides traces: it has its name only when it is whole, and never
// replaces another one unless told.
#pragma once

#include <cstdio>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace tablekey::replay::verbs {

class OutputFile {
 public:
  /// Errors, here and below, are sentences that name the file.
  static std::expected<OutputFile, std::string> create(const std::filesystem::path& path,
                                                       bool overwrite);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  /// Without publish() nothing is left behind.
  ~OutputFile();

  /// What goes wrong is kept for publish().
  void write(std::string_view text);
  std::expected<void, std::string> publish();

 private:
  OutputFile(std::filesystem::path path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  std::string failed(int code) const;

  std::filesystem::path path_;
  std::FILE* file_ = nullptr;
  int error_ = 0;  // errno of the first write that failed
};

}  // namespace tablekey::replay::verbs
