// Goal: the small parts of a report keep their promises on their own.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "replay/report/held_keys.h"
#include "replay/report/html.h"
#include "replay/report/outcome_rates.h"
#include "replay/report/run_watch.h"
#include "replay/report/words.h"
#include "tests/replay/sample_run.h"

namespace tablekey::replay::report::report_parts_test {

TEST_CASE("spans of time are said in two units at most") {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::pair<std::int64_t, const char*> cases[] = {
      {0, "0s"},
      {1'500, "1.5µs"},
      {12'300'000, "12.3ms"},
      {999'499'999, "999ms"},
      {999'500'000, "1s"},
      {12'340'000'000, "12.3s"},
      {59'949'000'000, "59.9s"},
      {59'950'000'000, "1m"},
      {216 * kSecond, "3m 36s"},
      {3600 * kSecond, "1h"},
      {2 * 3600 * kSecond + 5 * 60 * kSecond, "2h 5m"},
      {47 * 3600 * kSecond, "47h"},
      {103 * 3600 * kSecond, "4d 7h"},
      {-90 * kSecond, "-1m 30s"},
  };
  for (const auto& [span, said] : cases) CHECK(span_text(span) == said);
}

TEST_CASE("values are said with their units") {
  CHECK(value_text(216.097, "s") == "3m 36s");
  CHECK(value_text(0.03, "USD") == "$0.03");
  CHECK(value_text(25, "/s") == "25/s");
  CHECK(value_text(1234.5, "") == "1,235");
  CHECK(value_text(0.9625, "", true) == "96.25 %");
  CHECK(half_width_text(0.8526, "") == "0.85");
  CHECK(half_width_text(123.4, "") == "123");
  CHECK(counted(1, "run") == "1 run");
  CHECK(counted(1'234'567, "run") == "1,234,567 runs");
}

TEST_CASE("every span is cut into at most 120 whole stretches") {
  for (std::int64_t span = 1'000'000; span < 400LL * 86'400'000'000'000; span = span * 3 / 2) {
    const std::int64_t width = round_stretch(span);
    CHECK(span / width <= 120);
    CHECK(width > 0);
  }
}

TEST_CASE("stretches are joined where they lie closer than the gap and nowhere else") {
  std::vector<Stretch> lane = {{0, 10}, {12, 20}, {30, 40}, {40, 45}, {60, 61}};
  const std::vector<Stretch> before = lane;
  join(lane, 0);
  CHECK(lane == before);
  join(lane, 3);
  CHECK(lane == std::vector<Stretch>{{0, 20}, {30, 45}, {60, 61}});
  join(lane, 100);
  CHECK(lane == std::vector<Stretch>{{0, 61}});
}

TEST_CASE("no more stretches are kept than asked for, and all that were held stay covered") {
  const sample::TempFolder folder;
  const sample::Scenario scenario = sample::load(sample::kBusy);
  sample::record(folder / "busy.tk", scenario);
  const auto recorded = RecordedRun::open(folder / "busy.tk");
  REQUIRE(recorded);
  const std::uint64_t events = recorded->file().event_count();
  const std::int64_t end = recorded->state_after(events)->now().nanoseconds();
  RunWatch all(recorded->scenario(), end), few(recorded->scenario(), end);
  few.held = HeldKeys(4);
  REQUIRE(recorded->fold(events, {&all, &few}));
  CHECK(all.held.merged() == 0);
  CHECK(few.held.merged() > 0);
  std::size_t kept = 0, lanes = 0;
  REQUIRE(few.held.lanes().size() == all.held.lanes().size());
  for (std::size_t i = 0; i < few.held.lanes().size(); ++i) {
    const auto& lane = few.held.lanes()[i];
    kept += lane.size();
    lanes += lane.empty() ? 0U : 1U;
    for (const Stretch& whole : all.held.lanes()[i]) {
      const bool covered = std::ranges::any_of(lane, [&](const Stretch& one) {
        return one.from <= whole.from && one.until >= whole.until;
      });
      CHECK(covered);
    }
  }
  CHECK(kept <= std::max<std::size_t>(4, lanes));
}

TEST_CASE("texts are escaped, and control characters do not reach the page") {
  CHECK(escaped("<a href='x'>&\"") == "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
  CHECK(escaped(std::string_view("a\0b\x1b\nc", 6)) ==
        "a\xef\xbf\xbd"
        "b\xef\xbf\xbd\nc");
  CHECK(breakable("a.b_<") == "a.<wbr>b_<wbr>&lt;");
  CHECK(breakable("plain.") == "plain.");
  CHECK(breakable("TableNotFoundException") == "Table<wbr>Not<wbr>Found<wbr>Exception");
  const nlohmann::ordered_json document = {{"name", "</script><!-- \xff"}};
  const std::string text = embedded(document);
  CHECK(text.find('<') == std::string::npos);
  CHECK(nlohmann::json::parse(text)["name"] == "</script><!-- \xef\xbf\xbd");
}

}  // namespace tablekey::replay::report::report_parts_test
