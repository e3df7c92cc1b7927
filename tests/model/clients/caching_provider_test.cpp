// The caching most recent provider within runs (dynamodb.md 8.1): keys for many items, kept in a
// table of their own, of which each client has a copy.
#include "model/clients/encryption/item.h"
#include "model/clients/encryption/meta_store.h"
#include "model/clients/encryption/most_recent.h"
#include "tests/model/clients/encryption_steps.h"

namespace tablekey::model::tests::caching_provider_test {
namespace {

using events::Exception;

constexpr std::uint32_t kBooks = 0, kKeys = 1, kStoreKey = 2;
constexpr std::uint32_t kLead = 0, kReader = 1;
constexpr Operation kPutOne = Operation::PUT_ITEM;

std::string policy_for_both() {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":[")" +
         user_arn("db-lead") + R"(",")" + user_arn("reader") +
         R"("]},"Action":"kms:*","Resource":"*"}]})";
}

/// Books, and beside them the table of their clients' keys, under a key of its own.
Story cached(Setup setup = {}, double until = 300) {
  setup.provider = Encryptor::Provider::MOST_RECENT;
  Story story = library({setup});
  story.until = until;
  story.principals.push_back({"reader", PrincipalKind::USER, ""});
  story.keys.push_back({.name = "StoreKey"});
  for (KeySpec& key : story.keys) key.policy = policy_for_both();
  story.tables.push_back({.name = "Keys", .key = kStoreKey, .items = 0, .range_key = true});
  const auto more = story.more;
  story.more = [more](events::Scenario::Builder scenario) {
    more(scenario);
    auto keys = scenario.getTables()[kKeys];
    keys.getHashKey().setName("N");
    keys.getRangeKey().setName("V");
  };
  return story;
}

/// The step that makes the next version of the material.
Fill next_version() {
  return [](events::Step::Builder step) {
    auto call = step.initRequest();
    call.setOperation(kPutOne);
    call.setTable(kKeys);
    call.setEncryptor(0);
  };
}

std::string text_of(const std::string& id_value) {
  return R"({"author":{"S":"Ada"},"id":{"S":")" + id_value +
         R"("},"note":{"S":"never seen at rest"}})";
}
Fill put_item(std::uint32_t item) { return put(0, text_of(fmt::format("k{}", item)), item); }
Fill get_item(std::uint32_t item) { return get(0, item, id(fmt::format("k{}", item))); }
std::array<std::uint64_t, 2> plain(std::uint32_t item) {
  return result_of(text_of(fmt::format("k{}", item)));
}

/// The version of the material that the item lies under.
std::uint64_t version_of_item(Play& play, std::uint32_t item) {
  const auto bytes = play.world().vault().plaintext(play.state(), kBooks, item);
  const auto description = encryption::read_description(item_of(bytes.bytes()));
  return encryption::version_of(description.value()).value();
}

std::size_t client_calls(const Play& play, KmsOperation operation) {
  std::size_t calls = 0;
  for (const KeptEvent* event : play.of(Event::KMS_ANSWERED)) {
    const auto answer = event->read().getKmsAnswered();
    if (answer.getKey() == kClientKey && answer.getOperation() == operation) ++calls;
  }
  return calls;
}
std::size_t generated(const Play& play) {
  return client_calls(play, KmsOperation::GENERATE_DATA_KEY);
}
std::size_t decrypted(const Play& play) { return client_calls(play, KmsOperation::DECRYPT); }

constexpr std::string_view kRecordKey = R"({"N":{"S":"pens"},"V":{"N":"0"}})";

Fill delete_record() {
  return request(
      Operation::DELETE_ITEM,
      {{.kind = ItemKind::DELETE, .item = 0, .json = std::string(kRecordKey), .table = kKeys}});
}

}  // namespace

TEST_CASE("The first item makes version 0 of the material, and the next ones need KMS no more") {
  Story story = cached();
  story.step(10, put_item(10), kLead).step(11, put_item(11), kLead).step(12, get_item(10), kLead);
  story.step(13, request(Operation::GET_ITEM, {{kGet, 10, id("k10")}}), kLead);
  const auto play = lawful(story);
  for (std::size_t step = 0; step < 4; ++step) CHECK(message_of(answered(*play, step)).empty());
  CHECK(decrypted_of(answered(*play, 2)) == plain(10));
  CHECK(result_of(answered(*play, 3)) != plain(10));
  CHECK(answered(*play, 0).getChanges().size() == 2);  // the item and the keys
  CHECK(answered(*play, 1).getChanges().size() == 1);
  CHECK(play->state().item(kKeys, 0).version == 1);
  CHECK(generated(*play) == 1);
  CHECK(decrypted(*play) == 0);
  CHECK(version_of_item(*play, 10) == 0);
  CHECK(play->of(Event::TABLE_KEY_REQUESTED).size() == 2);  // of each table once
  require_nothing_leaked(*play);
}

