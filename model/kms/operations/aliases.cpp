// CreateAlias, UpdateAlias, DeleteAlias, ListAliases (kms.md 1.9). An alias is looked up anew by
// each request that uses it; what was found through it stays with whoever asked.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/kms/alias_index.h"
#include "model/kms/names.h"
#include "model/kms/operation.h"
#include "model/kms/paging.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace aliases {
namespace {

using events::KmsError;
using Operation = events::KmsOperation;

constexpr PageLimits kAliasPages{50, 100};
constexpr std::size_t kNameCharactersMax = 256;
constexpr std::string_view kPrefix = "alias/";
constexpr std::string_view kReserved = "alias/aws/";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
         c == '_' || c == '-' || c == ':';
}

Refusal validate_name(const Deciding&, const KmsRequest& request) {
  const std::string_view name(request.parameters.getAliasName());
  if (name.empty()) {
    return validation_error("aliasName", "Member must have length greater than or equal to 1");
  }
  if (name.size() > kNameCharactersMax) {
    return validation_error("aliasName", "Member must have length less than or equal to 256");
  }
  if (!std::ranges::all_of(name, is_name_character)) {
    return validation_error("aliasName",
                            "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$");
  }
  if (!name.starts_with(kPrefix) || name.size() == kPrefix.size()) {
    return refusal(KmsError::VALIDATION, "Invalid identifier");
  }
  return {};
}

// The API model lets a name have a colon, the guide does not (kms.md 1.3).
Refusal validate_new_name(const Deciding& d, const KmsRequest& request) {
  if (Refusal refusal = validate_name(d, request)) return refusal;
  const std::string_view name(request.parameters.getAliasName());
  if (name.starts_with(kReserved)) {
    const bool not_authorized = d.settings().reserved_alias_not_authorized;
    return refusal(
        not_authorized ? KmsError::NOT_AUTHORIZED : KmsError::INVALID_ALIAS_NAME,
        fmt::format("{} begins with {}, which is reserved for AWS managed keys.", name, kReserved));
  }
  if (name.contains(':')) {
    return refusal(KmsError::VALIDATION,
                   fmt::format("{} contains invalid characters for an alias", name));
  }
  return {};
}

// An alias is of the account and Region of its key.
Refusal check_realm(const Deciding& d, const KmsRequest& request) {
  if (d.state.scenario().key_realms[request.key] == request.realm) return {};
  return refusal(KmsError::NOT_FOUND,
                 fmt::format("Key '{}' does not exist", d.state.key_arn(request.key)));
}

Refusal check_room(const Deciding& d, const KmsRequest& request) {
  const std::uint32_t most = d.settings().aliases_per_key_max;
  if (d.state.alias_index.of_key(request.key).size() < most) return {};
  return refusal(KmsError::LIMIT_EXCEEDED,
                 fmt::format("{} has {} aliases, which is the most a key may have.",
                             d.state.key_arn(request.key), most));
}

Refusal check_create(Deciding& d, KmsRequest& request) {
  if (Refusal refusal = check_realm(d, request)) return refusal;
  const std::string_view name(request.parameters.getAliasName());
  if (find_alias(d.state, request.realm, name) != kNone) {
    return refusal(KmsError::ALREADY_EXISTS, fmt::format("An alias with the name {} already exists",
                                                         alias_arn(d.state, request.realm, name)));
  }
  return check_room(d, request);
}

/// Symmetric, HMAC or asymmetric: an alias moves only within one (kms.md 1.9).
enum class TypeClass : std::uint8_t { symmetric, hmac, asymmetric };
TypeClass class_of(events::Key::Reader key) {
  switch (family_of(key.getSpec())) {
    case KeyFamily::symmetric:
      return TypeClass::symmetric;
    case KeyFamily::hmac:
      return TypeClass::hmac;
    default:
      return TypeClass::asymmetric;
  }
}

