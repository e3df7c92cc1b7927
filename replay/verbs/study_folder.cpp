#include "replay/verbs/study_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "crypto/sha256.h"
#include "replay/study/record.h"
#include "replay/verbs/console.h"
#include "replay/verbs/study_output.h"
#include "replay/verbs/study_text.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 6> kFiles = {"manifest.json", "journal.jsonl", "runs.jsonl",
                                               "curve.csv",     "results.csv",   "results.jsonl"};

std::unexpected<FolderError> failed(const fs::path& path, int code) {
  return std::unexpected(FolderError{
      fmt::format("cannot write {}: {}", path.string(), std::generic_category().message(code)),
      ""});
}

std::unexpected<FolderError> not_this_study(const fs::path& path) {
  return std::unexpected(
      FolderError{fmt::format("{} holds another study and is not overwritten", path.string()),
                  "--force replaces it, -o DIR writes elsewhere"});
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string first_line(const fs::path& file) {
  std::string line;
  static_cast<void>(each_line(file, [&](std::string_view text) {
    line = text;
    return false;
  }));
  return line;
}

// What a study makes, and nothing else.
void remove_files(const fs::path& path) {
  std::error_code ignored;
  for (const char* name : kFiles) fs::remove(path / name, ignored);
}

}  // namespace

std::expected<void, std::string> each_line(const fs::path& file,
                                           const std::function<bool(std::string_view)>& take) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const auto cannot = [&](int code) {
    return std::unexpected(
        fmt::format("cannot read {}: {}", file.string(), std::generic_category().message(code)));
  };
  if (descriptor < 0) return cannot(errno);
  std::string rest;
  std::array<char, 1 << 16> buffer{};
  for (bool more = true; more;) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int code = errno;
      ::close(descriptor);
      return cannot(code);
    }
    if (count == 0) break;
    rest.append(buffer.data(), static_cast<std::size_t>(count));
    std::size_t begin = 0;
    for (std::size_t end; more && (end = rest.find('\n', begin)) != std::string::npos;) {
      more = take(std::string_view(rest).substr(begin, end - begin));
      begin = end + 1;
    }
    rest.erase(0, begin);
  }
  ::close(descriptor);
  return {};
}

std::string digest_of_file(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  crypto::Sha256 hash;
  std::array<std::uint8_t, 1 << 16> buffer{};
  ssize_t count = 0;
  while ((count = ::read(descriptor, buffer.data(), buffer.size())) > 0) {
    hash.update({buffer.data(), static_cast<std::size_t>(count)});
  }
  ::close(descriptor);
  return count < 0 ? std::string() : hex(hash.finish());
}

StudyFolder::StudyFolder(StudyFolder&& other) noexcept
    : path_(std::move(other.path_)),
      identity_(std::move(other.identity_)),
      state_(other.state_),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

StudyFolder::~StudyFolder() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string StudyFolder::head() const { return runs_head(identity_.study, identity_.shard); }

std::expected<StudyFolder, FolderError> StudyFolder::open(fs::path path, Identity identity,
                                                          bool force) {
  StudyFolder folder(std::move(path), std::move(identity));
  std::error_code error;
  fs::create_directories(folder.path_, error);
  if (error) return failed(folder.path_, error.value());
  if (auto looked = folder.look(force); !looked) return std::unexpected(looked.error());
  if (folder.state_ == FolderState::finished) return folder;
  if (auto opened = folder.open_journal(); !opened) return std::unexpected(opened.error());
  return folder;
}

// Which of the three states it is in, for this study.
std::expected<void, FolderError> StudyFolder::look(bool force) {
  std::error_code ignored;
  if (fs::exists(path_ / "manifest.json", ignored)) {
    const auto manifest = read_manifest(path_ / "manifest.json");
    const bool same = manifest && manifest->study == identity_.study &&
                      manifest->shard.index == identity_.shard.index &&
                      manifest->shard.count == identity_.shard.count;
    if (same && !force) {
      finish();  // killed before the journal was gone
      return {};
    }
    if (!force) return not_this_study(path_);
    remove_files(path_);
  }
  if (!fs::exists(journal(), ignored)) return {};
  const std::string line = first_line(journal());
  if (line.empty()) return {};  // killed before it noted anything
  if (line == head()) {
    state_ = FolderState::unfinished;
    if (!force) return {};
  } else if (!force) {
    return not_this_study(path_);
  }
  state_ = FolderState::fresh;
  remove_files(path_);
  return {};
}

std::expected<void, FolderError> StudyFolder::open_journal() {
  descriptor_ = ::open(journal().c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) return failed(journal(), errno);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    return std::unexpected(FolderError{fmt::format("another study is writing {}", path_.string()),
                                       "wait for it, or -o DIR writes elsewhere"});
  }
  if (state_ == FolderState::unfinished) return cut_torn_line();
  if (::ftruncate(descriptor_, 0) != 0) return failed(journal(), errno);
  if (!write_all(descriptor_, head() + "\n")) return failed(journal(), errno);
  return {};
}

// A line that was being written when the study was killed.
std::expected<void, FolderError> StudyFolder::cut_torn_line() {
  std::uintmax_t whole = 0;
  const auto read = each_line(journal(), [&](std::string_view line) {
    whole += line.size() + 1;
    return true;
  });
  if (!read) return std::unexpected(FolderError{read.error(), ""});
  if (::ftruncate(descriptor_, static_cast<off_t>(whole)) != 0) return failed(journal(), errno);
  return {};
}

std::expected<void, FolderError> StudyFolder::each_run(
    const std::function<bool(StudyRun)>& take) const {
  const fs::path file = state_ == FolderState::finished ? path_ / "runs.jsonl" : journal();
  std::uint64_t number = 0;
  bool good = true;
  const auto read = each_line(file, [&](std::string_view line) {
    if (number++ == 0) return good = line == head();
    auto run = run_of(line, identity_.measures, identity_.expectations);
    return good = run && take(std::move(*run));
  });
  if (!read) return std::unexpected(FolderError{read.error(), ""});
  if (good) return {};
  return std::unexpected(FolderError{fmt::format("line {} of {} is damaged", number, file.string()),
                                     "--force begins the study anew, -o DIR writes elsewhere"});
}

std::expected<void, FolderError> StudyFolder::append(const StudyRun& run) {
  if (write_all(descriptor_, line_of(run) + "\n")) return {};
  return failed(journal(), errno);
}

void StudyFolder::sync() {
  if (descriptor_ >= 0) static_cast<void>(::fsync(descriptor_));
}

void StudyFolder::finish() {
  std::error_code ignored;
  fs::remove(journal(), ignored);
  state_ = FolderState::finished;
}

}  // namespace tablekey::replay::verbs