TEST_CASE("The keys of the key store are themselves encrypted in their table") {
  Story story = cached();
  story.step(10, put_item(10), kLead);
  story.step(
      11,
      request(Operation::GET_ITEM, {{.item = 0, .json = std::string(kRecordKey), .table = kKeys}}),
      kLead);
  const auto play = lawful(story);
  CHECK(answered(*play, 1).getReturned() == 1);
  const auto bytes = play->world().vault().plaintext(play->state(), kKeys, 0);
  const items::AttributeMap record = item_of(bytes.bytes());
  CHECK(*record.find("N") == items::AttributeValue("pens"));
  CHECK(record.find("enc")->as<items::Bytes>() != nullptr);
  encryption::RequestDraws draws(
      crypto::DrawRoot(story.seed),
      fmt::format("material/{:016x}", play->state().scenario().kms_step_entities[0]));
  const auto keys = encryption::MetaKeys::draw(draws);
  for (const crypto::Key256* key : {&keys.encryption, &keys.integrity}) {
    CHECK_FALSE(contains(bytes.bytes(), key->bytes()));
    for (const KeptEvent& event : play->all()) CHECK_FALSE(contains(bytes_of(event), key->bytes()));
  }
}

TEST_CASE("Each client loads the keys for itself, once") {
  Story story = cached();
  story.step(10, put_item(10), kLead);
  for (int i = 0; i < 4; ++i) story.step(20 + i, get_item(10), kReader);
  const auto play = lawful(story);
  for (std::size_t step = 1; step < 5; ++step) {
    CHECK(decrypted_of(answered(*play, step)) == plain(10));
  }
  CHECK(generated(*play) == 1);
  CHECK(decrypted(*play) == 1);
  REQUIRE(play->state().providers.size() == 2);
  for (const ClientProvider& provider : play->state().providers) {
    CHECK(provider.recent.held == std::vector<std::uint64_t>{0});
    CHECK(provider.loader == 0);
  }
  CHECK(play->state().providers[1].recent.version == std::nullopt);  // it only reads
}

TEST_CASE("A client notices a new version when its time to live is over") {
  Story story = cached({.ttl = 60});
  story.step(10, put_item(10), kLead)
      .step(20, next_version(), kReader)
      .step(69.9, put_item(11), kLead)
      .step(71, put_item(12), kLead)
      .step(72, get_item(10), kLead)
      .step(73, get_item(12), kReader);
  const auto play = lawful(story);
  for (std::size_t step = 0; step < 6; ++step) CHECK(message_of(answered(*play, step)).empty());
  CHECK(version_of_item(*play, 10) == 0);
  CHECK(version_of_item(*play, 11) == 0);
  CHECK(version_of_item(*play, 12) == 1);
  CHECK(decrypted_of(answered(*play, 4)) == plain(10));
  CHECK(decrypted_of(answered(*play, 5)) == plain(12));
  CHECK(generated(*play) == 2);
  CHECK(decrypted(*play) == 2);  // the writer's of version 1, and the reader's
  CHECK(play->state().materials.size() == 2);
}

TEST_CASE("In the grace period one request loads and the others use the old version") {
  Story story = cached({.ttl = 60});
  story.step(10, put_item(10), kLead)
      .step(20, next_version(), kLead)
      .step(70.2, put_item(11), kLead)
      .step(70.205, put_item(12), kLead)
      .step(71, put_item(13), kLead);
  const auto play = lawful(story);
  CHECK(version_of_item(*play, 11) == 1);
  CHECK(version_of_item(*play, 12) == 0);
  CHECK(version_of_item(*play, 13) == 1);
  CHECK(answered(*play, 2).getLatency() == 14 * kMillisecond);
  CHECK(answered(*play, 3).getLatency() == 4 * kMillisecond);
  CHECK(decrypted(*play) == 1);
  CHECK(play->of(Event::REQUEST_WAITED).empty());
}

TEST_CASE("After the grace period requests wait for the one that loads") {
  Story story = cached({.ttl = 60});
  story.step(10, put_item(10), kLead)
      .step(20, next_version(), kLead)
      .step(80, put_item(11), kLead)
      .step(80.003, put_item(12), kLead)
      .step(80.004, put_item(13), kLead);
  const auto play = lawful(story);
  for (const std::uint32_t item : {11U, 12U, 13U}) CHECK(version_of_item(*play, item) == 1);
  CHECK(decrypted(*play) == 1);
  REQUIRE(play->of(Event::REQUEST_WAITED).size() == 2);
  CHECK(play->of(Event::REQUEST_WAITED)[0]->read().getRequestWaited().getCall() == kNone);
  CHECK(answered(*play, 3).getLatency() == (7 + 4) * kMillisecond);
  CHECK(answered(*play, 3).getVia() == events::Access::HIT);
  for (const ClientProvider& provider : play->state().providers) CHECK(provider.waiting.empty());
}

