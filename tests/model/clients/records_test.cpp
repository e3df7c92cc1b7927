// GetRecords: who reads a stream needs the table's key (dynamodb.md 3.5, 7.1).
#include "tests/model/clients/request_steps.h"

namespace tablekey::model::tests {
namespace {

using events::Exception;
using Iterator = events::DataCall::IteratorType;

Story streamed() {
  Story story = books(600);
  story.tables[0].stream = true;
  story.more = [](events::Scenario::Builder scenario) {
    scenario.getTables()[0].setStreamView("NEW_AND_OLD_IMAGES");
  };
  story.set("table_key_cache.policy", "fixed-connection").set("table_key_cache.ttl", "60s");
  return story;
}

Fill records(Iterator iterator, std::uint32_t after_step = 0, std::int32_t limit = 0) {
  return reading(Operation::GET_RECORDS, [=](events::DataCall::Builder call) {
    call.setIterator(iterator);
    call.setSequenceOfStep(after_step);
    call.setHasLimit(limit != 0);
    call.setLimit(limit);
  });
}

}  // namespace

TEST_CASE("A stream's records are read page by page, in the order of the changes") {
  Story story = streamed();
  for (int n = 1; n <= 3; ++n) {
    story.step(10 + n, request(Operation::PUT_ITEM, {{ItemKind::PUT, 10, valued("a", n)}}), 0);
  }
  story.step(30, records(Iterator::TRIM_HORIZON, 0, 2), 0);
  story.step(31, records(Iterator::AFTER_SEQUENCE_NUMBER, 4), 0);
  const auto play = lawful(story);
  CHECK(answered(*play, 3).getReturned() == 2);
  CHECK(answered(*play, 4).getReturned() == 1);
  CHECK(answered(*play, 4).getReads()[0].getVersion() == 3);
  CHECK(answered(*play, 3).getResultHigh() != 0);
}

TEST_CASE("Whoever may not use the key reads no records") {
  Story story = streamed();
  story.step(11, request(Operation::PUT_ITEM, {{ItemKind::PUT, 10, valued("a", 1)}}), 0);
  story.step(40, records(Iterator::TRIM_HORIZON), 0);  // the key is still cached
  story.step(50, kms(KmsKind::DISABLE_KEY, 0));
  story.step(200, records(Iterator::TRIM_HORIZON), 0);
  const auto play = lawful(story);
  CHECK(answered(*play, 1).getReturned() == 1);
  CHECK(answered(*play, 3).getException() == Exception::VALIDATION);
  CHECK(answered(*play, 3).getKmsError() == KmsError::DISABLED);
  CHECK(answered(*play, 3).getReturned() == 0);
}

TEST_CASE("Two readers may read a shard at a time, a third one is throttled") {
  Story story = streamed();
  for (const char* name : {"second", "third"}) {
    story.principals.push_back({.name = name, .policy = ""});
    story.principals.back() = story.principals[0];
    story.principals.back().name = name;
  }
  story.keys[0].policy = policy_for({user_arn("db-lead"), user_arn("second"), user_arn("third")});
  const Fill read = records(Iterator::TRIM_HORIZON);
  const std::vector<std::pair<double, std::uint32_t>> reads = {
      {20, 0}, {20.2, 1}, {20.4, 2}, {20.5, 0}, {21.3, 2}, {21.45, 1}, {30, 1}};
  for (const auto& [at, who] : reads) story.step(at, read, who);
  const auto play = lawful(story);
  std::vector<Exception> told;
  for (std::uint32_t step = 0; step < reads.size(); ++step) {
    told.push_back(answered(*play, step).getException());
  }
  constexpr Exception kFine = Exception::NONE, kMany = Exception::THROTTLING;
  CHECK(told == std::vector{kFine, kFine, kMany, kFine, kFine, kMany, kFine});
  Story free = story;
  free.set("dynamodb.streams.readers", "0");
  const auto unlimited = lawful(free);
  for (std::uint32_t step = 0; step < reads.size(); ++step) {
    CHECK(answered(*unlimited, step).getException() == kFine);
  }
}

TEST_CASE("A table without a stream has no records") {
  Story story = books(60);
  story.step(20, records(Iterator::TRIM_HORIZON), 0);
  const auto play = lawful(story);
  CHECK(answered(*play, 0).getException() == Exception::RESOURCE_NOT_FOUND);
}

}  // namespace tablekey::model::tests
