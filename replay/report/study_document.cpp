#include "replay/report/study_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "model/scenario.h"
#include "replay/report/run_document.h"
#include "replay/report/words.h"
#include "replay/settings_document.h"

namespace tablekey::replay::report {
namespace {

using Json = nlohmann::ordered_json;
using scenarios::Measure;

bool is_exposure(Measure measure) {
  return measure == Measure::exposure || measure == Measure::fleet_exposure ||
         measure == Measure::data_exposure;
}

bool is_cost(Measure measure) { return measure == Measure::kms_calls || measure == Measure::cost; }

std::string last_part(const std::string& path) { return path.substr(path.rfind('.') + 1); }

// The last part of a path says enough where no other path ends so.
std::string short_name(const std::string& path, const std::vector<std::string>& paths) {
  const std::string last = last_part(path);
  const auto same = std::ranges::count_if(
      paths, [&](const std::string& other) { return last_part(other) == last; });
  return same > 1 ? path : last;
}

// "ttl = 5m, connections = 4".
std::string settings_text(const Json& point, const std::vector<std::string>& paths) {
  std::string out;
  for (const auto& [path, value] : point.at("settings").items()) {
    out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", short_name(path, paths),
                       value.get<std::string>());
  }
  return out.empty() ? "as the file has it" : out;
}

Json broken(const Json& point, const Json& one, const std::vector<std::string>& paths) {
  return {{"point", point.at("point")},   {"settings", settings_text(point, paths)},
          {"value", one.at("value")},     {"atLeast", one.at("at_least")},
          {"unit", one.at("unit")},       {"result", one.at("result")},
          {"note", one.at("note")},       {"runs", one.at("runs")},
          {"runsMet", one.at("runs_met")}};
}

// The steps of a distribution: [value, runs up to it].
Json steps_of(std::vector<double> known) {
  constexpr std::size_t kStepsMax = 600;
  std::ranges::sort(known);
  Json out = Json::array();
  const std::size_t every = std::max<std::size_t>(1, known.size() / kStepsMax);
  for (std::size_t i = 0; i < known.size(); ++i) {
    const bool last = i + 1 == known.size();
    if (!last && (known[i + 1] == known[i] || i % every != 0)) continue;
    out.push_back({known[i], i + 1});
  }
  return out;
}

}  // namespace

class StudyReport {
 public:
  explicit StudyReport(const StudyFiles& files)
      : files_(files), study_(*files.loaded_.study), paths_(files.paths_) {}

  Json document() const {
    Json out;
    head(out);
    out["axes"] = axes();
    out["measures"] = measures();
    out["tradeOff"] = trade_off();
    out["expectations"] = expectations();
    out["pointsLeftOut"] = files_.points_total_ - files_.points_.size();
    out["results"] = results();
    out["curves"] = curves();
    if (study_.search) out["search"] = search();
    const auto view = model::ScenarioView::make(files_.loaded_.scenario());
    out["settings"] = view ? settings_document(**view) : Json::array();
    const Json& text = files_.manifest_.at("text");
    const std::string source = text.at("source").get<std::string>();
    out["source"] = {{"name", text.at("source_name")}, {"bytes", source.size()}, {"text", source}};
    return out;
  }

 private:
  void head(Json& out) const {
    std::string description = files_.loaded_.scenario().getDescription().cStr();
    while (description.ends_with('\n') || description.ends_with(' ')) description.pop_back();
    out["format"] = kFormat;
    out["kind"] = study_.search ? "search" : "study";
    out["scenario"] = study_.name;
    out["title"] = study_.name + ": " + verdict_text();
    out["description"] = description;
    out["verdict"] = failed() == 0 ? "met" : "not met";
    out["command"] = files_.manifest_.at("command");
    out["study"] = files_.manifest_.at("study");
    out["behaviour"] = files_.manifest_.at("behaviour");
    out["points"] = files_.points_total_;
    out["runs"] = files_.runs_total_;
    out["events"] = files_.events_;
    out["seeds"] = files_.manifest_.at("seeds");
    out["confidence"] = study_.confidence;
    out["warmup"] = files_.manifest_.at("warmup");
    out["stop"] = files_.manifest_.at("stop");
    out["files"] = files_.manifest_.at("files");
  }

