#include "replay/verbs/regression.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "model/world.h"
#include "replay/difference.h"
#include "replay/markup.h"
#include "replay/reexecute.h"
#include "replay/verbs/console.h"
#include "replay/verbs/run.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Kind = RegressionResult::Kind;

constexpr std::size_t kHeadBytes = 64 * 1024;  // `tablekey: 1` stands near the top

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

// A line that begins with `tablekey:` makes a YAML file a scenario.
bool is_scenario(const fs::path& path) {
  const auto text = read_text(path, kHeadBytes);
  return text && (text->starts_with("tablekey:") || text->find("\ntablekey:") != std::string::npos);
}

// ---- finding ------------------------------------------------------------------------------------

class Finder {
 public:
  std::expected<void, std::string> add(const fs::path& place) {
    std::error_code failed;
    const fs::file_status status = fs::status(place, failed);
    if (!fs::exists(status)) {
      return std::unexpected(fmt::format("cannot read {}: no such file or folder", place.string()));
    }
    if (!fs::is_directory(status)) return add_named(place);
    fs::recursive_directory_iterator walk(place, failed);
    for (; !failed && walk != fs::recursive_directory_iterator(); walk.increment(failed)) {
      if (walk->is_directory()) {
        // What a study or an alternative left there is a result, no test.
        const auto kind = walk->path().extension();
        if (kind == ".study" || kind == ".whatif") walk.disable_recursion_pending();
        continue;
      }
      add_file(walk->path());
    }
    if (failed) {
      return std::unexpected(fmt::format("cannot read {}: {}", place.string(), failed.message()));
    }
    return {};
  }

  std::vector<RegressionTest> take() {
    std::vector<RegressionTest> tests;
    for (auto& [name, test] : tests_) tests.push_back(std::move(test));
    return tests;
  }

 private:
  std::expected<void, std::string> add_named(const fs::path& file) {
    if (add_file(file)) return {};
    return std::unexpected(fmt::format(
        "{} is neither a scenario (a YAML file with the key tablekey) nor a trace", file.string()));
  }

  bool add_file(const fs::path& file) {
    fs::path stem = file;
    stem.replace_extension();
    if (file.extension() == ".tk") {
      tests_[stem.string()].trace = file;
    } else if (is_yaml(file) && is_scenario(file)) {
      tests_[stem.string()].scenario = file;
      fs::path golden = stem;
      golden += ".tk";
      std::error_code ignored;
      if (fs::exists(golden, ignored)) tests_[stem.string()].trace = golden;
    } else {
      return false;
    }
    RegressionTest& test = tests_[stem.string()];
    test.name = (test.scenario.empty() ? test.trace : test.scenario).string();
    return true;
  }

  std::map<std::string, RegressionTest> tests_;
};

// ---- running ------------------------------------------------------------------------------------

/// A folder that goes when the test is over.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "tablekey-test-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  bool usable() const { return !path_.empty(); }
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

RegressionResult failed(std::string summary, std::string detail) {
  return {Kind::failed, std::move(summary), std::move(detail), 0};
}

RegressionResult passed(std::string summary) { return {Kind::passed, std::move(summary), {}, 0}; }

std::string unmet_lines(const Json& document) {
  std::string lines;
  for (const auto& one : document["expectations"]) {
    if (one["met"] == true || one.value("severity", "") == "warn") continue;
    lines += fmt::format("not met: {}\n", one["check"].get<std::string>());
    if (one.contains("measured") && one["measured"].is_string()) {
      lines += fmt::format("  measured {}\n", one["measured"].get<std::string>());
    }
  }
  return lines;
}

std::string counted_run(const Json& document) {
  return fmt::format("{}, {}", counted(document["expectations"].size(), "expectation"),
                     counted(document["events"].get<std::uint64_t>(), "event"));
}

// The scenario's new run beside its golden trace.
RegressionResult compare_golden(const RegressionTest& test, const fs::path& fresh,
                                const std::string& summary, bool update) {
  OpenOptions open;
  open.torn_too = true;
  open.recorded_settings = true;
  const auto golden = RecordedRun::open(test.trace, open), now = RecordedRun::open(fresh, open);
  if (!golden) return failed("the golden trace cannot be used", golden.error().message + "\n");
  if (!now) return failed("the new trace cannot be read", now.error().message + "\n");
  if (golden->file().chain() == now->file().chain()) return passed(summary + ", golden");
  if (update) {
    std::error_code wrong;
    const fs::path part = fs::path(test.trace).concat(".new");
    fs::copy_file(fresh, part, fs::copy_options::overwrite_existing, wrong);
    if (!wrong) fs::rename(part, test.trace, wrong);
    if (wrong) return failed("the golden trace cannot be replaced", wrong.message() + "\n");
    return {Kind::updated, summary + ", golden trace replaced", {}, 0};
  }
  const auto found = compare_traces(*golden, *now);
  if (!found) return failed("the traces cannot be compared", found.error().message + "\n");
  return failed(
      "the run is not that of the golden trace",
      print(*found, {&*golden, &*now}, {test.trace.string(), "this run"}) +
          fmt::format("  if it was meant to change: tablekey test --update {}\n", test.name));
}

