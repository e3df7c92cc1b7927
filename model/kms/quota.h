// Request quotas (kms.md 8.1): how many requests an account may send to KMS in a Region each second.
#pragma once

#include "model/kms/operation.h"

namespace tablekey::model::kms {

/// The text of every ThrottlingException (kms.md 8.1).
inline constexpr std::string_view kThrottlingText =
    "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.";

/// ThrottlingException where the request finds its quota spent. Keys that AWS owns are exempt.
Refusal quota_refusal(const Deciding& d, const KmsRequest& request, const OperationRow& row);

}  // namespace tablekey::model::kms