  // What a search tried on its way fails nothing.
  std::uint64_t failed() const {
    if (study_.search) return best().empty() ? 1 : 0;
    return files_.failed_;
  }

  std::string verdict_text() const {
    if (study_.search) {
      const std::string name = last_part(study_.search->path.text);
      return best().empty() ? fmt::format("no value of {} keeps the limit", name)
                            : fmt::format("{} = {} is the best of {} tried", name, best(),
                                          grouped(files_.curve_.size()));
    }
    const std::uint64_t all = study_.expectations.size() * files_.points_total_;
    const std::string where = fmt::format("{}, {}", counted(files_.points_total_, "point"),
                                          counted(files_.runs_total_, "run"));
    if (all == 0) return where;
    const std::uint64_t count = failed();
    if (count != 0) {
      return fmt::format("{} of {} not met; {}", grouped(count), counted(all, "expectation"),
                         where);
    }
    if (files_.warned_ != 0) {
      return fmt::format("{} of {} met, the others only warn; {}", grouped(all - files_.warned_),
                         counted(all, "expectation"), where);
    }
    return fmt::format("all {} met; {}", counted(all, "expectation"), where);
  }

  Json axes() const {
    Json out = Json::array();
    for (const scenarios::Study::Axis& axis : study_.axes) {
      Json values = Json::array();
      for (const scenarios::Node& value : axis.values) {
        values.push_back(scenarios::inline_text(value));
      }
      out.push_back({{"path", axis.path.text},
                     {"name", short_name(axis.path.text, paths_)},
                     {"values", std::move(values)}});
    }
    return out;
  }

  Json measures() const {
    Json out = Json::array();
    for (std::size_t i = 0; i < study_.measures.size(); ++i) {
      const scenarios::Expectation& asked = study_.measures[i].expectation;
      const bool share = asked.statistic == scenarios::Statistic::ratio ||
                         asked.statistic == scenarios::Statistic::zero;
      Json limits = Json::array();
      for (const scenarios::StudyExpectation& one : study_.expectations) add_limit(limits, one, i);
      out.push_back({{"line", study_.measures[i].line},
                     {"unit", unit_of(i)},
                     {"share", share},
                     {"exposure", is_exposure(asked.measure)},
                     {"limits", std::move(limits)}});
    }
    return out;
  }

  // A limit that an expectation sets for just this measure.
  void add_limit(Json& limits, const scenarios::StudyExpectation& expected,
                 std::size_t measure) const {
    if (expected.check.find(study_.measures[measure].line) == std::string::npos) return;
    for (const Json& point : files_.points_) {
      for (const Json& one : point.at("expectations")) {
        if (one.at("check") != expected.check || one.at("value").is_null()) continue;
        limits.push_back({{"check", expected.check}, {"value", one.at("limit")}});
        return;
      }
    }
  }

  std::string unit_of(std::size_t measure) const {
    for (const Json& point : files_.points_) {
      const Json& one = point.at("measures")[measure];
      if (one.contains("mean")) return one.at("unit").get<std::string>();
    }
    return {};
  }

  // What is paid for what: calls to KMS or dollars, and exposure.
  Json trade_off() const {
    std::optional<std::size_t> cost, exposure;
    for (std::size_t i = 0; i < study_.measures.size(); ++i) {
      const Measure measure = study_.measures[i].expectation.measure;
      if (!cost && is_cost(measure)) cost = i;
      if (!exposure && is_exposure(measure)) exposure = i;
    }
    if (!cost || !exposure) return nullptr;
    return {{"cost", *cost}, {"exposure", *exposure}};
  }

  Json expectations() const {
    Json out = Json::array();
    for (std::size_t i = 0; i < study_.expectations.size(); ++i) {
      const scenarios::StudyExpectation& expected = study_.expectations[i];
      out.push_back({{"name", expected.name},
                     {"check", expected.check},
                     {"over", scenarios::name_of(expected.over)},
                     {"severity", expected.warn ? "warn" : "fail"},
                     {"points", files_.points_total_},
                     {"met", files_.judged_[i].met},
                     {"atBest", at_best(i)},
                     {"notMet", files_.judged_[i].broken}});
    }
    return out;
  }

  Json results() const {
    Json out = Json::array();
    for (Json point : files_.points_) {
      point["label"] = settings_text(point, paths_);
      out.push_back(std::move(point));
    }
    return out;
  }

