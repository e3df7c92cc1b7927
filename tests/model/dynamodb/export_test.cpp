// Exports (dynamodb.md 7.4): from the archived copy, with the table's key and the bucket's.
#include "tests/model/dynamodb/backup_steps.h"

namespace tablekey::model::tests::export_test {
namespace {

Fill export_table(CallFill more = {}) {
  return control(TableOperation::EXPORT_TABLE_TO_POINT_IN_TIME, 0,
                 [=](events::TableCall::Builder call) {
                   call.setS3Bucket("library");
                   if (more) more(call);
                 });
}
void with_kms(events::TableCall::Builder call) {
  call.setS3SseAlgorithm("KMS");
  call.initS3SseKmsKeyId().setArn(2);
}
Story exporting(double until = 3000) {
  Story story = restorable(until);
  story.set("dynamodb.exports.duration", "constant(5m)");
  story.keys.push_back({"Bucket"});
  return story;
}

}  // namespace

TEST_CASE("An export needs point-in-time recovery and writes the contents of its time") {
  Story story = exporting();
  story.step(10, export_table(), 0);
  story.step(20, recovery(0, true), 0);
  story.step(100, put(0, 10, "a", "one"), 0);
  story.step(200, put(0, 11, "b", "two"), 0);
  story.step(300, export_table([](events::TableCall::Builder call) {
               call.setRestoreTime(at_seconds(150));
             }),
             0);
  story.step(301, export_table(), 0);
  story.step(
      302,
      export_table([](events::TableCall::Builder call) { call.setRestoreTime(at_seconds(5)); }), 0);
  const auto list = control(TableOperation::LIST_EXPORTS, 0);
  story.step(900, list, 0);
  const auto play = lawful(story);
  CHECK(exception_of(*play, 0) == "PointInTimeRecoveryUnavailableException");
  CHECK(exception_of(*play, 4).empty());
  CHECK(exception_of(*play, 5).empty());
  CHECK(exception_of(*play, 6) == "InvalidExportTimeException");
  REQUIRE(play->state().exports.size() == 2);
  CHECK(play->state().exports[0].items == 11);
  CHECK(play->state().exports[1].items == 12);
  for (const Export& made : play->state().exports) {
    CHECK(made.finished);
    CHECK(made.error == KmsError::NONE);
  }
  CHECK(play->state().backups.empty());
}

TEST_CASE("With SSE-KMS the caller must also be able to use the bucket's key") {
  Story story = exporting();
  story.step(10, recovery(0, true), 0);
  story.step(300, export_table(with_kms), 0);
  story.step(1000, kms(KmsKind::DISABLE_KEY, 2));
  story.step(1100, export_table(with_kms), 0);
  story.step(1200, export_table(), 0);
  story.step(1300, kms(KmsKind::DISABLE_KEY, 0));
  story.step(1400, export_table(), 0);
  const auto play = lawful(story);
  CHECK(exception_of(*play, 1).empty());
  const Reply bucket = reply_to(*play, 3);
  CHECK(bucket.exception == "ValidationException");
  CHECK(bucket.kms == KmsError::DISABLED);
  CHECK(exception_of(*play, 4).empty());
  CHECK(reply_to(*play, 6).kms == KmsError::DISABLED);
  std::vector<std::uint32_t> generated;
  for (const KeptEvent* answer : play->answers(KmsOperation::GENERATE_DATA_KEY)) {
    if (answer->seconds() > 100) generated.push_back(answer->read().getKmsAnswered().getKey());
  }
  CHECK(generated == std::vector<std::uint32_t>{2, 2});
}

TEST_CASE("An export whose bucket key is lost before it ends fails") {
  Story story = exporting();
  story.step(10, recovery(0, true), 0);
  story.step(300, export_table(with_kms), 0);
  story.step(400, kms(KmsKind::DISABLE_KEY, 2));
  const auto play = lawful(story);
  REQUIRE(play->state().exports.size() == 1);
  CHECK(play->state().exports[0].finished);
  CHECK(play->state().exports[0].error == KmsError::DISABLED);
}

TEST_CASE("An export that never was is not found") {
  Story story = exporting(30);
  story.step(10, control(TableOperation::DESCRIBE_EXPORT, kNone), 0);
  CHECK(exception_of(*lawful(story), 0) == "ExportNotFoundException");
}

}  // namespace tablekey::model::tests::export_test
