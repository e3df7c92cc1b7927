// Who may do what with a key: a KMS request put into the terms of the policy engine, with the key's
// policy, the caller's identity policies and the key's grants (kms.md 6.3).
#pragma once

#include <cstdint>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::model::kms {

/// A request as authorization sees it.
struct AccessRequest {
  events::KmsOperation operation{};
  std::uint32_t session = 0;  ///< 1 + session
  bool via_service = false;   ///< DynamoDB calls on behalf of the session
  bool as_service = false;    ///< DynamoDB calls as itself
  std::uint32_t key = 0;
  std::uint32_t table = kNone;    ///< whose encryption context the request carries
  std::uint32_t token = kNone;    ///< grant whose token the request carries
  std::uint32_t window_days = 0;  ///< ScheduleKeyDeletion
  sim::Time now;
};

struct Access {
  bool allowed = false;
  events::Decider by = events::Decider::NOTHING;
  std::uint32_t number = kNone;  ///< statement or grant
  /// For a denial: the key policy allows the request, but no identity policy does.
  bool key_policy_allows = false;
};

Access authorize(const State& state, const AccessRequest& request);

/// The message of the AccessDeniedException of a denied request (kms.md 6.9). Decrypt is masked
/// unless `names_key`.
std::string denial_message(const State& state, const AccessRequest& request, bool names_key);

}  // namespace tablekey::model::kms
