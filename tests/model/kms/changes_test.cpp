// What changes of a key do, and when: authoritative at once, effective when KMS's data plane sees
// them (kms.md 2.2, 10).
#include "tests/model/world_builder.h"

namespace tablekey::model::tests::changes_test {
namespace {

using events::KeyState;

Story with_propagation(const std::string& policy, const std::string& state) {
  Story story = books(3000);
  story.set("kms.propagation", policy).set("kms.key_state_propagation", state);
  return story;
}

std::vector<KmsError> errors(const Play& play, KmsOperation operation) {
  std::vector<KmsError> found;
  for (const KeptEvent* event : play.answers(operation)) {
    found.push_back(event->read().getKmsAnswered().getError());
  }
  return found;
}

Fill get() { return data(Operation::GET_ITEM, 0, 0); }
using Errors = std::vector<KmsError>;

}  // namespace

TEST_CASE("DisableKey shows at once and acts when it becomes visible") {
  Story story = with_propagation("constant(0s)", "constant(5s)");
  story.step(20, kms(KmsKind::DISABLE_KEY, 0));
  story.set("table_key_cache.idle_timeout", "1s");
  story.step(24.98, get()).step(24.995, get(), 0).step(30, get(), 0);
  Play play(story);
  play.run_to(20);
  CHECK(play.state().keys[0].state == KeyState::DISABLED);
  CHECK(play.state().keys[0].effective == KeyState::ENABLED);
  CHECK(play.state().keys[0].changes_pending == 1);
  play.run_to(24.999999999);
  CHECK(play.state().keys[0].effective == KeyState::ENABLED);
  play.run_to(25);
  CHECK(play.state().keys[0].effective == KeyState::DISABLED);
  CHECK(play.state().changes.empty());
  CHECK(play.state().keys[0].changes_pending == 0);
  play.run();
  // Decided at 24.985, at 25 (after the change of that instant), and at 30.005.
  CHECK(errors(play, KmsOperation::DECRYPT) ==
        Errors{KmsError::NONE, KmsError::DISABLED, KmsError::DISABLED});
}

TEST_CASE("A change never becomes visible before an earlier one of the same kind") {
  // Drawn delays: whatever they are, the last change is what holds in the end, and visibility is in
  // the order of the changes.
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Story story = with_propagation("uniform(0s, 60s)", "uniform(0s, 60s)");
    story.seed = seed;
    for (int i = 0; i < 6; ++i) {
      story.principals.push_back({"u" + std::to_string(i), PrincipalKind::USER, ""});
      story.step(20 + i, kms(i % 2 == 0 ? KmsKind::DISABLE_KEY : KmsKind::ENABLE_KEY, 0));
      story.step(20.5 + i, kms(KmsKind::PUT_KEY_POLICY, 0, kNone,
                               policy_for({user_arn("u" + std::to_string(i))})));
    }
    Play play(story);
    std::vector<KeyState> effective;
    std::vector<std::string> policies;
    std::int64_t latest_state = 0, latest_policy = 0;
    while (play.turn()) {
      const auto event = play.all().back().read();
      if (event.isKmsAnswered()) {
        const auto effect = event.getKmsAnswered().getEffect();
        if (effect.isKeyState()) {
          CHECK(effect.getKeyState().getVisibleAt() >= latest_state);
          latest_state = effect.getKeyState().getVisibleAt();
        }
        if (effect.isPolicy()) {
          CHECK(effect.getPolicy().getVisibleAt() >= latest_policy);
          latest_policy = effect.getPolicy().getVisibleAt();
        }
      }
      if (!event.isChangeVisible()) continue;
      if (event.getChangeVisible().getKind() == events::Change::KEY_STATE) {
        effective.push_back(play.state().keys[0].effective);
      } else {
        policies.push_back(play.state().keys[0].effective_policy);
      }
    }
    using enum KeyState;
    CHECK(effective ==
          std::vector<KeyState>{DISABLED, ENABLED, DISABLED, ENABLED, DISABLED, ENABLED});
    REQUIRE(policies.size() == 6);
    for (std::size_t i = 0; i < 6; ++i) {
      CHECK(policies[i] == policy_for({user_arn("u" + std::to_string(i))}));
    }
    CHECK(play.state().keys[0].state == play.state().keys[0].effective);
  }
}

