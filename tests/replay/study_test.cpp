// Goal: a study's runs are those of `tablekey run`, the same whatever the number of threads, and
// each point is the file with its settings. Method: a small study in process.
#include "replay/study/execute.h"

#include <catch2/catch.hpp>

#include "events/digest_sink.h"
#include "replay/metrics/metrics.h"
#include "replay/run.h"
#include "tests/replay/study_sample.h"

namespace tablekey::replay::study_test {
namespace {

std::vector<StudyPoint> run_all(const scenarios::Study& study, unsigned threads) {
  auto points = run_study(study, threads);
  if (!points) FAIL(points.error().text);
  return std::move(*points);
}

bool same(const std::vector<StudyPoint>& a, const std::vector<StudyPoint>& b) {
  return std::ranges::equal(a, b, [](const StudyPoint& x, const StudyPoint& y) {
    return x.point == y.point && x.settings == y.settings && x.runs == y.runs;
  });
}

}  // namespace

TEST_CASE("a study runs every point with every seed, on any number of threads alike") {
  const auto study = sample::load_study(sample::study_text(sample::kGrid));
  const auto one = run_all(study, 1);
  REQUIRE(one.size() == 6);
  for (const StudyPoint& point : one) {
    REQUIRE(point.runs.size() == 3);
    CHECK(point.runs[0].seed == 5);
    CHECK(point.runs[2].seed == 7);
    CHECK(point.runs[0].measured[0].value.value() > 0);
  }
  CHECK(one[0].settings == std::vector<scenarios::StudySetting>{{"model.table_key_cache.ttl", "1m"},
                                                                {"workload.web.connections", "1"}});
  CHECK(one[5].settings[0].value == "10m");
  CHECK(same(one, run_all(study, 2)));
  CHECK(same(one, run_all(study, 4)));
}

TEST_CASE("a run of a study is the run of the file with the same settings and seed") {
  const std::string text = sample::study_text(sample::kGrid);
  const auto study = sample::load_study(text);
  scenarios::LoadOptions options;
  options.overrides = {{"model.table_key_cache.ttl", "10m"}, {"workload.web.connections", "4"}};
  options.seed = 7;
  const auto alone = scenarios::load(text, "small.yaml", options);
  REQUIRE(alone.ok());
  const auto view = model::ScenarioView::make(alone.scenario());
  REQUIRE(view);
  events::DigestSink sink;
  Run run(**view, sink, 512);
  ExpectationSet set;
  REQUIRE(set.add("", "kms.calls(op=Decrypt).count >= 0"));
  REQUIRE(set.add("", "exposure(after=disable).max >= 0s"));
  run.show(set);
  while (run.run_slice(10'000, sim::Time::from_nanoseconds(INT64_MAX))) continue;
  const auto outcomes = set.finish(run.state());
  const auto points = run_all(study, 4);
  const StudyRun& same_run = points[5].runs[2];
  CHECK(same_run.events == run.turns());
  CHECK(same_run.measured[0].value == outcomes[0].number);
  CHECK(same_run.measured[1].value == outcomes[1].number);
  CHECK(same_run.measured[1].unit == "s");
}

}  // namespace tablekey::replay::study_test
