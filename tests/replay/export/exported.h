// What the tests of the exports have in common: traces of small worlds and of bundled scenarios,
// and what the forms make of them.
#pragma once

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "replay/export/export.h"
#include "tests/replay/sample_run.h"

namespace tablekey::test {

/// A scenario that was run into a trace, which is open.
class ExportedRun {
 public:
  /// `file`: where the scenario is, for the files that it names; `name`: what the trace calls it.
  explicit ExportedRun(std::string_view source, const std::string& file = "sample.yaml",
                       const std::string& name = "sample.yaml") {
    const auto loaded = scenarios::load(source, file);
    INFO(loaded.diagnostics.render(false));
    REQUIRE(loaded.ok());
    replay::sample::Scenario scenario;
    scenario.view = model::ScenarioView::make(loaded.scenario()).value();
    scenario.identity = replay::make_identity(
        {loaded.scenario(), std::string(source), name, {}, 512}, *scenario.view);
    scenario.events_per_chunk = 512;
    const auto path = *folder_ / "run.tk";
    replay::sample::record(path, scenario);
    recorded_ = std::make_unique<replay::RecordedRun>(replay::RecordedRun::open(path).value());
  }
  /// One of scenarios/library.
  static ExportedRun bundled(const std::string& name) {
    const std::string file =
        std::string(TABLEKEY_SOURCE_DIR) + "/scenarios/library/" + name + ".yaml";
    std::ifstream in(file);
    REQUIRE(in);
    const std::string source((std::istreambuf_iterator<char>(in)), {});
    return ExportedRun(source, file, name + ".yaml");
  }

  const replay::RecordedRun& recorded() const { return *recorded_; }

 private:
  std::unique_ptr<replay::sample::TempFolder> folder_ =
      std::make_unique<replay::sample::TempFolder>();
  std::unique_ptr<replay::RecordedRun> recorded_;
};

struct ExportedBytes {
  std::string text;
  std::map<std::string, std::string> files;
  std::uint64_t count = 0;
};

inline ExportedBytes export_all(const replay::RecordedRun& recorded, std::string_view form,
                                const replay::ExportChoices& choices = {}) {
  ExportedBytes exported;
  replay::ExportSink sink;
  sink.write = [&](std::string_view piece) { exported.text += piece; };
  sink.append = [&](const std::string& path, std::string_view piece) {
    exported.files[path] += piece;
  };
  const replay::ExportForm* found = replay::find_export_form(form);
  REQUIRE(found != nullptr);
  const auto written = found->write(recorded, choices, sink);
  REQUIRE(written.has_value());
  exported.count = *written;
  return exported;
}

inline std::string export_text(const replay::RecordedRun& recorded, std::string_view form,
                               const replay::ExportChoices& choices = {}) {
  return export_all(recorded, form, choices).text;
}

}  // namespace tablekey::test
