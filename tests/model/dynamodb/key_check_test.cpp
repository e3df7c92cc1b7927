// The health checker and archival (dynamodb.md 2.8, scenarios S3 to S7).
#include "tests/model/dynamodb/table_steps.h"

namespace tablekey::model::tests::key_check_test {
namespace {

constexpr std::string_view kLost = "INACCESSIBLE_ENCRYPTION_CREDENTIALS";

std::vector<KeptEvent const*> checks(const Play& play) { return play.of(Event::KEY_CHECKED); }

}  // namespace

TEST_CASE("S3: the flag comes and goes at the checker's looks, timestamp and all") {
  Story story = two_key_story(1000);
  story.step(100, kms(KmsKind::DISABLE_KEY, 0)).step(400, kms(KmsKind::ENABLE_KEY, 0));
  const auto play = lawful(story);
  REQUIRE(checks(*play).size() == 2);
  const std::int64_t lost = checks(*play)[0]->read().getTime();
  const std::int64_t found = checks(*play)[1]->read().getTime();
  CHECK(lost > at_seconds(100));
  CHECK(lost <= at_seconds(160));
  CHECK(found > at_seconds(400));
  CHECK(found <= at_seconds(460));
  CHECK((found - lost) % (60 * kSecond) == 0);  // one phase, the table's own
  Play until(story);
  until.run_to(399);
  CHECK(status_of(until) == kLost);
  CHECK(dynamodb::sse_description(until.state(), 0).inaccessible.nanoseconds() == lost);
  CHECK_FALSE(dynamodb::sse_description(until.state(), 0).updating);
  until.run();
  CHECK(status_of(until) == "ACTIVE");
  CHECK(dynamodb::sse_description(until.state(), 0).inaccessible == sim::Time());
}

TEST_CASE("A key that is back before anybody looked leaves no event") {
  Story story = two_key_story(8000);
  story.set("dynamodb.key_check.period", "1h");
  story.step(100, kms(KmsKind::DISABLE_KEY, 0)).step(101, kms(KmsKind::ENABLE_KEY, 0));
  CHECK(checks(*lawful(story)).empty());
}

TEST_CASE(
    "S4: with its grants revoked the table is flagged, and heals in half a minute by a switch") {
  Story story = two_key_story(600);
  story.step(100, kms(KmsKind::REVOKE_GRANT, 0, 0));
  story.step(200, data(Operation::GET_ITEM, 0, 1), 0);
  story.step(300, switch_to_key(1), 0);
  Play play(story);
  play.run_to(299);
  CHECK(status_of(play) == kLost);
  CHECK(play.of(Event::ITEM_READ).size() == 1);  // callers' own permission is enough
  play.run_to(329.9);
  CHECK(status_of(play) == kLost);
  play.run_to(330);
  CHECK(status_of(play) == "ACTIVE");
  lawful(story);
}

TEST_CASE("One of its two grants is enough for the table") {
  Story story = two_key_story(600);
  story.step(100, kms(KmsKind::REVOKE_GRANT, 0, 0, "", 0, events::GrantReference::Choice::FIRST));
  CHECK(checks(*lawful(story)).empty());
}

TEST_CASE("S5: a key policy that stops the callers does not make the table inaccessible") {
  Story story = two_key_story(600);
  story.principals.push_back({"nobody", PrincipalKind::USER, ""});
  story.step(100, kms(KmsKind::PUT_KEY_POLICY, 0, kNone, policy_for({user_arn("nobody")})));
  story.step(200, data(Operation::GET_ITEM, 0, 1), 0);
  const auto play = lawful(story);
  CHECK(checks(*play).empty());
  CHECK(play->of(Event::REQUEST_FAILED).size() == 1);
  CHECK(status_of(*play) == "ACTIVE");
}

TEST_CASE("S6: a key whose deletion was cancelled is disabled, and the table stays inaccessible") {
  Story story = two_key_story(900);
  story.step(100, kms(KmsKind::SCHEDULE_KEY_DELETION, 0, kNone, "", 7));
  story.step(300, kms(KmsKind::CANCEL_KEY_DELETION, 0));
  story.step(500, kms(KmsKind::ENABLE_KEY, 0));
  Play play(story);
  play.run_to(499);
  CHECK(status_of(play) == kLost);
  play.run();
  CHECK(status_of(play) == "ACTIVE");
}

TEST_CASE("The owned key is never lost, and before 2019 nobody looked") {
  Story story = two_key_story(600);
  story.set("dynamodb.sse.inaccessible_state", "false");
  story.step(100, kms(KmsKind::DISABLE_KEY, 0));
  CHECK(checks(*lawful(story)).empty());
}

TEST_CASE("In the mode of samples the checker looks as long afterwards as was measured") {
  Story story = two_key_story(12'000);
  story.set("dynamodb.key_check.mode", "samples");
  story.step(100, kms(KmsKind::DISABLE_KEY, 0)).step(6000, kms(KmsKind::ENABLE_KEY, 0));
  const auto play = lawful(story);
  REQUIRE(checks(*play).size() == 2);
  const auto after = [&](std::size_t check, std::int64_t seconds) {
    return (checks(*play)[check]->read().getTime() - at_seconds(0)) / kSecond - seconds;
  };
  const std::vector<std::int64_t> detect = {756, 2172, 2502, 2592, 4506, 4800};
  const std::vector<std::int64_t> recover = {1086, 2652, 3408};
  CHECK(std::ranges::count(detect, after(0, 100)) == 1);
  CHECK(std::ranges::count(recover, after(1, 6000)) == 1);
}

TEST_CASE("S7: seven days after detection the table is archived, and cannot be used again") {
  constexpr double kDay = 86'400;
  Story story = two_key_story(9 * kDay);
  story.step(100, kms(KmsKind::DISABLE_KEY, 0));
  story.step(8 * kDay, kms(KmsKind::ENABLE_KEY, 0));
  story.step(8.2 * kDay, data(Operation::GET_ITEM, 0, 1), 0);
  story.step(8.5 * kDay, delete_table(0));
  Play play(story);
  play.run_to(8.4 * kDay);
  CHECK(status_of(play) == "ARCHIVED");
  const TableDetail& detail = *play.state().tables[0].detail;
  CHECK((detail.archived - detail.inaccessible_since) == sim::Duration::days(7));
  REQUIRE(play.state().backups.size() == 1);
  const Backup& backup = play.state().backups[0];
  CHECK(backup.available);
  CHECK(backup.type == events::BackupType::USER);
  CHECK(backup.expires == sim::Time());
  CHECK(backup.key == 0);
  CHECK(play.of(Event::REQUEST_FAILED).size() == 1);
  play.run();
  CHECK(status_of(play) == "NONE");
  CHECK(play.state().backups[0].available);
  lawful(story);
}

TEST_CASE("Archival is broken off by a key that comes back, only where the setting says so") {
  for (const bool abortable : {false, true}) {
    Story story = two_key_story(4000);
    story.set("dynamodb.archival.after", "60s")
        .set("dynamodb.archival.duration", "constant(1000s)");
    story.set("dynamodb.archival.abortable", abortable ? "true" : "false");
    story.step(100, kms(KmsKind::DISABLE_KEY, 0)).step(400, kms(KmsKind::ENABLE_KEY, 0));
    story.step(3000, data(Operation::GET_ITEM, 0, 1), 0);
    const auto play = lawful(story);
    CHECK(status_of(*play) == (abortable ? "ACTIVE" : "ARCHIVED"));
    CHECK(play->of(Event::ITEM_READ).size() == (abortable ? 1 : 0));
  }
}

TEST_CASE("As Keyspaces does it, archival deletes the table and keeps its backup for 35 days") {
  Story story = two_key_story(36 * 86'400.0);
  story.set("dynamodb.archival.after", "60s").set("dynamodb.archival.variant", "keyspaces");
  story.step(100, kms(KmsKind::DISABLE_KEY, 0));
  Play play(story);
  play.run_to(30 * 86'400.0);
  CHECK(status_of(play) == "NONE");
  REQUIRE(play.state().backups.size() == 1);
  CHECK(play.state().backups[0].available);
  play.run();
  CHECK(play.state().backups[0].deleted);
}

TEST_CASE("Findings that cannot be are refused by a law") {
  Story story = two_key_story(1000);
  story.step(100, kms(KmsKind::DISABLE_KEY, 0));
  Play play(story);
  play.run();
  const auto refuse = [&](std::function<void(Event::Builder)> alter, Event::Which which) {
    const auto scenario = story.make();
    State state(*scenario);
    for (const KeptEvent& kept : play.all()) {
      if (kept.read().which() != which) {
        apply(state, kept.read());
        continue;
      }
      capnp::MallocMessageBuilder message;
      message.setRoot(kept.read());
      alter(message.getRoot<Event>());
      REQUIRE_THROWS_AS(apply(state, message.getRoot<Event>().asReader()), BrokenLaw);
      return;
    }
    FAIL("the run has no such event");
  };
  refuse([](Event::Builder event) { event.getKeyChecked().setUsable(true); }, Event::KEY_CHECKED);
  refuse([](Event::Builder event) { event.getKeyChecked().setTable(9); }, Event::KEY_CHECKED);
}

}  // namespace tablekey::model::tests::key_check_test
