#include "replay/verbs/output_folder.h"

#include <errno.h>
#include <fmt/format.h>

#include <cstdio>
#include <system_error>
#include <utility>

#include "replay/part_file.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;

std::string cannot_write(const fs::path& path, int code) {
  return fmt::format("cannot write {}: {}", path.string(), std::generic_category().message(code));
}

bool is_delivered(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".json.gz") && name.find("_CloudTrail_") != std::string::npos;
}

// Whether a folder has nothing in it but what CloudTrail delivers.
bool is_trail(const fs::path& folder, std::error_code& error) {
  for (auto entry = fs::recursive_directory_iterator(folder, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (!entry->is_directory() && !is_delivered(entry->path())) return false;
  }
  return true;
}

}  // namespace

std::expected<OutputFolder, std::string> OutputFolder::create(const fs::path& given,
                                                              bool overwrite) {
  // "trail/" is the folder "trail".
  const fs::path path = given.has_filename() ? given : given.parent_path();
  std::error_code error;
  if (fs::exists(fs::symlink_status(path, error))) {
    if (!fs::is_directory(path, error)) {
      return std::unexpected(fmt::format("{} exists and is no folder", path.string()));
    }
    const bool empty = fs::is_empty(path, error);
    if (!error && !empty && !overwrite) {
      return std::unexpected(fmt::format("{} exists and is not overwritten", path.string()));
    }
    if (!error && !empty && !is_trail(path, error)) {
      return std::unexpected(
          fmt::format("{} holds other files than CloudTrail's and is not replaced", path.string()));
    }
    if (error) return std::unexpected(cannot_write(path, error.value()));
  }
  const fs::path part = part_of(path);
  if (fs::exists(fs::symlink_status(part, error))) {
    // Left by an export that was killed; nothing else is taken away.
    if (!fs::is_directory(part, error) || !is_trail(part, error) || error) {
      return std::unexpected(fmt::format("{} is in the way", part.string()));
    }
    fs::remove_all(part, error);
  }
  fs::create_directories(part, error);
  if (error) return std::unexpected(cannot_write(path, error.value()));
  return OutputFolder(path);
}

OutputFolder::OutputFolder(OutputFolder&& other) noexcept
    : path_(std::exchange(other.path_, fs::path())), error_(std::move(other.error_)) {}

OutputFolder::~OutputFolder() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(part_of(path_), ignored);
}

void OutputFolder::append(const std::string& path, std::string_view piece) {
  if (!error_.empty()) return;
  const fs::path file = part_of(path_) / path;
  std::error_code refused;
  fs::create_directories(file.parent_path(), refused);
  std::FILE* out = std::fopen(file.c_str(), "abe");
  bool done = out != nullptr && std::fwrite(piece.data(), 1, piece.size(), out) == piece.size();
  int code = done ? 0 : errno;
  if (out != nullptr && std::fclose(out) != 0 && done) {
    done = false;
    code = errno;
  }
  if (!done) error_ = cannot_write(path_ / path, code);
}

std::expected<void, std::string> OutputFolder::publish() {
  if (!error_.empty()) return std::unexpected(error_);
  std::error_code refused;
  fs::remove_all(path_, refused);
  if (!refused) fs::rename(part_of(path_), path_, refused);
  if (refused) return std::unexpected(cannot_write(path_, refused.value()));
  path_.clear();
  return {};
}

}  // namespace tablekey::replay::verbs
