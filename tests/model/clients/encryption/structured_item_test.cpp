// Items of the Database Encryption SDK: two items that another program made by the specification,
// round trips over drawn items, every bit of head and foot, and every condition of reading.

#include "model/clients/encryption/structured_item.h"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "model/clients/encryption/item.h"
#include "model/clients/encryption/local_keys.h"
#include "tests/crypto/hex.h"
#include "tests/model/clients/encryption/drawn_items.h"

namespace tablekey::model::encryption::structured_item_test {
namespace {

using crypto::hex;
using items::AttributeMap;
using items::AttributeValue;
using items::Bytes;

const KmsKeyring kRing{{"arn:one", "arn:two"}};

template <class T>
Failure failure_of(const Expected<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().failure;
}

Expected<AttributeMap> put(ListKms& kms, const AttributeMap& item, const StructuredConfig& config,
                           std::uint64_t request = 0, const KmsKeyring& ring = kRing) {
  RequestDraws drawn = draws(request);
  const Expected<StructuredPlan> plan = plan_encryption(item, config, drawn);
  if (!plan) return std::unexpected(plan.error());
  std::vector<IntermediateKey> answers;
  for (const KmsCall& call : ring.encryption_requests(plan->context)) {
    ListKms::Generated key = kms.generate(call);
    answers.push_back({std::move(key.plaintext), std::move(key.ciphertext_blob), call.key});
  }
  const StructuredKeys keys = KmsKeyring::wrap(drawn, plan->context, answers);
  return encrypt_structured(item, config, *plan, keys, drawn);
}

/// Tries one data key after the other. No answer of KMS at all is Failure::unwrapping.
Expected<AttributeMap> get(ListKms& kms, const AttributeMap& stored, const StructuredConfig& config,
                           const KmsKeyring& ring = kRing) {
  const Expected<StructuredOpening> opening = open_structured(stored, config);
  if (!opening) return std::unexpected(opening.error());
  const auto attempts = ring.decryption_requests(opening->header, opening->context);
  if (!attempts) return std::unexpected(attempts.error());
  for (const KmsKeyring::Attempt& attempt : *attempts) {
    const std::optional<crypto::Key256> key = kms.decrypt(attempt.call);
    if (!key) continue;
    const auto keys =
        KmsKeyring::unwrap(opening->header.data_keys[attempt.data_key], opening->context, *key);
    if (keys) return decrypt_structured(stored, config, *opening, *keys);
  }
  return refused(Failure::unwrapping, "no attempt succeeded");
}

StructuredConfig drawn_structured_config(Dice& dice, const AttributeMap& item) {
  StructuredConfig config;
  config.names = {"Books", "pk", "sk"};
  config.flavour = dice.one_in(4) ? Flavour::mac_and_ecdsa : Flavour::mac;
  const bool in_context = dice.one_in(2);
  const CryptoAction key =
      in_context ? CryptoAction::sign_and_include_in_context : CryptoAction::sign_only;
  for (const items::Attribute& attribute : item) {
    const std::uint64_t pick = dice.below(4);
    CryptoAction action = CryptoAction::encrypt_and_sign;
    if (pick == 0) action = CryptoAction::sign_only;
    if (pick == 1 && in_context) action = CryptoAction::sign_and_include_in_context;
    if (pick == 2) {
      action = CryptoAction::do_nothing;
      config.unsigned_attributes.insert(attribute.name);
    }
    config.actions[attribute.name] = action;
  }
  for (const char* name : {"pk", "sk"}) {
    config.actions[name] = key;
    config.unsigned_attributes.erase(name);
  }
  return config;
}

struct Fixture {
  explicit Fixture(Flavour flavour = Flavour::mac_and_ecdsa) {
    config.flavour = flavour;
    stored = put(kms, plain, config).value();
  }
  ListKms kms;
  AttributeMap plain{{"pk", "Ada"}, {"Note", "secret"}, {"Twin", "secret"}, {"Free", "free"}};
  StructuredConfig config{{"Books", "pk", std::nullopt},
                          {{"pk", CryptoAction::sign_only},
                           {"Note", CryptoAction::encrypt_and_sign},
                           {"Twin", CryptoAction::encrypt_and_sign},
                           {"Free", CryptoAction::do_nothing}},
                          {"Free"},
                          {},
                          Flavour::mac_and_ecdsa,
                          {},
                          {}};
  AttributeMap stored;

