// What CreateKey asks for, held to kms.md 1.2, 1.5, 1.7 and 1.10, and the rules of tags, which
// TagResource shares.
#pragma once

#include <cstddef>
#include <string_view>

#include "model/kms/operation.h"

namespace tablekey::model::kms {

inline constexpr std::size_t kTagsMax = 50;
inline constexpr std::size_t kDescriptionMax = 8192;

/// The shape of a CreateKey: specs, usages and origins that exist and suit each other.
Refusal validate_new_key(const Deciding& d, const KmsRequest& request);

/// What else is in its way: policy, tags, the account's number of keys, a custom key store.
Refusal check_new_key(Deciding& d, KmsRequest& request);

/// LimitExceededException where the account has all the keys that it may have in the Region. Keys
/// in any state count, those pending deletion too; AWS managed ones do not (kms.md 8.2).
Refusal check_room(const Deciding& d, std::uint32_t realm);

/// TagException of the tags that a key is made with.
Refusal check_first_tags(events::KmsCall::Reader call);

/// TagException of the tags that a request brings (kms.md 1.10).
Refusal check_tags(events::KmsCall::Reader call);
/// The same of one name.
Refusal check_tag_name(std::string_view name);

}  // namespace tablekey::model::kms