Refusal check_update(Deciding& d, KmsRequest& request) {
  if (Refusal refusal = check_realm(d, request)) return refusal;
  const std::uint32_t from = at(d.state.aliases, request.alias).key;
  if (from == request.key) return {};
  const auto before = described(d.state, from);
  const auto after = described(d.state, request.key);
  if (class_of(before) != class_of(after) || before.getUsage() != after.getUsage()) {
    return refusal(KmsError::VALIDATION,
                   fmt::format("Alias {} cannot be moved to {}: both keys must have the same type "
                               "and the same key usage.",
                               alias_arn(d.state, request.realm,
                                         std::string_view(request.parameters.getAliasName())),
                               d.state.key_arn(request.key)));
  }
  return check_room(d, request);
}

void change(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const std::uint32_t alias = request.operation == Operation::CREATE_ALIAS
                                  ? static_cast<std::uint32_t>(d.state.aliases.size())
                                  : request.alias;
  auto changed = effect.initAliasChange();
  changed.setAlias(alias);
  changed.setVisibleAt(
      visible_at(d, request, events::Change::ALIAS, alias, d.settings().kms_alias_propagation));
}

Refusal validate_list(const Deciding&, const KmsRequest& request) {
  return check_page(request, kAliasPages);
}

/// ListAliases' KeyId: a key of the caller's account, by id or ARN. kNone: none is named.
Refusal find_listed_key(const Deciding& d, const KmsRequest& request, std::uint32_t& key) {
  const auto reference = request.parameters.getKeyId();
  if (reference.isNone()) return {};
  if (reference.isText()) {
    return refusal(KmsError::NOT_FOUND,
                   fmt::format("Invalid keyId '{}'", std::string_view(reference.getText())));
  }
  key = reference.isArn() ? reference.getArn() : reference.getId();
  const KmsKey& found = at(d.state.keys, key);
  const bool here = d.state.scenario().key_realms[key] == request.realm;
  if (here && found.created && !found.deleted) return {};
  return refusal(KmsError::NOT_FOUND, fmt::format("Key '{}' does not exist", d.state.key_arn(key)));
}

std::uint32_t rows(const State& state, const KmsRequest& request, std::uint32_t key) {
  if (key != kNone) return static_cast<std::uint32_t>(state.alias_index.of_key(key).size());
  return static_cast<std::uint32_t>(std::ranges::count_if(state.aliases, [&](const Alias& alias) {
    return alias.realm == request.realm && alias.key != kNone;
  }));
}

Refusal check_list(Deciding& d, KmsRequest& request) {
  if (Refusal refusal = find_listed_key(d, request, request.key)) return refusal;
  const auto page = page_of(request, kAliasPages, rows(d.state, request, request.key));
  return page ? Refusal() : page.error();
}

void list(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  set_listed(effect, page_of(request, kAliasPages, rows(d.state, request, request.key)).value());
}

constexpr OperationRow changing(Operation operation, std::string_view name) {
  OperationRow row;
  row.operation = operation;
  row.name = name;
  row.subject = Subject::alias;
  row.read_only = false;
  row.ends_aws_managed = true;
  row.validate = validate_name;
  row.effect = change;
  return row;
}

constexpr std::array<OperationRow, 4> make_rows() {
  OperationRow creates = changing(Operation::CREATE_ALIAS, "CreateAlias");
  creates.validate = validate_new_name;
  creates.check = check_create;

  OperationRow updates = changing(Operation::UPDATE_ALIAS, "UpdateAlias");
  updates.check = check_update;

  OperationRow deletes = changing(Operation::DELETE_ALIAS, "DeleteAlias");
  deletes.quota_default = 15;

  OperationRow lists;
  lists.operation = Operation::LIST_ALIASES;
  lists.name = "ListAliases";
  lists.subject = Subject::account;
  lists.quota_default = 500;
  lists.validate = validate_list;
  lists.check = check_list;
  lists.effect = list;
  return {creates, updates, deletes, lists};
}

constexpr std::array<OperationRow, 4> kRows = make_rows();

}  // namespace
}  // namespace aliases

std::span<const OperationRow> alias_operations() { return aliases::kRows; }

}  // namespace tablekey::model::kms
