// The checks of CreateKey. What the key becomes stands in the scenario; its request may be wrong.
#include "model/kms/new_key.h"

#include <fmt/format.h>

#include <set>
#include <string>

#include "events/text.h"
#include "model/kms/names.h"
#include "model/kms/operations/stores.h"
#include "model/kms/policy_check.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace {

using events::KmsError;
using events::text;

constexpr std::size_t kTagNameMax = 128, kTagValueMax = 256;

/// The words that an enum has, as a message of the API lists them.
template <class Enum>
std::string word_list(std::string_view (*name)(Enum), Enum last) {
  std::string list;
  for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i) {
    list += fmt::format("{}{}", i == 0 ? "" : ", ", name(static_cast<Enum>(i)));
  }
  return list;
}

Refusal unknown_word(std::string_view path, std::string_view word, const std::string& words) {
  return refusal(KmsError::VALIDATION,
                 fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy "
                             "constraint: Member must satisfy enum value set: [{}]",
                             word, path, words));
}

Refusal validate_usage(events::KmsCall::Reader call) {
  const std::string_view asked_spec = text(call.getNewKeySpec());
  const auto spec = asked_spec.empty() ? events::KeySpec::SYMMETRIC_DEFAULT : spec_of(asked_spec);
  if (!spec) {
    return unknown_word("keySpec", asked_spec, word_list(spec_name, events::KeySpec::SM2));
  }
  const std::string_view asked_usage = text(call.getKeyUsage());
  if (asked_usage.empty()) {
    if (*spec == events::KeySpec::SYMMETRIC_DEFAULT) return {};
    return refusal(KmsError::VALIDATION,
                   "You must specify a KeyUsage value for all KMS keys except for symmetric "
                   "encryption keys.");
  }
  const auto usage = usage_of(asked_usage);
  if (!usage) {
    return unknown_word("keyUsage", asked_usage,
                        word_list(usage_name, events::KeyUsage::KEY_AGREEMENT));
  }
  if (usage_suits(*spec, *usage)) return {};
  return refusal(KmsError::VALIDATION, fmt::format("KeyUsage {} is not compatible with KeySpec {}",
                                                   asked_usage, spec_name(*spec)));
}

events::Origin asked_origin(events::KmsCall::Reader call) {
  const std::string_view word = text(call.getOrigin());
  return word.empty() ? events::Origin::AWS_KMS : origin_of(word).value_or(events::Origin::AWS_KMS);
}

bool in_store(events::Origin origin) {
  return origin == events::Origin::AWS_CLOUD_HSM || origin == events::Origin::EXTERNAL_KEY_STORE;
}

Refusal validate_origin(events::KmsCall::Reader call) {
  const std::string_view word = text(call.getOrigin());
  if (!word.empty() && !origin_of(word)) {
    return unknown_word("origin", word, word_list(origin_name, events::Origin::EXTERNAL_KEY_STORE));
  }
  const bool names_store = call.getStore() != kNone || call.getStoreId().size() != 0;
  if (in_store(asked_origin(call)) == names_store) return {};
  return refusal(KmsError::VALIDATION,
                 names_store ? fmt::format("CustomKeyStoreId cannot be specified when Origin is {}",
                                           origin_name(asked_origin(call)))
                             : fmt::format("CustomKeyStoreId must be specified when Origin is {}",
                                           origin_name(asked_origin(call))));
}

// A key in a custom key store is symmetric and of one Region (kms.md 1.7).
Refusal check_kind(const KmsRequest& request, const State& state) {
  const events::KmsCall::Reader call = request.parameters;
  const std::string_view spec = text(call.getNewKeySpec());
  if (spec == "SM2" && !request.region(state).starts_with("cn-")) {
    return refusal(KmsError::UNSUPPORTED_OPERATION,
                   fmt::format("KeySpec SM2 is not supported in {}.", request.region(state)));
  }
  if (!in_store(asked_origin(call))) return {};
  if (!spec.empty() && spec != "SYMMETRIC_DEFAULT") {
    return refusal(KmsError::UNSUPPORTED_OPERATION,
                   fmt::format("KeySpec {} is not supported in a custom key store.", spec));
  }
  if (!call.getMultiRegion()) return {};
  return refusal(KmsError::UNSUPPORTED_OPERATION,
                 "Multi-Region keys are not supported in a custom key store.");
}

