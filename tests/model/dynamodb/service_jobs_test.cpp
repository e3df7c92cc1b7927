// Work of the service under a table's grants (dynamodb.md 5.3): each job has a copy of the table
// key of its own, for half an hour, and asks again where it was refused.
#include "tests/model/dynamodb/backup_steps.h"

namespace tablekey::model::tests::service_jobs_test {
namespace {

constexpr double kHour = 3600;

/// A table with point-in-time recovery that is written to every minute.
Story written_to(double until) {
  Story story = restorable(until);
  more_of_tables(story, [](events::Scenario::Builder scenario) {
    scenario.getTables()[0].setPointInTimeRecovery(true);
  });
  WorkloadSpec writer;
  writer.name = "writer";
  writer.operations = {{Operation::PUT_ITEM, 1'000'000}};
  writer.stages = {{1e6, 1.0 / 60, 1.0 / 60}};
  story.workloads.push_back(writer);
  return story;
}

std::vector<const KeptEvent*> asked(const Play& play, events::ServiceJob job) {
  std::vector<const KeptEvent*> found;
  for (const KeptEvent* kept : play.of(Event::SERVICE_KEY_REQUESTED)) {
    if (kept->read().getServiceKeyRequested().getJob() == job) found.push_back(kept);
  }
  return found;
}

}  // namespace

TEST_CASE("The archive asks for the key every half hour while there is something to archive") {
  const auto play = lawful(written_to(3 * kHour));
  const auto asking = asked(*play, events::ServiceJob::LOG_ARCHIVE);
  CHECK(asking.size() >= 5);
  CHECK(asking.size() <= 7);
  for (std::size_t i = 1; i < asking.size(); ++i) {
    CHECK(asking[i]->seconds() - asking[i - 1]->seconds() >= 1800);
  }
  const std::size_t archived = play->of(Event::LOG_ARCHIVED).size();
  CHECK(archived >= 28);
  CHECK(archived <= 36);
}

TEST_CASE("A job calls KMS as the service, under the table's grant and with its context") {
  const auto play = lawful(written_to(kHour));
  std::size_t found = 0;
  for (const KeptEvent* kept : play->answers(KmsOperation::DECRYPT)) {
    const auto answer = kept->read().getKmsAnswered();
    if (!answer.getAsService()) continue;
    ++found;
    CHECK(answer.getError() == KmsError::NONE);
    CHECK(answer.getDecidedBy() == events::Decider::GRANT);
    CHECK(answer.getTable() == 0);
    CHECK(answer.getCaller() == 0);
  }
  CHECK(found == asked(*play, events::ServiceJob::LOG_ARCHIVE).size());
}

TEST_CASE("Without its grants the service stops, though callers go on") {
  Story story = written_to(4 * kHour);
  story.step(kHour, kms(KmsKind::REVOKE_GRANT, 0, 0));
  const auto play = lawful(story);
  CHECK(play->of(Event::REQUEST_FAILED).empty());
  CHECK(play->of(Event::ITEM_WRITTEN).back()->seconds() > 3.9 * kHour);
  CHECK(play->of(Event::LOG_ARCHIVED).back()->seconds() < 1.5 * kHour + 60);
  std::size_t refused = 0;
  double last = 0;
  for (const KeptEvent* kept : play->of(Event::SERVICE_KEY_ANSWERED)) {
    const auto answer = kept->read().getServiceKeyAnswered();
    if (answer.getJob() != events::ServiceJob::LOG_ARCHIVE) continue;
    if (answer.getError() == KmsError::NONE) continue;
    if (refused++ != 0) CHECK(kept->seconds() - last >= 300);  // it tries again every five minutes
    last = kept->seconds();
  }
  CHECK(refused >= 20);
}

TEST_CASE("Nothing of a job is due after its table is gone") {
  Story story = written_to(4 * kHour);
  more_of_tables(story, [](events::Scenario::Builder scenario) {
    scenario.getTables()[0].setTimeToLive("expires");
    scenario.getTables()[0].setGeneratedTtl(static_cast<std::int64_t>(kHour) * kSecond);
  });
  story.step(1000, delete_table(0), 0);
  const auto play = lawful(story);
  REQUIRE(play->state().tables[0].lifecycle == Lifecycle::deleted);
  for (const KeptEvent& kept : play->all()) {
    if (kept.seconds() < 1010) continue;
    CHECK_FALSE(kept.read().isLogArchived());
    CHECK_FALSE(kept.read().isItemsExpired());
    CHECK_FALSE(kept.read().isServiceKeyRequested());
  }
}

}  // namespace tablekey::model::tests::service_jobs_test
