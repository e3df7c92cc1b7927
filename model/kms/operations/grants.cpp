// CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant (kms.md 3.3, 5). Who may
// make or retire a grant is authorization's; what it may say is grant_making.h's; here is what the
// world adds: the key's type, its other grants, its principals, and when the change is seen.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "crypto/bytes.h"
#include "model/draws.h"
#include "model/faults.h"
#include "model/kms/grant_terms.h"
#include "model/kms/grant_token.h"
#include "model/kms/names.h"
#include "model/kms/operation.h"
#include "model/kms/paging.h"
#include "model/kms/policy_check.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace grants {
namespace {

using events::KmsError;
using Operation = events::KmsOperation;

constexpr PageLimits kGrantPages{50, 100};

// ---- CreateGrant ----

Refusal refused(const GrantRefusal& broken) {
  return refusal(
      broken.exception == "InvalidArnException" ? KmsError::INVALID_ARN : KmsError::VALIDATION,
      broken.message);
}

/// Types that no key need have, to judge what does not depend on the key.
GrantKeyTypes every_type() {
  GrantKeyTypes types;
  for (std::size_t i = 0; i < kGrantKeyTypeCount; ++i) types.add(static_cast<GrantKeyType>(i));
  return types;
}

Refusal validate_create(const Deciding&, const KmsRequest& request) {
  const auto made = make_grant(draft_of(request.parameters), every_type());
  return made ? Refusal() : refused(made.error());
}

/// A live grant of the key that such a request made before (kms.md 5.4); kNone: there is none.
std::uint32_t repeated_grant(const State& state, std::uint32_t key, const GrantTerms& asked) {
  if (asked.name.empty()) return kNone;
  for (const std::uint32_t index : at(state.keys, key).grants) {
    const Grant& grant = state.grants[index];
    if (grant.ended || grant.step == 0) continue;
    GrantTerms unused;
    if (is_repetition(terms_of_grant(state, grant, unused), asked)) return index;
  }
  return kNone;
}

Refusal check_principals(const Deciding& d, const GrantTerms& terms) {
  if (!d.settings().grant_principals_exist) return {};
  for (const std::string* principal : {&terms.grantee, &terms.retiring}) {
    if (!principal->empty() && !principal_exists(d.state, *principal)) {
      return refusal(KmsError::INVALID_ARN,
                     fmt::format("ARN does not refer to a valid principal: {}", *principal));
    }
  }
  return {};
}

// AWS managed keys are not counted (kms.md 5.1).
Refusal check_limit(const Deciding& d, const KmsRequest& request) {
  const bool counted =
      described(d.state, request.key).getManager() == events::Key::Manager::CUSTOMER;
  if (!counted || d.state.keys[request.key].live_grants < d.settings().grants_per_key_max) {
    return {};
  }
  return refusal(KmsError::LIMIT_EXCEEDED,
                 fmt::format("{} has {} grants, which is the most a key may have.",
                             d.state.key_arn(request.key), d.settings().grants_per_key_max));
}

// A service's own grant: its constraint is an encryption context, which other keys do not have.
Refusal check_service_grant(const Deciding& d, const KmsRequest& request) {
  if (described(d.state, request.key).getSpec() != events::KeySpec::SYMMETRIC_DEFAULT) {
    return refusal(KmsError::VALIDATION,
                   "EncryptionContext is supported only when creating a grant for a symmetric "
                   "encryption KMS key.");
  }
  return check_limit(d, request);
}

Refusal check_create(Deciding& d, KmsRequest& request) {
  if (!request.from_step()) return check_service_grant(d, request);
  const auto key = described(d.state, request.key);
  const auto types = GrantKeyTypes::of(spec_name(key.getSpec()), usage_name(key.getUsage()));
  const auto made = make_grant(draft_of(request.parameters), types);
  if (!made) return refused(made.error());
  if (Refusal refusal = check_principals(d, *made)) return refusal;
  request.grant = repeated_grant(d.state, request.key, *made);
  return request.grant == kNone ? check_limit(d, request) : Refusal();
}

sim::Time propagated(const Deciding& d, const KmsRequest& request) {
  return d.now + extra_propagation(d.state, request.region(d.state)) +
         d.settings().kms_propagation.sample_duration(
             draw(d.random, request.entity, Draw::propagation, request.ordinal));
}

std::array<std::uint8_t, 32> drawn_id(const Deciding& d, const KmsRequest& request) {
  const auto head = draw(d.random, request.entity, Draw::grant_id_head, request.ordinal);
  const auto tail = draw(d.random, request.entity, Draw::grant_id_tail, request.ordinal);
  std::array<std::uint8_t, 32> id;
  crypto::store_big_endian<8>(head.high, id.data());
  crypto::store_big_endian<8>(head.low, id.data() + 8);
  crypto::store_big_endian<8>(tail.high, id.data() + 16);
  crypto::store_big_endian<8>(tail.low, id.data() + 24);
  return id;
}

void create_grant(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  auto created = effect.initGrantCreated();
  if (request.from_step() && request.grant != kNone) {
    const Grant& grant = d.state.grants[request.grant];
    created.setGrant(request.grant);
    created.setGrantId(capnp::Data::Reader(grant.id.data(), grant.id.size()));
    created.setVisibleAt(grant.visible_at.nanoseconds());
    created.setExisting(true);
    return;
  }
  const auto id = drawn_id(d, request);
  created.setGrant(static_cast<std::uint32_t>(d.state.grants.size()));
  created.setGrantId(capnp::Data::Reader(id.data(), id.size()));
  created.setVisibleAt(propagated(d, request).nanoseconds());
}

// ---- RetireGrant, RevokeGrant ----

// KeyId is an ARN here. Where a step says which grant it means, the grant says which key.
Refusal validate_retire(const Deciding& d, const KmsRequest& request) {
  const auto grant = request.parameters.getGrant();
  const auto key = request.parameters.getKeyId();
  const bool needs_key = grant.isText() && !grant.getToken();
  if (grant.isNone() || (needs_key && key.isNone())) {
    return refusal(KmsError::VALIDATION,
                   "You must specify either a grant token, or a key ARN and a grant ID.");
  }
  if (grant.getToken() && !key.isNone()) {
    return refusal(KmsError::VALIDATION,
                   "You can specify either a grant token, or a key ARN and a grant ID, but not "
                   "both.");
  }
  if (key.isId()) {
    return refusal(KmsError::INVALID_ARN,
                   fmt::format("Invalid arn {}", d.state.scenario().key_ids[key.getId()]));
  }
  if (key.isText() && !std::string_view(key.getText()).starts_with("arn:")) {
    return refusal(KmsError::INVALID_ARN,
                   fmt::format("Invalid arn {}", std::string_view(key.getText())));
  }
  return {};
}

Refusal validate_revoke(const Deciding&, const KmsRequest& request) {
  const auto grant = request.parameters.getGrant();
  if (!grant.isNone() && !grant.getToken()) return {};
  return validation_error("grantId", "Member must not be null");
}

Refusal check_end(Deciding& d, KmsRequest& request) {
  const bool there = request.grant != kNone && !at(d.state.grants, request.grant).ended &&
                     d.state.grants[request.grant].key == request.key;
  if (there) return {};
  std::string id;
  if (request.grant != kNone) {
    id = grant_id_text(d.state.grants[request.grant].id);
  } else if (request.from_step() && request.parameters.getGrant().isText()) {
    id = std::string_view(request.parameters.getGrant().getText());
  }
  return refusal(KmsError::NOT_FOUND, fmt::format("Grant ID {} not found", id));
}

// What ends is never seen before what it ends (kms.md 10: monotonic per object).
void end_grant(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  auto ended = effect.initGrantEnded();
  ended.setGrant(request.grant);
  ended.setVisibleAt(
      std::max(propagated(d, request), d.state.grants[request.grant].visible_at).nanoseconds());
}

// ---- the lists ----

Refusal validate_list(const Deciding&, const KmsRequest& request) {
  return check_page(request, kGrantPages);
}

/// Whether the grant is to that principal, as the list shows it.
bool is_to(const State& state, const Grant& grant, std::string_view principal) {
  GrantTerms scratch;
  return shown_principal(state, terms_of_grant(state, grant, scratch).grantee) == principal;
}

std::uint32_t rows_of_key(const State& state, const KmsRequest& request) {
  const std::string_view grantee(request.parameters.getPrincipal());
  const bool one = !request.parameters.getGrant().isNone();
  std::uint32_t rows = 0;
  for (const std::uint32_t index : at(state.keys, request.key).grants) {
    const Grant& grant = state.grants[index];
    if (grant.ended || (one && index != request.grant)) continue;
    if (grantee.empty() || is_to(state, grant, grantee)) ++rows;
  }
  return rows;
}

Refusal check_list(Deciding& d, KmsRequest& request) {
  const auto page = page_of(request, kGrantPages, rows_of_key(d.state, request));
  return page ? Refusal() : page.error();
}

void list(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  set_listed(effect, page_of(request, kGrantPages, rows_of_key(d.state, request)).value());
}

/// Grants that the principal may retire, on keys of any account in the endpoint's Region.
/// DynamoDB's have no principal that could ask.
std::uint32_t retirable_rows(const State& state, const KmsRequest& request) {
  const std::string_view principal(request.parameters.getPrincipal());
  const ScenarioView& scenario = state.scenario();
  std::uint32_t rows = 0;
  for (const Grant& grant : state.grants) {
    if (grant.ended || grant.step == 0) continue;
    const bool here = scenario.realm_region(scenario.key_realms[grant.key]) ==
                      scenario.realm_region(request.realm);
    if (here && scenario.grant_terms[grant.step - 1]->retiring == principal) ++rows;
  }
  return rows;
}

Refusal validate_list_retirable(const Deciding& d, const KmsRequest& request) {
  const std::string_view principal(request.parameters.getPrincipal());
  if (principal.empty()) return validation_error("retiringPrincipal", "Member must not be null");
  if (!principal.starts_with("arn:")) {
    return refusal(KmsError::INVALID_ARN, fmt::format("Invalid arn {}", principal));
  }
  return validate_list(d, request);
}

// The principal must be of the caller's own account.
Refusal check_list_retirable(Deciding& d, KmsRequest& request) {
  const std::string_view principal(request.parameters.getPrincipal());
  const std::string& account = d.state.scenario().realm_account(request.realm);
  if (request.session != 0 && !principal.contains(":" + account + ":")) {
    return refusal(KmsError::ACCESS_DENIED,
                   fmt::format("User: {} is not authorized to perform: kms:ListRetirableGrants on "
                               "resource: {}",
                               d.state.session_arn(request.session - 1), principal));
  }
  const auto page = page_of(request, kGrantPages, retirable_rows(d.state, request));
  return page ? Refusal() : page.error();
}

void list_retirable(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  set_listed(effect, page_of(request, kGrantPages, retirable_rows(d.state, request)).value());
}

constexpr std::array<OperationRow, 5> make_rows() {
  OperationRow create;
  create.operation = Operation::CREATE_GRANT;
  create.name = "CreateGrant";
  create.cross_account = create.dry_run = create.tokens = true;
  create.read_only = false;
  create.grantable = GrantOperation::create_grant;
  create.quota_default = 50;
  create.validate = validate_create;
  create.check = check_create;
  create.effect = create_grant;

  OperationRow retire;
  retire.operation = Operation::RETIRE_GRANT;
  retire.name = "RetireGrant";
  retire.subject = Subject::grant;
  retire.cross_account = retire.dry_run = true;
  retire.read_only = false;
  retire.grantable = GrantOperation::retire_grant;
  retire.quota_default = 50;
  retire.validate = validate_retire;
  retire.check = check_end;
  retire.effect = end_grant;

  OperationRow revoke;
  revoke.operation = Operation::REVOKE_GRANT;
  revoke.name = "RevokeGrant";
  revoke.cross_account = revoke.dry_run = true;
  revoke.read_only = false;
  revoke.quota_default = 50;
  revoke.validate = validate_revoke;
  revoke.check = check_end;
  revoke.effect = end_grant;

  OperationRow lists;
  lists.operation = Operation::LIST_GRANTS;
  lists.name = "ListGrants";
  lists.cross_account = true;
  lists.quota_default = 100;
  lists.validate = validate_list;
  lists.check = check_list;
  lists.effect = list;

  OperationRow retirable;
  retirable.operation = Operation::LIST_RETIRABLE_GRANTS;
  retirable.name = "ListRetirableGrants";
  retirable.subject = Subject::account;
  retirable.quota_default = 100;
  retirable.validate = validate_list_retirable;
  retirable.check = check_list_retirable;
  retirable.effect = list_retirable;
  return {create, retire, revoke, lists, retirable};
}

constexpr std::array<OperationRow, 5> kRows = make_rows();

}  // namespace
}  // namespace grants

std::span<const OperationRow> grant_operations_rows() { return grants::kRows; }

}  // namespace tablekey::model::kms
