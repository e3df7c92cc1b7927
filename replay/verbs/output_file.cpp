#include "replay/verbs/output_file.h"

#include <errno.h>
#include <fmt/format.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "replay/part_file.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;

}  // namespace

std::expected<OutputFile, std::string> OutputFile::create(const fs::path& path, bool overwrite) {
  std::error_code ignored;
  if (!overwrite && fs::exists(fs::symlink_status(path, ignored))) {
    return std::unexpected(fmt::format("{} exists and is not overwritten", path.string()));
  }
  std::FILE* file = std::fopen(part_of(path).c_str(), "we");
  if (file == nullptr) {
    return std::unexpected(
        fmt::format("cannot write {}: {}", path.string(), std::generic_category().message(errno)));
  }
  return OutputFile(path, file);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, nullptr)),
      error_(other.error_) {}

OutputFile::~OutputFile() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  std::error_code ignored;
  fs::remove(part_of(path_), ignored);
}

void OutputFile::write(std::string_view text) {
  if (error_ != 0) return;
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) error_ = errno;
}

std::expected<void, std::string> OutputFile::publish() {
  if (error_ == 0 && std::fflush(file_) != 0) error_ = errno;
  // Whoever finds the name after a loss of power finds all of the file.
  if (error_ == 0 && ::fsync(::fileno(file_)) != 0 && errno != EINVAL) error_ = errno;
  if (error_ != 0) return std::unexpected(failed(error_));
  const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
  if (!closed) return std::unexpected(failed(errno));
  std::error_code refused;
  fs::rename(part_of(path_), path_, refused);
  if (refused) return std::unexpected(failed(refused.value()));
  return {};
}

std::string OutputFile::failed(int code) const {
  return fmt::format("cannot write {}: {}", path_.string(), std::generic_category().message(code));
}

}  // namespace tablekey::replay::verbs