  // By measure and point: how the values of its runs are distributed, and how many of them are only
  // lower bounds.
  Json curves() const {
    Json out = Json::array();
    for (std::size_t m = 0; m < study_.measures.size(); ++m) {
      Json by_point = Json::array();
      std::size_t next = 0;
      for (const Json& point : files_.points_) {
        const auto number = point.at("point").get<std::uint64_t>();
        std::vector<double> known;
        std::vector<double> open;
        for (; next < files_.runs_.size() && files_.runs_[next].point <= number; ++next) {
          const StudyNumber& one = files_.runs_[next].measured[m];
          if (one.value) (one.at_least ? open : known).push_back(*one.value);
        }
        const std::size_t runs = known.size() + open.size();
        by_point.push_back(
            {{"runs", runs},
             {"atLeast", open.size()},
             {"boundsFrom", open.empty() ? Json(nullptr) : Json(std::ranges::min(open))},
             {"boundsTo", open.empty() ? Json(nullptr) : Json(std::ranges::max(open))},
             {"curve", steps_of(std::move(known))}});
      }
      out.push_back(std::move(by_point));
    }
    return out;
  }

  // Of a search: what became of an expectation at the best value.
  Json at_best(std::size_t expectation) const {
    for (const auto& row : files_.curve_) {
      if (row[7] != "true") continue;
      for (const Json& point : files_.points_) {
        if (fmt::format("{}", point.at("point").get<std::uint64_t>()) != row[8]) continue;
        return point.at("expectations")[expectation].at("result");
      }
    }
    return nullptr;
  }

  std::string best() const {
    for (const auto& row : files_.curve_) {
      if (row[7] == "true") return row[1];
    }
    return {};
  }

  Json search() const {
    const auto number = [](const std::string& text) -> Json {
      if (text.empty()) return nullptr;
      return std::strtod(text.c_str(), nullptr);
    };
    Json curve = Json::array();
    for (const auto& row : files_.curve_) {
      curve.push_back({{"value", number(row[0])},
                       {"text", row[1]},
                       {"cost", number(row[2])},
                       {"low", number(row[3])},
                       {"high", number(row[4])},
                       {"excess", number(row[5])},
                       {"allowed", row[6] == "true"},
                       {"best", row[7] == "true"}});
    }
    const scenarios::StudySearch& asked = *study_.search;
    Json out;
    out["setting"] = asked.path.text;
    out["unit"] = asked.unit == scenarios::StudySearch::Unit::duration ? "s"
                  : asked.unit == scenarios::StudySearch::Unit::rate   ? "/s"
                                                                       : "";
    out["minimise"] = asked.minimise_text;
    out["subjectTo"] = asked.limit ? Json(study_.expectations[*asked.limit].check) : Json(nullptr);
    out["best"] = best().empty() ? Json(nullptr) : Json(best());
    out["curve"] = std::move(curve);
    return out;
  }

  const StudyFiles& files_;
  const scenarios::Study& study_;
  const std::vector<std::string>& paths_;
};

StudyFiles::StudyFiles(Json manifest, const scenarios::LoadResult& loaded)
    : manifest_(std::move(manifest)), loaded_(loaded), judged_(loaded.study->expectations.size()) {
  const scenarios::Study& study = *loaded.study;
  paths_ = study.search ? std::vector<std::string>{study.search->path.text} : study.paths();
}

void StudyFiles::add_point(Json point) {
  ++points_total_;
  const Json& expected = point.at("expectations");
  for (std::size_t i = 0; i < expected.size() && i < judged_.size(); ++i) {
    Judged& judged = judged_[i];
    if (expected[i].at("result") == "met") {
      ++judged.met;
      continue;
    }
    ++(expected[i].at("severity") == "fail" ? failed_ : warned_);
    if (judged.broken.size() < kPointsShown) {
      judged.broken.push_back(broken(point, expected[i], paths_));
    }
  }
  if (points_.size() < kPointsShown) points_.push_back(std::move(point));
}

void StudyFiles::add_run(const StudyRun& run) {
  ++runs_total_;
  events_ += run.events;
  if (!points_.empty() && run.point <= points_.back().at("point").get<std::uint64_t>()) {
    runs_.push_back(run);
  }
}

Json StudyFiles::document() const { return StudyReport(*this).document(); }

}  // namespace tablekey::replay::report
