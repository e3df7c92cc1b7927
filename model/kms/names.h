// The words of the KMS API for what the events hold as numbers: operations, exceptions, states,
// specs, usages, origins, algorithms.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "event.capnp.h"

namespace tablekey::model::kms {

/// The name of the API operation, e.g. "GenerateDataKey".
std::string_view operation_name(events::KmsOperation operation);

/// The exception's name, e.g. "KMSInvalidStateException"; "AccessDenied" is CloudTrail's word and
/// not given here.
std::string_view exception_name(events::KmsError error);

/// The status of the HTTP answer: 400 for every client error, 500 and 503 for KMS's own (kms.md
/// 3.0). 200 where there is no error.
unsigned http_status(events::KmsError error);

/// Whether the SDKs of AWS try such a request again by themselves (kms.md 3.0).
bool is_retryable(events::KmsError error);

/// The state as KeyMetadata spells it, e.g. "PendingDeletion".
std::string_view state_name(events::KeyState state);

/// The origin as KeyMetadata spells it, e.g. "AWS_CLOUDHSM".
std::string_view origin_name(events::Origin origin);
std::optional<events::Origin> origin_of(std::string_view name);

/// The usage as KeyMetadata spells it, e.g. "SIGN_VERIFY".
std::string_view usage_name(events::KeyUsage usage);
std::optional<events::KeyUsage> usage_of(std::string_view name);

/// The spec as KeyMetadata spells it, e.g. "SYMMETRIC_DEFAULT".
std::string_view spec_name(events::KeySpec spec);
std::optional<events::KeySpec> spec_of(std::string_view name);

/// What kind of key material a spec means.
enum class KeyFamily : unsigned char { symmetric, rsa, ecc, hmac, ml_dsa, sm2 };
KeyFamily family_of(events::KeySpec spec);

/// Whether a key of that spec may be made for that usage (kms.md 1.2).
bool usage_suits(events::KeySpec spec, events::KeyUsage usage);

/// The algorithms of a key of that spec and usage, as its metadata lists them (kms.md 1.2).
std::span<const std::string_view> algorithms_of(events::KeySpec spec, events::KeyUsage usage);

}  // namespace tablekey::model::kms
