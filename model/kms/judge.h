// How KMS decides a request of DynamoDB's that is answered on the spot, without a call that waits.
#pragma once

#include "event.capnp.h"
#include "model/kms/operation.h"

namespace tablekey::model::kms {

/// What KMS answers, and who decided it.
struct Judgement {
  events::KmsError error = events::KmsError::NONE;
  events::Decider by = events::Decider::NOTHING;
};

/// Walks the request through the checks of kms.md 2.5 as every other: outages, quotas, whether the
/// key is there, who may, its state. `request` says where it goes, what it is about and its draws.
Judgement judge_now(Deciding& d, KmsRequest& request);

}  // namespace tablekey::model::kms
