// The Database Encryption SDK's configuration: what it refuses, and which format an item goes
// through while a table is being migrated.

#include "model/clients/encryption/structured_config.h"

#include <catch2/catch.hpp>

namespace tablekey::model::encryption::structured_config_test {
namespace {

using items::AttributeMap;

StructuredConfig books() {
  StructuredConfig config;
  config.names = {"Books", "Author", "Year"};
  config.actions = {{"Author", CryptoAction::sign_only},
                    {"Year", CryptoAction::sign_only},
                    {"Note", CryptoAction::encrypt_and_sign},
                    {":free", CryptoAction::do_nothing}};
  config.unsigned_prefix = ":";
  return config;
}

Failure failure_of(const StructuredConfig& config) {
  const auto error = check(config);
  REQUIRE(error.has_value());
  return error->failure;
}

const AttributeMap kPlain{
    {"Author", "Ada"}, {"Year", items::AttributeValue::number(1843)}, {"Note", "x"}};

AttributeMap with(std::initializer_list<const char*> names) {
  AttributeMap item = kPlain;
  for (const char* name : names) item.set(name, items::Bytes{1});
  return item;
}

}  // namespace

TEST_CASE("a configuration of the Database Encryption SDK is checked", "[encryption]") {
  StructuredConfig config = books();
  CHECK_FALSE(check(config).has_value());
  CHECK(config.version() == 1);

  SECTION("a table name") {
    config.names.table.clear();
    CHECK(failure_of(config) == Failure::table_name_missing);
  }
  SECTION("key attributes are signed and nothing else") {
    config.actions["Author"] = CryptoAction::encrypt_and_sign;
    CHECK(failure_of(config) == Failure::key_action);
    CHECK(check(config)->text == "Partition key attribute action MUST be SIGN_ONLY");
    config.actions.erase("Author");
    CHECK(failure_of(config) == Failure::key_action);
    config = books();
    config.actions.erase("Year");
    CHECK(check(config)->text == "Sort key attribute action MUST be SIGN_ONLY");
  }
  SECTION("with an attribute in the context the keys must be there too") {
    config.actions["Note"] = CryptoAction::sign_and_include_in_context;
    CHECK(config.version() == 2);
    CHECK(check(config)->text ==
          "Partition key attribute action MUST be SIGN_AND_INCLUDE_IN_ENCRYPTION_CONTEXT");
    config.actions["Author"] = CryptoAction::sign_and_include_in_context;
    CHECK(failure_of(config) == Failure::key_action);
    config.actions["Year"] = CryptoAction::sign_and_include_in_context;
    CHECK_FALSE(check(config).has_value());
  }
  SECTION("unsigned attributes are known to readers, signed ones are not among them") {
    config.actions["Free"] = CryptoAction::do_nothing;
    CHECK(failure_of(config) == Failure::unsigned_scope);
    config.unsigned_attributes = {"Free"};
    CHECK_FALSE(check(config).has_value());
    config.actions[":note"] = CryptoAction::sign_only;
    CHECK(failure_of(config) == Failure::unsigned_scope);
  }
  SECTION("reserved names") {
    for (const char* name : {"aws_dbe_head", "aws_dbe_anything", "aws-crypto-x"}) {
      config = books();
      config.actions[name] = CryptoAction::do_nothing;
      config.unsigned_attributes = {name};
      CHECK(failure_of(config) == Failure::reserved_action);
    }
  }
  SECTION("one policy at a time, and a right old configuration") {
    config.legacy = LegacyConfig{Policy::forbid, {{"Books", "Author", "Year"}, {}, {}}};
    CHECK(failure_of(config) == Failure::key_would_be_encrypted);
    config.legacy->config.actions.set_index_key("Author");
    config.legacy->config.actions.set_index_key("Year");
    CHECK_FALSE(check(config).has_value());
    config.plaintext = Policy::forbid;
    CHECK(failure_of(config) == Failure::policies_collide);
  }
}

TEST_CASE("which format an item goes through, policy by policy", "[encryption]") {
  const AttributeMap head = with({"aws_dbe_head", "aws_dbe_foot"});
  const AttributeMap old = with({"*amzn-ddb-map-desc*", "*amzn-ddb-map-sig*"});
  StructuredConfig config = books();
  const auto read = [&config](const AttributeMap& item) { return route_of_read(config, item); };
  const auto write = [&config] { return route_of_write(config, kPlain).value(); };

  CHECK(write() == Route::structured);
  CHECK(read(head).value() == Route::structured);
  CHECK(read(kPlain).error().failure == Failure::plaintext_forbidden);
  CHECK(read(kPlain).error().text ==
        "Encrypted item missing expected header and footer attributes");
  // Nobody said that there are old items: one is as good as plaintext.
  CHECK(read(old).error().failure == Failure::plaintext_forbidden);
  // Half an item is not plaintext.
  CHECK(read(with({"aws_dbe_head"})).value() == Route::structured);
  CHECK(read(with({"aws_dbe_foot"})).value() == Route::structured);

  SECTION("plaintext") {
    config.plaintext =
        GENERATE(Policy::force_write_allow_read, Policy::forbid_write_allow_read, Policy::forbid);
    const bool forced = config.plaintext == Policy::force_write_allow_read;
    CHECK(write() == (forced ? Route::plaintext : Route::structured));
    CHECK(read(head).value() == Route::structured);
    CHECK(read(kPlain).has_value() == (config.plaintext != Policy::forbid));
    if (config.plaintext != Policy::forbid) CHECK(read(kPlain).value() == Route::plaintext);
  }
  SECTION("the old format") {
    config.legacy.emplace();
    config.legacy->policy =
        GENERATE(Policy::force_write_allow_read, Policy::forbid_write_allow_read, Policy::forbid);
    const bool forced = config.legacy->policy == Policy::force_write_allow_read;
    CHECK(write() == (forced ? Route::legacy : Route::structured));
    CHECK(read(head).value() == Route::structured);
    if (config.legacy->policy == Policy::forbid) {
      CHECK(read(old).error().failure == Failure::legacy_forbidden);
    } else {
      CHECK(read(old).value() == Route::legacy);
    }
    CHECK(read(with({"*amzn-ddb-map-sig*"})).error().failure == Failure::plaintext_forbidden);
  }
}

TEST_CASE("an item without its keys or its context goes nowhere", "[encryption]") {
  StructuredConfig config = books();
  const AttributeMap keyless{{"Note", "x"}};
  const auto refusal = route_of_write(config, keyless);
  CHECK(refusal.error().failure == Failure::key_missing);
  CHECK(refusal.error().text ==
        "On Encrypt : Partition key 'Author' does not exist in item. Sort key 'Year' does not "
        "exist in item. Item contains these attributes : Note.");
  CHECK(route_of_read(config, {})
            .error()
            .text.ends_with("Item contains these attributes : item is empty."));
  for (auto& [name, action] : config.actions) {
    if (action == CryptoAction::sign_only) action = CryptoAction::sign_and_include_in_context;
  }
  config.actions["Place"] = CryptoAction::sign_and_include_in_context;
  CHECK(route_of_write(config, kPlain).error().failure == Failure::context_attribute_missing);
}

}  // namespace tablekey::model::encryption::structured_config_test
