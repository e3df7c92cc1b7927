// The table of settings: every row's default is one that it accepts, and what was set is read back.
#include "model/settings.h"

#include <catch2/catch.hpp>
#include <string>

namespace tablekey::model::settings_test {

TEST_CASE("Settings are listed once each, sorted by path, with a meaning and a source") {
  std::string_view before;
  for (const SettingRow& row : settings_table()) {
    INFO(row.path);
    CHECK(before < row.path);
    before = row.path;
    CHECK(row.path.starts_with("model."));
    CHECK(!row.meaning.empty());
    CHECK(!row.source.empty());
    CHECK(!row.meaning.ends_with('.'));
    CHECK(find_setting(row.path) == &row);
    CHECK((row.kind == SettingKind::choice) == !row.choices.empty());
  }
  CHECK(find_setting("model.kms.latencies") == nullptr);
}

TEST_CASE("A default is accepted, and its text comes back") {
  Settings defaults = Settings::defaults();
  for (const SettingRow& row : settings_table()) {
    INFO(row.path);
    Settings settings = Settings::defaults();
    REQUIRE(settings.set(row.path, row.standard).has_value());
    settings.resolve();
    CHECK(settings.text(row.path) == defaults.text(row.path));
    // What is printed can be set again and prints the same.
    Settings again = Settings::defaults();
    REQUIRE(again.set(row.path, settings.text(row.path)).has_value());
    again.resolve();
    CHECK(again.text(row.path) == settings.text(row.path));
  }
}

TEST_CASE("Every word of a choice is accepted, and no other") {
  for (const SettingRow& row : settings_table()) {
    if (row.kind != SettingKind::choice) continue;
    INFO(row.path);
    std::string_view words = row.choices;
    while (!words.empty()) {
      const std::size_t end = std::min(words.find('|'), words.size());
      std::string word(words.substr(0, end));
      if (word.ends_with("(n)")) word.replace(word.size() - 2, 1, "7");
      Settings settings = Settings::defaults();
      CHECK(settings.set(row.path, word).has_value());
      settings.resolve();
      CHECK(settings.text(row.path) == word);
      words.remove_prefix(std::min(end + 1, words.size()));
    }
    Settings settings = Settings::defaults();
    CHECK_FALSE(settings.set(row.path, "neither").has_value());
  }
}

TEST_CASE("Values that are none are refused with a sentence") {
  Settings settings = Settings::defaults();
  const auto refused = [&](std::string_view path, std::string_view text) {
    const auto result = settings.set(path, text);
    return !result.has_value() && !result.error().empty();
  };
  CHECK(refused("model.kms.latency", "fast"));
  CHECK(refused("model.kms.deletion_lag", "-1s"));
  CHECK(refused("model.kms.deletion_lag", "none"));
  CHECK(refused("model.dynamodb.rewrap_batch", "1.5"));
  CHECK(refused("model.dynamodb.rewrap_batch", "-1"));
  CHECK(refused("model.dynamodb.rewrap_batch", "4294967296"));
  CHECK(refused("model.table_key_cache.coalesce", "yes"));
  CHECK(refused("model.table_key_cache.idle_timeout", "0s"));
  CHECK(refused("model.table_key_cache.scope", "host"));
  for (const std::string_view none :
       {"item_group", "item_group()", "item_group(0)", "item_group(x)", "item_group(-1)",
        "item_group(4", "item_group(4000000000)"}) {
    CHECK(refused("model.dynamodb.structure_granularity", none));
  }
  CHECK(refused("model.no.such", "1"));
  CHECK(settings.text("model.kms.latency") == Settings::defaults().text("model.kms.latency"));
}

TEST_CASE("The cache policy gives idle timeout and maximum age, and each can be set apart") {
  Settings settings = Settings::defaults();
  CHECK(settings.cache.idle_timeout == sim::Duration::minutes(5));
  CHECK_FALSE(settings.cache.max_age.has_value());
  REQUIRE(settings.set("model.table_key_cache.policy", "fixed-connection"));
  REQUIRE(settings.set("model.table_key_cache.ttl", "1m"));
  settings.resolve();
  CHECK_FALSE(settings.cache.idle_timeout.has_value());
  CHECK(settings.cache.max_age == sim::Duration::minutes(1));
  REQUIRE(settings.set("model.table_key_cache.idle_timeout", "10s"));
  REQUIRE(settings.set("model.table_key_cache.max_age", "none"));
  settings.resolve();
  CHECK(settings.cache.idle_timeout == sim::Duration::seconds(10));
  CHECK_FALSE(settings.cache.max_age.has_value());
}

TEST_CASE("A distribution may be a bare duration or instant") {
  Settings settings = Settings::defaults();
  REQUIRE(settings.set("model.kms.propagation", "instant"));
  CHECK(settings.text("model.kms.propagation") == "constant(0s)");
  REQUIRE(settings.set("model.kms.propagation", "1500ms"));
  CHECK(settings.kms_propagation.sample_duration({}) == sim::Duration::nanoseconds(1'500'000'000));
}

}  // namespace tablekey::model::settings_test
