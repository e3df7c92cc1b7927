// The folder that a study writes: while it runs a journal of the runs that ended, in the order in
// which they did; at its end the runs in order, the results and a manifest. Every file has its name
// only when it is whole, the manifest last, so that a folder with one is finished. A study that was
// stopped, however, finds its journal and goes on with what is not in it.
//
//   journal.jsonl   only while it is unfinished
//   runs.jsonl      every run, one a line (record.h)
//   results.csv     a row for each point and measure (results.h); not of a shard
//   results.jsonl   an object for each point; not of a shard
//   manifest.json   what it was made from, and how to make it again
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "replay/study/run.h"
#include "replay/study/schedule.h"

namespace tablekey::replay::verbs {

/// What the verb has to say of it, and what to do.
struct FolderError {
  std::string message, hint;
  bool usage = false;  ///< the command line is wrong, not the disk
};

enum class FolderState : std::uint8_t { fresh, unfinished, finished };

class StudyFolder {
 public:
  struct Identity {
    std::string study;  ///< its digest
    StudyShard shard;
    std::size_t measures = 0, expectations = 0;
  };

  /// The folder for a study, made if it is not there. What another study left there is an error
  /// unless `force`, which removes it.
  static std::expected<StudyFolder, FolderError> open(std::filesystem::path path, Identity identity,
                                                      bool force);
  StudyFolder(StudyFolder&& other) noexcept;
  StudyFolder& operator=(StudyFolder&&) = delete;
  ~StudyFolder();

  FolderState state() const { return state_; }
  const std::filesystem::path& path() const { return path_; }
  /// The runs that are there already, from the journal or from the finished file. Error: a line
  /// that is none, which only a damaged file has.
  std::expected<void, FolderError> each_run(const std::function<bool(StudyRun)>& take) const;

  /// Notes a run that ended.
  std::expected<void, FolderError> append(const StudyRun& run);
  /// Returns when the disk has what was noted.
  void sync();
  /// The manifest is there: the journal is not needed any more.
  void finish();

 private:
  StudyFolder(std::filesystem::path path, Identity identity)
      : path_(std::move(path)), identity_(std::move(identity)) {}
  std::expected<void, FolderError> look(bool force);
  std::expected<void, FolderError> open_journal();
  std::expected<void, FolderError> cut_torn_line();
  std::string head() const;
  std::filesystem::path journal() const { return path_ / "journal.jsonl"; }

  std::filesystem::path path_;
  Identity identity_;
  FolderState state_ = FolderState::fresh;
  int descriptor_ = -1;
};

/// Calls `take` for every line of a file, without its end, the first one included; a last line
/// that is not whole is left out. False from `take` stops. The error is a sentence that names the
/// file.
std::expected<void, std::string> each_line(const std::filesystem::path& file,
                                           const std::function<bool(std::string_view)>& take);

/// SHA-256 of a file as 64 hexadecimal digits; empty if it cannot be read.
std::string digest_of_file(const std::filesystem::path& file);

}  // namespace tablekey::replay::verbs
