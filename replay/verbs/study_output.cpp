#include "replay/verbs/study_output.h"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "replay/study/record.h"
#include "replay/verbs/study_folder.h"
#include "replay/verbs/study_load.h"

namespace tablekey::replay::verbs {
namespace {

constexpr std::size_t kRuns = 0, kTable = 1, kObjects = 2;

}  // namespace

StudyOutput::StudyOutput(const scenarios::Study& study, std::optional<std::filesystem::path> folder,
                         std::string runs_head, bool results)
    : study_(study),
      folder_(std::move(folder)),
      runs_head_(std::move(runs_head)),
      results_(results),
      work_(study, [this](const PointResult& result) { show(result); }) {
  open();
}

void StudyOutput::open() {
  if (!folder_) return;
  std::vector<std::string> names = {"runs.jsonl"};
  if (results_) names.insert(names.end(), {"results.csv", "results.jsonl"});
  for (const std::string& name : names) {
    auto file = OutputFile::create(*folder_ / name, true);
    if (!file) {
      error_ = file.error();
      return;
    }
    files_.push_back({name, std::move(*file)});
  }
  write(kRuns, runs_head_ + "\n");
  if (results_) write(kTable, csv_head(study_));
}

void StudyOutput::write(std::size_t file, std::string_view text) {
  if (file < files_.size()) files_[file].file.write(text);
}

void StudyOutput::point(std::uint64_t point, const std::vector<scenarios::StudySetting>& settings,
                        const std::vector<StudyRun>& runs) {
  for (const StudyRun& run : runs) write(kRuns, line_of(run) + "\n");
  if (results_) work_.point(point, settings, runs);
}

void StudyOutput::show(const PointResult& result) {
  write(kTable, csv_lines(study_, result));
  write(kObjects, json_of(study_, result)
                          .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
                      "\n");
  summary_.seen.resize(result.measures.size());
  for (std::size_t i = 0; i < result.measures.size(); ++i) {
    const MeasureResult& measure = result.measures[i];
    StudySummary::Seen& seen = summary_.seen[i];
    seen.runs += measure.runs;
    seen.no_data += measure.no_data;
    seen.lower_bounds += measure.lower_bounds;
    if (seen.note.empty()) seen.note = measure.note;
  }
  for (std::size_t i = 0; i < result.expectations.size(); ++i) {
    ++summary_.expected;
    if (result.expectations[i].met == Met::met) continue;
    ++(study_.expectations[i].warn ? summary_.warned : summary_.failed);
    if (summary_.failures.size() < StudySummary::kFailuresKept) {
      summary_.failures.push_back({result.point, i, result.expectations[i], result.settings});
    }
  }
  if (summary_.points.size() < StudySummary::kPointsKept) summary_.points.push_back(result);
}

void StudyOutput::add_file(const std::string& name, std::string_view text) {
  auto file = OutputFile::create(*folder_ / name, true);
  if (!file) {
    if (error_.empty()) error_ = file.error();
    return;
  }
  file->write(text);
  files_.push_back({name, std::move(*file)});
}

std::expected<std::map<std::string, std::string>, std::string> StudyOutput::publish() {
  if (!error_.empty()) return std::unexpected(error_);
  std::map<std::string, std::string> digests;
  for (File& one : files_) {
    if (auto written = one.file.publish(); !written) return std::unexpected(written.error());
    digests[one.name] = digest_of_file(*folder_ / one.name);
  }
  return digests;
}

StudySummary StudyOutput::summary() const {
  StudySummary out = summary_;
  out.runs = work_.runs();
  out.events = work_.events();
  out.points_total = work_.points();
  out.seen.resize(study_.measures.size());
  return out;
}

std::expected<std::map<std::string, std::string>, std::string> publish_study(
    const LoadedStudy& loaded, StudyOutput& output, const StudyShard& shard, StudyFolder& folder,
    const std::string& version) {
  auto files = output.publish();
  if (!files) return files;
  auto manifest = OutputFile::create(folder.path() / "manifest.json", true);
  if (!manifest) return std::unexpected(manifest.error());
  const auto json = manifest_of(loaded.text, loaded.loaded, shard, version, *files);
  manifest->write(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  manifest->write("\n");
  if (auto written = manifest->publish(); !written) return std::unexpected(written.error());
  folder.finish();
  return files;
}

std::expected<std::map<std::string, std::string>, std::string> files_of(const StudyFolder& folder) {
  auto manifest = read_manifest(folder.path() / "manifest.json");
  if (!manifest) return std::unexpected(manifest.error());
  return std::move(manifest->files);
}

std::string runs_head(const std::string& study, const StudyShard& shard) {
  nlohmann::ordered_json head;
  head["format"] = "tablekey.study.runs/1";
  head["study"] = study;
  head["shard"] = fmt::format("{}/{}", shard.index + 1, shard.count);
  return head.dump();
}

}  // namespace tablekey::replay::verbs
