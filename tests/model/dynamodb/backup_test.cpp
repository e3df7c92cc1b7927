// On-demand and SYSTEM backups (dynamodb.md 7.3): what they record, who may make and delete them,
// and what they keep a table from.
#include "tests/model/dynamodb/backup_steps.h"

namespace tablekey::model::tests::backup_test {
namespace {

constexpr std::uint32_t kGiven = 10;  // after the ten generated items

}  // namespace

TEST_CASE("A backup has what the table had at its instant, whatever is written later") {
  Story story = restorable(60);
  story.step(10, put(0, kGiven, "a", "one"), 0);
  story.step(11, remove(0, 3), 0);
  story.step(12, create_backup(0), 0);
  story.step(13, put(0, kGiven, "a", "two"), 0);
  story.step(14, put(0, 3, "item-00000003", "new"), 0);
  story.step(15, remove(0, 4), 0);
  const auto play = lawful(story);
  CHECK(exception_of(*play, 2).empty());
  REQUIRE(play->state().backups.size() == 1);
  const Backup& backup = play->state().backups[0];
  CHECK(backup.available);
  CHECK(backup.name == "nightly");
  CHECK(backup.type == events::BackupType::USER);
  CHECK(backup.count == 10);  // ten, one more, one less
  CHECK(backup.key == 0);
  CHECK(backed_up_item(play->state(), backup, kGiven).version == 1);
  CHECK(backed_up_item(play->state(), backup, 3).version == 0);
  CHECK(backed_up_item(play->state(), backup, 4).version == 1);
  CHECK(play->state().item(0, kGiven).version == 2);
}

TEST_CASE("CreateBackup needs the caller's Decrypt, and fails when the key is dead") {
  Story story = restorable(60);
  story.step(10, kms(KmsKind::DISABLE_KEY, 0));
  story.step(11, create_backup(0), 0);
  story.step(12, kms(KmsKind::ENABLE_KEY, 0));
  story.step(13, create_backup(0), 0);
  const auto play = lawful(story);
  const Reply dead = reply_to(*play, 1);
  CHECK(dead.exception == "ValidationException");
  CHECK(dead.kms == KmsError::DISABLED);
  CHECK(dead.message.starts_with("KMS key disabled error: "));
  CHECK(exception_of(*play, 3).empty());
  const auto decrypts = play->answers(KmsOperation::DECRYPT);
  REQUIRE(decrypts.size() == 2);
  for (const KeptEvent* decrypt : decrypts) {
    CHECK(decrypt->read().getKmsAnswered().getViaService());
    CHECK(decrypt->read().getKmsAnswered().getCaller() == 1);
  }
}

TEST_CASE("A backup is CREATING for a while: until then the table cannot be deleted") {
  Story story = restorable(60);
  story.set("dynamodb.backups.create", "constant(10s)");
  story.step(10, create_backup(0), 0);
  story.step(15, delete_table(0), 0);
  story.step(15.5, with_backup(TableOperation::DELETE_BACKUP, 0), 0);
  story.step(15.6, restore_backup(0, 1), 0);
  story.step(25, delete_table(0), 0);
  const auto play = lawful(story);
  const auto refused = play->of(Event::TABLE_REQUEST_REFUSED);
  const auto early = refused.empty()
                         ? exception_of(*play, 1)
                         : std::string(dynamodb::exception_name(
                               refused[0]->read().getTableRequestRefused().getException()));
  CHECK(early == "ResourceInUseException");
  CHECK(exception_of(*play, 2) == "BackupInUseException");
  CHECK(exception_of(*play, 3) == "BackupInUseException");
  CHECK(play->state().tables[0].lifecycle == Lifecycle::deleted);
}

TEST_CASE("A deleted backup is gone, and an unknown one never was") {
  Story story = restorable(60);
  story.step(10, create_backup(0), 0);
  story.step(12, with_backup(TableOperation::DESCRIBE_BACKUP, 0), 0);
  story.step(13, with_backup(TableOperation::DELETE_BACKUP, 0), 0);
  story.step(14, with_backup(TableOperation::DELETE_BACKUP, 0), 0);
  story.step(15, with_backup(TableOperation::DESCRIBE_BACKUP, 0), 0);
  story.step(16, restore_backup(0, 1), 0);
  story.step(17, with_backup(TableOperation::DESCRIBE_BACKUP, 1), 0);
  const auto play = lawful(story);
  CHECK(exception_of(*play, 1).empty());
  CHECK(exception_of(*play, 2).empty());
  for (const std::size_t step : {3U, 4U, 5U, 6U}) {
    CHECK(reply_to(*play, step).exception == "BackupNotFoundException");
    CHECK(reply_to(*play, step).message == "Backup not found for the given BackupARN.");
  }
  CHECK(play->state().backups[0].items.empty());
}

TEST_CASE("Backups are unavailable for some seconds after a table became ACTIVE") {
  Story story = restorable(60);
  story.set("dynamodb.backups.available_after", "constant(5s)");
  story.step(2, create_backup(0), 0);  // CREATING
  story.step(5, create_backup(0), 0);
  story.step(6, recovery(0, true), 0);
  story.step(10, create_backup(0), 0);
  const auto play = lawful(story);
  CHECK(exception_of(*play, 0) == "TableNotFoundException");
  CHECK(exception_of(*play, 1) == "ContinuousBackupsUnavailableException");
  CHECK(exception_of(*play, 2) == "ContinuousBackupsUnavailableException");
  CHECK(exception_of(*play, 3).empty());
}

TEST_CASE("The backup's name has its shape") {
  for (const auto& [name, good] : std::map<std::string, bool>{
           {"ab", false}, {"abc", true}, {"a.b-c_9", true}, {"a b c", false}}) {
    Story story = restorable(20);
    story.step(10, create_backup(0, name), 0);
    const auto play = lawful(story);
    CHECK(exception_of(*play, 0) == (good ? "" : "ValidationException"));
  }
}

TEST_CASE("A deleted table with point-in-time recovery leaves a SYSTEM backup for 35 days") {
  constexpr double kDay = 86'400;
  Story story = restorable(80 * kDay);
  story.step(10, recovery(0, true), 0);
  story.step(11, put(0, kGiven, "a", "one"), 0);
  story.step(20, delete_table(0), 0);
  const auto system = [](events::TableCall::Builder call) { call.initBackup().setSystem(0); };
  story.step(40, control(TableOperation::DESCRIBE_BACKUP, kNone, system), 0);
  story.step(34 * kDay, control(TableOperation::DESCRIBE_BACKUP, kNone, system), 0);
  story.step(36 * kDay, control(TableOperation::DESCRIBE_BACKUP, kNone, system), 0);
  const auto play = lawful(story);
  REQUIRE(play->state().backups.size() == 1);
  const Backup& backup = play->state().backups[0];
  CHECK(backup.name == "Books$DeletedTableBackup");
  CHECK(backup.type == events::BackupType::SYSTEM);
  CHECK(backup.count == 11);
  CHECK(exception_of(*play, 3).empty());
  CHECK(exception_of(*play, 4).empty());
  CHECK(exception_of(*play, 5) == "BackupNotFoundException");
}

TEST_CASE("A table without point-in-time recovery leaves nothing") {
  Story story = restorable(60);
  story.step(10, delete_table(0), 0);
  CHECK(lawful(story)->state().backups.empty());
}

TEST_CASE("Backups stay under the key of their moment, whatever switches follow") {
  Story story = restorable(200);
  story.keys.push_back({});
  story.step(10, create_backup(0), 0);
  story.step(20, update_table(0, 2), 0);
  story.step(80, create_backup(0), 0);
  const auto play = lawful(story);
  REQUIRE(play->state().backups.size() == 2);
  CHECK(play->state().backups[0].key == 0);
  CHECK(play->state().backups[0].version == 1);
  CHECK(play->state().backups[1].key == 2);
  CHECK(play->state().backups[1].version == 2);
}

}  // namespace tablekey::model::tests::backup_test
