// GetRecords: who reads a stream needs the table's key (dynamodb.md 3.5, 7.1).
#include "tests/model/clients/request_steps.h"

namespace tablekey::model::tests::records_test {
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

// ---- iterators of their own ---------------------------------------------------------------------

namespace {

constexpr double kMinute = 60;

Fill iterator(Iterator type, std::uint32_t sequence_of_step = 0, std::uint32_t shard = 0) {
  return reading(Operation::GET_SHARD_ITERATOR, [=](events::DataCall::Builder call) {
    call.setIterator(type);
    call.setSequenceOfStep(sequence_of_step);
    call.setShard(shard);
  });
}

Fill records_from(std::uint32_t iterator_step, std::int32_t limit = 0) {
  return reading(Operation::GET_RECORDS, [=](events::DataCall::Builder call) {
    call.setIteratorOfStep(iterator_step);
    call.setHasLimit(limit != 0);
    call.setLimit(limit);
  });
}

Fill next_records(std::uint32_t page_step, std::int32_t limit = 0) {
  return records(Iterator::AFTER_SEQUENCE_NUMBER, page_step, limit);
}

Fill write(int number) {
  return request(Operation::PUT_ITEM, {{ItemKind::PUT, 10, valued("a", number)}});
}

Story long_streamed(double until) {
  Story story = streamed();
  story.until = until;
  story.set("table_key_cache.ttl", "1h");
  return story;
}

}  // namespace

TEST_CASE("An iterator begins where its type says at the moment in which it is made") {
  Story story = long_streamed(10 * kMinute);
  story.step(10, write(1), 0).step(11, write(2), 0);
  story.step(20, iterator(Iterator::TRIM_HORIZON), 0).step(20, iterator(Iterator::LATEST), 0);
  story.step(30, write(3), 0).step(31, write(4), 0);
  story.step(40, records_from(3), 0).step(40, records_from(4), 0);
  const auto play = lawful(story);
  for (std::size_t step = 2; step < 8; ++step) CHECK(message_of(answered(*play, step)).empty());
  CHECK(answered(*play, 6).getReturned() == 4);
  CHECK(answered(*play, 7).getReturned() == 2);
  CHECK(answered(*play, 7).getReads()[0].getVersion() == 3);
}

TEST_CASE("An iterator begins at or after a record that was read before") {
  Story story = long_streamed(10 * kMinute);
  for (int n = 1; n <= 4; ++n) story.step(10 + n, write(n), 0);
  story.step(20, records(Iterator::TRIM_HORIZON, 0, 2), 0);  // the step of number 5
  story.step(21, iterator(Iterator::AT_SEQUENCE_NUMBER, 5), 0);
  story.step(22, iterator(Iterator::AFTER_SEQUENCE_NUMBER, 5), 0);
  story.step(30, records_from(6), 0).step(31, records_from(7), 0);
  const auto play = lawful(story);
  CHECK(answered(*play, 7).getReturned() == 3);
  CHECK(answered(*play, 8).getReturned() == 2);
  CHECK(answered(*play, 8).getReads()[0].getVersion() == 3);
}

TEST_CASE("An iterator serves a quarter of an hour, and each page gives a fresh one") {
  Story story = long_streamed(60 * kMinute);
  for (int n = 1; n <= 5; ++n) story.step(10 + n, write(n), 0);
  const double made = 100;
  story.step(made, iterator(Iterator::TRIM_HORIZON), 0);                        // 6
  story.step(made + 14.9 * kMinute, records_from(6, 2), 0);                     // 7
  story.step(made + 15 * kMinute + 1, records_from(6, 2), 0);                   // 8
  story.step(made + 28 * kMinute, next_records(7, 2), 0);                       // 9
  story.step(made + 43.1 * kMinute, next_records(9), 0);                        // 10
  story.step(made + 43.2 * kMinute, records(Iterator::TRIM_HORIZON, 0, 2), 0);  // 11
  story.step(made + 59 * kMinute, next_records(11), 0);  // 12: the short form
  story.until = made + 60 * kMinute;
  const auto play = lawful(story);
  CHECK(answered(*play, 6).getReturned() == 2);
  CHECK(answered(*play, 7).getException() == Exception::EXPIRED_ITERATOR);
  CHECK(answered(*play, 7).getReturned() == 0);
  CHECK(answered(*play, 8).getReturned() == 2);
  CHECK(answered(*play, 8).getReads()[0].getVersion() == 3);
  CHECK(answered(*play, 9).getException() == Exception::EXPIRED_ITERATOR);
  CHECK(answered(*play, 11).getReturned() == 3);
}

TEST_CASE("A page that failed gives no iterator, and what it had begins again") {
  Story story = long_streamed(10 * kMinute);
  story.set("table_key_cache.ttl", "60s");
  story.step(11, write(1), 0);
  story.step(20, iterator(Iterator::TRIM_HORIZON), 0);
  story.step(30, kms(KmsKind::DISABLE_KEY, 0));
  story.step(200, records_from(2), 0);
  story.step(201, next_records(4), 0);
  story.step(210, kms(KmsKind::ENABLE_KEY, 0));
  story.step(220, records_from(2), 0);
  const auto play = lawful(story);
  CHECK(answered(*play, 3).getKmsError() == KmsError::DISABLED);
  CHECK(message_of(answered(*play, 4)) == "Invalid ShardIterator");
  CHECK(answered(*play, 6).getReturned() == 1);
}

TEST_CASE(
    "An iterator needs no key, a stream and a shard that there are, and a number if its type "
    "does") {
  Story story = long_streamed(10 * kMinute);
  story.set("table_key_cache.ttl", "60s");
  story.step(11, write(1), 0);
  story.step(30, kms(KmsKind::DISABLE_KEY, 0));
  story.step(200, iterator(Iterator::TRIM_HORIZON), 0);
  story.step(201, iterator(Iterator::TRIM_HORIZON, 0, 7), 0);
  story.step(202, iterator(Iterator::AT_SEQUENCE_NUMBER), 0);
  story.step(203, iterator(Iterator::LATEST, 1), 0);
  const auto play = lawful(story);
  CHECK(answered(*play, 2).getException() == Exception::NONE);
  CHECK(answered(*play, 3).getException() == Exception::RESOURCE_NOT_FOUND);
  CHECK(answered(*play, 4).getException() == Exception::VALIDATION);
  CHECK(answered(*play, 5).getException() == Exception::VALIDATION);
  CHECK(play->of(Event::TABLE_KEY_REQUESTED).size() == 1);  // the write's
  Story none = books(60);
  none.step(20, iterator(Iterator::TRIM_HORIZON), 0);
  CHECK(answered(*lawful(none), 0).getException() == Exception::RESOURCE_NOT_FOUND);
}

TEST_CASE("Iterators are one thing and the caller's cached table key another") {
  // Only the idle timer would tell: an iterator is no use of the key.
  Story story = streamed();
  story.until = 300;
  story.set("table_key_cache.policy", "idle-connection").set("table_key_cache.idle_timeout", "60s");
  story.step(10, write(1), 0);
  story.step(50, iterator(Iterator::TRIM_HORIZON), 0);
  story.step(100, write(2), 0);
  const auto play = lawful(story);
  CHECK(play->of(Event::TABLE_KEY_REQUESTED).size() == 2);
}

}  // namespace tablekey::model::tests::records_test
