#include "replay/verbs/report_study.h"

#include <fmt/format.h>

#include "replay/report/study_document.h"
#include "replay/study/record.h"
#include "replay/verbs/study_folder.h"
#include "replay/verbs/study_load.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kCurveColumns = 9;

struct StudyRefusal {
  std::string message, hint;
  int code = kExitIo;
};

std::string shard_text(const StudyShard& shard) {
  return fmt::format("shard {} of {}", shard.index + 1, shard.count);
}

// What can be said without reading the results.
std::expected<ManifestHead, StudyRefusal> finished_head(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder / "manifest.json", ignored)) {
    if (fs::exists(folder / "journal.jsonl", ignored)) {
      return std::unexpected(
          StudyRefusal{fmt::format("the study in {} is not finished", folder.string()),
                       "tablekey study, given its scenario again, goes on with it"});
    }
    return std::unexpected(
        StudyRefusal{fmt::format("{} is no study: it has no manifest.json", folder.string()),
                     "tablekey study FILE makes one; a run's report takes its trace", kExitUsage});
  }
  auto head = read_manifest(folder / "manifest.json");
  if (!head) return std::unexpected(StudyRefusal{head.error(), ""});
  if (head->shard.count > 1) {
    return std::unexpected(StudyRefusal{fmt::format("{} is {}, whose results are not there yet",
                                                    folder.string(), shard_text(head->shard)),
                                        "tablekey study merge puts the shards together",
                                        kExitUsage});
  }
  if (!head->by_this_program()) {
    return std::unexpected(
        StudyRefusal{fmt::format("{} was made by tablekey {}, which behaves differently",
                                 folder.string(), head->version),
                     "make its report with that version, or the study anew", kExitUsage});
  }
  for (const auto& [name, digest] : head->files) {
    if (digest_of_file(folder / name) == digest) continue;
    return std::unexpected(
        StudyRefusal{fmt::format("{} is not what its manifest says", (folder / name).string()),
                     "make the study anew with --force"});
  }
  return std::move(*head);
}

std::vector<std::string> fields(std::string_view line) {
  std::vector<std::string> out(1);
  for (const char c : line) {
    if (c == ',') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

// The files hold what their digests say, so a line that does not parse was never written.
std::expected<void, std::string> read_into(report::StudyFiles& files, const fs::path& folder,
                                           const scenarios::Study& study) {
  auto read = each_line(folder / "results.jsonl", [&](std::string_view line) {
    files.add_point(Json::parse(line));
    return true;
  });
  bool head = true;
  if (read) {
    read = each_line(folder / "runs.jsonl", [&](std::string_view line) {
      const bool first = std::exchange(head, false);
      if (first) return true;
      const auto run = run_of(line, study.measures.size(), study.expectations.size());
      if (run) files.add_run(*run);
      return run.has_value();
    });
  }
  head = true;
  if (read && study.search) {
    read = each_line(folder / "curve.csv", [&](std::string_view line) {
      if (std::exchange(head, false)) return true;
      std::vector<std::string> row = fields(line);
      const bool whole = row.size() == kCurveColumns;
      if (whole) files.add_tried(std::move(row));
      return whole;
    });
  }
  return read;
}

std::expected<Json, std::string> manifest_in(const fs::path& file) {
  std::string text;
  const auto read = each_line(file, [&](std::string_view line) {
    text += line;
    text += '\n';
    return true;
  });
  if (!read) return std::unexpected(read.error());
  return Json::parse(text);
}

}  // namespace

std::expected<Json, int> study_report(const fs::path& folder, Console& console) {
  auto head = finished_head(folder);
  if (!head) {
    const StudyRefusal& refusal = head.error();
    return std::unexpected(console.fail(refusal.code, refusal.message, refusal.hint));
  }
  LoadedStudy loaded;
  loaded.text = std::move(head->text);
  loaded.loaded = load_text(loaded.text, loaded.text.name);
  if (!loaded.loaded.ok() || !loaded.loaded.study) {
    console.err << loaded.loaded.diagnostics.render(console.color_err);
    return std::unexpected(console.fail(
        kExitUsage, fmt::format("the study in the manifest of {} does not load", folder.string())));
  }
  auto manifest = manifest_in(folder / "manifest.json");
  if (!manifest) return std::unexpected(console.fail(kExitIo, manifest.error()));
  report::StudyFiles files(std::move(*manifest), loaded.loaded);
  if (const auto read = read_into(files, folder, loaded.study()); !read) {
    return std::unexpected(console.fail(kExitIo, read.error()));
  }
  return files.document();
}

}  // namespace tablekey::replay::verbs
