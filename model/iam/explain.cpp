// The long answer: every statement that could have spoken about a request, and for each whether
// it applied or which of its elements did not, with what the element lists and what was asked.
#include "model/iam/context.h"
#include "model/iam/evaluate.h"
#include "model/iam/policies_of.h"
#include "model/iam/statement_match.h"

namespace tablekey::model::iam {
namespace {

void list(const PatternList& patterns, std::string_view asked, StatementReport& line) {
  line.failed_negated = patterns.negated;
  line.wanted.assign(patterns.texts.begin(), patterns.texts.end());
  line.had.assign(1, asked);
}

void list_principals(const CompiledStatement& statement, const Request& request,
                     StatementReport& line) {
  line.failed_negated = statement.principal_negated;
  for (const PrincipalName& name : statement.principals) line.wanted.push_back(name.text);
  line.had.assign(1, request.principal.arn);
}

void list_condition(const Condition& condition, const Request& request, StatementReport& line) {
  line.failed_operator = condition.operator_text;
  line.failed_key = condition.key_text;
  line.wanted.assign(condition.value_texts.begin(), condition.value_texts.end());
  if (const ContextEntry* entry = find(request.context, condition.key)) {
    line.had.assign(entry->all().begin(), entry->all().end());
  }
}

void list_failure(const CompiledStatement& statement, const StatementMatch& result,
                  const Request& request, StatementReport& line) {
  switch (result.failed) {
    case Element::principal:
      return list_principals(statement, request, line);
    case Element::action:
      return list(statement.action, request.action, line);
    case Element::resource:
      return list(statement.resource, request.resource, line);
    case Element::condition:
      return list_condition(*result.failed_condition, request, line);
    case Element::none:
      break;
  }
}

void report(PolicyType type, std::uint32_t index, const CompiledPolicy& compiled,
            const Request& request, std::vector<StatementReport>& out) {
  for (std::uint32_t i = 0; i < compiled.statements.size(); ++i) {
    const CompiledStatement& statement = compiled.statements[i];
    const StatementMatch result = match(statement, compiled.kind, request);
    StatementReport line;
    line.type = type;
    line.policy = index;
    if (type == PolicyType::identity) line.identity_policy = index;
    line.statement = i;
    line.sid = statement.sid;
    line.effect = statement.effect;
    line.matched = result.matched();
    line.via = result.via;
    line.failed = result.failed;
    list_failure(statement, result, request, line);
    out.push_back(std::move(line));
  }
}

/// `"a"`, `one of "a", "b"`; `nothing` where there is none.
std::string quoted(const std::vector<std::string_view>& texts, std::string_view several) {
  if (texts.empty()) return "nothing";
  std::string line(texts.size() > 1 ? several : "");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    line.append(i == 0 ? "\"" : ", \"").append(texts[i]).append("\"");
  }
  return line;
}

}  // namespace

Explanation explain(const Request& request, const PolicySet& policies) {
  Explanation explanation;
  explanation.decision = evaluate(request, policies);
  for (std::size_t i = 1; i < kPolicyTypes; ++i) {
    const auto type = static_cast<PolicyType>(i);
    const auto list = policies_of(type, request, policies);
    for (std::uint32_t p = 0; p < list.size(); ++p) {
      report(type, p, list[p]->compiled(), request, explanation.statements);
    }
  }
  return explanation;
}

std::string failure_text(const StatementReport& report) {
  if (report.failed == Element::none) return {};
  const std::string_view negation = report.failed_negated ? "Not" : "";
  std::string text = std::string(negation) + std::string(name(report.failed));
  if (report.failed == Element::condition) {
    text.append(" ").append(report.failed_operator).append(" ").append(report.failed_key);
  } else if (report.wanted.empty()) {
    return text + ": the statement has none";
  }
  text += report.failed_negated ? ": excludes " : ": wants ";
  text += quoted(report.wanted, report.failed_negated ? "" : "one of ");
  return text + ", request has " + quoted(report.had, "");
}

}  // namespace tablekey::model::iam
