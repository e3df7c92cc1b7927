// From the schema's lists to the draft that make_grant judges, and from a grant to its terms.
#include "model/kms/grant_terms.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/kms/grant_token.h"
#include "model/law.h"
#include "model/state.h"

namespace tablekey::model::kms {
namespace {

std::optional<std::string> given(capnp::Text::Reader text) {
  if (text.size() == 0) return std::nullopt;
  return std::string(text.cStr(), text.size());
}

GrantKeyTypes any_type() {
  GrantKeyTypes types;
  for (std::size_t i = 0; i < kGrantKeyTypeCount; ++i) types.add(static_cast<GrantKeyType>(i));
  return types;
}

/// DynamoDB's Name of a grant: a UUID, here from the tail of its id.
std::string table_grant_name(const Grant& grant) {
  const std::string id = grant_id_text(grant.id);
  const std::string_view tail = std::string_view(id).substr(32);
  return fmt::format("{}-{}-4{}-8{}-{}", tail.substr(0, 8), tail.substr(8, 4), tail.substr(13, 3),
                     tail.substr(17, 3), tail.substr(20, 12));
}

}  // namespace

GrantDraft draft_of(events::KmsCall::Reader call) {
  const auto terms = call.getGrantTerms();
  GrantDraft draft;
  draft.grantee = given(terms.getGranteePrincipal());
  draft.grantee_service = given(terms.getGranteeServicePrincipal());
  draft.retiring = given(terms.getRetiringPrincipal());
  draft.retiring_service = given(terms.getRetiringServicePrincipal());
  draft.source_arn = given(terms.getSourceArn());
  draft.name = given(terms.getName());
  for (auto operation : terms.getOperations()) draft.operations.emplace_back(operation);
  GrantDraft::Pairs pairs;
  for (auto pair : terms.getPairs()) pairs.emplace_back(pair.getName(), pair.getValue());
  using Constraint = events::GrantTerms::Constraint;
  if (terms.getConstraint() == Constraint::EQUALS) draft.equals = std::move(pairs);
  if (terms.getConstraint() == Constraint::SUBSET) draft.subset = std::move(pairs);
  draft.service_internal = call.getService().size() != 0 || call.getViaService().size() != 0;
  return draft;
}

std::optional<GrantTerms> terms_of(events::KmsCall::Reader call) {
  if (!call.hasGrantTerms()) return std::nullopt;
  auto made = make_grant(draft_of(call), any_type());
  if (!made) return std::nullopt;
  return std::move(*made);
}

GrantTerms table_grant_terms(const State& state, std::uint32_t table) {
  using enum GrantOperation;
  GrantTerms terms;
  terms.grantee = fmt::format("dynamodb.{}.amazonaws.com", state.table_region(table));
  terms.retiring = terms.grantee;
  terms.operations = {describe_key,    generate_data_key, decrypt,     encrypt,
                      re_encrypt_from, re_encrypt_to,     retire_grant};
  terms.constraint = GrantConstraint::subset;
  terms.pairs = {{"aws:dynamodb:subscriberId", state.table_account(table)},
                 {"aws:dynamodb:tableName", state.table_name(table)}};
  return terms;
}

const GrantTerms& terms_of_grant(const State& state, const Grant& grant, GrantTerms& scratch) {
  if (grant.step != 0) {
    const auto& terms = at(state.scenario().grant_terms, grant.step - 1);
    law(terms.has_value(), "a step's grant has terms");
    return *terms;
  }
  scratch = table_grant_terms(state, grant.table);
  scratch.name = table_grant_name(grant);
  return scratch;
}

std::string_view issuing_account(const State& state, const Grant& grant) {
  const ScenarioView& scenario = state.scenario();
  if (grant.issuer == 0) return scenario.realm_account(at(scenario.key_realms, grant.key));
  const Session& issuer = at(state.sessions, grant.issuer - 1);
  return scenario.accounts[at(scenario.principal_accounts, issuer.principal)];
}

std::string shown_principal(const State& state, std::string_view text) {
  const std::vector<std::string>& arns = state.scenario().principal_arns;
  for (std::size_t i = 0; i < arns.size(); ++i) {
    if (state.principals[i].deleted && arns[i] == text) return state.scenario().principal_ids[i];
  }
  return std::string(text);
}

}  // namespace tablekey::model::kms
