// UpdateTable to another key (dynamodb.md 2.5, 2.6, 6): the calls, the data keys, and readers who
// notice nothing.
#include "model/dynamodb/errors.h"
#include "model/dynamodb/table_key_cache.h"
#include "tests/model/world_builder.h"

namespace tablekey::model::tests::switch_key_test {
namespace {

using Operations = std::vector<KmsOperation>;

/// Books, and a second customer key with the same policy; the switch is asked for at 100 s by
/// db-lead, the first data key is re-wrapped at 108 s and the switch is over at 122 s.
Story two_keys(double until = 300) {
  Story story = books_read_every(1, until);
  story.keys.push_back({});
  return story;
}
Story switching(double until = 300) {
  Story story = two_keys(until);
  story.step(100, update_table(0, 1), 0);
  return story;
}

Operations control_calls(const Play& play, double from) {
  Operations found;
  for (const KeptEvent* event : play.of(Event::KMS_ANSWERED)) {
    const auto answer = event->read().getKmsAnswered();
    const bool client = answer.getOperation() == KmsOperation::DECRYPT && answer.getViaService();
    if (event->seconds() >= from && !client) found.push_back(answer.getOperation());
  }
  return found;
}

std::vector<KeptEvent const*> refusals(const Play& play) {
  return play.of(Event::TABLE_REQUEST_REFUSED);
}

}  // namespace

TEST_CASE("A switch asks KMS in order, and retires the old key's grants at the end") {
  Play play(switching());
  play.run();
  using enum KmsOperation;
  CHECK(control_calls(play, 100) == Operations{DESCRIBE_KEY, CREATE_GRANT, CREATE_GRANT, DECRYPT,
                                               GENERATE_DATA_KEY, RETIRE_GRANT, RETIRE_GRANT});
  std::string who;
  std::vector<std::uint32_t> keys;
  for (const KeptEvent* event : play.of(Event::KMS_ANSWERED)) {
    const auto answer = event->read().getKmsAnswered();
    if (event->seconds() < 100 || (answer.getOperation() == DECRYPT && answer.getViaService())) {
      continue;
    }
    who += answer.getAsService() ? 's' : 'c';
    keys.push_back(answer.getKey());
    CHECK(answer.getError() == KmsError::NONE);
  }
  CHECK(who == "cccssss");
  CHECK(keys == std::vector<std::uint32_t>{1, 1, 1, 0, 1, 0, 0});
  const Table& table = play.state().tables[0];
  CHECK(table.key == 1);
  CHECK(table.keys.size() == 2);
  CHECK(table.grants.size() == 2);
  CHECK(play.state().keys[0].live_grants == 0);
  CHECK(play.state().keys[1].live_grants == 2);
  CHECK(play.of(Event::SSE_SWITCH_COMPLETED)[0]->read().getTime() == at_seconds(122));
}

TEST_CASE("S9: reads go on through the switch, need the new key after it, and not the old one") {
  Story story = switching();
  story.step(130, kms(KmsKind::DISABLE_KEY, 0));
  story.step(140, close_connections(0));
  story.step(150, kms(KmsKind::DISABLE_KEY, 1));
  story.step(160, close_connections(0));
  Play play(story);
  play.run();
  for (const KeptEvent* failed : play.of(Event::REQUEST_FAILED)) CHECK(failed->seconds() > 160);
  CHECK(!play.of(Event::REQUEST_FAILED).empty());
  std::vector<std::pair<double, std::uint32_t>> decrypts;
  for (const KeptEvent* event : play.of(Event::TABLE_KEY_REQUESTED)) {
    if (event->read().getTableKeyRequested().getWhy() == events::Miss::VERSION) {
      CHECK(event->seconds() == Approx(108).epsilon(1e-9));
    }
  }
  // Every request before 160 s was served: one a second from 5 s on.
  std::size_t served = 0;
  for (const KeptEvent* read : play.of(Event::ITEM_READ)) served += read->seconds() < 160;
  CHECK(served == 155);
}

TEST_CASE("Data keys move in batches, the base partition first, and reads need what wraps it") {
  Story story = switching();
  story.tables[0].local_indexes = {"l"};
  story.tables[0].global_indexes = {"g"};
  story.tables[0].stream = true;
  story.set("dynamodb.rewrap_batch", "1").set("dynamodb.rewrap_cost", "2s");
  Play play(story);
  play.run_to(108);
  const Table& table = play.state().tables[0];
  CHECK(table.key == 1);  // phase 2 began
  CHECK(needed_version(table) == 2);
  CHECK(table.data_keys[1].version == 1);
  play.run();
  const auto batches = play.of(Event::DATA_KEYS_REWRAPPED);
  REQUIRE(batches.size() == 4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    const auto batch = batches[i]->read().getDataKeysRewrapped();
    CHECK(batches[i]->seconds() == Approx(108 + 2.0 * i).epsilon(1e-12));
    REQUIRE(batch.getDataKeys().size() == 1);
    CHECK(batch.getDataKeys()[0].getStructure() == i);
    CHECK(batch.getRemaining() == 3 - i);
    CHECK(batch.getToVersion() == 2);
  }
  for (const DataKey& key : table.data_keys) CHECK(key.version == 2);
  CHECK(play.of(Event::SSE_SWITCH_COMPLETED)[0]->read().getTime() == at_seconds(122));
  CHECK(play.of(Event::REQUEST_FAILED).empty());
}

TEST_CASE("Re-wrapping many structures takes longer than the usual switch") {
  Story story = switching(600);
  for (int i = 0; i < 9; ++i) story.tables[0].global_indexes.push_back("g" + std::to_string(i));
  story.set("dynamodb.rewrap_cost", "5s").set("dynamodb.rewrap_batch", "4");
  Play play(story);
  play.run();
  // 8 s with the old key shown, then 10 data keys of 5 s each.
  CHECK(play.of(Event::SSE_SWITCH_COMPLETED)[0]->read().getTime() == at_seconds(158));
}

TEST_CASE("The data keys stay the same under their new wrapping") {
  Story story = switching();
  Play play(story);
  const auto data_keys = [&] {
    std::vector<std::vector<std::uint8_t>> found;
    play.world().vault().for_each_secret(play.state(), [&](std::span<const std::uint8_t> bytes) {
      found.emplace_back(bytes.begin(), bytes.end());
    });
    return found.back();
  };
  play.run_to(99);
  const auto before = data_keys();
  const auto wrapped = play.state().tables[0].data_keys[0].wrapped;
  play.run();
  CHECK(data_keys() == before);
  CHECK(play.state().tables[0].data_keys[0].wrapped != wrapped);
}

TEST_CASE("Switches that are refused leave the table as it was") {
  Story story = two_keys(400);
  story.tables.push_back({.name = "Other", .created = 0});
  story.step(2, update_table(0, 1), 0);    // CREATING
  story.step(50, update_table(0, 0), 0);   // the same key
  story.step(60, update_table(1, 1), 0);   // not there
  story.step(100, update_table(0, 1), 0);  // accepted
  story.step(110, update_table(0, 0), 0);  // busy
  story.step(111, delete_table(0), 0);     // busy
  story.step(200, delete_table(0), 0);     // accepted
  story.step(202, update_table(0, 0), 0);  // DELETING
  Play play(story);
  play.run();
  using enum events::Exception;
  std::vector<events::Exception> found;
  for (const KeptEvent* event : refusals(play)) {
    found.push_back(event->read().getTableRequestRefused().getException());
    CHECK(event->read().getTableRequestRefused().getCall() == kNone);
  }
  CHECK(found == std::vector<events::Exception>{RESOURCE_IN_USE, VALIDATION, RESOURCE_NOT_FOUND,
                                                RESOURCE_IN_USE, RESOURCE_IN_USE, RESOURCE_IN_USE});
  CHECK(play.of(Event::SSE_SWITCH_COMPLETED).size() == 1);
}

TEST_CASE("The same key again has DynamoDB's words, other ones for the owned key") {
  for (const bool owned : {false, true}) {
    Story story = books();
    if (owned) story.keys[0].manager = Manager::OWNED;
    story.step(20, update_table(0, 0), 0);
    Play play(story);
    play.run();
    REQUIRE(refusals(play).size() == 1);
    const std::string text =
        dynamodb::table_message(play.state(), refusals(play)[0]->read().getTableRequestRefused());
    CHECK(text == (owned ? "One or more parameter values were invalid: Table is already encrypted "
                           "by default"
                         : "One or more parameter values were invalid: Table is already encrypted "
                           "with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to "
                           "change Master Key"));
  }
}

TEST_CASE("Who may not use the new key does not switch, and the table works on") {
  Story story = switching();
  story.keys[1].policy = policy_for({user_arn("nobody")});
  story.step(150, close_connections(0));
  story.step(160, update_table(0, 1));  // the operator may
  Play play(story);
  play.run_to(155);
  REQUIRE(refusals(play).size() == 1);
  const auto refused = refusals(play)[0]->read().getTableRequestRefused();
  CHECK(refused.getException() == events::Exception::ACCESS_DENIED);
  CHECK(refused.getKey() == 1);
  const Table& table = play.state().tables[0];
  CHECK(table.key == 0);
  CHECK(table.keys.size() == 1);
  CHECK(table.process.kind == ProcessKind::none);
  play.run_to(159.9);
  CHECK(play.of(Event::REQUEST_FAILED).empty());
  CHECK(play.state().keys[0].live_grants == 2);
  play.run();
  CHECK(play.state().tables[0].key == 1);
}

TEST_CASE("A switch fails when the old key does not decrypt, and names the old key") {
  Story story = switching();
  story.step(90, kms(KmsKind::DISABLE_KEY, 0));
  story.step(150, kms(KmsKind::ENABLE_KEY, 0));
  story.step(160, update_table(0, 1), 0);
  Play play(story);
  play.run_to(155);
  REQUIRE(refusals(play).size() == 1);
  const auto refused = refusals(play)[0]->read().getTableRequestRefused();
  CHECK(refused.getException() == events::Exception::VALIDATION);
  CHECK(refused.getKmsError() == KmsError::DISABLED);
  CHECK(refused.getKey() == 0);
  CHECK_THAT(dynamodb::table_message(play.state(), refused),
             Catch::Matchers::Contains("123456789010 is disabled."));
  CHECK(play.state().tables[0].key == 0);
  play.run();
  CHECK(play.state().tables[0].key == 1);
  CHECK(play.of(Event::REQUEST_FAILED).empty());
  CHECK(play.state().keys[0].live_grants == 0);
}

TEST_CASE("S4: a table whose grants were revoked moves to another key") {
  Story story = switching();
  story.step(50, kms(KmsKind::REVOKE_GRANT, 0, 0));
  Play play(story);
  play.run();
  CHECK(refusals(play).empty());
  CHECK(play.state().tables[0].key == 1);
  CHECK(play.state().keys[1].live_grants == 2);
}

TEST_CASE("A switch right after the creation works while the grants propagate") {
  Story story = two_keys(400);
  story.set("kms.propagation", "constant(300s)");
  story.step(10, update_table(0, 1), 0);
  Play play(story);
  play.run();
  CHECK(refusals(play).empty());
  CHECK(play.state().tables[0].key == 1);
  CHECK(play.state().keys[0].live_grants == 0);
}

TEST_CASE("To the owned key and from it") {
  Story story = two_keys(400);
  story.keys[1].manager = Manager::OWNED;
  story.step(100, update_table(0, 1), 0).step(200, update_table(0, 0), 0);
  story.step(150, kms(KmsKind::DISABLE_KEY, 0)).step(160, close_connections(0));
  story.step(180, kms(KmsKind::ENABLE_KEY, 0));
  Play play(story);
  play.run_to(199);
  CHECK(play.state().tables[0].key == 1);
  CHECK(play.state().tables[0].grants.empty());
  CHECK(play.state().keys[0].live_grants == 0);
  using enum KmsOperation;
  CHECK(control_calls(play, 100).front() == DECRYPT);  // of the old table key, by its grant
  CHECK(play.of(Event::REQUEST_FAILED).empty());
  play.run();
  CHECK(play.state().tables[0].key == 0);
  CHECK(play.state().keys[0].live_grants == 2);
  CHECK(control_calls(play, 200) ==
        Operations{DESCRIBE_KEY, CREATE_GRANT, CREATE_GRANT, GENERATE_DATA_KEY});
  CHECK(play.of(Event::REQUEST_FAILED).empty());
  CHECK(play.state().tables[0].keys.size() == 3);
}

TEST_CASE("Those whose answer was overtaken by a switch ask again, one for all") {
  // Decrypt is sent at 107.9 and arrives after the re-wrap at 108; two more requests wait for it.
  Story story = two_keys(200);
  story.workloads.clear();
  story.set("kms.latency", "constant(200ms)");
  for (const double at : {107.9, 107.95, 107.99}) {
    story.step(at, data(Operation::GET_ITEM, 0, 1), 0);
  }
  story.step(100, update_table(0, 1), 0);
  Play play(story);
  play.run();
  CHECK(play.of(Event::ITEM_READ).size() == 3);
  const auto asked = play.of(Event::TABLE_KEY_REQUESTED);
  REQUIRE(asked.size() == 2);
  CHECK(asked[1]->read().getTableKeyRequested().getWhy() == events::Miss::VERSION);
  CHECK(asked[1]->read().getTime() == at_seconds(108.1));
  for (const KeptEvent* read : play.of(Event::ITEM_READ)) {
    CHECK(read->read().getTime() == at_seconds(108.3));
  }
  CHECK(play.state().tables[0].holders == 1);
}

}  // namespace tablekey::model::tests::switch_key_test