TEST_CASE("PutKeyPolicy is shown at once and decides when it becomes visible") {
  Story story = with_propagation("constant(10s)", "constant(0s)");
  story.set("table_key_cache.idle_timeout", "1s");
  story.principals.push_back({"nobody", PrincipalKind::USER, ""});
  const std::string none = policy_for({user_arn("nobody")});
  story.step(30, kms(KmsKind::PUT_KEY_POLICY, 0, kNone, none));
  story.step(35, get(), 0).step(39.990, get(), 0).step(39.995, get(), 0).step(45, get(), 0);
  Play play(story);
  play.run_to(31);
  CHECK(play.state().keys[0].policy == none);
  CHECK(play.state().keys[0].effective_policy == story.keys[0].policy);
  play.run();
  CHECK(play.state().keys[0].effective_policy == none);
  // 39.990 is decided at 39.995; the request of 39.995 waits for that answer.
  CHECK(errors(play, KmsOperation::DECRYPT) ==
        Errors{KmsError::NONE, KmsError::NONE, KmsError::ACCESS_DENIED});
}

TEST_CASE("A policy that is none is refused and changes nothing") {
  Story story = books();
  story.step(20, kms(KmsKind::PUT_KEY_POLICY, 0, kNone, "{"));
  story.step(21, get(), 0);
  Play play(story);
  play.run();
  CHECK(errors(play, KmsOperation::PUT_KEY_POLICY) == Errors{KmsError::MALFORMED_POLICY_DOCUMENT});
  CHECK(play.of(Event::ITEM_READ).size() == 1);
}

TEST_CASE("S6: a key whose deletion was cancelled is disabled until it is enabled") {
  Story story = books(10 * 86400.0);
  story.set("table_key_cache.idle_timeout", "1s");
  story.step(20, kms(KmsKind::SCHEDULE_KEY_DELETION, 0, kNone, "", 7));
  story.step(30, get(), 0);
  story.step(35, kms(KmsKind::SCHEDULE_KEY_DELETION, 0, kNone, "", 7));
  story.step(40, kms(KmsKind::CANCEL_KEY_DELETION, 0));
  story.step(50, get(), 0);
  story.step(60, kms(KmsKind::ENABLE_KEY, 0));
  story.step(70, get(), 0);
  story.step(80, kms(KmsKind::CANCEL_KEY_DELETION, 0));
  Play play(story);
  play.run_to(25);
  CHECK(play.state().keys[0].state == KeyState::PENDING_DELETION);
  CHECK(play.state().keys[0].deletion_date.nanoseconds() == at_seconds(20 + 7 * 86400.0));
  play.run_to(45);
  CHECK(play.state().keys[0].state == KeyState::DISABLED);
  CHECK(play.state().keys[0].deletion_date == sim::Time());
  CHECK(play.state().keys[0].deletion == sim::kNoHandle);
  play.run();
  CHECK(errors(play, KmsOperation::DECRYPT) ==
        Errors{KmsError::KMS_INVALID_STATE, KmsError::DISABLED, KmsError::NONE});
  CHECK(errors(play, KmsOperation::SCHEDULE_KEY_DELETION) ==
        Errors{KmsError::NONE, KmsError::KMS_INVALID_STATE});
  CHECK(errors(play, KmsOperation::CANCEL_KEY_DELETION) ==
        Errors{KmsError::NONE, KmsError::KMS_INVALID_STATE});
  CHECK(play.of(Event::KEY_DELETED).empty());
}

