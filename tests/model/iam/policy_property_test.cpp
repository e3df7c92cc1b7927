// Goal: laws that hold for every policy (kms.md 6): the engine decides as the slow evaluator does
// and explains what it decides; a Deny more never allows more, an Allow more never denies more, a
// limiting policy more never allows more; the order of statements, the case of action names and the
// choice between one value and an array of one never matter. Method: requests and policies of all
// seven kinds drawn so that statements often apply (drawn_case.h).
//
// Each law is tried TABLEKEY_PROPERTY_CASES times; without that variable, often enough for every
// day. RC_PARAMS="seed=7" draws other cases.
#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "tests/model/iam/drawn_case.h"
#include "tests/model/iam/request_fixture.h"

namespace tablekey::model::iam::policy_property_test {
namespace {

using slow::Json;
using Bytes = std::vector<std::uint8_t>;

/// What a whole case takes at most; an exhausted source reads as zeros.
constexpr std::size_t kCaseBytes = 1500;

int cases(int every_day) {
  const char* wanted = std::getenv("TABLEKEY_PROPERTY_CASES");
  return wanted == nullptr ? every_day : std::max(1, std::atoi(wanted));
}

template <class Law>
void prop(int every_day, Law law) {
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess = cases(every_day);
  const auto result = rc::detail::checkTestable(law, rc::detail::TestMetadata(), params);
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  INFO(text.str());
  CHECK(result.template is<rc::detail::SuccessResult>());
}

/// A case, and the source for what is to be changed in it.
struct Draw {
  Draw() : dice(bytes.data(), bytes.size()), drawn(draw_case(dice)) {}

  Bytes bytes = *rc::gen::resize(
      rc::kNominalSize, rc::gen::container<Bytes>(kCaseBytes, rc::gen::arbitrary<std::uint8_t>()));
  fuzz::Reader dice;
  DrawnCase drawn;
};

std::string print(const DrawnCase& drawn) {
  Json out = {{"type", drawn.asked.type},     {"arn", drawn.asked.arn},
              {"action", drawn.asked.action}, {"resource", drawn.asked.resource},
              {"context", Json::object()},    {"granted", drawn.papers.granted}};
  for (const slow::AskedKey& key : drawn.asked.context) out["context"][key.name] = key.values;
  if (drawn.papers.key) out["key"] = *drawn.papers.key;
  if (drawn.papers.boundary) out["boundary"] = *drawn.papers.boundary;
  if (drawn.papers.endpoint) out["endpoint"] = *drawn.papers.endpoint;
  out["identities"] = drawn.papers.identities;
  out["sessions"] = drawn.papers.sessions;
  out["scps"] = drawn.papers.scps;
  out["rcps"] = drawn.papers.rcps;
  return out.dump(1);
}

Decision decide(const DrawnCase& drawn) {
  const EngineCase engine(drawn);
  return evaluate(engine.request(), engine.policies());
}

/// Calls `change` with every document, its kind's name first.
template <class Change>
void each_document(slow::Papers& papers, Change change) {
  const auto all = [&](const std::string& policy, std::vector<Json>& documents) {
    for (Json& document : documents) change(policy, document);
  };
  if (papers.key) change("key", *papers.key);
  all("identity", papers.identities);
  if (papers.boundary) change("boundary", *papers.boundary);
  all("session", papers.sessions);
  all("scp", papers.scps);
  all("rcp", papers.rcps);
  if (papers.endpoint) change("endpoint", *papers.endpoint);
}

Json& statements(Json& document) {
  Json& list = document["Statement"];
  if (list.is_object()) list = Json::array({Json(list)});
  return list;
}

/// Adds a statement of that effect to one of the documents; false where there is none.
bool add_statement(Draw& draw, const std::string& effect) {
  std::vector<std::pair<std::string, Json*>> documents;
  each_document(draw.drawn.papers, [&](const std::string& policy, Json& document) {
    documents.emplace_back(policy, &document);
  });
  if (documents.empty()) return false;
  auto& [policy, document] = documents[draw.dice.below(documents.size())];
  Json statement = draw_statement(draw.dice, draw.drawn.asked, policy);
  statement["Effect"] = effect;
  Json& list = statements(*document);
  list.insert(list.begin() + static_cast<std::ptrdiff_t>(draw.dice.below(list.size() + 1)),
              std::move(statement));
  return true;
}

std::string odd_case(std::string text) {
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const bool lower = text[i] >= 'a' && text[i] <= 'z';
    if (lower) text[i] = static_cast<char>(text[i] - 0x20);
  }
  return text;
}

void to_odd_case(Json& element) {
  if (element.is_string()) {
    element = odd_case(element.get<std::string>());
  } else {
    for (Json& text : element) text = odd_case(text.get<std::string>());
  }
}

bool is_scalar(const Json& node) { return !node.is_object() && !node.is_array(); }

/// Arrays of one value become that value, single values arrays of one.
void swap_one_and_array(Json& node, bool in_array) {
  if (node.is_array() && node.size() == 1 && is_scalar(node[0])) {
    node = Json(node[0]);
  } else if (node.is_array()) {
    for (Json& child : node) swap_one_and_array(child, true);
  } else if (node.is_object()) {
    for (const auto& [key, child] : node.items()) {
      const bool fixed = key == "Effect" || key == "Version" ||
                         ((key == "Principal" || key == "NotPrincipal") && child.is_string());
      if (!fixed) swap_one_and_array(child, false);
    }
  } else if (!in_array) {
    node = Json::array({Json(node)});
  }
}

/// At least so many in a hundred of all.
void check_share(const std::map<std::string, int>& counts, const std::string& what, int percent) {
  int all = 0;
  for (const auto& [name, count] : counts) all += count;
  const auto found = counts.find(what);
  INFO(what << " of " << all);
  CHECK((found == counts.end() ? 0 : found->second) * 100 >= percent * all);
}

}  // namespace

