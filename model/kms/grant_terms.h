// The terms of the grants in State: those that a step of the timeline gave, out of the compiled
// scenario, and those of DynamoDB's grants for a table, which are always the same but for the table
// (kms.md 3.4, dynamodb.md 5.1) and so are written down nowhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/kms/grant_making.h"
#include "model/kms/grant_rules.h"
#include "scenario.capnp.h"

namespace tablekey::model {
struct Grant;
class State;
}  // namespace tablekey::model

namespace tablekey::model::kms {

/// The parameters of the step's CreateGrant. `service_internal` where a service makes the call, as
/// itself or for its caller.
GrantDraft draft_of(events::KmsCall::Reader call);

/// The terms that the step's grant has if it is made. nullopt: it has none of its own (DynamoDB's
/// grant for a table), or they break kms.md 5.1 on every key.
std::optional<GrantTerms> terms_of(events::KmsCall::Reader call);

/// The terms of DynamoDB's grants for a table: grantee and retiring principal are DynamoDB in the
/// table's Region, under the table's encryption context. They have no Name here.
GrantTerms table_grant_terms(const State& state, std::uint32_t table);

/// The terms of a grant. Those of a table's are written into `scratch`, which must then outlive the
/// result; they have the Name of that grant, a UUID (kms.md 3.4).
const GrantTerms& terms_of_grant(const State& state, const Grant& grant, GrantTerms& scratch);

/// The number of the account in which the grant was made (ListGrants' IssuingAccount): its maker's,
/// and for the operator the key's own.
std::string_view issuing_account(const State& state, const Grant& grant);

/// A principal as ListGrants and GetKeyPolicy show it: the unique id of one that has been deleted,
/// else the text itself (kms.md 5.1, 6.2).
std::string shown_principal(const State& state, std::string_view text);

}  // namespace tablekey::model::kms
