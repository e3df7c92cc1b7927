// From the schema's lists to the draft that make_grant judges.
#include "model/kms/grant_terms.h"

#include <string>

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
  return draft;
}

std::optional<GrantTerms> terms_of(events::KmsCall::Reader call) {
  if (!call.hasGrantTerms()) return std::nullopt;
  auto made = make_grant(draft_of(call), any_type());
  if (!made) return std::nullopt;
  return std::move(*made);
}

}  // namespace tablekey::model::kms