TEST_CASE("the engine decides as the slow evaluator does, and finds the same elements failing") {
  std::map<std::string, int> kinds, deciders, elements;
  prop(3000, [&] {
    Draw draw;
    const EngineCase engine(draw.drawn);
    const Explanation why = explain(engine.request(), engine.policies());
    const slow::Answer answer = answer_of(why);
    const slow::Answer slow = slow::decide(draw.drawn.asked, draw.drawn.papers);
    const std::string differs = difference(answer, slow);
    if (!differs.empty()) RC_FAIL(differs + "\n" + print(draw.drawn));
    RC_ASSERT(evaluate(engine.request(), engine.policies()) == why.decision);
    ++kinds[answer.kind];
    ++deciders[answer.by == "nothing" ? "no " + answer.lacking : answer.by];
    for (const slow::Line& line : answer.lines) ++elements[line.failed];
  });
  // The cases are worth something only if all outcomes are among them.
  for (const char* kind : {"allowed", "explicit_deny", "implicit_deny"})
    check_share(kinds, kind, 15);
  for (const char* decider :
       {"key", "identity", "boundary", "session", "scp", "rcp", "endpoint", "grant", "root",
        "no key", "no identity", "no boundary", "no session", "no scp", "no rcp"}) {
    INFO(decider);
    CHECK(deciders[decider] > 0);
  }
  for (const char* element : {"none", "Principal", "Action", "Resource", "Condition"}) {
    check_share(elements, element, 5);
  }
}

TEST_CASE("an explanation justifies its decision, and says of each failure what was wanted") {
  prop(300, [] {
    const Draw draw;
    const EngineCase engine(draw.drawn);
    const Explanation why = explain(engine.request(), engine.policies());
    const Decision& decision = why.decision;
    bool denied = false;
    for (const StatementReport& report : why.statements) {
      RC_ASSERT(report.matched == (report.failed == Element::none));
      RC_ASSERT(report.matched == failure_text(report).empty());
      denied = denied || (report.matched && report.effect == Effect::deny);
      const bool decisive = report.type == decision.type && report.policy == decision.policy &&
                            report.statement == decision.statement;
      if (decisive)
        RC_ASSERT(report.matched && (report.effect == Effect::allow) == decision.allowed());
    }
    RC_ASSERT(denied == (decision.kind == DecisionKind::explicit_deny));
    RC_ASSERT((decision.lacking == PolicyType::none) ==
              (decision.kind != DecisionKind::implicit_deny));
  });
}

TEST_CASE("one Deny more never allows more") {
  prop(400, [] {
    Draw draw;
    const Decision before = decide(draw.drawn);
    RC_PRE(add_statement(draw, "Deny"));
    const Decision after = decide(draw.drawn);
    RC_ASSERT(before.allowed() || !after.allowed());
    if (before.allowed() && !after.allowed()) RC_ASSERT(after.kind == DecisionKind::explicit_deny);
  });
}

