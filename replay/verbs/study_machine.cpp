#include "replay/verbs/study_machine.h"

#include <fmt/format.h>

#include "replay/verbs/verdict.h"

namespace tablekey::replay::verbs {

StudyMachine::StudyMachine(const StudyOptions& options, const LoadedStudy& loaded,
                           StudyFolder& folder, std::uint64_t done_before, Console& console)
    : options_(options),
      loaded_(loaded),
      folder_(folder),
      console_(console),
      progress_(options.progress, done_before) {}

std::expected<bool, int> StudyMachine::run(StudySchedule& schedule,
                                           const std::optional<Variant>& variant) {
  std::optional<FolderError> unwritten;
  ExecuteOptions how;
  how.threads = options_.threads;
  how.ran = [&](const StudyRun& run) {
    StudyRun noted = run;
    if (variant) noted.point = variant->point;
    auto written = folder_.append(noted);
    if (!written) unwritten = written.error();
    return written.has_value();
  };
  how.look = [this](const StudySchedule& now) { look(now); };
  how.stop = [this] { return stop(); };
  how.broke = [&](StudyJob job) { name_the_run(job, variant); };
  if (variant) {
    how.make = [&](StudyJob job) {
      return loaded_.study().make_with(variant->setting.path, variant->setting.value, job.run);
    };
  }
  const auto all = execute(loaded_.study(), schedule, how);
  folder_.sync();
  if (unwritten) return std::unexpected(fail(*unwritten, console_));
  if (all) return *all;
  console_.err << all.error().text;
  return std::unexpected(kExitUsage);
}

void StudyMachine::look(const StudySchedule& schedule) {
  progress_.show(schedule);
  if (progress_.seconds() - synced_ < 1) return;
  synced_ = progress_.seconds();
  folder_.sync();
}

bool StudyMachine::stop() {
  const auto& limit = options_.time_limit;
  return interruption_.came() ||
         (limit && progress_.seconds() * 1e9 >= static_cast<double>(limit->count()));
}

// A bug is seen again by one run alone.
void StudyMachine::name_the_run(StudyJob job, const std::optional<Variant>& variant) {
  std::vector<Setting> set = options_.scenario.set;
  const auto settings = variant ? std::vector<scenarios::StudySetting>{variant->setting}
                                : loaded_.study().settings_of(job.point);
  for (const auto& [path, value] : settings) set.emplace_back(path, value);
  const std::uint64_t seed = loaded_.study().seed_of(job.run);
  console_.seed = seed;
  console_.command = run_command(options_.scenario.file.string(), seed, set) + " --no-trace";
}

int StudyMachine::stopped(std::uint64_t done, std::uint64_t total) {
  const bool interrupted = interruption_.came();
  const std::string of = total == 0 ? std::string() : fmt::format(" of {}", grouped(total));
  console_.note(fmt::format("{} after {}{} run{}",
                            interrupted ? "interrupted" : "stopped at the time limit",
                            grouped(done), of, done == 1 && total == 0 ? "" : "s"));
  console_.note(fmt::format("  go on: {}", study_command(options_)));
  return interrupted ? kExitInterrupted : kExitTimeLimit;
}

std::string study_command(const StudyOptions& options) {
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

int fail(const FolderError& error, Console& console) {
  return console.fail(error.usage ? kExitUsage : kExitIo, error.message, error.hint);
}

}  // namespace tablekey::replay::verbs
