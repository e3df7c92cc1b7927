// Workloads whose clients encrypt items (dynamodb.md 8): what lies at rest, which calls of KMS they
// cost, and what clients share.
#include <map>
#include <set>

#include "model/clients/encryption/item.h"
#include "tests/model/clients/encryption_steps.h"

namespace tablekey::model::tests::encrypted_workloads_test {
namespace {

using events::Exception;

constexpr std::uint32_t kKeys = 1, kStoreKey = 2;

WorkloadSpec clients(std::uint32_t encryptor, const std::vector<Operation>& operations,
                     std::uint32_t connections = 1) {
  WorkloadSpec spec{.name = "clients", .connections = connections};
  spec.stages = {{1e6, 2, 2}};
  spec.stops = 60;
  spec.operations.clear();
  const auto share = static_cast<std::uint32_t>(1'000'000 / operations.size());
  for (const Operation operation : operations) spec.operations.emplace_back(operation, share);
  spec.operations.back().second =
      1'000'000 - share * static_cast<std::uint32_t>(operations.size() - 1);
  spec.more = [=](events::Workload::Builder to) { to.setEncryptor(encryptor); };
  return spec;
}

/// Books, and beside them the table of their clients' keys.
Story cached(Setup setup = {}) {
  setup.provider = Encryptor::Provider::MOST_RECENT;
  Story story = library({setup});
  story.keys.push_back({.name = "StoreKey", .policy = allow()});
  story.tables.push_back({.name = "Keys", .key = kStoreKey, .items = 0, .range_key = true});
  story.more = [more = story.more](events::Scenario::Builder scenario) {
    more(scenario);
    scenario.getTables()[kKeys].getHashKey().setName("N");
    scenario.getTables()[kKeys].getRangeKey().setName("V");
  };
  return story;
}

std::size_t client_calls(const Play& play, KmsOperation operation) {
  std::size_t calls = 0;
  for (const KeptEvent* event : play.of(Event::KMS_ANSWERED)) {
    const auto answer = event->read().getKmsAnswered();
    calls += answer.getKey() == kClientKey && answer.getOperation() == operation ? 1U : 0U;
  }
  return calls;
}

struct Answers {
  std::size_t all = 0, failed = 0, decrypted = 0, changed = 0;
};
Answers answers_of_clients(const Play& play) {
  Answers found;
  for (const KeptEvent* event : play.of(Event::DATA_ANSWERED)) {
    const auto answer = event->read().getDataAnswered();
    if (answer.getStep() != 0) continue;
    ++found.all;
    found.failed += answer.getException() != Exception::NONE ? 1U : 0U;
    found.decrypted += answer.getDecryptedHigh() != 0 ? 1U : 0U;
    found.changed += answer.getChanges().size() != 0 ? 1U : 0U;
  }
  return found;
}

// Every item there is has the marks of one that a client encrypted.
std::size_t require_encrypted(Play& play) {
  std::size_t found = 0;
  for (std::uint32_t item = 0; item < play.state().item_count(0); ++item) {
    if (play.state().item(0, item).version == 0) continue;
    const auto bytes = play.world().vault().plaintext(play.state(), 0, item);
    const items::AttributeMap value = item_of(bytes.bytes());
    const bool marked =
        value.find("*amzn-ddb-map-sig*") != nullptr || value.find("aws_dbe_head") != nullptr;
    REQUIRE(marked);
    REQUIRE(play.state().item(0, item).given);
    ++found;
  }
  return found;
}

}  // namespace

TEST_CASE("A workload's items pass through any provider, and are read as they were written") {
  for (const Setup& setup : kSetups) {
    Story story = library({setup});
    story.workloads.push_back(clients(0, {Operation::PUT_ITEM, Operation::GET_ITEM}));
    const auto play = lawful(story);
    const Answers answers = answers_of_clients(*play);
    CHECK(answers.all > 100);
    CHECK(answers.failed == 0);
    CHECK(answers.decrypted > 20);
    CHECK(require_encrypted(*play) > 5);
    CHECK(play->of(Event::ITEM_WRITTEN).empty());
    CHECK(play->of(Event::ITEM_READ).empty());
    require_nothing_leaked(*play);
  }
}

TEST_CASE("Direct KMS costs a workload one call for each put and each item that is read") {
  Story story = library({kSetups[0]});
  story.workloads.push_back(clients(0, {Operation::PUT_ITEM, Operation::GET_ITEM}, 3));
  const auto play = lawful(story);
  const Answers answers = answers_of_clients(*play);
  CHECK(answers.failed == 0);
  CHECK(client_calls(*play, KmsOperation::GENERATE_DATA_KEY) == answers.changed);
  CHECK(client_calls(*play, KmsOperation::DECRYPT) == answers.decrypted);
  for (const KeptEvent* event : play->of(Event::KMS_ANSWERED)) {
    const auto answer = event->read().getKmsAnswered();
    if (answer.getKey() != kClientKey) continue;
    CHECK_FALSE(answer.getViaService());
    CHECK(answer.getCaller() != 0);
  }
  std::set<std::uint64_t> generated;
  for (const KeptEvent* event : play->of(Event::KMS_ANSWERED)) {
    const auto effect = event->read().getKmsAnswered().getEffect();
    if (event->read().getKmsAnswered().getKey() == kClientKey && effect.isDataKey()) {
      CHECK(generated.insert(effect.getDataKey().getKeyCheckValue()).second);
    }
  }
}

TEST_CASE("Batches, transactions, queries and deletions of a workload go through its encryptor") {
  Story story = library({kSetups[0]});
  story.workloads.push_back(clients(
      0, {Operation::BATCH_WRITE_ITEM, Operation::BATCH_GET_ITEM, Operation::QUERY, Operation::SCAN,
          Operation::TRANSACT_WRITE_ITEMS, Operation::TRANSACT_GET_ITEMS, Operation::DELETE_ITEM}));
  const auto play = lawful(story);
  std::map<Operation, std::size_t> served;
  for (const KeptEvent* event : play->of(Event::DATA_ANSWERED)) {
    const auto answer = event->read().getDataAnswered();
    CHECK(std::string(answer.getMessage().cStr()).empty());
    if (answer.getException() == Exception::NONE) ++served[answer.getOperation()];
  }
  CHECK(served.size() == 6);
  // DELETE names a key alone: the client has nothing to do, and the short way serves it.
  CHECK_FALSE(play->of(Event::ITEM_WRITTEN).empty());
  for (const KeptEvent* event : play->of(Event::ITEM_WRITTEN)) {
    CHECK(event->read().getItemWritten().getDeleted());
  }
  require_encrypted(*play);
}

TEST_CASE("The connections of one caller share a caching provider, and load its keys once") {
  Story story = cached();
  story.workloads.push_back(clients(0, {Operation::PUT_ITEM, Operation::GET_ITEM}, 4));
  const auto play = lawful(story);
  const Answers answers = answers_of_clients(*play);
  CHECK(answers.failed == 0);
  CHECK(answers.decrypted > 20);
  CHECK(client_calls(*play, KmsOperation::GENERATE_DATA_KEY) == 1);
  CHECK(client_calls(*play, KmsOperation::DECRYPT) == 0);
  CHECK(play->state().materials.size() == 1);
  CHECK(play->state().providers.size() == 1);
  require_encrypted(*play);
  require_nothing_leaked(*play);
}

TEST_CASE("Two callers have a provider each, and the second one loads what the first one made") {
  Story story = cached();
  story.principals.push_back({"reader", PrincipalKind::USER, ""});
  for (KeySpec& key : story.keys) {
    key.policy = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":[")" +
                 user_arn("db-lead") + R"(",")" + user_arn("reader") +
                 R"("]},"Action":"kms:*","Resource":"*"}]})";
  }
  story.workloads.push_back(clients(0, {Operation::PUT_ITEM}));
  WorkloadSpec reader = clients(0, {Operation::GET_ITEM});
  reader.name = "reader";
  reader.principal = 1;
  reader.starts = 30;
  story.workloads.push_back(reader);
  const auto play = lawful(story);
  CHECK(answers_of_clients(*play).failed == 0);
  CHECK(answers_of_clients(*play).decrypted > 20);
  CHECK(play->state().providers.size() == 2);
  CHECK(client_calls(*play, KmsOperation::GENERATE_DATA_KEY) == 1);
  CHECK(client_calls(*play, KmsOperation::DECRYPT) == 1);
}