  Expected<AttributeMap> open() { return get(kms, stored, config); }
};

}  // namespace

TEST_CASE("items that another program made by the specification are read", "[encryption]") {
  // Both with data key 00..1f and intermediate key 64..83: flavour 0 in version 1, flavour 1 in
  // version 2. The program is in another language and shares nothing with ours.
  struct Vector {
    std::uint8_t version;
    const char* head;
    const char* foot;
  };
  const Vector vectors[] = {
      {1,
       "0100c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e700046573657300000100"
       "076177732d6b6d73000761726e3a6b65790034beb95f562bf37493ff0a2cf8642cff26fa80693b958bed2663"
       "28ef26fb2209443ddccc35ef4f10bf6962a4232efbd79a626c6f62ec0f5dc875fdaf1b0a3a0e46ffe820ec59"
       "32c83140a97bb5530479aebae0bfa3",
       "c2b6d8d675789b36eb4df591c9375f49bc2103dbc0903b3cbb80e63b2baa4f15b7bcd3f312ea41853e16753e"
       "8b5c5c3f"},
      {2,
       "0201c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7000465636563000100"
       "156177732d63727970746f2d7075626c69632d6b6579004441386476496f506471567a556d77375a357a5053"
       "6b455230343349573853546850537961744d38424168784a725a797273394335644a6d75387643724d542b67"
       "4b413d3d0100076177732d6b6d73000761726e3a6b65790034beb95f562bf37493ff0a2cf8642cff26fa8069"
       "3b958bed266328ef26fb220944c58ec9499796dcf870e80da73c5fa86e626c6f62324e2733a1ee08f094e06e"
       "5be77181aa3e893b998479e4365418bb3d94b1665d",
       "97d5bfcd072693175cc976f3e15b5786bc9ce475293da6e030a62114052cec912e3ed59e2ab6d33ea6d5119e"
       "07667ab414f188ba6fa78067806eba1629fb2fc677521bcbc33468d4cb40b7aa2ca08013126e996bc9c1f515"
       "3a8ea971e518d928f993f57a7ae8066cf84e47790892b56a76a065891f6092aafaa5269941c852dc7fa2c9c2"
       "a47416e720e913f62878310d"}};
  const StructuredConfig config{{"Books", "Author", std::nullopt},
                                {{"Author", CryptoAction::sign_only}},
                                {},
                                {},
                                Flavour::mac,
                                {},
                                {}};
  crypto::Key256 intermediate;
  for (std::size_t i = 0; i < 32; ++i) {
    intermediate.writable()[i] = static_cast<std::uint8_t>(100 + i);
  }
  for (const Vector& vector : vectors) {
    const AttributeMap stored{{"Author", "Ada"},
                              {"Flag", AttributeValue::boolean(true)},
                              {"Note", hex("0001757727aa57588a7ced70a1826008faa9f409737da185")},
                              {"N2", hex("0002ff0994fbad54110458ef249176b3d2002dce00")},
                              {std::string(kHeadAttribute), hex(vector.head)},
                              {std::string(kFootAttribute), hex(vector.foot)}};
    const StructuredOpening opening = open_structured(stored, config).value();
    CHECK(opening.header.version == vector.version);
    const KmsKeyring ring{{"arn:key"}};
    const auto attempts = ring.decryption_requests(opening.header, opening.context).value();
    REQUIRE(attempts.size() == 1);
    CHECK(attempts[0].call.ciphertext_blob == Bytes{'b', 'l', 'o', 'b'});
    CHECK(attempts[0].call.context == opening.context);
    const OpenedKeys keys =
        KmsKeyring::unwrap(opening.header.data_keys[0], opening.context, intermediate).value();
    CHECK(decrypt_structured(stored, config, opening, keys).value() ==
          AttributeMap{{"Author", "Ada"},
                       {"Flag", AttributeValue::boolean(true)},
                       {"Note", "secret"},
                       {"N2", items::Number::parse("1.5").value()}});
  }
}

TEST_CASE("a canonical path has table, depth and name", "[encryption]") {
  CHECK(canonical_path("example_table", "name") ==
        hex("6578616d706c655f7461626c65 0000000000000001 24 0000000000000004 6e616d65"));
  // In UTF-16 units: one for U+FF61, two for U+10002.
  CHECK(canonical_path("t", "｡\U00010002") ==
        hex("74 0000000000000001 24 0000000000000003 efbda1 f0908082"));
}

TEST_CASE("the legend goes by canonical paths, shorter names first", "[encryption]") {
  StructuredConfig config;
  config.names = {"name", "aa", std::nullopt};
  config.unsigned_attributes = {"aaa", "zzzz"};
  config.actions = {{"aa", CryptoAction::encrypt_and_sign},
                    {"zz", CryptoAction::sign_only},
                    {"aaa", CryptoAction::do_nothing},
                    {"zzz", CryptoAction::encrypt_and_sign},
                    {"aaaa", CryptoAction::sign_and_include_in_context},
                    {"zzzz", CryptoAction::do_nothing}};
  AttributeMap item;
  for (const auto& [name, action] : config.actions) item.set(name, "x");
  CHECK(legend_of(fields_to_write(item, config).value()) == "esec");
}

TEST_CASE("the base context names table and keys and says the keys' values", "[encryption]") {
  Fixture f(Flavour::mac);
  const EncryptionContext one = open_structured(f.stored, f.config).value().context;
  CHECK(one == EncryptionContext{{"aws-crypto-table-name", "Books"},
                                 {"aws-crypto-partition-name", "pk"},
                                 {"aws-crypto-attr.pk", "AAFBZGE="}});
  // Version 2: texts and numbers as they are, words for the rest, and what each was.
  AttributeMap item{{"pk", "Ada"},
                    {"n", AttributeValue::number(7)},
                    {"t", AttributeValue::boolean(false)},
                    {"u", items::Null{}},
                    {"b", Bytes{1}}};
  f.config.names.sort = "n";
  f.config.actions.clear();
  for (const items::Attribute& attribute : item) {
    f.config.actions[attribute.name] = CryptoAction::sign_and_include_in_context;
  }
  RequestDraws drawn = draws(0);
  const EncryptionContext two = plan_encryption(item, f.config, drawn).value().context;
  CHECK(two == EncryptionContext{{"aws-crypto-table-name", "Books"},
                                 {"aws-crypto-partition-name", "pk"},
                                 {"aws-crypto-sort-name", "n"},
                                 {"aws-crypto-attr.pk", "Ada"},
                                 {"aws-crypto-attr.n", "7"},
                                 {"aws-crypto-attr.t", "false"},
                                 {"aws-crypto-attr.u", "null"},
                                 {"aws-crypto-attr.b", "//8B"},
                                 {"aws-crypto-legend", "BNSLL"}});
}

TEST_CASE("drawn items come back from the Database Encryption SDK's format", "[encryption]") {
  rc::prop("in both flavours and versions", [](std::uint64_t seed) {
    Dice dice(seed);
    const AttributeMap item = drawn_item(dice);
    const StructuredConfig config = drawn_structured_config(dice, item);
    ListKms kms;
    const AttributeMap stored = put(kms, item, config).value();
    RC_ASSERT(stored.size() == item.size() + 2);
    RC_ASSERT(get(kms, stored, config).value() == item);
    // The other recipient alone reads it as well.
    RC_ASSERT(get(kms, stored, config, {{"arn:two"}}).value() == item);
    // A reader goes by the legend and needs no actions but the keys'.
    StructuredConfig reader = config;
    std::erase_if(reader.actions,
                  [](const auto& entry) { return entry.first != "pk" && entry.first != "sk"; });
    for (auto& [name, action] : reader.actions) action = CryptoAction::sign_only;
    RC_ASSERT(get(kms, stored, reader).value() == item);
  });
}

TEST_CASE("a plan made again is the same plan", "[encryption]") {
  const Fixture f;
  RequestDraws first = draws(3), second = draws(3), other = draws(4);
  const StructuredPlan plan = plan_encryption(f.plain, f.config, first).value();
  const StructuredPlan again = plan_encryption(f.plain, f.config, second).value();
  CHECK(plan.context == again.context);
  CHECK(plan.signer->public_key() == again.signer->public_key());
  CHECK(plan_encryption(f.plain, f.config, other).value().context != plan.context);
}

TEST_CASE("equal draws and keys with another item give another message id", "[encryption]") {
  const Fixture f(Flavour::mac);
  // KMS's answers equal as well, as in two runs of one seed.
  ListKms first, second;
  AttributeMap other = f.plain;
  other.set("Note", "secreT");
  const AttributeMap one = put(first, f.plain, f.config).value();
  const AttributeMap two = put(second, other, f.config).value();
  CHECK(one == f.stored);
  const auto id = [](const AttributeMap& item) {
    return parse_header(*item.find(kHeadAttribute)->as<Bytes>()).value().message_id;
  };
  CHECK(id(one) != id(two));
  CHECK(*one.find("Twin") != *two.find("Twin"));
  CHECK(*one.find("Twin") != *one.find("Note"));
}

TEST_CASE("an item of the Database Encryption SDK opens only under its conditions",
          "[encryption]") {
  Fixture f(GENERATE(Flavour::mac, Flavour::mac_and_ecdsa));
  REQUIRE(f.open().value() == f.plain);
  f.kms.decrypts = 0;

  SECTION("another table, another key value, another key: KMS refuses") {
    StructuredConfig config = f.config;
    config.names.table = "Boots";
    CHECK(failure_of(get(f.kms, f.stored, config)) == Failure::unwrapping);
    AttributeMap moved = f.stored;
    moved.set("pk", "Eve");
    CHECK(failure_of(get(f.kms, moved, f.config)) == Failure::unwrapping);
    CHECK(f.kms.decrypts == 4);
    CHECK(failure_of(get(f.kms, f.stored, f.config, {{"arn:three"}})) == Failure::unwrapping);
    CHECK(f.kms.decrypts == 4);
  }
  SECTION("another intermediate key") {
    const StructuredOpening opening = open_structured(f.stored, f.config).value();
    CHECK(failure_of(KmsKeyring::unwrap(opening.header.data_keys[0], opening.context,
                                        crypto::Key256())) == Failure::unwrapping);
    CHECK(failure_of(KmsKeyring::unwrap({"aws-kms", {}, Bytes(48)}, opening.context,
                                        crypto::Key256())) == Failure::unwrapping);
  }
  SECTION("another data key, which the head did not commit to") {
    const StructuredOpening opening = open_structured(f.stored, f.config).value();
    CHECK(failure_of(decrypt_structured(f.stored, f.config, opening, OpenedKeys())) ==
          Failure::commitment);
  }
  SECTION("attributes that changed places") {
    const AttributeValue note = *f.stored.find("Note");
    f.stored.set("Note", *f.stored.find("Twin"));
    f.stored.set("Twin", note);
    CHECK(failure_of(f.open()) == Failure::signature_mismatch);
  }
  SECTION("an encrypted attribute in the clear") {
    f.stored.set("Note", "secret");
    CHECK(failure_of(f.open()) == Failure::signature_mismatch);
    f.stored.set("Note", Bytes{1});
    CHECK(failure_of(f.open()) == Failure::signature_mismatch);
  }
  SECTION("a signed attribute more or less") {
    AttributeMap more = f.stored;
    more.set("More", "x");
    CHECK(failure_of(get(f.kms, more, f.config)) == Failure::schema_changed);
    f.stored.erase("Note");
    CHECK(failure_of(f.open()) == Failure::schema_changed);
    CHECK(f.kms.decrypts == 0);
  }
}

TEST_CASE("head, foot and signed attributes belong together", "[encryption]") {
  Fixture f(GENERATE(Flavour::mac, Flavour::mac_and_ecdsa));
  SECTION("what is unsigned may change") {
    f.stored.set("Free", "other");
    CHECK(*f.open().value().find("Free") == AttributeValue("other"));
    f.config.unsigned_attributes.clear();
    f.config.actions["Free"] = CryptoAction::sign_only;
    CHECK(failure_of(f.open()) == Failure::schema_changed);
  }
  SECTION("head or foot of another item") {
    AttributeMap other = f.plain;
    other.set("Note", "other");
    const AttributeMap second = put(f.kms, other, f.config, 1).value();
    AttributeMap mixed = f.stored;
    mixed.set(std::string(kFootAttribute), *second.find(kFootAttribute));
    CHECK(failure_of(get(f.kms, mixed, f.config)) == Failure::signature_mismatch);
    mixed.set(std::string(kHeadAttribute), *second.find(kHeadAttribute));
    CHECK(failure_of(get(f.kms, mixed, f.config)) == Failure::signature_mismatch);
  }
  SECTION("head or foot missing or of another type") {
    for (const std::string_view name : {kHeadAttribute, kFootAttribute}) {
      AttributeMap less = f.stored;
      less.erase(name);
      CHECK(failure_of(get(f.kms, less, f.config)) == Failure::header_missing);
      less.set(std::string(name), "text");
      const Failure failure = failure_of(get(f.kms, less, f.config));
      CHECK((failure == Failure::header_malformed || failure == Failure::footer_malformed));
    }
    CHECK(f.kms.decrypts == 0);
  }
  SECTION("a foot of another size") {
    Bytes& foot = *f.stored.find(kFootAttribute)->as<Bytes>();
    foot.insert(foot.end(), 48, 0);
    CHECK(failure_of(f.open()) == Failure::footer_malformed);
    foot.resize(47);
    CHECK(failure_of(f.open()) == Failure::footer_malformed);
    foot.clear();
    CHECK(failure_of(f.open()) == Failure::footer_malformed);
  }
}

TEST_CASE("every bit of head, foot and encrypted attributes is guarded", "[encryption]") {
  Fixture f(GENERATE(Flavour::mac, Flavour::mac_and_ecdsa));
  for (const std::string_view name :
       {kHeadAttribute, kFootAttribute, std::string_view("Note"), std::string_view("Twin")}) {
    const std::size_t size = f.stored.find(name)->as<Bytes>()->size();
    // With a signature to verify each time, every third bit.
    const std::size_t step = f.config.flavour == Flavour::mac ? 1 : 3;
    for (std::size_t bit = 0; bit < 8 * size; bit += step) {
      Bytes& bytes = *f.stored.find(name)->as<Bytes>();
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      const auto plain = f.open();
      // Each recipient has a tag of its own: the other one reads on. Everything else is for both.
      if (name == kFootAttribute && bit < std::size_t{8} * 96) {
        const bool first = bit < std::size_t{8} * 48;
        const KmsKeyring hit{{first ? "arn:one" : "arn:two"}};
        const KmsKeyring other{{first ? "arn:two" : "arn:one"}};
        REQUIRE(failure_of(get(f.kms, f.stored, f.config, hit)) == Failure::signature_mismatch);
        REQUIRE(get(f.kms, f.stored, f.config, other).value() == f.plain);
      } else {
        REQUIRE_FALSE(plain.has_value());
        REQUIRE(plain.error().failure != Failure::decryption);
      }
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    }
  }
  CHECK(f.open().value() == f.plain);
}

TEST_CASE("what the Database Encryption SDK refuses to write", "[encryption]") {
  Fixture f;
  AttributeMap item = f.plain;
  item.set("Unknown", "x");
  const auto refusal = put(f.kms, item, f.config);
  CHECK(failure_of(refusal) == Failure::action_missing);
  CHECK(refusal.error().text == "No Crypto Action configured for attribute Unknown");
  item = f.plain;
  item.set(std::string(kHeadAttribute), "x");
  CHECK(failure_of(put(f.kms, item, f.config)) == Failure::reserved_name);
  CHECK(failure_of(put(f.kms, {{"Free", "x"}}, f.config)) == Failure::nothing_signed);
  item = f.plain;
  item.set("pk", std::string(60000, 'x'));
  CHECK(failure_of(put(f.kms, item, f.config)) == Failure::too_long);
}

TEST_CASE("a context that contradicts the item is told apart from a wrong key", "[encryption]") {
  Fixture f(Flavour::mac);
  Bytes& head = *f.stored.find(kHeadAttribute)->as<Bytes>();
  StructuredHeader header = parse_header(head).value();
  header.stored_context["aws-crypto-table-name"] = "Boots";
  head = serialize_header(header).value();
  head.insert(head.end(), kCommitmentSize, 0);
  const auto refusal = f.open();
  CHECK(failure_of(refusal) == Failure::context_mismatch);
  CHECK(refusal.error().text ==
        "Encryption Context Mismatch\ninput context for aws-crypto-table-name was Books but "
        "stored context had Boots\n");
  // A verification key where nothing is signed, and none where something is.
  header.stored_context = {{"aws-crypto-public-key", "x"}};
  head = serialize_header(header).value();
  head.insert(head.end(), kCommitmentSize, 0);
  CHECK(failure_of(f.open()) == Failure::context_mismatch);
  header.stored_context.clear();
  header.flavour = Flavour::mac_and_ecdsa;
  head = serialize_header(header).value();
  head.insert(head.end(), kCommitmentSize, 0);
  CHECK(failure_of(f.open()) == Failure::context_mismatch);
}

TEST_CASE("hostile items of the Database Encryption SDK are refused", "[encryption]") {
  rc::prop("with anything in any place", [](std::uint64_t seed) {
    Dice dice(seed);
    Fixture f(Flavour::mac);
    for (const std::string_view name :
         {kHeadAttribute, kFootAttribute, std::string_view("Note"), std::string_view("pk")}) {
      if (dice.one_in(3)) f.stored.set(std::string(name), drawn_value(dice, 2));
    }
    const auto plain = f.open();
    RC_ASSERT(!plain.has_value() || *plain == f.plain);
  });
}

TEST_CASE("a table moves from the old format to the new one item by item", "[encryption]") {
  Fixture f(Flavour::mac);
  const StaticKeys old_keys{crypto::Key256(), crypto::Key256()};
  f.config.legacy = LegacyConfig{Policy::force_write_allow_read, {{"Books", "pk", {}}, {}, {}}};
  CryptoConfig& old_config = f.config.legacy->config;
  old_config.actions.set_index_key("pk");
  const auto read = [&](const AttributeMap& stored) {
    return route_of_read(f.config, stored).value() == Route::legacy
               ? decrypt_item(stored, old_config, old_keys.materials())
               : get(f.kms, stored, f.config);
  };
  REQUIRE(route_of_write(f.config, f.plain).value() == Route::legacy);
  RequestDraws drawn = draws(1);
  const AttributeMap old = encrypt_item(f.plain, old_config, old_keys.materials(), drawn).value();
  CHECK(read(old).value() == f.plain);
  f.config.legacy->policy = Policy::forbid_write_allow_read;
  REQUIRE(route_of_write(f.config, f.plain).value() == Route::structured);
  const AttributeMap moved = put(f.kms, read(old).value(), f.config).value();
  CHECK(read(moved).value() == f.plain);
  CHECK(read(old).value() == f.plain);
  f.config.legacy->policy = Policy::forbid;
  CHECK(read(moved).value() == f.plain);
  CHECK(route_of_read(f.config, old).error().failure == Failure::legacy_forbidden);
}

}  // namespace tablekey::model::encryption::structured_item_test
