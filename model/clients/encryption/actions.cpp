#include "model/clients/encryption/actions.h"

#include <fmt/format.h>

#include <algorithm>

namespace tablekey::model::encryption {

std::string_view action_name(Action action) {
  switch (action) {
    case Action::do_nothing:
      return "DO_NOTHING";
    case Action::sign_only:
      return "SIGN_ONLY";
    case Action::encrypt_and_sign:
      return "ENCRYPT_AND_SIGN";
  }
  return {};
}

Action AttributeActions::of(std::string_view attribute) const {
  const auto found = named.find(attribute);
  return found == named.end() ? otherwise : found->second;
}

bool AttributeActions::idle() const {
  return otherwise == Action::do_nothing &&
         std::all_of(named.begin(), named.end(),
                     [](const auto& entry) { return entry.second == Action::do_nothing; });
}

bool AttributeActions::encrypts() const {
  return otherwise == Action::encrypt_and_sign ||
         std::any_of(named.begin(), named.end(),
                     [](const auto& entry) { return entry.second == Action::encrypt_and_sign; });
}

void AttributeActions::set_index_key(std::string_view attribute) {
  named.insert_or_assign(std::string(attribute), std::min(of(attribute), Action::sign_only));
}

std::optional<Error> check(const CryptoConfig& config) {
  const auto error = [](Failure failure, std::string text) {
    return std::optional<Error>({failure, std::move(text)});
  };
  if (config.names.table.empty()) {
    return error(Failure::table_name_missing,
                 "A table name is required: it is part of what is signed");
  }
  if (config.actions.of(config.names.partition) == Action::encrypt_and_sign) {
    return error(Failure::key_would_be_encrypted, "Cannot encrypt partition key");
  }
  if (config.names.sort && config.actions.of(*config.names.sort) == Action::encrypt_and_sign) {
    return error(Failure::key_would_be_encrypted, "Cannot encrypt sort key");
  }
  for (const std::string_view reserved : {kDescriptionAttribute, kSignatureAttribute}) {
    if (config.actions.named.contains(reserved)) {
      return error(
          Failure::reserved_action,
          fmt::format("No override behavior can be set for reserved attribute \"{}\"", reserved));
    }
  }
  return std::nullopt;
}

}  // namespace tablekey::model::encryption