TEST_CASE("one Allow more never denies more") {
  prop(400, [] {
    Draw draw;
    const Decision before = decide(draw.drawn);
    RC_PRE(add_statement(draw, "Allow"));
    const Decision after = decide(draw.drawn);
    RC_ASSERT(!before.allowed() || after.allowed());
    RC_ASSERT((before.kind == DecisionKind::explicit_deny) ==
              (after.kind == DecisionKind::explicit_deny));
  });
}

TEST_CASE("the first policy of a limiting kind never allows more") {
  prop(400, [] {
    Draw draw;
    const Draw other;
    slow::Papers& papers = draw.drawn.papers;
    const slow::Papers& from = other.drawn.papers;
    const Decision before = decide(draw.drawn);
    if (!papers.boundary) papers.boundary = from.boundary;
    if (papers.sessions.empty()) papers.sessions = from.sessions;
    if (papers.scps.empty()) papers.scps = from.scps;
    if (papers.rcps.empty()) papers.rcps = from.rcps;
    if (!papers.endpoint) papers.endpoint = from.endpoint;
    RC_ASSERT(before.allowed() || !decide(draw.drawn).allowed());
  });
}

TEST_CASE("the order of statements and of policies never matters") {
  prop(400, [] {
    Draw draw;
    slow::Papers& papers = draw.drawn.papers;
    const Decision before = decide(draw.drawn);
    each_document(papers, [&](const std::string&, Json& document) {
      Json& list = statements(document);
      if (draw.dice.flip()) std::ranges::reverse(list);
      std::ranges::rotate(list,
                          list.begin() + static_cast<std::ptrdiff_t>(draw.dice.below(list.size())));
    });
    for (auto* documents : {&papers.identities, &papers.sessions, &papers.scps, &papers.rcps}) {
      std::ranges::reverse(*documents);
    }
    const Decision after = decide(draw.drawn);
    RC_ASSERT(before.kind == after.kind);
    RC_ASSERT(before.by == after.by);
    RC_ASSERT(before.type == after.type);
    RC_ASSERT(before.lacking == after.lacking);
    RC_ASSERT(before.key_policy_allows == after.key_policy_allows);
  });
}

TEST_CASE("the case of action names and of condition keys never matters") {
  prop(400, [] {
    Draw draw;
    const Decision before = decide(draw.drawn);
    each_document(draw.drawn.papers, [](const std::string&, Json& document) {
      for (Json& statement : statements(document)) {
        for (const char* name : {"Action", "NotAction"}) {
          if (statement.contains(name)) to_odd_case(statement[name]);
        }
      }
    });
    draw.drawn.asked.action = odd_case(draw.drawn.asked.action);
    for (slow::AskedKey& key : draw.drawn.asked.context) key.name = odd_case(key.name);
    RC_ASSERT(decide(draw.drawn) == before);
  });
}

TEST_CASE("a single value and an array of one never differ") {
  prop(400, [] {
    Draw draw;
    const Decision before = decide(draw.drawn);
    each_document(draw.drawn.papers, [](const std::string&, Json& document) {
      swap_one_and_array(document["Statement"], false);
    });
    RC_ASSERT(decide(draw.drawn) == before);
    each_document(draw.drawn.papers, [](const std::string&, Json& document) {
      Json& list = document["Statement"];
      if (list.is_object()) {
        list = Json::array({Json(list)});
      } else if (list.size() == 1) {
        list = Json(list[0]);
      }
    });
    RC_ASSERT(decide(draw.drawn) == before);
  });
}

TEST_CASE("no bytes make the compiler do anything but answer") {
  prop(300, [] {
    Draw draw;
    RC_PRE(draw.drawn.papers.key.has_value());
    std::string text = draw.drawn.papers.key->dump();
    for (std::size_t changes = 1 + draw.dice.below(5); changes > 0; --changes) {
      const std::size_t at = (draw.dice.byte() * 256U + draw.dice.byte()) % text.size();
      text[at] = static_cast<char>(draw.dice.byte());
    }
    const auto result = Policy::compile(text, PolicyKind::key);
    if (!result) {
      RC_ASSERT(result.error().offset <= text.size());
      RC_ASSERT(!result.error().message.empty());
      RC_ASSERT(result.error().path.starts_with("$"));
    }
  });
}

}  // namespace tablekey::model::iam::policy_property_test
