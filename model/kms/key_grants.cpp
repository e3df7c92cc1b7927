// Matching a request against grants: a table's by the shape they share, a step's by its terms.
#include "model/kms/key_grants.h"

#include <algorithm>

#include "model/kms/grant_rules.h"
#include "model/kms/grant_terms.h"
#include "model/law.h"
#include "model/planted.h"

namespace tablekey::model::kms {
namespace {

std::string_view source_arn(const iam::Request& asked) {
  for (const iam::ContextEntry& entry : asked.context) {
    if (entry.key == "aws:sourcearn" || entry.key == "aws:SourceArn") return entry.value;
  }
  return {};
}

}  // namespace

std::optional<std::uint64_t> KeyGrants::allowing_grant(const iam::Request& asked) const {
  if (!operation_ || !question_.on_key()) return std::nullopt;
  if (request_.as_service && request_.service == "dynamodb") {
    if (const auto found = of_table()) return found;
  }
  for (const StepResult& result : state_.results) {
    if (result.grant != kNone && allows(result.grant, asked)) return result.grant;
  }
  return std::nullopt;
}

bool KeyGrants::usable(std::uint32_t index) const {
  const Grant& grant = at(state_.grants, index);
  const bool token =
      std::find(request_.tokens.begin(), request_.tokens.end(), index) != request_.tokens.end();
  if (planted(Planted::retired_grant) && grant.key == question_.key) return true;
  return grant.key == question_.key && grant.usable(now_, token);
}

bool KeyGrants::in_table_grants() const {
  using enum GrantOperation;
  return *operation_ == describe_key || *operation_ == generate_data_key ||
         *operation_ == decrypt || *operation_ == encrypt || *operation_ == re_encrypt_from ||
         *operation_ == re_encrypt_to || *operation_ == retire_grant;
}

// A request with the table's context, or one that has none to compare.
std::optional<std::uint64_t> KeyGrants::of_table() const {
  if (!in_table_grants()) return std::nullopt;
  for (const std::uint32_t token : request_.tokens) {
    if (suits_table(token)) return token;
  }
  if (request_.table != kNone) {
    if (const auto found = among(at(state_.tables, request_.table).grants)) return found;
    if (!left_grants_behind()) return std::nullopt;
  }
  return among(at(state_.keys, question_.key).grants);
}

// KMS knows nothing of tables: until the end of a retired grant is visible it is one of the key's.
bool KeyGrants::left_grants_behind() const {
  if (!state_.scenario().has(Quirk::retired_grants_serve)) return false;
  const auto& versions = at(state_.tables, request_.table).keys;
  return !versions.empty() &&
         std::any_of(versions.begin(), versions.end() - 1,
                     [&](const TableKey& former) { return former.key == question_.key; });
}

std::optional<std::uint64_t> KeyGrants::among(const std::vector<std::uint32_t>& grants) const {
  for (const std::uint32_t index : grants) {
    if (suits_table(index)) return index;
  }
  return std::nullopt;
}

bool KeyGrants::suits_table(std::uint32_t index) const {
  const Grant& grant = at(state_.grants, index);
  return grant.table != kNone && usable(index) && has_context_of(grant.table);
}

// The Subset constraint of a table's grants.
bool KeyGrants::has_context_of(std::uint32_t table) const {
  if (request_.table == table && !question_.destination) return true;
  if (*operation_ == GrantOperation::describe_key || *operation_ == GrantOperation::retire_grant) {
    return true;
  }
  return carries("aws:dynamodb:tableName", state_.table_name(table)) &&
         carries("aws:dynamodb:subscriberId", state_.table_account(table));
}

bool KeyGrants::carries(std::string_view name, std::string_view value) const {
  const auto& pairs = buffers_.encryption_context;
  return std::any_of(pairs.begin(), pairs.end(),
                     [&](const auto& pair) { return pair.first == name && pair.second == value; });
}

bool KeyGrants::allows(std::uint32_t index, const iam::Request& asked) const {
  const Grant& grant = at(state_.grants, index);
  if (grant.step == 0 || !usable(index)) return false;
  if (planted(Planted::grant_unchecked)) return true;
  GrantTerms unused;
  const GrantView view{&terms_of_grant(state_, grant, unused), {}, issuing_account(state_, grant)};
  GrantUse use;
  use.operation = *operation_;
  use.caller.principal = asked.principal;
  if (request_.as_service) {
    use.caller.service_in_grants = regional_service(state_, request_, buffers_);
  }
  use.context = buffers_.encryption_context;
  use.source_arn = source_arn(asked);
  if (request_.operation == events::KmsOperation::CREATE_GRANT && request_.from_step()) {
    const auto& child = at(state_.scenario().grant_terms, request_.step - 1);
    if (child) use.child = &*child;
  }
  return grant_allows(view, use);
}

}  // namespace tablekey::model::kms
