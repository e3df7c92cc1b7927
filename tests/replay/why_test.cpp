// Goal: what `explain TRACE --event` says reads right to somebody who knows AWS: names, exceptions,
// who decided by what, and the line of the scenario that brought it about. Method: whole texts of
// failures (and a hit) of the bundled scenarios, which were read (tests/replay/why; `update` writes
// them anew where a change was meant); and the rules of the document.
#include "replay/why/why.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "replay/query.h"
#include "tests/replay/export/exported.h"

namespace why_test {

namespace {

using namespace tablekey;
using namespace tablekey::replay;
using test::ExportedRun;
using Json = nlohmann::ordered_json;

struct Told {
  std::string scenario;
  std::uint64_t event;
};

std::string golden(const Told& told) {
  std::ifstream in(std::string(TABLEKEY_SOURCE_DIR) + "/tests/replay/why/" + told.scenario +
                   ".txt");
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Told> told_events() {
  std::ifstream in(std::string(TABLEKEY_SOURCE_DIR) + "/tests/replay/why/events");
  std::vector<Told> told;
  std::string scenario;
  for (std::uint64_t event = 0; in >> scenario >> event;) told.push_back({scenario, event});
  return told;
}

TEST_CASE("an event of a bundled scenario is explained in these words") {
  const std::vector<Told> all = told_events();
  REQUIRE(all.size() >= 10);
  for (const Told& told : all) {
    INFO(told.scenario);
    const auto run = ExportedRun::bundled(told.scenario);
    const auto why = why_event(run.recorded(), told.event);
    REQUIRE(why.has_value());
    CHECK(text_of(*why) == golden(told));
  }
}

TEST_CASE("every event of a run has an explanation whose chain leads to the start") {
  const char* name = GENERATE("books", "key-lost-while-creating", "asymmetric-key",
                              "client-side-encryption", "shared-item-keys");
  INFO(name);
  const auto run = ExportedRun::bundled(name);
  for (std::uint64_t event = 0; event < run.recorded().file().event_count(); ++event) {
    INFO(event);
    const auto why = why_event(run.recorded(), event);
    REQUIRE(why.has_value());
    CHECK_FALSE(why->what.empty());
    REQUIRE_FALSE(why->chain.empty());
    CHECK(why->chain.front().number == event);
    CHECK(why->chain.back().number == 0);
    for (std::size_t i = 1; i < why->chain.size(); ++i) {
      CHECK(why->chain[i].number < why->chain[i - 1].number);
    }
    const Json document = json_of(*why);
    CHECK(document["format"] == "tablekey.explain-event/1");
    CHECK(document["number"] == event);
    CHECK(document["what"] == why->what);
    CHECK(document["why"].size() == why->reasons.size());
    CHECK(document["chain"].size() == why->chain.size());
  }
}

TEST_CASE("a long chain is cut in its middle, which is said") {
  const auto run = ExportedRun::bundled("disable-key-idle");
  const auto why = why_event(run.recorded(), 257);
  REQUIRE(why.has_value());
  std::uint64_t skipped = 0;
  for (const Why::Link& link : why->chain) skipped += link.skipped;
  CHECK(why->chain.size() == 11);
  CHECK(skipped > 200);
}

TEST_CASE("every refusal by KMS is explained by what decided it") {
  const char* name = GENERATE("policy-lockout", "cross-account-key", "custom-store-disconnect",
                              "asymmetric-key", "on-demand-rotation-limit");
  INFO(name);
  const auto run = ExportedRun::bundled(name);
  struct Refusals : Observer {
    std::vector<std::uint64_t> numbers;
    void event(const model::State&, events::Event::Reader event, std::uint64_t number) override {
      if (event.isKmsAnswered() && event.getKmsAnswered().getError() != events::KmsError::NONE) {
        numbers.push_back(number);
      }
    }
  } refusals;
  REQUIRE(show_events(run.recorded(), {}, refusals).has_value());
  REQUIRE_FALSE(refusals.numbers.empty());
  for (const std::uint64_t number : refusals.numbers) {
    const auto why = why_event(run.recorded(), number);
    REQUIRE(why.has_value());
    INFO(number << ": " << why->what);
    CHECK(why->what.starts_with("KMS refused kms:"));
    CHECK_FALSE(why->reasons.empty());
  }
}

}  // namespace

}  // namespace why_test
