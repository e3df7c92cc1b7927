// Goal: the engine decides the independent policy corpus as its authors expect. Method: read each
// line, evaluate and explain, compare the kind of the decision and the statements that apply. The
// corpus lies beside the repository; without it these tests say that they were skipped.
#include <catch2/catch.hpp>
#include <cstddef>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/iam/evaluate.h"
#include "model/iam/policy.h"
#include "tests/model/iam/request_fixture.h"

namespace tablekey::model::iam::corpus_test {
namespace {

using Json = nlohmann::json;

std::optional<std::vector<Json>> read_corpus(const std::string& file) {
  std::ifstream in(std::string(TABLEKEY_SHARED_DIR) + "/corpus/policy/" + file);
  if (!in) {
    WARN("skipped: no corpus (" + file + ")");
    return std::nullopt;
  }
  std::vector<Json> rows;
  for (std::string line; std::getline(in, line);) rows.push_back(Json::parse(line));
  return rows;
}

PrincipalType principal_type(const std::string& name) {
  if (name == "user") return PrincipalType::user;
  if (name == "role") return PrincipalType::role;
  if (name == "assumed-role") return PrincipalType::assumed_role;
  if (name == "root") return PrincipalType::root;
  REQUIRE(name == "service");
  return PrincipalType::service;
}

std::string text_or_empty(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? std::string() : found->get<std::string>();
}

/// One row of the corpus, with everything the request's views point to.
struct Case {
  explicit Case(const Json& row) {
    const Json& asked = row.at("request");
    const Json& who = asked.at("principal");
    arn = who.at("arn");
    account = text_or_empty(who, "account");
    role_arn = text_or_empty(who, "role_arn");
    fixture.raw().principal = {principal_type(who.at("type")), arn, account, role_arn, {}};
    action = asked.at("action");
    resource = asked.at("resource");
    key_account = row.at("key").at("account");
    fixture.raw().action = action;
    fixture.raw().resource = resource;
    fixture.raw().resource_account = key_account;
    for (const auto& [key, value] : asked.at("context").items()) {
      if (value.is_array()) {
        fixture.with_many(key, value.get<std::vector<std::string>>());
      } else {
        fixture.with(key, value.get<std::string>());
      }
    }
    add_policies(row);
  }

  void add_policies(const Json& row) {
    const Json& document = row.at("key_policy");
    if (!document.is_null()) {
      key_policy = policy_of(document.dump(), PolicyKind::key, PolicyRules::stored);
    }
    for (const Json& identity : row.at("identity_policies")) {
      names.push_back(identity.at("name"));
      identities.push_back(
          policy_of(identity.at("document").dump(), PolicyKind::identity, PolicyRules::stored));
    }
    for (const Policy& policy : identities) pointers.push_back(&policy);
  }

  PolicySet policies() const {
    return {.key_policy = key_policy ? &*key_policy : nullptr, .identities = pointers};
  }

  std::string arn, account, role_arn, action, resource, key_account;
  RequestFixture fixture;
  std::optional<Policy> key_policy;
  std::vector<std::string> names;
  std::vector<Policy> identities;
  std::vector<const Policy*> pointers;
};

std::set<std::string> expected_matches(const Json& row) {
  std::set<std::string> lines;
  for (const Json& match : row.at("expect").at("matched")) {
    lines.insert(match.at("policy").get<std::string>() + " " +
                 std::to_string(match.at("statement").get<int>()) + " " +
                 match.at("effect").get<std::string>() + " " + match.at("via").get<std::string>());
  }
  return lines;
}

std::set<std::string> matches(const Explanation& explanation,
                              const std::vector<std::string>& names) {
  std::set<std::string> lines;
  for (const StatementReport& report : explanation.statements) {
    if (!report.matched) continue;
    const std::string policy = report.identity_policy == kNoStatement
                                   ? "key-policy"
                                   : "identity:" + names.at(report.identity_policy);
    lines.insert(policy + " " + std::to_string(report.statement) + " " +
                 (report.effect == Effect::allow ? "Allow" : "Deny") + " " +
                 std::string(name(report.via)));
  }
  return lines;
}

void check_cases(const std::string& file) {
  const auto rows = read_corpus(file);
  if (!rows) return;
  REQUIRE(!rows->empty());
  for (const Json& row : *rows) {
    INFO(row.at("id").get<std::string>() << " " << row.at("category").get<std::string>());
    Case one(row);
    const Request& request = one.fixture.get();
    const Explanation explanation = explain(request, one.policies());
    CHECK(explanation.decision == evaluate(request, one.policies()));
    CHECK(name(explanation.decision.kind) == row.at("expect").at("kind").get<std::string>());
    CHECK(matches(explanation, one.names) == expected_matches(row));
  }
}

/// The bytes that a base64 text stands for.
std::string decode(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    buffer = (buffer << 6 | static_cast<unsigned>(kAlphabet.find(c))) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>(buffer >> bits & 0xff));
    }
  }
  return bytes;
}

std::string verdict_of(const std::expected<Policy, PolicyError>& result) {
  if (result) return "accepted";
  return result.error().fault == PolicyFault::too_large ? "limit" : "malformed";
}

}  // namespace

TEST_CASE("every case of the policy corpus is decided as expected", "[corpus]") {
  check_cases("cases.jsonl");
}

TEST_CASE("hostile policies are decided as expected and in bounded time", "[corpus]") {
  check_cases("hostile.jsonl");
}

TEST_CASE("malformed policies are refused and others accepted", "[corpus]") {
  const auto rows = read_corpus("malformed.jsonl");
  if (!rows) return;
  REQUIRE(!rows->empty());
  for (const Json& row : *rows) {
    INFO(row.dump());
    const std::string text = row.contains("document")
                                 ? row.at("document").get<std::string>()
                                 : decode(row.at("document_base64").get<std::string>());
    const auto kind = row.at("policy") == "key" ? PolicyKind::key : PolicyKind::identity;
    const auto result = Policy::compile(text, kind);
    const std::string wanted = row.at("verdict");
    if (!result) {
      INFO(result.error().print());
      CHECK(!result.error().message.empty());
      CHECK(result.error().offset <= text.size());
    }
    if (wanted == "any") continue;
    if (wanted == "rejected") {
      CHECK(!result);
    } else {
      CHECK(verdict_of(result) == wanted);
    }
  }
}

}  // namespace tablekey::model::iam::corpus_test
