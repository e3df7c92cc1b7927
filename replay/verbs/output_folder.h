// A folder of files that a verb writes: it has its name only when all of it is there. It takes the
// place of an earlier one of its kind if it is told to, and of nothing else.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace tablekey::replay::verbs {

class OutputFolder {
 public:
  /// Errors, here and below, are sentences that name the folder. An empty folder may be taken;
  /// one with anything in it only with `overwrite`, and only if all files in it are of the kind
  /// that goes there: CloudTrail's.
  static std::expected<OutputFolder, std::string> create(const std::filesystem::path& path,
                                                         bool overwrite);
  OutputFolder(OutputFolder&& other) noexcept;
  OutputFolder& operator=(OutputFolder&&) = delete;
  /// Without publish() nothing is left behind.
  ~OutputFolder();

  /// Adds to the end of a file, which it makes if need be. What goes wrong is kept for publish().
  void append(const std::string& path, std::string_view piece);
  std::expected<void, std::string> publish();

 private:
  explicit OutputFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;  // empty: published, or moved from
  std::string error_;           // of the first write that failed
};

}  // namespace tablekey::replay::verbs
