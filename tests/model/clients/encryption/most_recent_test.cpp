// The caching most recent provider: what it asks of its store and when, which keys it lets go, and
// the store's records, whose keys are never in the clear.

#include "model/clients/encryption/most_recent.h"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <functional>

#include "model/clients/encryption/direct_kms.h"
#include "model/clients/encryption/meta_store.h"
#include "model/law.h"
#include "tests/model/clients/encryption/drawn_items.h"

namespace tablekey::model::encryption::most_recent_test {
namespace {

using items::AttributeMap;
using items::AttributeValue;
using items::Bytes;
using sim::Duration;
using sim::Time;

Time at(std::int64_t ms) { return Time() + Duration::milliseconds(ms); }

MostRecent provider_of(std::int64_t ttl_ms, std::uint32_t capacity = 1000) {
  return {"material", Duration::milliseconds(ttl_ms), capacity, {}, {}, {}, false};
}

MostRecent holding(std::uint64_t version, std::int64_t ms) {
  MostRecent provider = provider_of(1000);
  loading_began(provider);
  loaded(provider, version, at(ms));
  return provider;
}

const NextStep kQuery{StoreStep::query, 0}, kWait{StoreStep::wait, 0};
NextStep use(std::uint64_t version) { return {StoreStep::use, version}; }
NextStep get(std::uint64_t version) { return {StoreStep::get, version}; }

template <class T>
Failure failure_of(const Expected<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().failure;
}

}  // namespace

TEST_CASE("a version serves for its time to live, then one loader asks while the others go on",
          "[encryption]") {
  MostRecent provider = holding(4, 100);
  CHECK(next_for_encryption(provider, at(100)) == use(4));
  CHECK(next_for_encryption(provider, at(1099)) == use(4));
  // The grace period: the first one asks.
  CHECK(next_for_encryption(provider, at(1100)) == kQuery);
  loading_began(provider);
  CHECK(next_for_encryption(provider, at(1100)) == use(4));
  CHECK(next_for_encryption(provider, at(1599)) == use(4));
  // After it everybody waits.
  CHECK(next_for_encryption(provider, at(1600)) == kWait);
  loading_failed(provider);
  CHECK(next_for_encryption(provider, at(1600)) == kQuery);
}

TEST_CASE("a provider that has nothing asks its store, and creates version 0 of a new material",
          "[encryption]") {
  MostRecent provider = provider_of(1000);
  CHECK(next_for_encryption(provider, at(0)) == kQuery);
  loading_began(provider);
  CHECK(next_for_encryption(provider, at(0)) == kWait);
  CHECK(after_query(provider, std::nullopt) == NextStep{StoreStep::create, 0});
  CHECK(after_query(provider, 3) == get(3));
  CHECK(loaded(provider, 3, at(10)).empty());
  CHECK(next_for_encryption(provider, at(10)) == use(3));
  // The store still says 3: nothing is read again, and the time to live starts anew.
  loading_began(provider);
  CHECK(after_query(provider, 3) == use(3));
  loaded(provider, 3, at(1200));
  CHECK(next_for_encryption(provider, at(2199)) == use(3));
  // It says 5, which somebody else has created meanwhile.
  loading_began(provider);
  CHECK(after_query(provider, 5) == get(5));
  loaded(provider, 5, at(2300));
  CHECK(next_for_encryption(provider, at(2300)) == use(5));
  CHECK(provider.holds(3));
}

TEST_CASE("reading takes any version and says nothing about the newest", "[encryption]") {
  MostRecent provider = holding(4, 0);
  CHECK(next_for_decryption(provider, 2) == get(2));
  loaded_for_decryption(provider, 2);
  CHECK(next_for_decryption(provider, 2) == use(2));
  CHECK(next_for_encryption(provider, at(0)) == use(4));
  // Long after the time to live it still reads.
  CHECK(next_for_decryption(provider, 2) == use(2));
  loading_began(provider);
  CHECK(next_for_decryption(provider, 2) == use(2));
}

TEST_CASE("the least recently used version leaves a full provider", "[encryption]") {
  MostRecent provider = provider_of(1000, 3);
  loading_began(provider);
  loaded(provider, 1, at(0));
  CHECK(loaded_for_decryption(provider, 2).empty());
  CHECK(loaded_for_decryption(provider, 3).empty());
  used(provider, 1);
  CHECK(loaded_for_decryption(provider, 4) == std::vector<std::uint64_t>{2});
  CHECK(provider.held == std::vector<std::uint64_t>{3, 1, 4});
  // What encryption uses may leave as well; then the store is asked although the time is not over.
  loaded_for_decryption(provider, 5);
  CHECK(loaded_for_decryption(provider, 6) == std::vector<std::uint64_t>{1});
  CHECK(next_for_encryption(provider, at(1)) == kQuery);
  CHECK_THROWS_AS(used(provider, 1), BrokenLaw);
}

TEST_CASE("a refreshed provider forgets everything", "[encryption]") {
  MostRecent provider = holding(4, 0);
  loaded_for_decryption(provider, 2);
  CHECK(refresh(provider) == std::vector<std::uint64_t>{4, 2});
  CHECK(provider == provider_of(1000));
  CHECK(next_for_encryption(provider, at(0)) == kQuery);
}

TEST_CASE("a provider does not load twice at once, nor learn what it did not ask", "[encryption]") {
  MostRecent provider = provider_of(1000);
  CHECK_THROWS_AS(loaded(provider, 1, at(0)), BrokenLaw);
  CHECK_THROWS_AS(loading_failed(provider), BrokenLaw);
  loading_began(provider);
  CHECK_THROWS_AS(loading_began(provider), BrokenLaw);
}

TEST_CASE("a provider never holds more than its capacity, and what it uses it holds",
          "[encryption]") {
  rc::prop("over random stories", [](std::uint64_t seed) {
    Dice dice(seed);
    MostRecent provider = provider_of(1000, static_cast<std::uint32_t>(1 + dice.below(4)));
    std::vector<std::uint64_t> kept;  // The keys beside the provider.
    const auto forget = [&kept](const std::vector<std::uint64_t>& gone) {
      for (const std::uint64_t version : gone) std::erase(kept, version);
    };
    const auto learn = [&](std::uint64_t version, const std::vector<std::uint64_t>& gone) {
      if (std::find(kept.begin(), kept.end(), version) == kept.end()) kept.push_back(version);
      forget(gone);
    };
    std::int64_t now = 0;
    for (int i = 0; i < 60; ++i) {
      now += static_cast<std::int64_t>(dice.below(700));
      const std::uint64_t version = dice.below(6);
      if (provider.loading && dice.one_in(2)) {
        if (dice.one_in(4)) {
          loading_failed(provider);
        } else {
          learn(version, loaded(provider, version, at(now)));
        }
      } else if (dice.one_in(2)) {
        const NextStep step = next_for_decryption(provider, version);
        if (step.step == StoreStep::use) {
          used(provider, version);
        } else {
          learn(version, loaded_for_decryption(provider, version));
        }
      } else {
        const NextStep step = next_for_encryption(provider, at(now));
        if (step.step == StoreStep::query) loading_began(provider);
        if (step.step == StoreStep::use) {
          RC_ASSERT(std::find(kept.begin(), kept.end(), step.version) != kept.end());
          RC_ASSERT(at(now) - provider.updated < provider.ttl + kMostRecentGrace);
        }
      }
      RC_ASSERT(provider.held.size() <= provider.capacity);
      RC_ASSERT(kept.size() == provider.held.size());
    }
  });
}

TEST_CASE("a description names the version of its material", "[encryption]") {
  const auto described = [](std::string id) {
    return version_of({{std::string(description::kMetaId), std::move(id)}});
  };
  CHECK(material_id("orders", 12) == "orders#12");
  CHECK(described("orders#12").value() == 12);
  CHECK(described("or#ders#0").value() == 0);
  for (const char* id : {"", "orders", "orders#", "orders#x", "orders#1x", "orders#-1",
                         "orders#99999999999999999999"}) {
    CHECK(failure_of(described(id)) == Failure::material_id_malformed);
  }
  CHECK(failure_of(version_of({})) == Failure::material_id_malformed);
}

// ---- the store ---------------------------------------------------------------------------------

namespace {

const DirectKms kStoreKms{"alias/store"};

struct Store {
  ListKms kms;
  CryptoConfig config = meta_config("MetaStore");