TEST_CASE("A key goes at its date, with its grants, and what is cached serves on") {
  Story story = books(9 * 86400.0);
  story.set("table_key_cache.idle_timeout", "none").set("kms.deletion_lag", "1h");
  story.set("dynamodb.sse.inaccessible_state", "false");  // else the table is archived by then
  const double date = 20 + 7 * 86400.0;
  story.step(10, get(), 0);
  story.step(20, kms(KmsKind::SCHEDULE_KEY_DELETION, 0, kNone, "", 7));
  story.step(date + 3599, kms(KmsKind::DESCRIBE_KEY, 0));
  story.step(date + 3601, kms(KmsKind::DESCRIBE_KEY, 0));
  story.step(date + 3602, kms(KmsKind::ENABLE_KEY, 0));
  story.step(date + 4000, get(), 0);
  story.step(date + 4001, get());  // on another connection, by the operator
  Play play(story);
  play.run();
  REQUIRE(play.of(Event::KEY_DELETED).size() == 1);
  CHECK(play.of(Event::KEY_DELETED)[0]->read().getTime() == at_seconds(date + 3600));
  CHECK(play.state().keys[0].state == KeyState::DELETED);
  CHECK(play.state().keys[0].live_grants == 0);
  for (const Grant& grant : play.state().grants) CHECK(grant.ended);
  CHECK(errors(play, KmsOperation::DESCRIBE_KEY).back() == KmsError::NOT_FOUND);
  CHECK(errors(play, KmsOperation::ENABLE_KEY) == Errors{KmsError::NOT_FOUND});
  // Through a blob a deleted key and a forbidden one look alike (kms.md 2.5).
  CHECK(errors(play, KmsOperation::DECRYPT) == Errors{KmsError::NONE, KmsError::ACCESS_DENIED});
  CHECK(play.of(Event::ITEM_READ).size() == 2);
}

TEST_CASE("The waiting period is 7 to 30 days, and 30 if not given") {
  Story story = books();
  story.step(20, kms(KmsKind::SCHEDULE_KEY_DELETION, 0, kNone, "", 6));
  story.step(21, kms(KmsKind::SCHEDULE_KEY_DELETION, 0, kNone, "", 31));
  story.step(22, kms(KmsKind::SCHEDULE_KEY_DELETION, 0));
  Play play(story);
  play.run();
  CHECK(errors(play, KmsOperation::SCHEDULE_KEY_DELETION) ==
        Errors{KmsError::VALIDATION, KmsError::VALIDATION, KmsError::NONE});
  CHECK(play.state().keys[0].deletion_date.nanoseconds() == at_seconds(22 + 30 * 86400.0));
}

TEST_CASE("A principal does to a key what its policies allow, and nothing else") {
  Story story = books();
  story.step(20, kms(KmsKind::DISABLE_KEY, 0), 0);     // db-lead: only through DynamoDB
  story.step(21, kms(KmsKind::DECRYPT, kNone, 0), 0);  // likewise, directly
  story.step(22, kms(KmsKind::DECRYPT, kNone, 0));     // the operator is not checked
  story.step(23, kms(KmsKind::GENERATE_DATA_KEY, 0));  // without a context
  story.step(24, kms(KmsKind::GENERATE_DATA_KEY, 0, 0), 0);
  Play play(story);
  play.run();
  CHECK(errors(play, KmsOperation::DISABLE_KEY) == Errors{KmsError::ACCESS_DENIED});
  CHECK(errors(play, KmsOperation::DECRYPT) == Errors{KmsError::ACCESS_DENIED, KmsError::NONE});
  // The first is the one that made the table's key.
  CHECK(errors(play, KmsOperation::GENERATE_DATA_KEY) ==
        Errors{KmsError::NONE, KmsError::NONE, KmsError::ACCESS_DENIED});
  CHECK(play.state().keys[0].state == KeyState::ENABLED);
}

