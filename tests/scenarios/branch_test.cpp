// What a fork and `whatif` write down. Goal: a part of a file survives being written as one line of
// YAML, a `+` in a path is a new entry, and the alternatives of a file are the overrides that they
// say. Method: every section of the bundled scenarios, and small files.
#include "scenarios/branch.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "scenarios/compose.h"
#include "scenarios/flow_text.h"
#include "scenarios/load.h"

namespace tablekey::scenarios::branch_test {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::optional<Node> composed(const std::string& text) {
  Diagnostics diagnostics;
  return compose(diagnostics.add_source("text", text), diagnostics);
}

// What a field can read of a node: everything but where it stood and how it was quoted.
bool same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.tag != b.tag || a.is_null() != b.is_null()) return false;
  if (a.is_scalar()) return a.is_null() || a.text == b.text;
  if (a.items.size() != b.items.size() || a.members.size() != b.members.size()) return false;
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!same(a.items[i], b.items[i])) return false;
  }
  for (std::size_t i = 0; i < a.members.size(); ++i) {
    if (a.members[i].key.text != b.members[i].key.text) return false;
    if (!same(a.members[i].value, b.members[i].value)) return false;
  }
  return true;
}

constexpr std::string_view kSmall = R"(tablekey: 1
name: small
seed: 1
until: 1h
start: 2026-01-01T00:00:00Z
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement: { Effect: Allow, Principal: "*", Action: "kms:*", Resource: "*" }
)";

LoadResult loaded(const std::string& text, std::vector<Override> overrides = {}) {
  LoadOptions options;
  options.overrides = std::move(overrides);
  return load(text, "small.yaml", options);
}

}  // namespace

TEST_CASE("every bundled scenario survives being written as one line") {
  std::size_t files = 0;
  for (const auto& entry :
       fs::directory_iterator(std::string(TABLEKEY_SOURCE_DIR) + "/scenarios/library")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto node = composed(text_of(entry.path()));
    CAPTURE(entry.path().string());
    REQUIRE(node.has_value());
    const std::string line = flow_text(*node);
    REQUIRE(line.find('\n') == std::string::npos);
    const auto again = composed(line);
    REQUIRE(again.has_value());
    REQUIRE(same(*node, *again));
    ++files;
  }
  REQUIRE(files > 30);
}

TEST_CASE("texts that mean something in YAML are quoted") {
  for (const std::string text :
       {"a: b",       "- x",       "#no",      "a #b",        "{",        "]",    "x,y",   "*a",
        "&a",         "!Ref",      "true",     "~",           "null",     "",     " lead", "trail ",
        "two\nlines", "tab\there", "quote\"s", "back\\slash", "'single'", "%x",   "@x",    "`x`",
        "|",          ">",         "?",        ":",           "a:",       "0x1F", "1e3",   "é"}) {
    Node node;
    node.quoted = true;
    node.text = text;
    Node list;
    list.kind = Node::Kind::sequence;
    list.items = {node, node};
    const auto again = composed(flow_text(list));
    CAPTURE(text, flow_text(list));
    REQUIRE(again.has_value());
    REQUIRE(same(list, *again));
  }
}

TEST_CASE("a plus in a path is a new entry at a list's end") {
  const auto result = loaded(std::string(kSmall),
                             {{"timeline.+", "{at: 10m, do: kms:DisableKey, key: Key, id: off}"},
                              {"timeline.+", "{at: 20m, do: kms:EnableKey, key: Key}"},
                              {"timeline.+.at", "30m"},
                              {"eras.+", "{at: 15m, model: {kms: {latency: 3ms}}}"}});
  // The third makes an entry of its own, which is no step.
  REQUIRE_FALSE(result.ok());
  const auto good = loaded(std::string(kSmall),
                           {{"timeline.+", "{at: 10m, do: kms:DisableKey, key: Key, id: off}"},
                            {"timeline.+", "{at: 20m, do: kms:EnableKey, key: Key}"},
                            {"timeline.off.at", "12m"},
                            {"eras.+", "{at: 15m, model: {kms: {latency: 3ms}}}"}});
  CAPTURE(good.diagnostics.render(false));
  REQUIRE(good.ok());
  REQUIRE(good.scenario().getSteps().size() == 2);
  REQUIRE(good.scenario().getSteps()[0].getAt() ==
          good.scenario().getStart() + 12 * 60'000'000'000);
  REQUIRE(good.scenario().getEras().size() == 1);
}

TEST_CASE("settings of a fork become one era, all else stays what it is") {
  const sim::Time at = sim::parse_time("2026-01-01T00:30:00Z").value();
  const auto overrides = setting_overrides({{"model.kms.latency", "3ms"},
                                            {"timeline.off.at", "40m"},
                                            {"model.table_key_cache.idle_timeout", "1m"},
                                            {"model.kms.propagation", "2s"}},
                                           at);
  REQUIRE(overrides.size() == 2);
  REQUIRE(overrides[0].path == "timeline.off.at");
  REQUIRE(overrides[1].path == "eras.+");
  REQUIRE(overrides[1].value ==
          "{at: 2026-01-01T00:30:00Z, model: {kms: {latency: 3ms, propagation: 2s}, "
          "table_key_cache: {idle_timeout: 1m}}}");
  REQUIRE(setting_overrides({}, at).empty());
}

TEST_CASE("the alternatives of a file are the overrides that they say") {
  const auto result = loaded(std::string(kSmall) + R"(
whatif:
  at: 30m
  measure: [kms.calls.count]
  alternatives:
    - name: off
      timeline:
        - { do: kms:DisableKey, key: !Ref Key, id: off }
        - { at: 40m, do: kms:EnableKey, key: Key }
    - name: slow
      set: { model.kms.latency: 20ms, until: 50m }
    - name: nothing
)");
  CAPTURE(result.diagnostics.render(false));
  REQUIRE(result.ok());
  REQUIRE(result.what_if.has_value());
  REQUIRE(result.what_if->at == sim::parse_time("2026-01-01T00:30:00Z").value());
  REQUIRE(result.what_if->measures == std::vector<std::string>{"kms.calls.count"});
  REQUIRE(result.what_if->alternatives.size() == 3);
  const auto& off = result.what_if->alternatives[0].changes;
  REQUIRE(off.size() == 2);
  REQUIRE(off[0].value ==
          "{at: 2026-01-01T00:30:00Z, do: kms:DisableKey, key: !Ref Key, id: off}");
  REQUIRE(off[1].value == "{at: 40m, do: kms:EnableKey, key: Key}");
  const auto& slow = result.what_if->alternatives[1].changes;
  REQUIRE(slow.size() == 2);
  REQUIRE(slow[0].path == "until");
  REQUIRE(slow[1].path == "eras.+");
  REQUIRE(result.what_if->alternatives[2].changes.empty());
  // Each is a scenario of its own.
  for (const auto& alternative : result.what_if->alternatives) {
    LoadOptions options;
    options.overrides = alternative.changes;
    options.run_alone = true;
    const auto variant = load(std::string(kSmall), "small.yaml", options);
    CAPTURE(alternative.name, variant.diagnostics.render(false));
    REQUIRE(variant.ok());
  }
  // A run alone looks at none of it.
  LoadOptions alone;
  alone.run_alone = true;
  REQUIRE_FALSE(load(std::string(kSmall) + "\nwhatif: { at: 2 }\n", "x.yaml", alone).what_if);
}

}  // namespace tablekey::scenarios::branch_test