TEST_CASE("A workload's client whose key is disabled fails by itself, and its reads as well") {
  Story story = library({kSetups[0]});
  story.workloads.push_back(clients(0, {Operation::PUT_ITEM, Operation::GET_ITEM}));
  story.step(30, kms(KmsKind::DISABLE_KEY, kClientKey));
  const auto play = lawful(story);
  std::size_t failed = 0;
  for (const KeptEvent* event : play->of(Event::DATA_ANSWERED)) {
    const auto answer = event->read().getDataAnswered();
    if (answer.getException() == Exception::NONE) continue;
    CHECK(event->read().getTime() >= at_seconds(30));
    CHECK(answer.getException() == Exception::VALIDATION);
    CHECK(answer.getKmsError() == KmsError::NONE);
    CHECK(answer.getChanges().size() == 0);
    ++failed;
  }
  CHECK(failed > 20);
}

TEST_CASE("A table that a client could not read in the clear starts without items") {
  Story story = library({kSetups[0]});
  story.workloads.push_back(clients(0, {Operation::GET_ITEM}));
  CHECK(lawful(story)->state().tables[0].generated == 0);
  Setup migrating = kSetups[3];
  migrating.plaintext_policy = "forceWriteAllowRead";
  Story open = library({migrating});
  open.workloads.push_back(clients(0, {Operation::GET_ITEM}));
  const auto play = lawful(open);
  CHECK(play->state().tables[0].generated == 10);
  const Answers answers = answers_of_clients(*play);
  CHECK(answers.failed == 0);
  CHECK(answers.decrypted == answers.all);
}