  AttributeMap seal(std::uint64_t version, const MetaKeys& keys) {
    const KmsCall call =
        kStoreKms.encryption_request(config.names, meta_key("orders", version)).value();
    const ListKms::Generated key = kms.generate(call);
    RequestDraws drawn = draws(version);
    return seal_meta_record("orders", version, keys, config,
                            DirectKms::encryption_materials(key.plaintext, key.ciphertext_blob),
                            drawn)
        .value();
  }
  Expected<MetaKeys> open(const AttributeMap& record) {
    const Expected<MaterialDescription> description = read_description(record);
    if (!description) return std::unexpected(description.error());
    const Expected<KmsCall> call = kStoreKms.decryption_request(config.names, record, *description);
    if (!call) return std::unexpected(call.error());
    const std::optional<crypto::Key256> key = kms.decrypt(*call);
    if (!key) return refused(Failure::unwrapping, "KMS refused");
    return open_meta_record(record, config, DirectKms::decryption_materials(*key, *description));
  }
};

MetaKeys new_keys(std::uint64_t request) {
  RequestDraws drawn = draws(1000 + request);
  return MetaKeys::draw(drawn);
}

}  // namespace

TEST_CASE("the keys of a version come back from the store's record, for one call of KMS",
          "[encryption]") {
  Store store;
  const MetaKeys keys = new_keys(1);
  const AttributeMap record = store.seal(3, keys);
  const MetaKeys opened = store.open(record).value();
  CHECK(crypto::equal(opened.encryption, keys.encryption));
  CHECK(crypto::equal(opened.integrity, keys.integrity));
  CHECK(store.kms.decrypts == 1);
  // The shape that the library has: N, V and five fields, all but the key encrypted.
  CHECK(record.size() == 9);
  CHECK(*record.find("N") == AttributeValue("orders"));
  CHECK(*record.find("V") == AttributeValue::number(3));
  for (const char* name : {"t", "enc", "encAlg", "int", "intAlg"}) {
    CHECK(record.find(name)->as<Bytes>() != nullptr);
  }
  // It is an item of the Encryption Client like any other.
  const MaterialDescription description = read_description(record).value();
  const auto key = store.kms.decrypt(
      kStoreKms.decryption_request(store.config.names, record, description).value());
  const AttributeMap plain =
      decrypt_item(record, store.config, DirectKms::decryption_materials(*key, description))
          .value();
  CHECK(*plain.find("t") == AttributeValue("0"));
  CHECK(*plain.find("encAlg") == AttributeValue("AES"));
  CHECK(*plain.find("intAlg") == AttributeValue("HmacSHA256"));
  CHECK(std::ranges::equal(*plain.find("enc")->as<Bytes>(), keys.encryption.bytes()));
}

TEST_CASE("a record of the store opens only under its conditions", "[encryption]") {
  Store store;
  AttributeMap record = store.seal(3, new_keys(1));
  SECTION("as another version") {
    record.set("V", AttributeValue::number(4));
    CHECK(failure_of(store.open(record)) == Failure::unwrapping);
  }
  SECTION("in another table") {
    store.config = meta_config("Other");
    CHECK(failure_of(store.open(record)) == Failure::unwrapping);
  }
  SECTION("with the keys in each other's places") {
    const AttributeValue enc = *record.find("enc");
    record.set("enc", *record.find("int"));
    record.set("int", enc);
    CHECK(failure_of(store.open(record)) == Failure::signature_mismatch);
  }
  SECTION("without its signature") {
    record.erase(kSignatureAttribute);
    CHECK(failure_of(store.open(record)) == Failure::signature_missing);
  }
  SECTION("without one of its fields, rightly signed") {
    const MaterialDescription description = read_description(record).value();
    const KmsCall call =
        kStoreKms.decryption_request(store.config.names, record, description).value();
    const Materials materials =
        DirectKms::decryption_materials(store.kms.decrypt(call).value(), description);
    for (const std::string name : {"t", "enc", "encAlg", "int", "intAlg"}) {
      AttributeMap less = record;
      less.erase(name);
      finish(less, store.config, materials, true);
      const Failure failure = failure_of(store.open(less));
      CHECK((failure == Failure::record_malformed || failure == Failure::decryption));
      // Something else in its place: a text for a key, a key for a text.
      less.set(name, *record.find(name == "enc" || name == "int" ? "t" : "enc"));
      finish(less, store.config, materials, true);
      CHECK(failure_of(store.open(less)) == Failure::record_malformed);
    }
  }
}

TEST_CASE("items of the caching provider open with their version's keys and no other",
          "[encryption]") {
  CryptoConfig config{{"Books", "pk", "sk"}, {}, {}};
  config.actions.set_index_key("pk");
  config.actions.set_index_key("sk");
  const MetaKeys old_keys = new_keys(1), new_version = new_keys(2);
  rc::prop("over drawn items", [&](std::uint64_t seed) {
    Dice dice(seed);
    const AttributeMap item = drawn_item(dice);
    RequestDraws drawn = draws(seed);
    const WrappedKeys provider = old_keys.provider("orders", 0);
    const Materials materials = provider.encryption_materials(drawn);
    const AttributeMap stored = encrypt_item(item, config, materials, drawn).value();
    const MaterialDescription description = read_description(stored).value();
    RC_ASSERT(version_of(description).value() == 0U);
    RC_ASSERT(
        decrypt_item(stored, config, provider.decryption_materials(description).value()).value() ==
        item);
    RC_ASSERT(new_version.provider("orders", 1).decryption_materials(description).error().failure ==
              Failure::unwrapping);
  });
}

}  // namespace tablekey::model::encryption::most_recent_test