TEST_CASE("An AWS managed key cannot be changed, though its grants can be revoked") {
  Story story = books();
  story.keys[0].manager = Manager::AWS;
  story.keys[0].policy = std::string(iam::kManagedKeyPolicy);
  story.principals.push_back({"", PrincipalKind::ROOT,
                              R"({"Version":"2012-10-17","Statement":)"
                              R"([{"Effect":"Allow","Action":"kms:*","Resource":"*"}]})"});
  story.step(20, kms(KmsKind::DISABLE_KEY, 0));
  story.step(21, kms(KmsKind::SCHEDULE_KEY_DELETION, 0));
  story.step(22, kms(KmsKind::PUT_KEY_POLICY, 0, kNone, policy_for({user_arn("x")})));
  story.step(23, kms(KmsKind::REVOKE_GRANT, 0, 0), 1);
  Play play(story);
  play.run();
  CHECK(errors(play, KmsOperation::DISABLE_KEY) == Errors{KmsError::ACCESS_DENIED});
  CHECK(errors(play, KmsOperation::SCHEDULE_KEY_DELETION) == Errors{KmsError::ACCESS_DENIED});
  CHECK(errors(play, KmsOperation::PUT_KEY_POLICY) == Errors{KmsError::UNSUPPORTED_OPERATION});
  CHECK(errors(play, KmsOperation::REVOKE_GRANT) == Errors{KmsError::NONE, KmsError::NONE});
  CHECK(play.state().keys[0].state == KeyState::ENABLED);
}

TEST_CASE("Revoking one grant, the other, all, or one that is gone") {
  using Choice = events::GrantReference::Choice;
  Story story = books();
  story.step(20, kms(KmsKind::REVOKE_GRANT, 0, 0, "", 0, Choice::SECOND));
  Play second(story);
  second.run();
  CHECK_FALSE(second.state().grants[0].ended);
  CHECK(second.state().grants[1].ended);
  CHECK(second.state().keys[0].live_grants == 1);
  story.step(21, kms(KmsKind::REVOKE_GRANT, 0, 0, "", 0, Choice::FIRST));
  story.step(22, kms(KmsKind::REVOKE_GRANT, 0, 0));
  Play all(story);
  all.run();
  CHECK(errors(all, KmsOperation::REVOKE_GRANT) ==
        Errors{KmsError::NONE, KmsError::NONE, KmsError::NOT_FOUND});
  CHECK(all.state().keys[0].live_grants == 0);
}

TEST_CASE("S4: reads and writes go on when the grants are revoked") {
  Story story = books_read_every(400, 3000);  // each read asks KMS anew
  story.step(500, kms(KmsKind::REVOKE_GRANT, 0, 0));
  Play play(story);
  play.run();
  CHECK(play.of(Event::REQUEST_FAILED).empty());
  CHECK(play.answers(KmsOperation::DECRYPT).size() == play.of(Event::ITEM_READ).size());
}

TEST_CASE("A role session that was assumed is who calls from then on") {
  Story story = books();
  story.principals.push_back({"app", PrincipalKind::ROLE, ""});
  story.keys[0].policy = policy_for({user_arn("db-lead"), "arn:aws:iam::111122223333:role/app"});
  story.step(15, assume_role(1, "tablekey"));
  story.step(20, get(), 1);
  Play play(story);
  play.run();
  const auto assumed = play.of(Event::ROLE_ASSUMED);
  REQUIRE(assumed.size() == 1);
  const std::uint32_t session = assumed[0]->read().getRoleAssumed().getSession();
  const auto decrypts = play.answers(KmsOperation::DECRYPT);
  REQUIRE(decrypts.size() == 1);
  CHECK(decrypts[0]->read().getKmsAnswered().getCaller() == session + 1);
  CHECK(play.state().session_arn(session) == "arn:aws:sts::111122223333:assumed-role/app/tablekey");
  CHECK(play.state().sessions[session].created.nanoseconds() == at_seconds(15));
}

}  // namespace tablekey::model::tests::changes_test
