// Goal: laws that hold for every policy (kms.md 6.3): a Deny more never allows more, an Allow more
// never allows less where nothing denies; the order of statements, the case of action names and
// the choice between one value and an array of one never matter. Method: policies and requests
// drawn over a small world in which statements often apply.
#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/model/iam/request_fixture.h"

namespace tablekey::model::iam {
namespace {

using Json = nlohmann::ordered_json;
using Texts = std::vector<std::string>;

const Texts kActions = {"kms:Decrypt", "kms:De*", "kms:*", "*", "kms:Encrypt", "kms:?ecrypt"};
const Texts kResources = {"*", "arn:aws:kms:us-west-2:111122223333:key/*",
                          "arn:aws:kms:us-east-1:111122223333:key/*"};
const Texts kPrincipals = {"*",
                           "111122223333",
                           "arn:aws:iam::111122223333:user/alice",
                           "arn:aws:iam::444455556666:user/alice",
                           "arn:aws:iam::111122223333:role/App",
                           "444455556666"};
const Texts kOperators = {"StringEquals",
                          "StringNotEquals",
                          "StringLike",
                          "StringLikeIfExists",
                          "ForAllValues:StringEquals",
                          "ForAnyValue:StringNotEquals",
                          "Null"};
const Texts kKeys = {"kms:ViaService", "kms:CallerAccount", "aws:TagKeys"};
const Texts kValues = {"a", "b", "a*", "true", "false"};

std::string pick(const Texts& from) { return *rc::gen::elementOf(from); }

bool flip() { return *rc::gen::arbitrary<bool>(); }

/// One to three of the texts, as an array.
Json some(const Texts& from) {
  const auto count = *rc::gen::inRange(1, 4);
  Json list = Json::array();
  for (int i = 0; i < count; ++i) list.push_back(pick(from));
  return list;
}

Json statement(PolicyKind kind, const std::string& effect) {
  Json object = {{"Effect", effect}};
  if (kind == PolicyKind::key) {
    object[flip() && flip() ? "NotPrincipal" : "Principal"] = {{"AWS", some(kPrincipals)}};
  }
  object[flip() && flip() ? "NotAction" : "Action"] = some(kActions);
  object[flip() && flip() ? "NotResource" : "Resource"] = some(kResources);
  if (flip()) object["Condition"][pick(kOperators)][pick(kKeys)] = some(kValues);
  return object;
}

Json document(PolicyKind kind) {
  const auto count = *rc::gen::inRange(1, 5);
  Json statements = Json::array();
  for (int i = 0; i < count; ++i) statements.push_back(statement(kind, flip() ? "Allow" : "Deny"));
  return {{"Version", "2012-10-17"}, {"Statement", statements}};
}

void draw_request(RequestFixture& request) {
  const std::string account = flip() ? "111122223333" : "444455556666";
  const auto who = *rc::gen::inRange(0, 4);
  if (who == 0) request.root(account);
  if (who == 1) request.session("App", "s1", account);
  if (who >= 2) request.user("alice", account);
  request.action(pick({"kms:Decrypt", "kms:Encrypt", "kms:DescribeKey"}));
  if (flip()) request.with("kms:ViaService", pick({"a", "b", "ab"}));
  if (flip()) request.with("KMS:CallerAccount", pick({"a", "b", "a*"}));
  if (flip()) request.with_many("aws:TagKeys", flip() ? Texts{} : Texts{"a", pick({"a", "b"})});
}

/// The world of one draw: what is asked, and the two documents that speak about it.
struct Draw {
  Draw() { draw_request(request); }

  Decision decide_with(const Json& key_text, const Json& identity_text) {
    const Policy key_policy = policy_of(key_text.dump(), PolicyKind::key, PolicyRules::stored);
    const Policy identity_policy =
        policy_of(identity_text.dump(), PolicyKind::identity, PolicyRules::stored);
    return decide(request.get(), &key_policy, {&identity_policy});
  }

  RequestFixture request;
  Json key = document(PolicyKind::key);
  Json identity = document(PolicyKind::identity);
};

/// Calls `change` with that element of every statement that has it.
template <class Change>
void each_element(Json& document, const std::string& name, Change change) {
  for (Json& one : document["Statement"]) {
    if (one.contains(name)) change(one[name]);
  }
}

std::string odd_case(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool lower = text[i] >= 'a' && text[i] <= 'z';
    if (lower && i % 2 == 0) text[i] = static_cast<char>(text[i] - 0x20);
  }
  return text;
}

/// Arrays of one text become that text.
void unwrap(Json& node) {
  if (node.is_array() && node.size() == 1 && node[0].is_string()) node = Json(node[0]);
  if (!node.is_object() && !node.is_array()) return;
  for (Json& child : node) unwrap(child);
}

}  // namespace