Refusal check_store(const State& state, const KmsRequest& request) {
  const events::KmsCall::Reader call = request.parameters;
  if (!in_store(asked_origin(call))) return {};
  const std::uint32_t store = named_store(state, request);
  if (store == kNone) return store_refusal(state, request);
  const auto type = state.scenario().reader().getCustomKeyStores()[store].getType();
  const bool cloud_hsm = type == events::CustomKeyStore::Type::AWS_CLOUD_HSM;
  if (cloud_hsm != (asked_origin(call) == events::Origin::AWS_CLOUD_HSM)) {
    return refusal(KmsError::UNSUPPORTED_OPERATION,
                   fmt::format("Origin {} is not supported by this custom key store.",
                               origin_name(asked_origin(call))));
  }
  return store_refusal(state, request);
}

}  // namespace

Refusal check_room(const Deciding& d, std::uint32_t realm) {
  std::uint32_t keys = 0;
  for (std::uint32_t key = 0; key < d.state.keys.size(); ++key) {
    const KmsKey& found = d.state.keys[key];
    if (found.created && !found.deleted && d.state.scenario().key_realms[key] == realm &&
        described(d.state, key).getManager() == events::Key::Manager::CUSTOMER) {
      ++keys;
    }
  }
  if (keys < d.settings().keys_max) return {};
  return refusal(KmsError::LIMIT_EXCEEDED,
                 fmt::format("The account has {} KMS keys in {}, which is its limit.", keys,
                             d.state.scenario().realm_region(realm)));
}

Refusal validate_new_key(const Deciding&, const KmsRequest& request) {
  const events::KmsCall::Reader call = request.parameters;
  if (call.getDescription().size() > kDescriptionMax) {
    return validation_error("description", "Member must have length less than or equal to 8192");
  }
  if (Refusal refusal = validate_usage(call)) return refusal;
  if (Refusal refusal = validate_origin(call)) return refusal;
  return check_policy_text(text(call.getPolicy()));
}

Refusal check_new_key(Deciding& d, KmsRequest& request) {
  const events::KmsCall::Reader call = request.parameters;
  if (Refusal refusal = check_kind(request, d.state)) return refusal;
  if (Refusal refusal = check_store(d.state, request)) return refusal;
  if (Refusal refusal = check_first_tags(call)) return refusal;
  if (Refusal refusal = check_room(d, request.realm)) return refusal;
  if (call.getPolicy().size() != 0) {
    if (Refusal refusal = check_new_policy(d, request, text(call.getPolicy()), kNone)) {
      return refusal;
    }
  }
  law(call.getNewKey() != kNone && !at(d.state.keys, call.getNewKey()).created,
      "CreateKey makes a key that is not there yet");
  request.key = call.getNewKey();
  return {};
}

Refusal check_first_tags(events::KmsCall::Reader call) {
  if (Refusal refusal = check_tags(call)) return refusal;
  return call.getTags().size() <= kTagsMax ? Refusal() : refusal(KmsError::TAG, "Too many tags");
}

Refusal check_tag_name(std::string_view name) {
  if (name.empty() || name.size() > kTagNameMax) {
    return refusal(KmsError::TAG, "Tag keys must have between 1 and 128 characters");
  }
  if (name.starts_with("aws:")) {
    return refusal(KmsError::TAG, "Tags beginning with aws: are reserved");
  }
  return {};
}

Refusal check_tags(events::KmsCall::Reader call) {
  std::set<std::string_view> names;
  for (const auto tag : call.getTags()) {
    if (Refusal refusal = check_tag_name(text(tag.getName()))) return refusal;
    if (tag.getValue().size() > kTagValueMax) {
      return refusal(KmsError::TAG, "Tag values must have at most 256 characters");
    }
    if (!names.insert(text(tag.getName())).second) {
      return refusal(KmsError::TAG, "Duplicate tag keys");
    }
  }
  return {};
}

}  // namespace tablekey::model::kms
