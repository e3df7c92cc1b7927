// `study merge`: shards are read side by side, each in its order, and put into the order of the
// whole. The study comes out of their manifests; no file but theirs is needed.
#include <fmt/format.h>

#include <algorithm>

#include "replay/study/record.h"
#include "replay/verbs/study.h"
#include "replay/verbs/study_folder.h"
#include "replay/verbs/study_load.h"
#include "replay/verbs/study_verdict.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;

struct Shard {
  fs::path folder;
  ManifestHead head;
};

std::string shard_name(const StudyShard& shard) {
  return fmt::format("shard {} of {}", shard.index + 1, shard.count);
}

// What is wrong, and what to do.
using Refusal = FolderError;

std::expected<Shard, Refusal> read_shard(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder / "manifest.json", ignored)) {
    const bool begun = fs::exists(folder / "journal.jsonl", ignored);
    return std::unexpected(
        begun ? Refusal{fmt::format("{} is not finished", folder.string()),
                        "run the same command again: it goes on where it was stopped", true}
              : Refusal{fmt::format("{} holds no study", folder.string()), "", true});
  }
  auto head = read_manifest(folder / "manifest.json");
  if (!head) return std::unexpected(Refusal{head.error(), ""});
  if (!head->by_this_program()) {
    return std::unexpected(
        Refusal{fmt::format("{} was made by tablekey {}, which behaves differently",
                            folder.string(), head->version),
                "put shards together with the version that made them", true});
  }
  const auto runs = head->files.find("runs.jsonl");
  const std::string digest = digest_of_file(folder / "runs.jsonl");
  if (runs == head->files.end() || runs->second != digest) {
    return std::unexpected(
        Refusal{fmt::format("{} is not what its manifest says", (folder / "runs.jsonl").string()),
                "make this shard anew with --force"});
  }
  return Shard{folder, std::move(*head)};
}

// One of each, of one study. Shards that were made twice are equal, or something is wrong.
std::expected<std::vector<Shard>, Refusal> all_of(std::vector<Shard> given) {
  const Shard& first = given.front();
  const std::uint32_t count = first.head.shard.count;
  std::vector<std::optional<Shard>> found(count);
  for (Shard& one : given) {
    if (one.head.study != first.head.study) {
      return std::unexpected(
          Refusal{fmt::format("{} and {} are of different studies", given.front().folder.string(),
                              one.folder.string()),
                  "their manifests say from which file and settings each is", true});
    }
    if (one.head.shard.count != count) {
      return std::unexpected(Refusal{
          fmt::format("{} is {}, {} is {}", first.folder.string(), shard_name(first.head.shard),
                      one.folder.string(), shard_name(one.head.shard)),
          "all shards are cut from one number", true});
    }
    auto& place = found[one.head.shard.index];
    if (place && place->head.files.at("runs.jsonl") != one.head.files.at("runs.jsonl")) {
      return std::unexpected(
          Refusal{fmt::format("{} and {} both are {}, and they differ", place->folder.string(),
                              one.folder.string(), shard_name(one.head.shard)),
                  "runs repeat exactly: one of them was changed, or made by another build", true});
    }
    if (!place) place = one;
  }
  std::vector<std::string> missing;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!found[i]) missing.push_back(fmt::format("{}", i + 1));
  }
  if (!missing.empty()) {
    return std::unexpected(
        Refusal{fmt::format("missing: shard{} {} of {}", missing.size() == 1 ? "" : "s",
                            fmt::join(missing, ", "), count),
                fmt::format("tablekey study {} --shard {}/{} makes {}", first.head.text.name,
                            missing[0], count, missing.size() == 1 ? "it" : "the first"),
                true});
  }
  std::vector<Shard> shards;
  for (auto& one : found) shards.push_back(std::move(*one));
  return shards;
}

// A file of runs, read one at a time.
class RunFile {
 public:
  RunFile(fs::path file, const scenarios::Study& study)
      : file_(std::move(file)),
        in_(std::fopen(file_.c_str(), "re")),
        measures_(study.measures.size()),
        expectations_(study.expectations.size()) {
    if (in_ != nullptr) static_cast<void>(line());
    advance();
  }
  RunFile(RunFile&& other) noexcept
      : file_(std::move(other.file_)),
        in_(std::exchange(other.in_, nullptr)),
        measures_(other.measures_),
        expectations_(other.expectations_),
        next_(std::move(other.next_)),
        damaged_(other.damaged_) {}
  RunFile& operator=(RunFile&&) = delete;
  ~RunFile() {
    if (in_ != nullptr) std::fclose(in_);
  }