TEST_CASE("Closed loops, pools and retries go on with an encryptor as without one") {
  Story story = cached();
  WorkloadSpec user = clients(0, {Operation::PUT_ITEM, Operation::GET_ITEM}, 2);
  user.more = [](events::Workload::Builder to) {
    to.setEncryptor(0);
    to.setProcess(events::Workload::Process::CLOSED);
    to.setThink("constant(500ms)");
  };
  story.workloads.push_back(user);
  WorkloadSpec pool = clients(0, {Operation::PUT_ITEM, Operation::GET_ITEM}, 3);
  pool.name = "pool";
  pool.more = [](events::Workload::Builder to) {
    to.setEncryptor(0);
    to.initPool().setDispatch(events::Pool::Dispatch::RANDOM);
    auto retries = to.initRetries();
    retries.setAttempts(3);
    retries.setBase(100'000'000);
    retries.setCap(1'000'000'000);
  };
  story.workloads.push_back(pool);
  story.set("table_key_cache.policy", "none");
  story.step(20, [](events::Step::Builder step) {
    auto fault = step.initFault();
    fault.setKind(events::Fault::Kind::OUTAGE);
    fault.setDuration(5'000'000'000);
  });
  const auto play = lawful(story);
  std::map<std::uint32_t, std::size_t> requests;
  std::size_t again = 0;
  for (const KeptEvent* event : play->of(Event::DATA_ANSWERED)) {
    const auto answer = event->read().getDataAnswered();
    ++requests[play->state().connections[answer.getConnection()].workload];
    again += answer.getAttempt() != 0 ? 1U : 0U;
  }
  CHECK(requests[0] > 150);
  CHECK(requests[1] > 80);
  CHECK(again > 3);
}

}  // namespace tablekey::model::tests::encrypted_workloads_test
