// Other futures of a recorded run. Goal: nothing before the fork changes, nothing that the change
// does not touch changes after it, and the new trace stands alone. Method: forks of worlds in which
// everything happens, compared event by event with their parents.
#include "replay/fork.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "replay/difference.h"
#include "replay/event_text.h"
#include "replay/reexecute.h"
#include "replay/resume.h"
#include "scenarios/branch.h"
#include "tests/replay/sample_run.h"

namespace tablekey::replay::fork_test {
namespace {

namespace fs = std::filesystem;
using scenarios::Override;

sim::Time minute(std::int64_t minutes) {
  return sim::parse_time("2026-01-01T00:00:00Z").value() + sim::Duration::seconds(60 * minutes);
}

RecordedRun opened(const fs::path& path) { return RecordedRun::open(path).value(); }

std::expected<Fork, ForkError> plan(const RecordedRun& parent, sim::Time at,
                                    std::vector<Override> changes) {
  return plan_fork(parent, {at, std::move(changes), {}});
}

// Runs a fork to its end, or to `turns`. The error of entering it, if there is one.
std::string write_fork(const fs::path& parent_path, sim::Time at, std::vector<Override> changes,
                       const fs::path& path, std::uint64_t turns = sample::kAllTurns) {
  const RecordedRun parent = opened(parent_path);
  const auto fork = plan(parent, at, std::move(changes));
  if (!fork) return fork.error().trace.message + fork.error().diagnostics;
  events::WriterOptions options;
  options.background = false;
  auto writer = events::TraceWriter::create(path, options).value();
  writer->identity(bytes_of(fork->identity));
  Run run(*fork->scenario, *writer, parent.events_per_chunk());
  if (const auto entered = enter_fork(parent, *fork, run); !entered) return entered.error().message;
  REQUIRE(run.turns() == fork->past);
  sample::turn(run, turns);
  run.cut();
  writer->close(run.next_due() ? events::Closing::interrupted : events::Closing::finished).value();
  return {};
}

struct Parent {
  explicit Parent(std::string_view source = sample::kBusy, std::uint32_t events_per_chunk = 64) {
    sample::record(path, sample::load(source, events_per_chunk));
  }
  sample::TempFolder folder;
  fs::path path = folder / "parent.tk";
};

const Parent& busy() {
  static const Parent kParent;
  return kParent;
}

TraceDifference difference(const fs::path& a, const fs::path& b) {
  const RecordedRun first = opened(a), second = opened(b);
  return compare_traces(first, second).value();
}

Override step(std::string_view text, sim::Time at) {
  return scenarios::step_override(text, at).value();
}

}  // namespace

TEST_CASE("a fork without a change has the parent's future byte for byte") {
  for (const std::int64_t at : {0, 1, 8, 15, 20, 33, 40}) {
    const fs::path path = busy().folder / ("same-" + std::to_string(at) + ".tk");
    CAPTURE(at);
    REQUIRE(write_fork(busy().path, minute(at), {}, path).empty());
    const RecordedRun parent = opened(busy().path), fork = opened(path);
    REQUIRE(fork.file().frames().size() == parent.file().frames().size());
    for (std::uint64_t frame = 1; frame < parent.file().frames().size(); ++frame) {
      const auto a = parent.file().payload(frame).value(), b = fork.file().payload(frame).value();
      REQUIRE(std::ranges::equal(a.bytes(), b.bytes()));
    }
  }
}

TEST_CASE("snapshots of a past that was taken over are those of the parent") {
  const Parent parent(sample::busy_reads(250, "10m"), 512);
  const fs::path path = parent.folder / "fork.tk";
  REQUIRE(write_fork(parent.path, minute(8), {}, path).empty());
  const auto same = difference(parent.path, path);
  REQUIRE(same.kind == TraceDifference::Kind::none);
  const RecordedRun a = opened(parent.path), b = opened(path);
  std::size_t snapshots = 0;
  for (std::uint64_t frame = 1; frame < a.file().frames().size(); ++frame) {
    REQUIRE(a.file().header(frame)->leaf == b.file().header(frame)->leaf);
    if (a.file().frames()[frame].type == events::FrameType::snapshot) ++snapshots;
  }
  REQUIRE(snapshots >= 1);
}

TEST_CASE("a fork names its parent and its branch") {
  const fs::path one = busy().folder / "one.tk", two = busy().folder / "two.tk";
  REQUIRE(write_fork(busy().path, minute(10), {}, one).empty());
  REQUIRE(write_fork(busy().path, minute(11), {}, two).empty());
  const RecordedRun parent = opened(busy().path), first = opened(one), second = opened(two);
  REQUIRE(parent.identity().getBranch() == 0);
  REQUIRE(parent.identity().getParent().size() == 0);
  REQUIRE(first.identity().getBranch() != 0);
  REQUIRE(first.identity().getBranch() != second.identity().getBranch());
  const auto named = first.identity().getParent();
  REQUIRE(std::ranges::equal(named, parent.file().chain()));
}

TEST_CASE("a fork with a step replays alone, resumes and folds") {
  const fs::path path = busy().folder / "closed.tk", cut = busy().folder / "cut.tk";
  const std::vector<Override> changes = {
      step("net:CloseConnections workload=web share=50%", minute(20))};
  REQUIRE(write_fork(busy().path, minute(20), changes, path).empty());
  REQUIRE(reexecute(opened(path)).value().same());
  REQUIRE(fold_trace(opened(path)).value().snapshots_differing == 0);
  const auto found = difference(busy().path, path);
  REQUIRE(found.number >=
          opened(busy().path).file().events_until(minute(20).nanoseconds() - 1).value());

  // Stopped in the past, at the fork and behind it: the rest is the same.
  for (const std::uint64_t extra : {1U, 100U}) {
    const std::uint64_t past = plan(opened(busy().path), minute(20), changes).value().past;
    fs::remove(cut);
    REQUIRE(write_fork(busy().path, minute(20), changes, cut, past + extra).empty());
    auto resumed = resume(cut, {.background = false}).value();
    sample::turn(*resumed.run);
    resumed.run->cut();
    resumed.writer->close(events::Closing::finished).value();
    REQUIRE(opened(cut).file().chain() == opened(path).file().chain());
  }
}

namespace {

// What a request is, whoever waits for what: its connection, its place in the connection's order,
// when it came and what it asked for.
struct Arrival {
  std::int64_t next = 0;
  std::uint32_t item = 0;
  bool operator==(const Arrival&) const = default;
};

struct Story {
  std::map<std::uint32_t, std::vector<Arrival>> arrivals;      // by connection
  std::map<std::uint32_t, std::vector<std::string>> reads_of;  // by table: whole lines
};

Story story_of(const fs::path& path) {
  class Reader : public Observer {
   public:
    explicit Reader(Story& story) : story_(story) {}
    void event(const model::State& after, events::Event::Reader event, std::uint64_t) override {
      if (event.isItemRead()) {
        const auto read = event.getItemRead();
        story_.arrivals[read.getConnection()].push_back({read.getNext(), read.getItem()});
        story_.reads_of[read.getTable()].push_back(event_line(after, event));
      }
      if (event.isItemWritten()) {
        story_.reads_of[event.getItemWritten().getTable()].push_back(event_line(after, event));
      }
      if (event.isItemsRead()) {
        story_.reads_of[event.getItemsRead().getTable()].push_back(event_line(after, event));
      }
    }

   private:
    Story& story_;
  };
  Story story;
  Reader reader(story);
  const RecordedRun run = opened(path);
  REQUIRE(run.fold(run.file().event_count(), {&reader}).has_value());
  return story;
}

}  // namespace

TEST_CASE(
    "DisableKey a minute later changes nothing before it and nothing that has no part in it") {
  const fs::path path = busy().folder / "later.tk";
  REQUIRE(write_fork(busy().path, minute(15), {{"timeline.3.at", "16m"}}, path).empty());
  const RecordedRun parent = opened(busy().path), fork = opened(path);
  REQUIRE(plan(parent, minute(15), {{"timeline.3.at", "16m"}}).value().folded);
  REQUIRE(reexecute(fork).value().same());

  const std::uint64_t past = parent.file().events_until(minute(15).nanoseconds() - 1).value();
  REQUIRE(past > 500);
  REQUIRE(compare_traces(parent, fork).value().number >= past);

  // Log has an AWS owned key, which the step does not touch: every answer is equal, to the tag.
  const Story before = story_of(busy().path), after = story_of(path);
  const std::uint32_t log = 2;
  REQUIRE(before.reads_of.at(log).size() > 50);
  REQUIRE(before.reads_of.at(log) == after.reads_of.at(log));
  // The tables of the key differ in answers, but no client comes at another time: every request
  // that both runs served is of the same item, with the same next one.
  std::uint64_t equal = 0, all = 0;
  for (const auto& [connection, arrivals] : before.arrivals) {
    const auto& others = after.arrivals.at(connection);
    const std::set<std::pair<std::int64_t, std::uint32_t>> known = [&] {
      std::set<std::pair<std::int64_t, std::uint32_t>> out;
      for (const Arrival& one : others) out.insert({one.next, one.item});
      return out;
    }();
    for (const Arrival& one : arrivals) {
      ++all;
      if (known.contains({one.next, one.item})) ++equal;
    }
  }
  CAPTURE(equal, all);
  REQUIRE(all > 1000);
  REQUIRE(equal * 20 >= all * 19);
}

TEST_CASE("a setting holds from the time of the fork on") {
  const auto changes = scenarios::setting_overrides(
      {{"model.table_key_cache.idle_timeout", "1s"}, {"model.kms.latency", "3ms"}}, minute(10));
  REQUIRE(changes.size() == 1);
  const fs::path path = busy().folder / "setting.tk";
  REQUIRE(write_fork(busy().path, minute(10), changes, path).empty());
  REQUIRE(reexecute(opened(path)).value().same());
  const RecordedRun fork = opened(path);
  const auto before = fork.state_at(minute(10) - sim::Duration::nanoseconds(1)).value();
  const auto after = fork.state_at(minute(10)).value();
  REQUIRE(before.settings().text("model.table_key_cache.idle_timeout") == "5m");
  REQUIRE(after.settings().text("model.table_key_cache.idle_timeout") == "1s");
  REQUIRE(after.settings().text("model.kms.latency") == "constant(3ms)");
  const auto found = difference(busy().path, path);
  REQUIRE(found.number >=
          opened(busy().path).file().events_until(minute(10).nanoseconds() - 1).value());
}

TEST_CASE("what a fork brings in anew renumbers nothing of the past") {
  struct Case {
    std::string_view text;
    bool folded;
  };
  for (const auto& [text, folded] : {
           Case{"dynamodb:PutItem table=Orders item={id: brand-new, title: x}", true},
           Case{"dynamodb:GetItem table=Users key={id: item-1} as=App", true},
           Case{"kms:CreateKey id=another", false},
           Case{"kms:ScheduleKeyDeletion key=First PendingWindowInDays=7", true},
           Case{"iam:PutRolePolicy RoleName=App PolicyName=none PolicyDocument={"
                "Version: '2012-10-17', Statement: [{Effect: Deny, Action: 'kms:*', Resource: "
                "'*'}]}",
                true},
       }) {
    CAPTURE(text);
    const fs::path path = busy().folder / "anew.tk";
    fs::remove(path);
    const std::vector<Override> changes = {step(text, minute(12))};
    REQUIRE(write_fork(busy().path, minute(12), changes, path).empty());
    const RecordedRun parent = opened(busy().path);
    const auto planned = plan(parent, minute(12), changes);
    REQUIRE(planned.has_value());
    REQUIRE(planned->folded == folded);
    REQUIRE(reexecute(opened(path)).value().same());
    REQUIRE(difference(busy().path, path).number >= planned->past);
  }
}

TEST_CASE("a change that reaches back is refused with the first event that it would change") {
  const fs::path path = busy().folder / "back.tk";
  const auto refused = [&](std::vector<Override> changes) {
    fs::remove(path);
    fs::remove(busy().folder / "back.tk.part");
    return write_fork(busy().path, minute(20), std::move(changes), path);
  };
  using Catch::Contains;
  REQUIRE_THAT(refused({{"workload.web.arrivals.rate", "2/s"}}),
               Contains("the change reaches back before the fork: event ") &&
                   Contains("\n  recorded  ") && Contains("\n  changed   "));
  REQUIRE_THAT(refused({{"timeline.3.at", "14m"}}), Contains("reaches back before the fork"));
  REQUIRE_THAT(refused({{"timeline.0.do", "dynamodb:GetItem"}}), !Catch::Equals(""));
  REQUIRE_THAT(refused({{"timeline.9.at", "14m"}}), Contains("no '9' in timeline"));
}

TEST_CASE("what lies outside of the run cannot be forked") {
  const RecordedRun parent = opened(busy().path);
  const auto late = plan(parent, minute(41), {});
  REQUIRE_FALSE(late.has_value());
  REQUIRE_THAT(late.error().trace.message, Catch::Contains("lies outside of the run"));
  REQUIRE_FALSE(plan(parent, minute(-1), {}).has_value());
  const fs::path cut = busy().folder / "short.tk";
  sample::record(cut, sample::load(sample::kBusy, 64), 300);
  const auto torn = plan(opened(cut), minute(39), {});
  REQUIRE_FALSE(torn.has_value());
  REQUIRE_THAT(torn.error().trace.message, Catch::Contains("resume it first"));
}

TEST_CASE("a fork of a fork has both changes") {
  const fs::path one = busy().folder / "first.tk", two = busy().folder / "second.tk";
  REQUIRE(write_fork(busy().path, minute(10), {step("kms:DisableKey key=First", minute(10))}, one)
              .empty());
  REQUIRE(write_fork(one, minute(30), {step("kms:EnableKey key=First", minute(30))}, two).empty());
  REQUIRE(reexecute(opened(two)).value().same());
  const RecordedRun last = opened(two);
  REQUIRE(last.identity().getOverrides().size() == 2);
  REQUIRE(std::ranges::equal(last.identity().getParent(), opened(one).file().chain()));
  // The overrides say the whole of it: a run from the beginning with them has the same events.
  scenarios::LoadOptions options;
  for (const auto setting : last.identity().getOverrides()) {
    options.overrides.push_back({setting.getPath().cStr(), setting.getValue().cStr()});
  }
  const auto loaded = scenarios::load(sample::kBusy, "sample.yaml", options);
  REQUIRE(loaded.ok());
  sample::Scenario scenario;
  scenario.view = model::ScenarioView::make(loaded.scenario()).value();
  scenario.identity = make_identity(
      {loaded.scenario(), std::string(sample::kBusy), "sample.yaml", {}, 64}, *scenario.view);
  scenario.events_per_chunk = 64;
  sample::record(busy().folder / "whole.tk", scenario);
  REQUIRE(difference(two, busy().folder / "whole.tk").kind == TraceDifference::Kind::none);
}

TEST_CASE("a short step is a step") {
  using scenarios::step_override;
  const sim::Time at = minute(5);
  REQUIRE(step_override("kms:DisableKey key=K", at)->value ==
          "{at: 2026-01-01T00:05:00Z, do: kms:DisableKey, key: K}");
  REQUIRE(step_override(" kms:PutKeyPolicy  key=K Policy={Version: '1 2', a: [b, c]} id=x ", at)
              ->value ==
          "{at: 2026-01-01T00:05:00Z, do: kms:PutKeyPolicy, key: K, Policy: "
          "{Version: '1 2', a: [b, c]}, id: x}");
  REQUIRE(step_override("{at: 7m, do: kms:DisableKey, key: K}", at)->value ==
          "{at: 7m, do: kms:DisableKey, key: K}");
  REQUIRE_FALSE(step_override("", at).has_value());
  REQUIRE_FALSE(step_override("{key: K}", at).has_value());
  REQUIRE_FALSE(step_override("{key: ", at).has_value());
  REQUIRE_THAT(step_override("kms:DisableKey K", at).error(),
               Catch::Contains("'K' is not name=value"));
}

}  // namespace tablekey::replay::fork_test
