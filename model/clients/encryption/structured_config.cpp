#include "model/clients/encryption/structured_config.h"

#include <fmt/format.h>

#include <algorithm>

namespace tablekey::model::encryption {
namespace {

using items::AttributeMap;

constexpr std::string_view kReservedPrefix = "aws_dbe_";
constexpr std::string_view kReservedContextPrefix = "aws-crypto-";

std::optional<Error> check_key(const StructuredConfig& config, std::string_view which,
                               const std::string& name) {
  const bool in_context = config.version() == 2;
  const CryptoAction required =
      in_context ? CryptoAction::sign_and_include_in_context : CryptoAction::sign_only;
  const auto action = config.actions.find(name);
  if (action != config.actions.end() && action->second == required) return std::nullopt;
  return Error{Failure::key_action,
               fmt::format("{} key attribute action MUST be {}", which,
                           in_context ? "SIGN_AND_INCLUDE_IN_ENCRYPTION_CONTEXT" : "SIGN_ONLY")};
}

/// An attribute that is written unsigned must be known as such to whoever reads, and the other way
/// round.
std::optional<Error> check_scope(const StructuredConfig& config, const std::string& name,
                                 CryptoAction action) {
  const bool is_signed = action != CryptoAction::do_nothing;
  if (is_signed == config.in_signature_scope(name)) return std::nullopt;
  if (is_signed) {
    return Error{Failure::unsigned_scope,
                 fmt::format("Attribute {} is configured to be signed but it is among the "
                             "attributes allowed to be unsigned.",
                             name)};
  }
  return Error{Failure::unsigned_scope,
               fmt::format("Attribute {} is configured as DO_NOTHING but it must also be in "
                           "unauthenticatedAttributes or begin with the "
                           "unauthenticatedAttributePrefix.",
                           name)};
}

std::optional<Error> check_attribute(const StructuredConfig& config, const std::string& name,
                                     CryptoAction action) {
  if (std::optional<Error> error = check_scope(config, name, action)) return error;
  if (!name.starts_with(kReservedPrefix) && !name.starts_with(kReservedContextPrefix)) {
    return std::nullopt;
  }
  return Error{Failure::reserved_action,
               fmt::format("Attribute: {} is reserved, and may not be configured.", name)};
}

std::string names_of(const AttributeMap& item) {
  std::string names;
  for (const items::Attribute& attribute : item) {
    if (!names.empty()) names += ' ';
    names += attribute.name;
  }
  return names.empty() ? "item is empty" : names;
}

std::optional<Error> check_keys_present(const StructuredConfig& config, const AttributeMap& item,
                                        std::string_view when) {
  std::string missing;
  if (!item.contains(config.names.partition)) {
    missing += fmt::format("Partition key '{}' does not exist in item. ", config.names.partition);
  }
  if (config.names.sort && !item.contains(*config.names.sort)) {
    missing += fmt::format("Sort key '{}' does not exist in item. ", *config.names.sort);
  }
  if (missing.empty()) return std::nullopt;
  return Error{Failure::key_missing, fmt::format("On {} : {}Item contains these attributes : {}.",
                                                 when, missing, names_of(item))};
}

std::optional<Error> check_context_present(const StructuredConfig& config,
                                           const AttributeMap& item) {
  for (const auto& [name, action] : config.actions) {
    if (action != CryptoAction::sign_and_include_in_context || item.contains(name)) continue;
    return Error{Failure::context_attribute_missing,
                 fmt::format("Attribute {} was configured with "
                             "SIGN_AND_INCLUDE_IN_ENCRYPTION_CONTEXT but was not present in item "
                             "to be encrypted.",
                             name)};
  }
  return std::nullopt;
}

bool is_legacy(const AttributeMap& item) {
  return item.contains(kDescriptionAttribute) && item.contains(kSignatureAttribute);
}

bool is_plaintext(const AttributeMap& item) {
  return !item.contains(kHeadAttribute) && !item.contains(kFootAttribute);
}

}  // namespace

std::uint8_t StructuredConfig::version() const {
  const bool some = std::any_of(actions.begin(), actions.end(), [](const auto& entry) {
    return entry.second == CryptoAction::sign_and_include_in_context;
  });
  return some ? 2 : 1;
}

bool StructuredConfig::in_signature_scope(std::string_view attribute) const {
  if (attribute == kHeadAttribute || attribute == kFootAttribute) return false;
  const bool prefixed = !unsigned_prefix.empty() && attribute.starts_with(unsigned_prefix);
  return !prefixed && !unsigned_attributes.contains(attribute);
}

std::optional<Error> check(const StructuredConfig& config) {
  if (config.names.table.empty()) return Error{Failure::table_name_missing, "Bad Table Name"};
  if (auto error = check_key(config, "Partition", config.names.partition)) return error;
  if (config.names.sort) {
    if (auto error = check_key(config, "Sort", *config.names.sort)) return error;
  }
  for (const auto& [name, action] : config.actions) {
    if (auto error = check_attribute(config, name, action)) return error;
  }
  if (!config.legacy) return std::nullopt;
  if (config.plaintext) {
    return Error{Failure::policies_collide,
                 "Cannot configure both a plaintext policy and a legacy config."};
  }
  return check(config.legacy->config);
}

Expected<Route> route_of_write(const StructuredConfig& config, const AttributeMap& item) {
  if (auto error = check_keys_present(config, item, "Encrypt")) {
    return std::unexpected(std::move(*error));
  }
  if (auto error = check_context_present(config, item)) return std::unexpected(std::move(*error));
  if (config.legacy && config.legacy->policy == Policy::force_write_allow_read) {
    return Route::legacy;
  }
  if (config.plaintext == Policy::force_write_allow_read) return Route::plaintext;
  return Route::structured;
}

Expected<Route> route_of_read(const StructuredConfig& config, const AttributeMap& item) {
  if (auto error = check_keys_present(config, item, "Decrypt")) {
    return std::unexpected(std::move(*error));
  }
  if (config.legacy && is_legacy(item)) {
    if (config.legacy->policy != Policy::forbid) return Route::legacy;
    return refused(Failure::legacy_forbidden,
                   "Legacy items are not allowed to be decrypted under "
                   "FORBID_LEGACY_ENCRYPT_FORBID_LEGACY_DECRYPT");
  }
  if (!is_plaintext(item)) return Route::structured;
  if (config.plaintext.value_or(Policy::forbid) != Policy::forbid) return Route::plaintext;
  return refused(Failure::plaintext_forbidden,
                 "Encrypted item missing expected header and footer attributes");
}

}  // namespace tablekey::model::encryption
