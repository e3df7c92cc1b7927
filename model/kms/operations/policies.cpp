// GetKeyPolicy, ListKeyPolicies, PutKeyPolicy (kms.md 3.2, 6.6-6.8). A key has exactly one policy,
// named `default`.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/kms/operation.h"
#include "model/kms/paging.h"
#include "model/kms/policy_check.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace policies {
namespace {

using events::KmsError;
using Operation = events::KmsOperation;

constexpr PageLimits kPolicyPages{100, 1'000};
constexpr std::uint32_t kPolicies = 1;
constexpr std::size_t kNameCharactersMax = 128;

Refusal validate_name(const Deciding&, const KmsRequest& request) {
  const std::string_view name(request.parameters.getPolicyName());
  const bool words = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!words) {
    return validation_error("policyName", "Member must satisfy regular expression pattern: [\\w]+");
  }
  if (name.size() > kNameCharactersMax) {
    return validation_error("policyName", "Member must have length less than or equal to 128");
  }
  return {};
}

Refusal check_name(const KmsRequest& request) {
  const std::string_view name(request.parameters.getPolicyName());
  if (name.empty() || name == "default") return {};
  return refusal(KmsError::NOT_FOUND, "No such policy exists");
}

Refusal check_get(Deciding&, KmsRequest& request) { return check_name(request); }

Refusal validate_put(const Deciding& d, const KmsRequest& request) {
  const std::string_view document(request.parameters.getPolicy());
  if (document.empty()) {
    return validation_error("policy", "Member must have length greater than or equal to 1");
  }
  if (Refusal refusal = validate_name(d, request)) return refusal;
  return check_policy_text(document);
}

Refusal check_put(Deciding& d, KmsRequest& request) {
  if (Refusal refusal = check_name(request)) return refusal;
  return check_new_policy(d, request, std::string_view(request.parameters.getPolicy()),
                          request.key);
}

void put(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  auto policy = effect.initPolicy();
  policy.setDocument(request.parameters.getPolicy());
  policy.setVisibleAt(visible_at(d, request, events::Change::KEY_POLICY, request.key,
                                 d.settings().kms_propagation));
}

Refusal validate_list(const Deciding&, const KmsRequest& request) {
  return check_page(request, kPolicyPages);
}

Refusal check_list(Deciding&, KmsRequest& request) {
  const auto page = page_of(request, kPolicyPages, kPolicies);
  return page ? Refusal() : page.error();
}

void list(Deciding&, const KmsRequest& request, events::KmsEffect::Builder effect) {
  set_listed(effect, page_of(request, kPolicyPages, kPolicies).value());
}

constexpr std::array<OperationRow, 3> make_rows() {
  OperationRow gets;
  gets.operation = Operation::GET_KEY_POLICY;
  gets.name = "GetKeyPolicy";
  gets.quota_default = 1'000;
  gets.validate = validate_name;
  gets.check = check_get;

  OperationRow lists;
  lists.operation = Operation::LIST_KEY_POLICIES;
  lists.name = "ListKeyPolicies";
  lists.quota_default = 100;
  lists.validate = validate_list;
  lists.check = check_list;
  lists.effect = list;

  OperationRow puts;
  puts.operation = Operation::PUT_KEY_POLICY;
  puts.name = "PutKeyPolicy";
  puts.read_only = false;
  puts.ends_aws_managed = true;
  puts.quota_default = 15;
  puts.validate = validate_put;
  puts.check = check_put;
  puts.effect = put;
  return {gets, lists, puts};
}

constexpr std::array<OperationRow, 3> kRows = make_rows();

}  // namespace
}  // namespace policies

std::span<const OperationRow> policy_operations() { return policies::kRows; }

}  // namespace tablekey::model::kms
