// KMS as a queue (cache-theory.md 8.1-8.4): in each Region so many servers work on calls, first
// come, first served, and so many may wait. By default there is no queue: an answer takes its
// latency. KMS decides a call as it arrives; the queue only delays or refuses it. For calls that
// somebody waits for; those of the timeline stand outside.
#pragma once

#include "model/decide.h"
#include "model/kms/operation.h"
#include "sim/time.h"

namespace tablekey::model::kms {

/// ThrottlingException where all servers work and nobody more may wait; else none.
Refusal no_room(const Deciding& d, const KmsRequest& request);

/// From the call's arrival to the end of its service, its wait included. 0: there is no queue.
sim::Duration sojourn(const Deciding& d, const KmsRequest& request);

}  // namespace tablekey::model::kms
