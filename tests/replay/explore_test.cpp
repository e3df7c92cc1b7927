// The parts of the explorer: scenarios from seeds, what can be left out of them, books that know
// when a change counts. Whether it finds bugs is shown by planted ones (tests/explore).
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "replay/explore/draft.h"
#include "replay/explore/explore.h"
#include "replay/explore/generate.h"
#include "replay/explore/key_books.h"
#include "replay/explore/shrink.h"
#include "replay/explore/worst.h"
#include "scenarios/load.h"

namespace tablekey::replay::explore::explore_test {
namespace {

scenarios::LoadResult loaded(const Story& story) {
  return scenarios::load(story.text(), "drawn.yaml", {});
}

Part step(const std::string& name, std::vector<Field> fields) {
  fields.insert(fields.begin(), {{"at", "1m", true}, {"id", name, true}});
  return {Section::step, name, std::move(fields)};
}

}  // namespace

TEST_CASE("A seed gives one scenario, another seed another one, and every scenario loads") {
  std::set<std::string> texts;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const Story story = generate(seed);
    CHECK(story.text() == generate(seed).text());
    CHECK(texts.insert(story.text()).second);
    const auto result = loaded(story);
    INFO("seed " << seed << "\n" << result.diagnostics.render(false));
    CHECK(result.ok());
  }
}

TEST_CASE("Drawn scenarios have every part of the language that laws speak about") {
  std::set<std::string> words;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const Story story = generate(seed);
    for (const Part& part : story.parts) {
      words.insert(std::string(value_of(part.fields, "do")));
      words.insert(std::string(value_of(part.fields, "Type")));
      for (const Field& field : part.fields) words.insert(field.name);
    }
  }
  for (const char* word : {"kms:DisableKey",
                           "kms:ScheduleKeyDeletion",
                           "kms:CancelKeyDeletion",
                           "kms:PutKeyPolicy",
                           "kms:CreateGrant",
                           "kms:RevokeGrant",
                           "kms:RetireGrant",
                           "kms:ImportKeyMaterial",
                           "dynamodb:UpdateTable",
                           "dynamodb:RestoreTableFromBackup",
                           "dynamodb:TransactWriteItems",
                           "dynamodb:GetRecords",
                           "fault:KmsOutage",
                           "fault:SlowPropagation",
                           "net:CloseConnections",
                           "AWS::DynamoDB::GlobalTable",
                           "Tablekey::DynamoDB::ItemEncryptor",
                           "GrantTokens",
                           "pool",
                           "Properties.TimeToLiveSpecification",
                           "Properties.GlobalSecondaryIndexes"}) {
    INFO(word);
    CHECK(words.contains(word));
  }
}

TEST_CASE("Whatever part is left out, what needs it goes with it and the rest still loads") {
  for (const std::uint64_t seed : {2U, 7U, 16U, 85U}) {
    const Story story = generate(seed);
    for (std::size_t i = 0; i < story.parts.size(); ++i) {
      const Story less = story.without(i);
      CHECK(less.parts.size() < story.parts.size());
      CHECK(less.find(story.parts[i].name) == nullptr);
      const auto result = loaded(less);
      INFO("seed " << seed << " without " << story.parts[i].name << "\n"
                   << result.diagnostics.render(false));
      CHECK(result.ok());
    }
  }
}

TEST_CASE("A scenario shrinks to the one step that breaks the law") {
  Story story = generate(7);
  REQUIRE(story.parts.size() > 5);
  story.parts.push_back(step("wrong", {{"do", "kms:Nonsense", true}}));
  const Checked checked = check(story.text(), {.seed = 7});
  REQUIRE(checked.finding);
  CHECK(checked.finding->law == "loads");
  const Shrunk shrunk = shrink(story, *checked.finding);
  CHECK(shrunk.finding.law == "loads");
  REQUIRE(shrunk.story.parts.size() == 1);
  CHECK(shrunk.story.parts.front().name == "wrong");
  CHECK(shrunk.story.model.empty());
}

TEST_CASE("Every law has a sentence, and what a check finds is one of them") {
  for (const Law& law : laws()) CHECK(sentence_of(law.name) == law.sentence);
  CHECK(sentence_of("no such law").empty());
}

TEST_CASE("A value that changes is the old one until its time, and the new one from then on") {
  Changing<int> value;
  CHECK(value.at(0) == nullptr);
  value.set(10, 1);
  value.set(20, 2);
  CHECK(value.at(9) == nullptr);
  CHECK(*value.at(10) == 1);
  CHECK(*value.at(19) == 1);
  CHECK(*value.at(20) == 2);
}

TEST_CASE("Seeds are looked at in one piece, however many threads there are") {
  const auto all = [](unsigned threads) {
    ExploreOptions options;
    options.first = 11;
    options.last = 18;
    options.threads = threads;
    return explore(options);
  };
  const Explored one = all(1), three = all(3);
  CHECK(one.seeds == 8);
  CHECK(one.all);
  CHECK(one.violations.empty());
  CHECK(one.digest == three.digest);
  CHECK(one.events == three.events);
  CHECK(one.asked > 0);
}

TEST_CASE("The longest exposure that is found stays within what theory allows") {
  WorstOptions options;
  options.set = {{"model",
                  "{ table_key_cache: { policy: fixed-connection, ttl: 1m }, kms: { latency: "
                  "constant(0s), key_state_propagation: constant(20s) } }"}};
  options.tries = 400;
  const auto worst = worst_exposure(options);
  REQUIRE(worst);
  REQUIRE(worst->bound.nanoseconds);
  CHECK(*worst->bound.nanoseconds == 80 * kSecond);
  CHECK(worst->exposure > 60 * kSecond);
  CHECK(worst->exposure <= 80 * kSecond);
  CHECK(scenarios::load(worst->timeline, "worst.yaml", {}).ok());
}

}  // namespace tablekey::replay::explore::explore_test
