// A search in the verb: every value that is tried is a point of the results, in the order in which
// they were tried; curve.csv has them as a trade-off, by their value.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "replay/study/search.h"
#include "replay/verbs/study_machine.h"
#include "replay/verbs/study_output.h"
#include "replay/verbs/study_table.h"
#include "replay/verbs/study_verdict.h"

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;

class Searching {
 public:
  Searching(const StudyOptions& options, const LoadedStudy& loaded, StudyFolder folder,
            Console& console)
      : options_(options),
        loaded_(loaded),
        study_(loaded.study()),
        folder_(std::move(folder)),
        console_(console),
        finished_(folder_.state() == FolderState::finished),
        output_(study_, finished_ ? std::nullopt : std::optional(folder_.path()),
                runs_head(digest_of(loaded.text), {}), true),
        searcher_(study_, [this](std::uint64_t point, const std::string& value) {
          return evaluate(point, value);
        }) {}

  int go();

 private:
  std::expected<std::optional<std::vector<StudyRun>>, StudyRefused> evaluate(
      std::uint64_t point, const std::string& value);
  std::vector<std::size_t> by_value() const;
  std::string curve() const;
  std::string table() const;
  std::string verdict_line() const;
  void print_text(Console& console) const;
  void print_json(Console& console, const std::map<std::string, std::string>& files) const;
  int end();

  const StudyOptions& options_;
  const LoadedStudy& loaded_;
  const scenarios::Study& study_;
  StudyFolder folder_;
  Console& console_;
  bool finished_;
  StudyOutput output_;
  StudySearcher searcher_;
  std::optional<StudyMachine> machine_;
  std::map<std::uint64_t, std::vector<StudyRun>> known_;  // runs of an earlier sitting, by point
  std::uint64_t done_ = 0;
  std::optional<int> failed_;
};

int Searching::go() {
  const auto read = folder_.each_run([this](StudyRun run) {
    known_[run.point].push_back(std::move(run));
    ++done_;
    return true;
  });
  if (!read) return fail(read.error(), console_);
  if (folder_.state() == FolderState::unfinished) {
    console_.note(fmt::format("going on after {}", counted(done_, "run")));
  }
  machine_.emplace(options_, loaded_, folder_, 0, console_);
  const auto all = searcher_.run();
  if (failed_) return *failed_;
  if (!all) {
    console_.err << all.error().text;
    return kExitUsage;
  }
  if (!*all) return machine_->stopped(done_, 0);
  machine_.reset();
  return end();
}

// The runs of a value, those of an earlier sitting included.
std::expected<std::optional<std::vector<StudyRun>>, StudyRefused> Searching::evaluate(
    std::uint64_t point, const std::string& value) {
  std::vector<StudyRun> runs;
  StudySchedule schedule(study_, {},
                         [&](std::uint64_t, std::vector<StudyRun> all) { runs = std::move(all); });
  const auto known = known_.extract(point);
  if (known) {
    for (StudyRun& run : known.mapped()) {
      run.point = 0;
      schedule.finished(std::move(run));
    }
  }
  const std::uint64_t before = schedule.runs_done();
  const StudyMachine::Variant variant{point, {study_.search->path.text, value}};
  if (!schedule.done()) {
    const auto all = machine_->run(schedule, variant);
    done_ += schedule.runs_done() - before;
    if (!all) failed_ = all.error();
    if (!all || !*all) return std::nullopt;
  }
  for (StudyRun& run : runs) run.point = point;
  output_.point(point, {variant.setting}, runs);
  return runs;
}

std::vector<std::size_t> Searching::by_value() const {
  std::vector<std::size_t> order(searcher_.tried().size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return searcher_.tried()[i].value; });
  return order;
}

std::string Searching::curve() const {
  const auto field = [](const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : std::string();
  };
  std::string out = "value,text,cost,cost_low,cost_high,excess,allowed,best,point\n";
  const auto best = searcher_.best();
  for (const std::size_t i : by_value()) {
    const SearchPoint& point = searcher_.tried()[i];
    std::optional<double> low, high;
    if (point.cost && point.half_width) {
      low = *point.cost - *point.half_width;
      high = *point.cost + *point.half_width;
    }
    out += fmt::format("{},{},{},{},{},{},{},{},{}\n", point.value, point.text, field(point.cost),
                       field(low), field(high), field(point.excess), point.allowed, best == i, i);
  }
  return out;
}