TEST_CASE("one Deny more never allows more") {
  rc::prop("adding a Deny keeps denials", [] {
    Draw draw;
    const Decision before = draw.decide_with(draw.key, draw.identity);
    const bool in_key = flip();
    Json& changed = in_key ? draw.key : draw.identity;
    changed["Statement"].push_back(
        statement(in_key ? PolicyKind::key : PolicyKind::identity, "Deny"));
    const Decision after = draw.decide_with(draw.key, draw.identity);
    RC_ASSERT(before.allowed() || !after.allowed());
    if (before.allowed() && !after.allowed()) RC_ASSERT(after.kind == DecisionKind::explicit_deny);
  });
}

TEST_CASE("one Allow more never denies more") {
  rc::prop("adding an Allow keeps permissions", [] {
    Draw draw;
    const Decision before = draw.decide_with(draw.key, draw.identity);
    const bool in_key = flip();
    Json& changed = in_key ? draw.key : draw.identity;
    changed["Statement"].push_back(
        statement(in_key ? PolicyKind::key : PolicyKind::identity, "Allow"));
    const Decision after = draw.decide_with(draw.key, draw.identity);
    RC_ASSERT(!before.allowed() || after.allowed());
    RC_ASSERT((before.kind == DecisionKind::explicit_deny) ==
              (after.kind == DecisionKind::explicit_deny));
  });
}

TEST_CASE("the order of statements never matters") {
  rc::prop("reversing the statements keeps the decision", [] {
    Draw draw;
    const Decision before = draw.decide_with(draw.key, draw.identity);
    std::ranges::reverse(draw.key["Statement"]);
    std::ranges::reverse(draw.identity["Statement"]);
    const Decision after = draw.decide_with(draw.key, draw.identity);
    RC_ASSERT(before.kind == after.kind);
    RC_ASSERT(before.key_policy_allows == after.key_policy_allows);
  });
}

TEST_CASE("the case of action names never matters") {
  rc::prop("changing the case keeps the decision", [] {
    Draw draw;
    const Decision before = draw.decide_with(draw.key, draw.identity);
    for (const std::string name : {"Action", "NotAction"}) {
      const auto change = [](Json& list) {
        for (Json& text : list) text = odd_case(text.get<std::string>());
      };
      each_element(draw.key, name, change);
      each_element(draw.identity, name, change);
    }
    RC_ASSERT(draw.decide_with(draw.key, draw.identity) == before);
  });
}

TEST_CASE("a single value and an array of one never differ") {
  rc::prop("unwrapping arrays of one keeps the decision", [] {
    Draw draw;
    const Decision before = draw.decide_with(draw.key, draw.identity);
    unwrap(draw.key);
    unwrap(draw.identity);
    RC_ASSERT(draw.decide_with(draw.key, draw.identity) == before);
    if (draw.key["Statement"].size() == 1) draw.key["Statement"] = Json(draw.key["Statement"][0]);
    RC_ASSERT(draw.decide_with(draw.key, draw.identity) == before);
  });
}

TEST_CASE("an explanation agrees with the evaluation beside it") {
  rc::prop("statements reported as matching justify the decision", [] {
    Draw draw;
    const Policy key = policy_of(draw.key.dump(), PolicyKind::key, PolicyRules::stored);
    const Request& request = draw.request.get();
    const Explanation why = explain(request, {.key_policy = &key});
    RC_ASSERT(why.decision == decide(request, &key));
    const auto matched = [&](Effect effect) {
      return std::ranges::any_of(why.statements, [&](const StatementReport& report) {
        return report.matched && report.effect == effect;
      });
    };
    RC_ASSERT(matched(Effect::deny) == (why.decision.kind == DecisionKind::explicit_deny));
    RC_ASSERT(matched(Effect::allow) == why.decision.key_policy_allows);
    for (const StatementReport& report : why.statements) {
      RC_ASSERT(report.matched == (report.failed == Element::none));
    }
  });
}

TEST_CASE("no bytes make the compiler do anything but answer") {
  rc::prop("a policy with bytes changed compiles or is refused inside the text", [] {
    Json text_of = document(PolicyKind::key);
    std::string text = text_of.dump();
    const auto changes = *rc::gen::inRange(1, 6);
    for (int i = 0; i < changes; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
      text[at] = *rc::gen::arbitrary<char>();
    }
    const auto result = Policy::compile(text, PolicyKind::key);
    if (!result) {
      RC_ASSERT(result.error().offset <= text.size());
      RC_ASSERT(!result.error().message.empty());
    }
  });
}

}  // namespace tablekey::model::iam
