// Restores (dynamodb.md 7.3): a new table with the contents of a backup, under a key of its own
// choice; who must be able to use which key; and what is refused.
#include <rapidcheck/catch.h>

#include "tests/model/dynamodb/backup_steps.h"

namespace tablekey::model::tests::restore_test {
namespace {

constexpr std::uint32_t kGiven = 10;  // after the ten generated items

void to_key_2(events::TableCall::Builder call) {
  auto sse = call.initSse();
  sse.setGiven(true);
  sse.setHasEnabled(true);
  sse.setEnabled(true);
  sse.setSseType("KMS");
  sse.initKmsMasterKeyId().setArn(2);
}

std::vector<KmsOperation> calls_between(const Play& play, double from, double to) {
  std::vector<KmsOperation> calls;
  for (const KeptEvent* kept : play.of(Event::KMS_ANSWERED)) {
    if (kept->seconds() < from || kept->seconds() > to) continue;
    if (kept->read().getKmsAnswered().getCall() == kNone) continue;
    calls.push_back(kept->read().getKmsAnswered().getOperation());
  }
  return calls;
}

}  // namespace

TEST_CASE("A restored table equals the table at the instant of its backup") {
  Story story = restorable(100);
  story.step(10, put(0, kGiven, "a", "one"), 0);
  story.step(11, put(0, kGiven + 1, "b", "two"), 0);
  story.step(12, remove(0, 3), 0);
  story.step(13, remove(0, kGiven + 1), 0);
  story.step(20, create_backup(0), 0);
  story.step(21, put(0, kGiven, "a", "later"), 0);
  story.step(22, remove(0, 4), 0);
  story.step(30, restore_backup(4, 1), 0);
  story.step(70, data(Operation::GET_ITEM, 1, kGiven), 0);
  story.step(71, put(1, 5, "item-00000005", "new"), 0);
  Play play(story);
  play.run_to(20.5);
  const Contents then = contents_of(play, 0);
  play.run_to(69);
  REQUIRE(play.state().tables[1].lifecycle == Lifecycle::live);
  CHECK(contents_of(play, 1) == then);
  CHECK(then.size() == 10);
  CHECK(contents_of(play, 0) != then);
  play.run();
  CHECK(play.state().item(1, 5).version == 2);  // versions go on
  require_laws(story, play);
}

TEST_CASE(
    "A restore opens the source's key as the caller, then makes a table as CreateTable does") {
  Story story = restorable(100);
  story.step(10, create_backup(0), 0);
  story.step(30, restore_backup(0, 1), 0);
  const auto play = lawful(story);
  using Kms = KmsOperation;
  CHECK(calls_between(*play, 30, 60) == std::vector{Kms::DECRYPT, Kms::DESCRIBE_KEY,
                                                    Kms::CREATE_GRANT, Kms::CREATE_GRANT,
                                                    Kms::GENERATE_DATA_KEY});
  const auto answers = play->of(Event::KMS_ANSWERED);
  std::vector<std::uint32_t> tables;
  for (const KeptEvent* answer : answers) {
    if (answer->seconds() > 30) tables.push_back(answer->read().getKmsAnswered().getTable());
  }
  CHECK(tables == std::vector<std::uint32_t>{0, 1, 1, 1, 1});  // whose encryption context
  CHECK(play->state().tables[1].key == 0);
  CHECK(play->state().tables[1].id != play->state().tables[0].id);
}

TEST_CASE(
    "A restore fails where the key of the backup cannot be used, whatever the table's is now") {
  Story story = restorable(300);
  story.keys.push_back({});
  story.step(10, create_backup(0), 0);
  story.step(20, update_table(0, 2), 0);  // S9: the table moves, the backup does not
  story.step(80, kms(KmsKind::DISABLE_KEY, 0));
  story.step(90, data(Operation::GET_ITEM, 0, 0), 0);
  story.step(100, restore_backup(0, 1, to_key_2), 0);
  story.step(110, kms(KmsKind::ENABLE_KEY, 0));
  story.step(120, restore_backup(0, 1, to_key_2), 0);
  const auto play = lawful(story);
  CHECK(play->of(Event::REQUEST_FAILED).empty());
  const Reply dead = reply_to(*play, 4);
  CHECK(dead.exception == "ValidationException");
  CHECK(dead.kms == KmsError::DISABLED);
  CHECK(exception_of(*play, 6).empty());
  CHECK(play->state().tables[1].lifecycle == Lifecycle::live);
  CHECK(play->state().tables[1].key == 2);
}

TEST_CASE("SSESpecificationOverride chooses the key, or the AWS owned one") {
  Story story = restorable(300);
  story.keys.push_back({});
  for (const bool owned : {false, true}) {
    Story made = story;
    made.step(10, create_backup(0), 0);
    made.step(30, restore_backup(0, 1, owned ? to_owned : to_key_2), 0);
    const auto play = lawful(made);
    CHECK(exception_of(*play, 1).empty());
    CHECK(play->state().tables[1].lifecycle == Lifecycle::live);
    CHECK(play->state().tables[1].key == (owned ? 1U : 2U));
    CHECK(play->state().tables[1].grants.empty() == owned);
  }
  story.set("dynamodb.backups.restore_sse_override", "false");
  story.step(10, create_backup(0), 0);
  story.step(30, restore_backup(0, 1, to_owned), 0);
  CHECK(exception_of(*lawful(story), 1) == "ValidationException");
}

TEST_CASE("A restore that its target key refuses makes no table and frees the backup") {
  Story story = restorable(300);
  story.keys.push_back({});
  story.keys[2].enabled = false;
  story.step(10, create_backup(0), 0);
  story.step(30, restore_backup(0, 1, to_key_2), 0);
  story.step(60, restore_backup(0, 1), 0);
  const auto play = lawful(story);
  const auto refused = play->of(Event::TABLE_REQUEST_REFUSED);
  REQUIRE(refused.size() == 1);
  CHECK(refused[0]->read().getTableRequestRefused().getOperation() ==
        TableOperation::RESTORE_TABLE_FROM_BACKUP);
  CHECK(exception_of(*play, 2).empty());
  CHECK(play->state().tables[1].lifecycle == Lifecycle::live);
}

TEST_CASE("One backup feeds one restore at a time, and a name in use takes none") {
  Story story = restorable(300);
  story.tables.push_back(restored_table("Second"));
  shares_items(story, 2, 0);
  story.step(10, create_backup(0), 0);
  story.step(30, restore_backup(0, 1), 0);
  story.step(35, restore_backup(0, 2), 0);  // the backup is in use
  story.step(36, with_backup(TableOperation::DELETE_BACKUP, 0), 0);
  story.step(60, restore_backup(0, 1), 0);  // the target is there
  story.step(61, restore_backup(0, 2), 0);
  story.step(62, create_backup(2), 0);  // a restore's target that is CREATING
  story.step(100, create_backup(0, "another"), 0);
  story.step(110, delete_table(2), 0);
  story.step(130, restore_backup(7, 2), 0);
  story.step(140, restore_backup(0, 2), 0);  // itself a restore's target
  const auto play = lawful(story);
  CHECK(exception_of(*play, 2) == "BackupInUseException");
  CHECK(exception_of(*play, 3) == "BackupInUseException");
  CHECK(exception_of(*play, 4) == "TableAlreadyExistsException");
  CHECK(exception_of(*play, 5).empty());
  CHECK(exception_of(*play, 6) == "TableNotFoundException");
  CHECK(exception_of(*play, 9).empty());
  CHECK(exception_of(*play, 10) == "TableInUseException");
}

TEST_CASE("A restored table has no stream, no time to live, no recovery and no tags") {
  Story story = restorable(300);
  more_of_tables(story, [](events::Scenario::Builder scenario) {
    auto table = scenario.getTables()[0];
    table.setTimeToLive("expires");
    table.setPointInTimeRecovery(true);
    table.initTags(1)[0].setName("team");
  });
  story.step(10, create_backup(0), 0);
  story.step(30, restore_backup(0, 1), 0);
  const auto play = lawful(story);
  REQUIRE(play->state().tables[1].lifecycle == Lifecycle::live);
  const TableDetail& detail = *play->state().tables[1].detail;
  CHECK(detail.ttl_attribute.empty());
  CHECK_FALSE(detail.recovery.enabled);
  CHECK(detail.tags.empty());
  CHECK(detail.streams.empty());
  CHECK(play->state().backups[0].ttl_attribute == "expires");
}

TEST_CASE("The key that is lost while a table is restored leaves it CREATING, then gone") {
  Story story = restorable(300);
  story.set("dynamodb.create_table_unusable_key_timeout", "60s");
  story.step(10, create_backup(0), 0);
  story.step(30, restore_backup(0, 1), 0);
  story.step(40, kms(KmsKind::DISABLE_KEY, 0));
  const auto play = lawful(story);
  CHECK(play->state().tables[1].lifecycle == Lifecycle::deleted);
  CHECK(play->state().backups[0].restoring == kNone);
}

TEST_CASE("An archived table is restored into a new name once its key is back") {  // S7
  constexpr double kDay = 86'400;
  Story story = restorable(12 * kDay);
  story.step(10, put(0, kGiven, "a", "one"), 0);
  story.step(100, kms(KmsKind::DISABLE_KEY, 0));
  const auto archival = [](events::TableCall::Builder call) {
    call.initBackup().setArchival(0);
    call.setTarget(1);
  };
  const auto restore = control(TableOperation::RESTORE_TABLE_FROM_BACKUP, kNone, archival);
  story.step(9 * kDay, restore, 0);
  story.step(9.1 * kDay, create_backup(0), 0);
  story.step(9.2 * kDay, kms(KmsKind::ENABLE_KEY, 0));
  story.step(9.3 * kDay, restore, 0);
  story.step(9.4 * kDay, data(Operation::GET_ITEM, 0, 0), 0);
  Play play(story);
  play.run_to(50);
  const Contents then = contents_of(play, 0);
  play.run();
  CHECK(play.state().tables[0].lifecycle == Lifecycle::archived);
  CHECK(reply_to(play, 2).kms == KmsError::DISABLED);
  CHECK(exception_of(play, 3) == "TableNotFoundException");
  CHECK(exception_of(play, 5).empty());
  REQUIRE(play.state().tables[1].lifecycle == Lifecycle::live);
  CHECK(contents_of(play, 1) == then);
  CHECK(play.of(Event::REQUEST_FAILED).size() == 1);  // there is no way back for the table itself
  require_laws(story, play);
}

TEST_CASE("A restored backup equals the table at its instant, and without its key there is none") {
  rc::prop("over drawn histories", [] {
    Story story = restorable(400);
    story.seed = *rc::gen::inRange<std::uint64_t>(0, 1'000'000);
    story.keys.push_back({});
    story.set("dynamodb.sse_switch", "constant(4s)");
    story.set("dynamodb.sse_switch_old_key_shown", "constant(1s)");
    const auto writes = *rc::gen::inRange(0, 20);
    for (int i = 0; i < writes; ++i) {
      const auto item = *rc::gen::inRange<std::uint32_t>(0, kGiven + 3);
      const double at = 6 + *rc::gen::inRange(0, 194);
      const std::string id = item < kGiven ? fmt::format("item-{:08}", item)
                                           : std::string(1, static_cast<char>('a' + item));
      if (*rc::gen::inRange(0, 3) == 0) {
        story.step(at, remove(0, item), kNone);
      } else {
        story.step(at, put(0, item, id, std::to_string(i)), kNone);
      }
    }
    const auto switches = *rc::gen::inRange(0, 3);
    for (int i = 0; i < switches; ++i) {
      story.step(10 + *rc::gen::inRange(0, 180),
                 update_table(0, *rc::gen::inRange<std::uint32_t>(0, 3)), kNone);
    }
    const double backed_up = 10.25 + *rc::gen::inRange(0, 180);
    const auto backup = static_cast<std::uint32_t>(story.steps.size());
    story.step(backed_up, create_backup(0), 0);
    const auto dead = *rc::gen::inRange<std::uint32_t>(0, 3);  // 1: the owned key, never
    if (dead != 1) story.step(200, kms(KmsKind::DISABLE_KEY, dead));
    story.step(210, restore_backup(backup, 1, to_owned), 0);
    const std::size_t restore = story.steps.size() - 1;
    Play play(story);
    play.run_to(backed_up);
    const Contents then = contents_of(play, 0);
    play.run();
    RC_ASSERT(exception_of(play, backup).empty());
    const std::uint32_t key = play.state().backups[0].key;
    const bool usable = key == 1 || key != dead;
    RC_ASSERT(exception_of(play, restore).empty() == usable);
    if (usable) {
      RC_ASSERT(play.state().tables[1].lifecycle == Lifecycle::live);
      RC_ASSERT(contents_of(play, 1) == then);
    } else {
      RC_ASSERT(play.state().tables[1].lifecycle == Lifecycle::absent);
    }
    if (story.seed % 4 == 0) require_laws(story, play);
  });
}

}  // namespace tablekey::model::tests::restore_test