TEST_CASE("When the loading fails the next request that waited tries itself") {
  Story story = cached({.ttl = 60});
  story.step(10, put_item(10), kLead)
      .step(20, next_version(), kLead)
      .step(30, kms(KmsKind::DISABLE_KEY, kClientKey))
      .step(80, put_item(11), kLead)
      .step(80.003, put_item(12), kLead)
      .step(80.006, kms(KmsKind::ENABLE_KEY, kClientKey))
      .step(90, put_item(13), kLead);
  const auto play = lawful(story);
  CHECK(message_of(answered(*play, 3)).starts_with("UnwrappingError: "));
  CHECK(message_of(answered(*play, 3)).find("DisabledException") != std::string::npos);
  CHECK(answered(*play, 3).getChanges().size() == 0);
  CHECK(message_of(answered(*play, 4)).empty());
  CHECK(version_of_item(*play, 12) == 1);
  CHECK(message_of(answered(*play, 6)).empty());
  CHECK(decrypted(*play) == 2);
}

TEST_CASE(
    "A client that holds the newest keys goes on without their KMS key, another one can not") {
  Story story = cached({.ttl = 30});
  story.step(10, put_item(10), kLead)
      .step(20, kms(KmsKind::DISABLE_KEY, kClientKey))
      .step(100, put_item(11), kLead)
      .step(101, get_item(10), kLead)
      .step(102, get_item(10), kReader)
      .step(103, put_item(12), kReader);
  const auto play = lawful(story);
  CHECK(message_of(answered(*play, 2)).empty());
  CHECK(decrypted_of(answered(*play, 3)) == plain(10));
  for (const std::size_t step : {4U, 5U}) {
    CHECK(message_of(answered(*play, step)).find("DisabledException") != std::string::npos);
    CHECK(answered(*play, step).getChanges().size() == 0);
    CHECK(answered(*play, step).getKmsError() == KmsError::NONE);
  }
}

TEST_CASE("Who can not use the key store's table key can not load keys") {
  Story story = cached();
  story.step(10, put_item(10), kLead)
      .step(20, kms(KmsKind::DISABLE_KEY, kStoreKey))
      .step(21, get_item(10), kLead)
      .step(22, get_item(10), kReader)
      .step(23, put_item(11), kReader);
  const auto play = lawful(story);
  CHECK(decrypted_of(answered(*play, 2)) == plain(10));
  for (const std::size_t step : {3U, 4U}) {
    CHECK(answered(*play, step).getKmsError() == KmsError::DISABLED);
    CHECK(answered(*play, step).getKmsTable() == kKeys);
    CHECK(answered(*play, step).getDecryptedHigh() == 0);
    CHECK(answered(*play, step).getChanges().size() == 0);
  }
}

TEST_CASE("Keys whose record is lost serve who holds them, and version 0 is made anew") {
  Story story = cached({.ttl = 60});
  story.step(10, put_item(10), kLead)
      .step(20, delete_record())
      .step(30, get_item(10), kLead)
      .step(31, get_item(10), kReader)
      .step(100, put_item(11), kLead)  // the store has no version: another version 0
      .step(101, get_item(11), kReader)
      .step(102, get_item(10), kReader)
      .step(103, get_item(10), kLead);
  const auto play = lawful(story);
  CHECK(decrypted_of(answered(*play, 2)) == plain(10));
  CHECK(message_of(answered(*play, 3)) == "InvalidVersionError: No material found: \"pens#0\"");
  CHECK(message_of(answered(*play, 4)).empty());
  CHECK(decrypted_of(answered(*play, 5)) == plain(11));
  for (const std::size_t step : {6U, 7U}) {
    CHECK(message_of(answered(*play, step)).starts_with("UnwrappingError: "));
    CHECK(answered(*play, step).getDecryptedHigh() == 0);
  }
  REQUIRE(play->state().materials.size() == 2);
  CHECK(play->state().materials[0].version == play->state().materials[1].version);
}

TEST_CASE("A client with room for one version loads again what it had to let go") {
  for (const std::uint32_t capacity : {1U, 2U}) {
    Story story = cached({.ttl = 1, .capacity = capacity});
    story.step(10, put_item(10), kLead)
        .step(20, next_version(), kLead)
        .step(30, put_item(11), kLead);
    for (int i = 0; i < 3; ++i) {
      story.step(40 + 2 * i, get_item(10), kReader).step(41 + 2 * i, get_item(11), kReader);
    }
    const auto play = lawful(story);
    for (std::size_t step = 3; step < 9; ++step) {
      CHECK(decrypted_of(answered(*play, step)) == plain(step % 2 == 1 ? 10 : 11));
    }
    CHECK(decrypted(*play) == 1 + (capacity == 1 ? 6 : 2));
  }
}