RegressionResult run_scenario(const RegressionTest& test, bool update) {
  const Scratch scratch;
  if (!scratch.usable()) return failed("there is no place for its trace", "");
  const fs::path trace = scratch / "run.tk";
  std::ostringstream out, err;
  Console console(out, err);
  RunOptions options;
  options.scenario.file = test.scenario;
  options.trace = trace;
  options.shell.progress = sim::Progress::none;
  options.json = true;
  const std::string command[] = {"tablekey", "run", test.scenario.string()};
  console.command = command_line(command);
  const int code = guarded(console, [&](Console& own) { return run(options, own); });
  const std::string see = fmt::format("  see it: {}\n", console.command);
  if (code != kExitOk && code != kExitDiffers) {
    return failed(code == kExitUsage ? "it does not load" : "it did not run to its end",
                  err.str() + see);
  }
  const Json document = Json::parse(out.str());
  const std::string summary = counted_run(document);
  if (code == kExitDiffers) return failed(summary, unmet_lines(document) + see);
  if (test.trace.empty()) return passed(summary);
  return compare_golden(test, trace, summary, update);
}

// A trace alone: decided again where this program decides as the one that wrote it, else folded.
RegressionResult run_trace(const RegressionTest& test) {
  const auto recorded = RecordedRun::open(test.trace);
  if (!recorded) return failed("it cannot be used", recorded.error().message + "\n");
  const std::string events = counted(recorded->file().event_count(), "event");
  const bool same_behaviour =
      recorded->identity().getBehaviourVersion() == model::kBehaviourVersion;
  if (!same_behaviour) {
    const auto folded = fold_trace(*recorded);
    if (!folded) return failed("it cannot be folded", folded.error().message + "\n");
    if (folded->snapshots_differing != 0) {
      return failed("its state does not come out",
                    fmt::format("  see it: tablekey fold {}\n", test.trace.string()));
    }
    return passed(fmt::format("{} folded; of behaviour version {}, this is {}", events,
                              recorded->identity().getBehaviourVersion(),
                              model::kBehaviourVersion));
  }
  const auto report = reexecute(*recorded);
  if (!report) return failed("it cannot be replayed", report.error().message + "\n");
  if (!report->same()) {
    return failed("it comes out differently", print(*report, *recorded, test.trace.string()));
  }
  return passed(events + " replayed");
}

}  // namespace

std::expected<std::vector<RegressionTest>, std::string> find_tests(
    const std::vector<fs::path>& places) {
  Finder finder;
  for (const fs::path& place : places) {
    if (auto added = finder.add(place); !added) return std::unexpected(added.error());
  }
  return finder.take();
}

RegressionResult run_test(const RegressionTest& test, bool update) {
  const auto begin = std::chrono::steady_clock::now();
  RegressionResult result = test.scenario.empty() ? run_trace(test) : run_scenario(test, update);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

std::string junit_xml(const std::vector<RegressionTest>& tests,
                      const std::vector<RegressionResult>& results) {
  double seconds = 0;
  std::size_t failures = 0;
  std::string cases;
  for (std::size_t i = 0; i < tests.size(); ++i) {
    const RegressionResult& result = results[i];
    seconds += result.seconds;
    cases += fmt::format("  <testcase classname=\"tablekey\" name=\"{}\" time=\"{:.3f}\"",
                         escaped(tests[i].name), result.seconds);
    if (result.passed()) {
      cases += "/>\n";
      continue;
    }
    ++failures;
    cases += fmt::format(">\n    <failure message=\"{}\">{}</failure>\n  </testcase>\n",
                         escaped(result.summary), escaped(result.detail));
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuite name=\"tablekey\" tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"{:.3f}\">\n"
      "{}</testsuite>\n",
      tests.size(), failures, seconds, cases);
}

}  // namespace tablekey::replay::verbs
