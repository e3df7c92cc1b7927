#include "replay/verbs/study.h"

#include <fmt/format.h>

#include "crypto/harden.h"
#include "replay/verbs/study_machine.h"
#include "replay/verbs/study_verdict.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const StudyOptions& options) {
  if (options.output) return *options.output;
  const std::string shard =
      options.shard.count == 1
          ? std::string()
          : fmt::format("-{}-of-{}", options.shard.index + 1, options.shard.count);
  const fs::path& file = options.scenario.file;
  return file.parent_path() / (file.stem().string() + shard + ".study");
}

// One study on its way from its journal to its files.
class Going {
 public:
  Going(const StudyOptions& options, const LoadedStudy& loaded, StudyFolder folder,
        Console& console)
      : options_(options),
        loaded_(loaded),
        folder_(std::move(folder)),
        console_(console),
        finished_(folder_.state() == FolderState::finished),
        output_(loaded.study(), finished_ ? std::nullopt : std::optional(folder_.path()),
                runs_head(digest_of(loaded.text), options.shard), options.shard.count == 1),
        schedule_(loaded.study(), options.shard,
                  [this](std::uint64_t point, std::vector<StudyRun> runs) {
                    total_ += runs.size();
                    output_.point(point, loaded_.study().settings_of(point), runs);
                  }) {}

  int go() {
    const auto read =
        folder_.each_run([this](StudyRun run) { return schedule_.finished(std::move(run)); });
    if (!read) return fail(read.error(), console_);
    if (folder_.state() == FolderState::unfinished) {
      console_.note(fmt::format("going on after {}", counted(schedule_.runs_done(), "run")));
    }
    if (!finished_) {
      StudyMachine machine(options_, loaded_, folder_, schedule_.runs_done(), console_);
      const auto all = machine.run(schedule_);
      if (!all) return all.error();
      if (!*all) return machine.stopped(schedule_.runs_done(), schedule_.runs_total());
    }
    return end();
  }

 private:
  int end() {
    // A shard may have no runs in its last points, and no reason to have looked at them.
    static_cast<void>(schedule_.next());
    if (!schedule_.done()) {
      return console_.fail(kExitIo, fmt::format("{} lacks runs", folder_.path().string()),
                           "--force begins the study anew, -o DIR writes elsewhere");
    }
    auto files = finished_
                     ? files_of(folder_)
                     : publish_study(loaded_, output_, options_.shard, folder_, console_.version);
    if (!files) return console_.fail(kExitIo, files.error());
    StudySummary summary = output_.summary();
    summary.runs = total_;
    return print_study({loaded_, summary, folder_.path(), study_command(options_), options_.shard,
                        std::move(*files), options_.json},
                       console_);
  }

  const StudyOptions& options_;
  const LoadedStudy& loaded_;
  StudyFolder folder_;
  Console& console_;
  bool finished_;
  StudyOutput output_;
  StudySchedule schedule_;
  std::uint64_t total_ = 0;
};

}  // namespace

int study(const StudyOptions& options, Console& console) {
  crypto::harden_process();
  const auto loaded = load_study(options.scenario, options.repeat, console);
  if (!loaded) return loaded.error();
  const scenarios::Study& study = loaded->study();
  if (study.search && options.shard.count > 1) {
    return console.fail(kExitUsage,
                        "a search has no shards: each value depends on those before it");
  }
  auto folder = StudyFolder::open(
      folder_of(options),
      {digest_of(loaded->text), options.shard, study.measures.size(), study.expectations.size()},
      options.force);
  if (!folder) return fail(folder.error(), console);
  if (study.search) return study_search(options, *loaded, std::move(*folder), console);
  return Going(options, *loaded, std::move(*folder), console).go();
}

}  // namespace tablekey::replay::verbs
