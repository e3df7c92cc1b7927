// Request quotas (kms.md 8.1): how many requests an account may send to KMS in a Region each
// second. State::quotas holds one window for each quota of each realm, laid out here; after them
// one for each custom key store, and where hot keys are throttled one for each key. It is empty
// until a request was counted.
#pragma once

#include <optional>

#include "model/kms/operation.h"

namespace tablekey::model::kms {

/// ThrottlingException where the request finds its quota spent. Keys that AWS owns are exempt.
Refusal quota_refusal(const Deciding& d, const KmsRequest& request, const OperationRow& row);

/// Requests counted in the present window of an operation's quota in that realm, for reports.
std::uint32_t requests_counted(const State& state, std::uint32_t realm,
                               events::KmsOperation operation);

/// How full a quota's window is; of a token bucket in nanoseconds until it is full again.
struct QuotaUse {
  std::uint64_t used = 0, most = 0;
};

/// The fullest of the windows in which a request that was just answered counts, neighbours
/// included; full where it was throttled. nullopt: it counts in none that has a limit.
std::optional<QuotaUse> quota_use(const State& state,
                                  const events::Event::KmsAnswered::Reader& answered);

}  // namespace tablekey::model::kms
