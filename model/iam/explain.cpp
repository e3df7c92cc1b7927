// The long answer: every statement that could have spoken about a request, and for each whether
// it applied or which of its elements did not.
#include "model/iam/evaluate.h"
#include "model/iam/statement_match.h"

namespace tablekey::model::iam {
namespace {

void report(const Policy& policy, std::uint32_t index, const Request& request,
            std::vector<StatementReport>& out) {
  const CompiledPolicy& compiled = policy.compiled();
  for (std::uint32_t i = 0; i < compiled.statements.size(); ++i) {
    const CompiledStatement& statement = compiled.statements[i];
    const StatementMatch result = match(statement, compiled.kind, request);
    StatementReport line;
    line.identity_policy = index;
    line.statement = i;
    line.sid = statement.sid;
    line.effect = statement.effect;
    line.matched = result.matched();
    line.via = result.via;
    line.failed = result.failed;
    if (result.failed_condition != nullptr) {
      line.failed_operator = result.failed_condition->operator_text;
      line.failed_key = result.failed_condition->key_text;
    }
    out.push_back(line);
  }
}

}  // namespace

Explanation explain(const Request& request, const PolicySet& policies) {
  Explanation explanation;
  explanation.decision = evaluate(request, policies);
  if (policies.key_policy != nullptr && request.scope == Scope::key) {
    report(*policies.key_policy, kNoStatement, request, explanation.statements);
  }
  const PrincipalType type = request.principal.type;
  if (type == PrincipalType::service || type == PrincipalType::root) return explanation;
  for (std::uint32_t i = 0; i < policies.identities.size(); ++i) {
    report(*policies.identities[i], i, request, explanation.statements);
  }
  return explanation;
}

std::string_view name(DecisionKind kind) {
  switch (kind) {
    case DecisionKind::allowed:
      return "allowed";
    case DecisionKind::explicit_deny:
      return "explicit_deny";
    case DecisionKind::implicit_deny:
      break;
  }
  return "implicit_deny";
}

std::string_view name(Via via) {
  switch (via) {
    case Via::direct:
      return "direct";
    case Via::account:
      return "account";
    case Via::identity:
      return "identity";
    case Via::none:
      break;
  }
  return "none";
}

std::string_view name(Element element) {
  switch (element) {
    case Element::principal:
      return "Principal";
    case Element::action:
      return "Action";
    case Element::resource:
      return "Resource";
    case Element::condition:
      return "Condition";
    case Element::none:
      break;
  }
  return "none";
}

}  // namespace tablekey::model::iam
