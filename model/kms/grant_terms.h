// The grant that a step of the timeline asks for, out of the compiled scenario.
#pragma once

#include <optional>

#include "model/kms/grant_making.h"
#include "model/kms/grant_rules.h"
#include "scenario.capnp.h"

namespace tablekey::model::kms {

/// The parameters of the step's CreateGrant. `service_internal` is left false.
GrantDraft draft_of(events::KmsCall::Reader call);

/// The terms that the step's grant has if it is made. nullopt: it has none of its own (DynamoDB's
/// grant for a table), or they break kms.md 5.1 on every key.
std::optional<GrantTerms> terms_of(events::KmsCall::Reader call);

}  // namespace tablekey::model::kms