TEST_CASE("All items of a batch or a transaction are under the one version, for one call of KMS") {
  for (const Operation operation : {Operation::BATCH_WRITE_ITEM, Operation::TRANSACT_WRITE_ITEMS}) {
    Story story = cached();
    story.step(
        10, request(operation, {{kPut, 10, text_of("k10")}, {kPut, 11, text_of("k11")}}, with(0)),
        kLead);
    story.step(11,
               reading(Operation::SCAN,
                       [](events::DataCall::Builder call) {
                         call.setEncryptor(0);
                         call.setFilter("attribute_exists(note)");
                       }),
               kReader);
    story.tables[0].items = 10;
    const auto play = lawful(story);
    CHECK(answered(*play, 0).getChanges().size() == 3);
    CHECK(answered(*play, 1).getReturned() == 2);
    CHECK(generated(*play) == 1);
    CHECK(decrypted(*play) == 1);
  }
}

TEST_CASE("When KMS refuses the material nothing is sent, and nobody is kept waiting") {
  Story story = cached();
  story.step(9, kms(KmsKind::DISABLE_KEY, kClientKey))
      .step(10, put_item(10), kLead)
      .step(10.003, put_item(11), kLead)
      .step(20, kms(KmsKind::ENABLE_KEY, kClientKey))
      .step(21, put_item(12), kLead);
  const auto play = lawful(story);
  for (const std::size_t step : {1U, 2U}) {
    CHECK(message_of(answered(*play, step)).starts_with("WrappingError: "));
    CHECK(answered(*play, step).getChanges().size() == 0);
  }
  CHECK(answered(*play, 4).getChanges().size() == 2);
  CHECK(play->state().materials.size() == 1);
  CHECK(play->state().providers[0].loader == 0);
}

TEST_CASE("Keys that are made for a put that is refused are not stored") {
  Story story = cached();
  One conditional{kPut, 10, text_of("k10"), "attribute_exists(id)"};
  story.step(10, request(kPutOne, {conditional}, with(0)), kLead).step(20, put_item(10), kLead);
  const auto play = lawful(story);
  CHECK(answered(*play, 0).getException() == Exception::CONDITIONAL_CHECK_FAILED);
  CHECK(answered(*play, 1).getChanges().size() == 2);
  CHECK(generated(*play) == 2);
  CHECK(play->state().materials.size() == 1);
}

TEST_CASE("Two clients that make the first version at once end with one") {
  Story story = cached();
  story.step(10, put_item(10), kLead).step(10.002, put_item(11), kReader);
  story.step(20, get_item(11), kLead).step(21, get_item(10), kReader);
  const auto play = lawful(story);
  CHECK(message_of(answered(*play, 0)).empty());
  CHECK(message_of(answered(*play, 1)).empty());
  CHECK(play->state().materials.size() == 1);
  CHECK(decrypted_of(answered(*play, 2)) == plain(11));
  CHECK(decrypted_of(answered(*play, 3)) == plain(10));
}

TEST_CASE("An RSA key wraps the items' keys, and only it unwraps them") {
  const std::string oaep = "RSA/ECB/OAEPWithSHA-256AndMGF1Padding";
  const Setup rsa{.provider = Encryptor::Provider::WRAPPED, .wrapping = oaep};
  const Setup other{.provider = Encryptor::Provider::WRAPPED, .name = "others", .wrapping = oaep};
  const Setup aes{.provider = Encryptor::Provider::WRAPPED, .wrapping = "AESWrap"};
  Story story = library({rsa, other, aes});
  story.step(10, put(0), 0)
      .step(11, get(0), 0)
      .step(12, get(1), 0)
      .step(13, get(2), 0)
      .step(14, put(2), 0)
      .step(15, get(0), 0)
      .step(16, get(2), 0);
  const auto play = lawful(story);
  CHECK(decrypted_of(answered(*play, 1)) == result_of(kValue));
  CHECK(message_of(answered(*play, 2)) == "UnwrappingError: Key unwrap failed");
  CHECK(message_of(answered(*play, 3)).starts_with("JceTransformationError: "));
  CHECK(message_of(answered(*play, 5)).starts_with("JceTransformationError: "));
  CHECK(decrypted_of(answered(*play, 6)) == result_of(kValue));
  CHECK(play->of(Event::CLIENT_KEY_REQUESTED).empty());
  require_nothing_leaked(*play);
}

}  // namespace tablekey::model::tests::caching_provider_test