  const std::optional<StudyRun>& next() const { return next_; }
  bool damaged() const { return damaged_; }
  StudyRun take() {
    StudyRun run = std::move(*next_);
    advance();
    return run;
  }

 private:
  std::optional<std::string> line() {
    std::string text;
    for (int c; (c = std::getc(in_)) != EOF;) {
      if (c == '\n') return text;
      text += static_cast<char>(c);
    }
    return std::nullopt;
  }
  void advance() {
    next_.reset();
    if (in_ == nullptr) return;
    const auto text = line();
    if (!text) return;
    next_ = run_of(*text, measures_, expectations_);
    damaged_ = !next_;
  }

  fs::path file_;
  std::FILE* in_;
  std::size_t measures_, expectations_;
  std::optional<StudyRun> next_;
  bool damaged_ = false;
};

// Hands the runs of all shards to the schedule in the order of points and runs.
bool feed(const std::vector<Shard>& shards, const scenarios::Study& study,
          StudySchedule& schedule) {
  std::vector<RunFile> files;
  files.reserve(shards.size());
  for (const Shard& shard : shards) files.emplace_back(shard.folder / "runs.jsonl", study);
  for (;;) {
    RunFile* first = nullptr;
    for (RunFile& file : files) {
      if (file.damaged()) return false;
      if (!file.next()) continue;
      const bool earlier =
          first == nullptr || std::pair(file.next()->point, file.next()->run) <
                                  std::pair(first->next()->point, first->next()->run);
      if (earlier) first = &file;
    }
    if (first == nullptr) return schedule.done();
    if (!schedule.finished(first->take())) return false;
  }
}

int merge(const StudyMergeOptions& options, const std::vector<Shard>& shards, Console& console) {
  LoadedStudy loaded;
  loaded.text = shards.front().head.text;
  loaded.loaded = load_text(loaded.text, loaded.text.name);
  if (!loaded.loaded.ok() || !loaded.loaded.study) {
    console.err << loaded.loaded.diagnostics.render(console.color_err);
    return console.fail(kExitUsage, fmt::format("the study in the manifest of {} does not load",
                                                shards.front().folder.string()));
  }
  const scenarios::Study& study = loaded.study();
  const std::string digest = digest_of(loaded.text);
  auto folder = StudyFolder::open(options.output,
                                  {digest, {}, study.measures.size(), study.expectations.size()},
                                  options.force);
  if (!folder) return console.fail(kExitIo, folder.error().message, folder.error().hint);
  const bool there = folder->state() == FolderState::finished;
  StudyOutput output(study, there ? std::nullopt : std::optional(folder->path()),
                     runs_head(digest, {}), true);
  StudySchedule schedule(study, {}, [&](std::uint64_t point, std::vector<StudyRun> runs) {
    output.point(point, study.settings_of(point), runs);
  });
  if (!feed(shards, study, schedule)) {
    return console.fail(kExitIo, "the shards do not hold the runs of their study",
                        "make them anew with --force");
  }
  std::map<std::string, std::string> files;
  if (!there) {
    auto published = publish_study(loaded, output, {}, *folder, console.version);
    if (!published) return console.fail(kExitIo, published.error());
    files = std::move(*published);
  } else if (const auto manifest = read_manifest(folder->path() / "manifest.json")) {
    files = manifest->files;
  }
  std::vector<std::string> words = {"tablekey", "study", "merge"};
  for (const Shard& shard : shards) words.push_back(shard.folder.string());
  words.insert(words.end(), {"-o", options.output.string()});
  return print_study({loaded,
                      output.summary(),
                      folder->path(),
                      command_line(words),
                      {},
                      std::move(files),
                      options.json},
                     console);
}

}  // namespace

int study_merge(const StudyMergeOptions& options, Console& console) {
  std::vector<Shard> given;
  for (const fs::path& folder : options.shards) {
    auto shard = read_shard(folder);
    if (!shard) {
      return console.fail(shard.error().usage ? kExitUsage : kExitIo, shard.error().message,
                          shard.error().hint);
    }
    given.push_back(std::move(*shard));
  }
  const auto shards = all_of(std::move(given));
  if (!shards) return console.fail(kExitUsage, shards.error().message, shards.error().hint);
  return merge(options, *shards, console);
}

}  // namespace tablekey::replay::verbs
