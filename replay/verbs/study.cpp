#include "replay/verbs/study.h"

#include <fmt/format.h>

#include "crypto/harden.h"
#include "replay/study/execute.h"
#include "replay/verbs/study_folder.h"
#include "replay/verbs/study_load.h"
#include "replay/verbs/study_verdict.h"
#include "replay/verbs/verdict.h"

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

int fail(const FolderError& error, Console& console) {
  return console.fail(error.usage ? kExitUsage : kExitIo, error.message, error.hint);
}

std::string again(const StudyOptions& options) {
  std::vector<std::string> words = {"tablekey", "study", options.scenario.file.string()};
  if (options.scenario.seed) {
    words.insert(words.end(), {"--seed", fmt::format("{}", *options.scenario.seed)});
  }
  for (const auto& [path, value] : options.scenario.set) {
    words.insert(words.end(), {"--set", path + "=" + value});
  }
  if (options.repeat) {
    words.insert(words.end(), {"--repeat", fmt::format("{}", *options.repeat)});
  }
  if (options.shard.count > 1) {
    words.insert(words.end(),
                 {"--shard", fmt::format("{}/{}", options.shard.index + 1, options.shard.count)});
  }
  if (options.output) words.insert(words.end(), {"-o", options.output->string()});
  return command_line(words);
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
      if (const auto code = run()) return *code;
    }
    return end();
  }

 private:
  // An exit code: the study did not come to its end.
  std::optional<int> run() {
    Interruption interruption;
    StudyProgress progress(options_.progress, schedule_.runs_done());
    std::optional<FolderError> unwritten;
    bool late = false;
    double synced = 0;
    ExecuteOptions how;
    how.threads = options_.threads;
    how.ran = [&](const StudyRun& run) {
      auto noted = folder_.append(run);
      if (!noted) unwritten = noted.error();
      return noted.has_value();
    };
    how.look = [&](const StudySchedule& schedule) {
      progress.show(schedule);
      if (progress.seconds() - synced < 1) return;
      synced = progress.seconds();
      folder_.sync();
    };
    how.stop = [&] {
      late = options_.time_limit &&
             progress.seconds() * 1e9 >= static_cast<double>(options_.time_limit->count());
      return late || interruption.came();
    };
    how.broke = [this](StudyJob job) { name_the_run(job); };
    const auto all = execute(loaded_.study(), schedule_, how);
    folder_.sync();
    if (unwritten) return fail(*unwritten, console_);
    if (!all) {
      console_.err << all.error().text;
      return kExitUsage;
    }
    if (*all) return std::nullopt;
    return stopped(interruption.came());
  }

  // A bug is seen again by one run alone.
  void name_the_run(StudyJob job) {
    std::vector<Setting> set = options_.scenario.set;
    for (const auto& [path, value] : loaded_.study().settings_of(job.point)) {
      set.emplace_back(path, value);
    }
    const std::uint64_t seed = loaded_.study().seed_of(job.run);
    console_.seed = seed;
    console_.command = run_command(options_.scenario.file.string(), seed, set) + " --no-trace";
  }

  int stopped(bool interrupted) {
    console_.note(
        fmt::format("{} after {} of {}", interrupted ? "interrupted" : "stopped at the time limit",
                    grouped(schedule_.runs_done()), counted(schedule_.runs_total(), "run")));
    console_.note(fmt::format("  go on: {}", again(options_)));
    return interrupted ? kExitInterrupted : kExitTimeLimit;
  }

  int end() {
    if (!schedule_.done()) {
      return console_.fail(kExitIo, fmt::format("{} lacks runs", folder_.path().string()),
                           "--force begins the study anew, -o DIR writes elsewhere");
    }
    std::map<std::string, std::string> files;
    if (finished_) {
      const auto manifest = read_manifest(folder_.path() / "manifest.json");
      if (!manifest) return console_.fail(kExitIo, manifest.error());
      files = manifest->files;
    } else {
      auto published = publish_study(loaded_, output_, options_.shard, folder_, console_.version);
      if (!published) return console_.fail(kExitIo, published.error());
      files = std::move(*published);
    }
    StudySummary summary = output_.summary();
    summary.runs = total_;
    return print_study({loaded_, summary, folder_.path(), options_.scenario.file.string(),
                        again(options_), options_.shard, std::move(files), options_.json},
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
  auto folder = StudyFolder::open(
      folder_of(options),
      {digest_of(loaded->text), options.shard, study.measures.size(), study.expectations.size()},
      options.force);
  if (!folder) return fail(folder.error(), console);
  return Going(options, *loaded, std::move(*folder), console).go();
}

}  // namespace tablekey::replay::verbs
