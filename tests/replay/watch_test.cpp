// Following one entity, one event's changes, and the picture of a table's keys. Goal: nothing that
// happens to the entity is left out, nothing else is shown, and the picture says who can read what.
// Method: a run in which everything happens, checked against State itself.
#include "replay/watch.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "replay/hierarchy.h"
#include "tests/replay/sample_run.h"

namespace tablekey::replay::watch_test {
namespace {

const RecordedRun& busy() {
  static const sample::TempFolder kFolder;
  static const RecordedRun kRun = [] {
    sample::record(kFolder / "busy.tk", sample::load(sample::kBusy, 64));
    return RecordedRun::open(kFolder / "busy.tk").value();
  }();
  return kRun;
}

sim::Time minute(std::int64_t minutes) {
  return sim::parse_time("2026-01-01T00:00:00Z").value() + sim::Duration::seconds(60 * minutes);
}

std::vector<ChangingEvent> changes_of(std::string_view what, sim::Time from = sim::Time::min(),
                                      sim::Time to = sim::Time::max()) {
  std::vector<ChangingEvent> all;
  const auto watched = parse_watched(what, busy().scenario());
  REQUIRE(watched.has_value());
  const auto count =
      watch(busy(), *watched, from, to, [&](const ChangingEvent& event) { all.push_back(event); });
  REQUIRE(count.value() == all.size());
  return all;
}

std::vector<std::string> values_of(const std::vector<ChangingEvent>& events,
                                   std::string_view path) {
  std::vector<std::string> values;
  for (const ChangingEvent& event : events) {
    for (const Change& change : event.changes) {
      if (change.path == path) values.push_back(change.after);
    }
  }
  return values;
}

}  // namespace

TEST_CASE("a watched key shows each of its states") {
  const auto events = changes_of("key=Second");
  REQUIRE(values_of(events, "keyState") == std::vector<std::string>{"\"NotYetCreated\"",
                                                                    "\"Enabled\"", "\"Disabled\"",
                                                                    "\"Enabled\""});
  REQUIRE(events.front().changes.size() > 5);  // it comes into being
  for (const ChangingEvent& event : events) {
    REQUIRE_FALSE(event.changes.empty());
    REQUIRE_FALSE(event.line.empty());
    for (const Change& change : event.changes) REQUIRE(change.before != change.after);
  }
  const auto late = changes_of("key=Second", minute(14), minute(16));
  REQUIRE(values_of(late, "keyState") == std::vector<std::string>{"\"Disabled\""});
  for (const ChangingEvent& event : late) {
    REQUIRE(event.time >= minute(14));
    REQUIRE(event.time <= minute(16));
  }
}

TEST_CASE("a watched table shows its move to another key") {
  const auto events = changes_of("table=Orders");
  REQUIRE(values_of(events, "key") == std::vector<std::string>{"\"First\"", "\"Second\""});
  REQUIRE(values_of(events, "tableKeys[2].underKey") == std::vector<std::string>{"\"Second\""});
}

TEST_CASE("a watched connection shows when it holds the table key") {
  const auto events = changes_of("connection=web/2");
  const auto versions = values_of(events, "tableKey.version");
  REQUIRE(versions.size() >= 2);
  REQUIRE(versions.front() == "1");
  REQUIRE(std::ranges::find(versions, "") != versions.end());  // it loses it
}

TEST_CASE("a watched grant goes by the beginning of its id") {
  const auto state = busy().state_after(busy().file().event_count()).value();
  REQUIRE_FALSE(state.grants.empty());
  std::string id;
  for (const auto byte : state.grants.front().id) id += fmt::format("{:02x}", byte);
  const auto events = changes_of("grant=" + id.substr(0, 12));
  REQUIRE_FALSE(events.empty());
}

TEST_CASE("what cannot be watched is said to be so") {
  const auto wrong = [](std::string_view text) {
    return parse_watched(text, busy().scenario()).error();
  };
  REQUIRE(wrong("key=Secnd") == "no key 'Secnd'; did you mean 'Second'?");
  REQUIRE(wrong("tabel=Orders") == "'tabel' cannot be watched; did you mean 'table'?");
  REQUIRE_THAT(wrong("key"), Catch::Contains("names nothing to watch"));
  REQUIRE_THAT(wrong("key="), Catch::Contains("names nothing to watch"));
  REQUIRE_THAT(wrong("connection=web"), Catch::Contains("write web/0 to web/8"));
  REQUIRE_THAT(wrong("connection=web/9"), Catch::Contains("write web/0 to web/8"));
  REQUIRE_THAT(wrong("connection=wep/0"), Catch::Contains("no workload 'wep'"));
}

TEST_CASE("every event's changes lead from one state to the next") {
  // What all events changed of a key's state, put together, is what watching it shows.
  std::vector<std::string> states;
  const auto watched = changes_of("key=Second");
  for (const ChangingEvent& event : watched) {
    const auto found = changes_by(busy(), event.number).value();
    REQUIRE(found.line == event.line);
    for (const Change& change : found.changes) {
      if (change.path == "keys[Second].keyState") states.push_back(change.after);
    }
  }
  // Before the run began there was no key either.
  REQUIRE(states == values_of(watched, "keyState"));
}

TEST_CASE("the hierarchy names every version, what it wraps and who holds it") {
  const auto state = busy().state_at(minute(14)).value();
  const auto document = hierarchy_document(state, "Orders", minute(14));
  REQUIRE(document["tables"].size() == 1);
  const auto& table = document["tables"][0];
  REQUIRE(table["tableKeys"].size() == 2);
  const auto& first = table["tableKeys"][0];
  const auto& second = table["tableKeys"][1];
  REQUIRE(first["wrappedBy"]["key"] == "First");
  REQUIRE(second["wrappedBy"]["key"] == "Second");
  // After the switch no data key is left behind.
  REQUIRE(first["wraps"].empty());
  REQUIRE(second["wraps"].size() >= 2);  // the partition and the stream
  const auto& materials = state.keys[0].materials;
  REQUIRE(second["wrappedBy"]["keyMaterialId"].get<std::string>().size() == 64);
  REQUIRE_FALSE(materials.empty());
  std::size_t holders = 0;
  for (const auto& connection : state.connections) {
    if (connection.table == 0 && connection.slot != model::kNone &&
        state.cache[connection.slot].entry.version == 2) {
      ++holders;
    }
  }
  // All that have the version may still use it, or have let it expire.
  REQUIRE(second["plaintextHeldBy"].size() <= holders);
  REQUIRE(second["plaintextHeldBy"].size() > 0);
  const std::string text = hierarchy_text(document);
  for (const std::string_view part :
       {"table key version 2 (current), wrapped by Second (Enabled), key material ",
        "table key version 1, wrapped by First (Enabled)", "held in plaintext by ", "until 2026-",
        "data key 0  partition  "}) {
    CAPTURE(part, text);
    REQUIRE(text.find(part) != std::string::npos);
  }
}

}  // namespace tablekey::replay::watch_test