// The trade-off by value: what each costs, what its limit measures, and a bar for the cost.
std::string Searching::table() const {
  const scenarios::StudySearch& search = *study_.search;
  double largest = 0;
  for (const SearchPoint& point : searcher_.tried()) {
    largest = std::max(largest, point.cost.value_or(0));
  }
  std::vector<std::vector<std::string>> rows{
      {"", search.path.text.substr(search.path.text.rfind('.') + 1),
       search.minimise.empty() ? "" : "cost", "", search.limit ? "to the limit" : "", ""}};
  const auto best = searcher_.best();
  for (const std::size_t i : by_value()) {
    const SearchPoint& point = searcher_.tried()[i];
    std::vector<std::string> row{best == i ? "->" : "", point.text};
    row.push_back(point.cost ? fmt::format("{:.5g}", *point.cost) : "");
    row.push_back(point.half_width ? fmt::format("± {:.2g}", *point.half_width) : "");
    std::string limit = !search.limit       ? ""
                        : !point.excess     ? "no data"
                        : *point.excess > 0 ? fmt::format("{:.4g} over", *point.excess)
                                            : fmt::format("{:.4g} below", -*point.excess);
    if (search.limit && point.excess && point.allowed != (*point.excess <= 0)) {
      limit += point.allowed ? "" : ", not surely";
    }
    row.push_back(std::move(limit));
    row.push_back(point.cost ? bar_of(*point.cost, largest) : "");
    rows.push_back(std::move(row));
  }
  return aligned_text(rows);
}

std::string Searching::verdict_line() const {
  const auto best = searcher_.best();
  const std::string& path = study_.search->path.text;
  if (!best) {
    return fmt::format("{}: no value of {} between {} and {} keeps the limit", study_.name, path,
                       text_of(study_.search->unit, study_.search->low),
                       text_of(study_.search->unit, study_.search->high));
  }
  const SearchPoint& point = searcher_.tried()[*best];
  std::string line = fmt::format("{}: {} = {}", study_.name, path, point.text);
  if (point.cost) line += fmt::format(", cost {:.5g}", *point.cost);
  if (point.half_width) line += fmt::format(" ± {:.2g}", *point.half_width);
  if (!searcher_.close_enough()) line += "; not within the tolerance";
  return line;
}

void Searching::print_text(Console& console) const {
  console.out << verdict_line() << "\n\n";
  if (!study_.search->minimise_text.empty()) {
    console.out << fmt::format("cost is {}\n", study_.search->minimise_text);
  }
  if (study_.search->limit) {
    console.out << fmt::format("the limit is {}\n",
                               study_.expectations[*study_.search->limit].check);
  }
  const StudySummary summary = output_.summary();
  console.out << '\n'
              << table() << '\n'
              << table_of(study_, summary) << warnings_of(study_, summary)
              << fmt::format("events  {} in {}\nresults {}\n", grouped(summary.events),
                             counted(summary.runs, "run"), folder_.path().string());
}

void Searching::print_json(Console& console,
                           const std::map<std::string, std::string>& files) const {
  Json document;
  document["format"] = "tablekey.study.search/1";
  document["scenario"] = study_.name;
  document["study"] = digest_of(loaded_.text);
  document["command"] = study_command(options_);
  document["setting"] = study_.search->path.text;
  document["best"] = nullptr;
  document["within_tolerance"] = searcher_.close_enough();
  const auto best = searcher_.best();
  document["curve"] = Json::array();
  const auto number = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  for (const std::size_t i : by_value()) {
    const SearchPoint& point = searcher_.tried()[i];
    document["curve"].push_back({{"point", i},
                                 {"value", point.value},
                                 {"text", point.text},
                                 {"cost", number(point.cost)},
                                 {"half_width", number(point.half_width)},
                                 {"excess", number(point.excess)},
                                 {"allowed", point.allowed}});
  }
  if (best) document["best"] = {{"point", *best}, {"text", searcher_.tried()[*best].text}};
  document["runs"] = output_.summary().runs;
  document["folder"] = folder_.path().string();
  document["files"] = Json::object();
  for (const auto& [name, digest] : files) document["files"][name] = digest;
  console.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

int Searching::end() {
  if (!finished_) output_.add_file("curve.csv", curve());
  auto files = finished_ ? files_of(folder_)
                         : publish_study(loaded_, output_, {}, folder_, console_.version);
  if (!files) return console_.fail(kExitIo, files.error());
  options_.json ? print_json(console_, *files) : print_text(console_);
  console_.out.flush();
  return searcher_.best() ? kExitOk : kExitDiffers;
}

}  // namespace

int study_search(const StudyOptions& options, const LoadedStudy& loaded, StudyFolder folder,
                 Console& console) {
  return Searching(options, loaded, std::move(folder), console).go();
}

}  // namespace tablekey::replay::verbs
