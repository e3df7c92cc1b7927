#include "replay/policy_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tablekey::replay {
namespace {

namespace iam = model::iam;
using Json = nlohmann::ordered_json;

std::string_view effect_name(iam::Effect effect) {
  return effect == iam::Effect::allow ? "Allow" : "Deny";
}

std::string outcome(const iam::StatementReport& line) {
  if (line.matched) return fmt::format("applies ({})", iam::name(line.via));
  return "does not: " + iam::failure_text(line);
}

std::string statement_lines(const PolicyQuestion& question, const PolicyAnswer& answer) {
  std::string text;
  std::string last;
  for (const iam::StatementReport& line : answer.explanation.statements) {
    const std::string policy = policy_label(question, line.type, line.policy);
    if (policy != last) text += policy + "\n";
    last = policy;
    const std::string sid = line.sid.empty() ? std::string() : fmt::format(" '{}'", line.sid);
    text += fmt::format("  {}{} {}: {}\n", line.statement, sid, effect_name(line.effect),
                        outcome(line));
  }
  return text;
}

std::string grant_lines(const PolicyAnswer& answer) {
  std::string text = answer.grants.empty() ? "" : "grants\n";
  for (const GrantAnswer& grant : answer.grants) {
    text += fmt::format("  {}: {}\n", grant.id, grant_text(answer, grant));
  }
  return text;
}

/// For CreateGrant: whether the grant could be made at all, permission aside.
std::string refusal_text(const PolicyQuestion& question) {
  if (!question.draft) return {};
  const auto made = try_grant(question);
  if (made) return {};
  return fmt::format("{}: {}", made.error().exception, made.error().message);
}

Json statements_json(const PolicyQuestion& question, const PolicyAnswer& answer) {
  Json list = Json::array();
  for (const iam::StatementReport& line : answer.explanation.statements) {
    Json entry = {{"policy", policy_label(question, line.type, line.policy)},
                  {"statement", line.statement}};
    if (!line.sid.empty()) entry["sid"] = line.sid;
    entry["effect"] = effect_name(line.effect);
    entry["matched"] = line.matched;
    if (line.matched) {
      entry["via"] = iam::name(line.via);
    } else {
      entry["failed"] = iam::name(line.failed);
      entry["why"] = iam::failure_text(line);
    }
    list.push_back(std::move(entry));
  }
  return list;
}

Json grants_json(const PolicyAnswer& answer) {
  Json list = Json::array();
  for (const GrantAnswer& grant : answer.grants) {
    list.push_back(
        {{"id", grant.id}, {"allows", grant.allows}, {"why", grant_text(answer, grant)}});
  }
  return list;
}

}  // namespace

std::string answer_text(const PolicyQuestion& question, const PolicyAnswer& answer) {
  std::string text =
      fmt::format("{}: {}\n", answer.allowed() ? "Allow" : "Deny", reason_text(question, answer));
  text +=
      fmt::format("  {} of {} by {}\n", question.action, question.resource, question.principal_arn);
  if (!answer.allowed()) text += fmt::format("  {}\n", aws_denial_text(question, answer));
  const std::string refusal = refusal_text(question);
  if (!refusal.empty()) text += fmt::format("  the grant itself would be refused: {}\n", refusal);
  return text + "\n" + statement_lines(question, answer) + grant_lines(answer);
}

std::string answer_json(const PolicyQuestion& question, const PolicyAnswer& answer) {
  const iam::Decision& decision = answer.explanation.decision;
  Json document = {{"format", "tablekey.policy.eval/1"},
                   {"decision", answer.allowed() ? "allow" : "deny"},
                   {"kind", iam::name(decision.kind)},
                   {"reason", reason_text(question, answer)}};
  if (decision.type != iam::PolicyType::none) {
    document["policy"] = policy_label(question, decision.type, decision.policy);
    document["statement"] = decision.statement;
  }
  if (decision.lacking != iam::PolicyType::none && !answer.allowed()) {
    document["lacking"] = iam::name(decision.lacking);
  }
  if (!answer.allowed()) document["message"] = aws_denial_text(question, answer);
  document["principal"] = question.principal_arn;
  document["action"] = question.action;
  document["resource"] = question.resource;
  document["allowing_grants"] = answer.allowing();
  document["statements"] = statements_json(question, answer);
  document["grants"] = grants_json(answer);
  const std::string refusal = refusal_text(question);
  if (!refusal.empty()) document["grant_refused"] = refusal;
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tablekey::replay
