// What becomes of a data request: hit, miss, wait or failure, at the exact nanosecond
// (dynamodb.md 4.4, 10.1; cache-theory.md 1). Requests are steps of the timeline by db-lead, so a
// Decrypt that is sent at t is answered at t + 5 ms and arrives at t + 10 ms.
#include "model/dynamodb/errors.h"
#include "model/dynamodb/table_key_cache.h"
#include "tests/model/world_builder.h"

namespace tablekey::model::tests::data_path_test {
namespace {

constexpr std::uint32_t kLead = 0;
constexpr double kNanosecond = 1e-9;

Fill get(std::uint32_t item = 0) { return data(Operation::GET_ITEM, 0, item); }

/// Books, ACTIVE at 4 s, read by db-lead at the given seconds.
Story reads_at(const std::vector<double>& times, double until = 1000) {
  Story story = books(until);
  for (const double at : times) story.step(at, get(), kLead);
  return story;
}

std::vector<events::Miss> misses(const Play& play) {
  std::vector<events::Miss> found;
  for (const KeptEvent* event : play.of(Event::TABLE_KEY_REQUESTED)) {
    found.push_back(event->read().getTableKeyRequested().getWhy());
  }
  return found;
}

std::vector<events::Access> accesses(const Play& play) {
  std::vector<events::Access> found;
  for (const KeptEvent* event : play.of(Event::ITEM_READ)) {
    found.push_back(event->read().getItemRead().getVia());
  }
  return found;
}

using Accesses = std::vector<events::Access>;
using Misses = std::vector<events::Miss>;
constexpr auto kHit = events::Access::HIT, kMiss = events::Access::MISS;
constexpr auto kDelayed = events::Access::DELAYED_HIT;

}  // namespace

TEST_CASE("The first access asks KMS as the caller, and the next one does not") {
  Play play(reads_at({10, 11}));
  play.run();
  CHECK(misses(play) == Misses{events::Miss::COLD});
  REQUIRE(accesses(play) == Accesses{kMiss, kHit});
  const auto reads = play.of(Event::ITEM_READ);
  CHECK(reads[0]->seconds() == Approx(10.010).epsilon(1e-12));
  CHECK(reads[0]->read().getItemRead().getLatency() == 14 * kMillisecond);
  CHECK(reads[1]->read().getItemRead().getLatency() == 4 * kMillisecond);
  CHECK(reads[0]->read().getItemRead().getTagHigh() == reads[1]->read().getItemRead().getTagHigh());
  const auto decrypts = play.answers(KmsOperation::DECRYPT);
  REQUIRE(decrypts.size() == 1);
  const auto decrypt = decrypts[0]->read().getKmsAnswered();
  CHECK(decrypts[0]->read().getTime() == at_seconds(10.005));
  CHECK(decrypt.getViaService());
  CHECK_FALSE(decrypt.getAsService());
  CHECK(play.state().sessions[decrypt.getCaller() - 1].principal == kLead);
  CHECK(decrypt.getDecidedBy() == events::Decider::KEY_POLICY);
  CHECK(play.state().counters.hits == 1);
  CHECK(play.state().counters.served == 2);
}

TEST_CASE("An idle entry serves until the nanosecond before its timeout, and not at it") {
  // The answer arrives at 10.010 s; that is the entry's first use.
  Play before(reads_at({10, 310.010 - kNanosecond}));
  before.run();
  CHECK(accesses(before) == Accesses{kMiss, kHit});
  Play at(reads_at({10, 310.010}));
  at.run();
  CHECK(misses(at) == Misses{events::Miss::COLD, events::Miss::IDLE});
  // Each use starts the timeout again.
  Play kept(reads_at({10, 200, 499.999999999, 799.999999998}));
  kept.run();
  CHECK(accesses(kept) == Accesses{kMiss, kHit, kHit, kHit});
}

TEST_CASE("An entry of fixed age serves until the nanosecond before it, however often it is used") {
  Story story = reads_at({10, 100, 200, 310.010 - kNanosecond});
  story.set("table_key_cache.policy", "fixed-connection");
  Play before(story);
  before.run();
  CHECK(accesses(before) == Accesses{kMiss, kHit, kHit, kHit});
  story = reads_at({10, 100, 200, 310.010});
  story.set("table_key_cache.policy", "fixed-connection");
  Play at(story);
  at.run();
  CHECK(misses(at) == Misses{events::Miss::COLD, events::Miss::MAX_AGE});
}

TEST_CASE("Idle timeout and maximum age together end an entry at whichever comes first") {
  Story story = reads_at({10, 69.9, 130, 189, 210.5});
  story.set("table_key_cache.idle_timeout", "1m").set("table_key_cache.max_age", "80s");
  Play play(story);
  play.run();
  // 69.9 is a hit; 130 is more than a minute later; 189 a hit; 210.5 is older than 80 s.
  CHECK(accesses(play) == Accesses{kMiss, kHit, kMiss, kHit, kMiss});
  CHECK(misses(play) == Misses{events::Miss::COLD, events::Miss::IDLE, events::Miss::MAX_AGE});
}

TEST_CASE("Without any limit an entry serves for ever") {
  Story story = reads_at({10, 1e6, 2e6}, 3e6);
  story.set("table_key_cache.idle_timeout", "none").set("table_key_cache.max_age", "none");
  Play play(story);
  play.run();
  CHECK(accesses(play) == Accesses{kMiss, kHit, kHit});
}

TEST_CASE("A request waits for the Decrypt that its connection has under way") {
  Play play(reads_at({10, 10.003, 10.009}));
  play.run();
  CHECK(play.answers(KmsOperation::DECRYPT).size() == 1);
  CHECK(play.of(Event::REQUEST_WAITED).size() == 2);
  REQUIRE(accesses(play) == Accesses{kMiss, kDelayed, kDelayed});
  const auto reads = play.of(Event::ITEM_READ);
  CHECK(reads[1]->read().getTime() == at_seconds(10.010));
  CHECK(reads[1]->read().getItemRead().getLatency() == 11 * kMillisecond);
  CHECK(reads[2]->read().getItemRead().getLatency() == 5 * kMillisecond);
  CHECK(play.state().counters.delayed_hits == 2);
  CHECK(play.state().counters.hits == 0);
}

TEST_CASE("With coalescing off each request that finds nothing asks for itself") {
  Story story = reads_at({10, 10.003, 10.012});
  story.set("table_key_cache.coalesce", "false");
  Play play(story);
  play.run();
  CHECK(play.answers(KmsOperation::DECRYPT).size() == 2);
  CHECK(accesses(play) == Accesses{kMiss, kHit, kMiss});  // 10.010, 10.012, 10.013
  CHECK(play.state().tables[0].holders == 1);
}

TEST_CASE("Those that waited for a refused answer fail with it") {
  Story story = reads_at({10, 10.003});
  story.step(9, kms(KmsKind::DISABLE_KEY, 0));
  Play play(story);
  play.run();
  const auto failed = play.of(Event::REQUEST_FAILED);
  REQUIRE(failed.size() == 2);
  const auto first = failed[0]->read().getRequestFailed();
  const auto second = failed[1]->read().getRequestFailed();
  CHECK(first.getKmsError() == KmsError::DISABLED);
  CHECK(second.getKmsError() == KmsError::DISABLED);
  CHECK(first.getRequestHigh() == second.getRequestHigh());
  CHECK(first.getRequestHigh() != 0);
}

TEST_CASE("A denial drops the entry, and the next miss says so") {
  Story story = reads_at({10, 320, 330, 340});
  story.set("table_key_cache.policy", "fixed-connection");
  story.step(300, kms(KmsKind::DISABLE_KEY, 0));
  story.step(335, kms(KmsKind::ENABLE_KEY, 0));
  Play play(story);
  play.run();
  CHECK(misses(play) == Misses{events::Miss::COLD, events::Miss::MAX_AGE, events::Miss::DROPPED,
                               events::Miss::DROPPED});
  CHECK(play.of(Event::REQUEST_FAILED).size() == 2);
  CHECK(accesses(play) == Accesses{kMiss, kMiss});
}

TEST_CASE("A revocation between sending and KMS's decision refuses the request") {
  for (const double at : {10.003, 10.005}) {  // a key's change comes before the call of its instant
    Story story = reads_at({10});
    story.step(at, kms(KmsKind::DISABLE_KEY, 0));
    Play play(story);
    play.run();
    CHECK(play.of(Event::ITEM_READ).empty());
    REQUIRE(play.of(Event::REQUEST_FAILED).size() == 1);
    CHECK(play.of(Event::REQUEST_FAILED)[0]->read().getTime() == at_seconds(10.010));
    CHECK(play.state().tables[0].holders == 0);
  }
}

TEST_CASE("A revocation between KMS's decision and the answer's arrival comes too late for it") {
  Story story = reads_at({10, 11});
  story.step(10.006, kms(KmsKind::DISABLE_KEY, 0));
  Play play(story);
  play.run();
  CHECK(accesses(play) == Accesses{kMiss, kHit});  // the key is cached for a whole timeout
  CHECK(play.of(Event::REQUEST_FAILED).empty());
}

TEST_CASE("A revocation after the arrival is not felt before KMS is asked again") {
  Story story = reads_at({10, 309, 608.9, 909});
  story.step(10.011, kms(KmsKind::DISABLE_KEY, 0));
  Play play(story);
  play.run();
  CHECK(accesses(play) == Accesses{kMiss, kHit, kHit});
  REQUIRE(play.of(Event::REQUEST_FAILED).size() == 1);
  CHECK(play.of(Event::REQUEST_FAILED)[0]->seconds() == Approx(909.010).epsilon(1e-12));
}

TEST_CASE("S1: a fixed entry under steady reads fails within its lifetime") {
  Story story = books_read_every(30, 1000);
  story.set("table_key_cache.policy", "fixed-connection");
  story.step(400, kms(KmsKind::DISABLE_KEY, 0));
  Play play(story);
  play.run();
  const auto failed = play.of(Event::REQUEST_FAILED);
  REQUIRE(!failed.empty());
  CHECK(failed[0]->seconds() <= 400 + 300 + 30);
  for (const KeptEvent* read : play.of(Event::ITEM_READ)) {
    CHECK(read->seconds() < failed[0]->seconds());
  }
}

TEST_CASE("S2: an idle entry under steady reads never fails") {
  Story story = books_read_every(30, 5000);
  story.step(400, kms(KmsKind::DISABLE_KEY, 0));
  Play play(story);
  play.run();
  CHECK(play.of(Event::REQUEST_FAILED).empty());
  CHECK(play.answers(KmsOperation::DECRYPT).size() == 1);
}

TEST_CASE("S5: a caller who leaves the key policy fails after the timeout, others read on") {
  Story story = reads_at({10, 100, 400.2, 401});
  story.principals.push_back({"reader", PrincipalKind::USER, ""});
  story.keys[0].policy = policy_for({user_arn("db-lead"), user_arn("reader")});
  story.step(20, get(), 1).step(405, get(), 1);
  story.step(50, kms(KmsKind::PUT_KEY_POLICY, 0, kNone, policy_for({user_arn("reader")})));
  Play play(story);
  play.run();
  CHECK(accesses(play) == Accesses{kMiss, kMiss, kHit, kMiss});  // 10, 20, 100, 405
  const auto failed = play.of(Event::REQUEST_FAILED);
  REQUIRE(failed.size() == 2);
  const auto event = failed[0]->read().getRequestFailed();
  CHECK(event.getException() == events::Exception::ACCESS_DENIED);
  CHECK(event.getKmsError() == KmsError::ACCESS_DENIED);
  CHECK(play.state().tables[0].lifecycle == Lifecycle::live);
}

namespace {

std::string failure_text(const Story& story) {
  Play play(story);
  while (play.turn()) {
    const auto event = play.all().back().read();
    if (event.isRequestFailed()) {
      return dynamodb::request_message(play.state(), event.getRequestFailed());
    }
  }
  return "no failure";
}

std::string quoted(const std::string& prefix, const std::string& java, const std::string& message,
                   const std::string& code) {
  return prefix + ": com.amazonaws.services.kms.model." + java + ": " + message +
         " (Service: AWSKMS; Status Code: 400; Error Code: " + code + "; Request ID: ";
}

const std::string kArn =
    "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-123456789010";

}  // namespace

TEST_CASE("Data-plane failures have DynamoDB's own words around KMS's") {
  using Catch::Matchers::EndsWith;
  using Catch::Matchers::StartsWith;
  Story story = reads_at({10});
  story.step(9, kms(KmsKind::DISABLE_KEY, 0));
  CHECK_THAT(failure_text(story), StartsWith(quoted("KMS key disabled error", "DisabledException",
                                                    kArn + " is disabled.", "DisabledException")));
  CHECK_THAT(failure_text(story), EndsWith("; Proxy: null)"));

  story = reads_at({10});
  story.step(9, kms(KmsKind::SCHEDULE_KEY_DELETION, 0));
  CHECK_THAT(failure_text(story),
             StartsWith(quoted("KMS validation error", "KMSInvalidStateException",
                               kArn + " is pending deletion.", "KMSInvalidStateException")));

  story.set("kms.pending_deletion_error", "DisabledException");
  CHECK_THAT(failure_text(story),
             StartsWith(quoted("KMS key disabled error", "DisabledException",
                               kArn + " is pending deletion.", "DisabledException")));

  const std::string masked =
      "The ciphertext refers to a customer master key that does not exist, does not exist in this "
      "region, or you are not allowed to access.";
  story = reads_at({10});
  story.principals.push_back({"nobody", PrincipalKind::USER, ""});
  story.step(9, kms(KmsKind::PUT_KEY_POLICY, 0, kNone, policy_for({user_arn("nobody")})));
  CHECK_THAT(failure_text(story),
             StartsWith(quoted("KMS key access denied error", "AWSKMSException", masked,
                               "AccessDeniedException")));

  story = reads_at({2});
  CHECK(failure_text(story) == "Requested resource not found: Table: Books not found");
}

TEST_CASE("A message names the failure that was, though the key is well again") {
  // Enabled between KMS's answer and its arrival.
  Story story = reads_at({10});
  story.step(9, kms(KmsKind::DISABLE_KEY, 0)).step(10.007, kms(KmsKind::ENABLE_KEY, 0));
  CHECK_THAT(failure_text(story), Catch::Matchers::Contains(kArn + " is disabled."));
}

TEST_CASE("Reads of a table that is not there yet or no longer there are refused without KMS") {
  Story story = reads_at({0.5, 2, 30});
  story.step(20, delete_table(0));
  Play play(story);
  play.run();
  CHECK(play.of(Event::REQUEST_FAILED).size() == 3);
  CHECK(play.answers(KmsOperation::DECRYPT).empty());
  for (const KeptEvent* event : play.of(Event::REQUEST_FAILED)) {
    const auto failed = event->read().getRequestFailed();
    CHECK(failed.getException() == events::Exception::RESOURCE_NOT_FOUND);
    CHECK(failed.getKmsError() == KmsError::NONE);
  }
}

TEST_CASE("A table that is being deleted serves until it is gone") {
  Story story = reads_at({10, 22, 24.9, 25});
  story.step(20, delete_table(0));  // 5 s
  Play play(story);
  play.run();
  CHECK(accesses(play) == Accesses{kMiss, kHit, kHit});
  CHECK(play.of(Event::REQUEST_FAILED).size() == 1);
}

TEST_CASE("Who uses another table changes nothing of what a step's request draws") {
  Story story = reads_at({30});
  story.set("kms.latency", "uniform(1ms, 3s)");
  Story more = story;
  more.principals.push_back({"another", PrincipalKind::USER, ""});
  more.tables.push_back({.name = "Another"});
  more.step(29, data(Operation::GET_ITEM, 1, 0), 1).step(29, data(Operation::GET_ITEM, 1, 0));
  Play one(story), two(more);
  one.run();
  two.run();
  const auto id = [](const Play& play) {
    for (const KeptEvent* event : play.answers(KmsOperation::DECRYPT)) {
      const auto answer = event->read().getKmsAnswered();
      if (answer.getTable() == 0) {
        return std::array<std::uint64_t, 3>{answer.getRequestHigh(), answer.getRequestLow(),
                                            static_cast<std::uint64_t>(event->read().getTime())};
      }
    }
    return std::array<std::uint64_t, 3>{};
  };
  CHECK(id(one)[0] != 0);
  CHECK(id(one) == id(two));
}

TEST_CASE("The cache rules agree with the written definition at every border") {
  // usable() against cache-theory.md 1 spelled out, on a grid around both limits.
  const auto story = books();
  for (const bool idle : {false, true}) {
    for (const bool age : {false, true}) {
      Settings settings = Settings::defaults();
      REQUIRE(settings.set("model.table_key_cache.idle_timeout", idle ? "5ns" : "none"));
      REQUIRE(settings.set("model.table_key_cache.max_age", age ? "7ns" : "none"));
      settings.resolve();
      for (std::int64_t used = 0; used <= 8; ++used) {
        const CacheEntry entry{3, sim::Time::from_nanoseconds(100),
                               sim::Time::from_nanoseconds(100 + used)};
        for (std::int64_t now = 100 + used; now <= 120; ++now) {
          const bool expected = !(idle && now - (100 + used) >= 5) && !(age && now - 100 >= 7);
          const auto time = sim::Time::from_nanoseconds(now);
          CHECK(usable(entry, 3, settings, time) == expected);
          CHECK_FALSE(usable(entry, 2, settings, time));
          CHECK(usable(entry, 3, settings, time) == (time < usable_until(entry, settings)));
        }
      }
      CHECK_FALSE(usable(CacheEntry{}, 0, settings, sim::Time::from_nanoseconds(1)));
    }
  }
}

}  // namespace tablekey::model::tests::data_path_test
