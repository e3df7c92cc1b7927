#include "model/kms/grant_making.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/iam/policy_syntax.h"

namespace tablekey::model::kms {
namespace {

using Checked = std::optional<GrantRefusal>;

constexpr std::string_view kValidation = "ValidationException";
constexpr std::string_view kInvalidArn = "InvalidArnException";

/// The rules in words, in the order of GrantFault.
constexpr std::array<std::string_view, 19> kReasons = {
    "no-grantee",
    "two-grantees",
    "grantee-is-not-a-principal",
    "grantee-is-a-group-or-organization",
    "two-retiring-principals",
    "retiring-principal-is-not-a-principal",
    "retiring-principal-is-a-group-or-organization",
    "not-a-service-principal",
    "service-grantee-without-source-arn",
    "service-grantee-without-retiring-principal",
    "no-operations",
    "operation-not-a-grant-operation",
    "operation-not-supported-by-key",
    "two-encryption-context-constraints",
    "constraint-on-a-key-without-encryption-context",
    "more-than-8-pairs",
    "pair-value-longer-than-384-characters",
    "source-arn-is-not-an-arn",
    "name-malformed",
};

GrantRefusal refuse(GrantFault fault, std::string message) {
  const bool arn = fault == GrantFault::grantee_form || fault == GrantFault::grantee_is_a_group ||
                   fault == GrantFault::retiring_form || fault == GrantFault::retiring_is_a_group ||
                   fault == GrantFault::source_arn_form;
  return {fault, arn ? kInvalidArn : kValidation, std::move(message),
          kReasons[static_cast<std::size_t>(fault)]};
}

/// The service's words for a parameter that breaks the API model (kms.md 3.0).
std::string shape_message(std::string_view value, std::string_view parameter,
                          std::string_view constraint) {
  return fmt::format(
      "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: {}", value,
      parameter, constraint);
}

bool is_service_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return text.contains('.') && !text.starts_with('.') && !text.ends_with('.') &&
         std::ranges::all_of(text, allowed);
}

/// An IAM group, an organisation or one of its parts: AWS names these as what a grant cannot be to.
bool is_group(std::string_view text) {
  return text.contains(":organizations:") || text.contains(":group/") || text.starts_with("o-");
}

/// A principal's ARN as kms.md 5.1 lists them: account, user, role, federated user, session.
bool is_principal_arn(std::string_view text) {
  if (!text.starts_with("arn:")) return false;
  const auto principal = iam::parse_aws_principal(text);
  return principal && principal->kind != iam::PrincipalName::Kind::everyone;
}

/// A principal given as ARN, or by a service as a service's name.
Checked check_principal(const std::optional<std::string>& text, bool service_internal,
                        GrantFault form, GrantFault group) {
  if (!text || is_principal_arn(*text)) return std::nullopt;
  if (service_internal && is_service_name(*text)) return std::nullopt;
  return refuse(is_group(*text) ? group : form,
                fmt::format("ARN does not refer to a valid principal: {}", *text));
}

Checked check_service(const std::optional<std::string>& text, std::string_view parameter) {
  if (!text || is_service_name(*text)) return std::nullopt;
  return refuse(GrantFault::service_form,
                shape_message(*text, parameter, "Member must be a service principal"));
}

Checked check_name(const GrantDraft& draft) {
  if (!draft.name) return std::nullopt;
  const std::string& name = *draft.name;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
           c == '/' || c == '_' || c == '-';
  };
  std::string_view constraint;
  if (name.empty()) {
    constraint = "Member must have length greater than or equal to 1";
  } else if (!std::ranges::all_of(name, allowed)) {
    constraint = "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$";
  } else if (name.size() > kGrantNameCharactersMax) {
    constraint = "Member must have length less than or equal to 256";
  }
  if (constraint.empty()) return std::nullopt;
  return refuse(GrantFault::name_form, shape_message(name, "name", constraint));
}

Checked check_operation_names(const GrantDraft& draft) {
  if (draft.operations.empty()) {
    return refuse(
        GrantFault::operations_missing,
        shape_message("[]", "operations", "Member must have length greater than or equal to 1"));
  }
  const bool known = std::ranges::all_of(
      draft.operations, [](const std::string& name) { return grant_operation(name).has_value(); });
  if (known) return std::nullopt;
  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < kGrantOperationCount; ++i) {
    values.push_back(name(static_cast<GrantOperation>(i)));
  }
  return refuse(
      GrantFault::operation_unknown,
      shape_message(fmt::format("[{}]", fmt::join(draft.operations, ", ")), "operations",
                    fmt::format("Member must satisfy constraint: [Member must satisfy enum value "
                                "set: [{}]]",
                                fmt::join(values, ", "))));
}

Checked check_grantee(const GrantDraft& draft) {
  if (!draft.grantee && !draft.grantee_service) {
    return refuse(GrantFault::grantee_missing,
                  "You must specify either GranteePrincipal or GranteeServicePrincipal.");
  }
  if (draft.grantee && draft.grantee_service) {
    return refuse(GrantFault::grantee_twice,
                  "You can specify either GranteePrincipal or GranteeServicePrincipal, but not "
                  "both.");
  }
  if (auto fault = check_principal(draft.grantee, draft.service_internal, GrantFault::grantee_form,
                                   GrantFault::grantee_is_a_group)) {
    return fault;
  }
  return check_service(draft.grantee_service, "granteeServicePrincipal");
}

Checked check_retiring(const GrantDraft& draft) {
  if (draft.retiring && draft.retiring_service) {
    return refuse(GrantFault::retiring_twice,
                  "You can specify either RetiringPrincipal or RetiringServicePrincipal, but not "
                  "both.");
  }
  if (auto fault = check_principal(draft.retiring, draft.service_internal,
                                   GrantFault::retiring_form, GrantFault::retiring_is_a_group)) {
    return fault;
  }
  return check_service(draft.retiring_service, "retiringServicePrincipal");
}

/// A service that is granted the use of a key must be tied to a resource and be retirable.
Checked check_service_grantee(const GrantDraft& draft) {
  if (!draft.grantee_service) return std::nullopt;
  if (!draft.source_arn) {
    return refuse(GrantFault::service_without_source_arn,
                  "A grant with a GranteeServicePrincipal must have a SourceArn constraint.");
  }
  if (!draft.retiring && !draft.retiring_service) {
    return refuse(GrantFault::service_without_retiring,
                  "A grant with a GranteeServicePrincipal must have a RetiringPrincipal or a "
                  "RetiringServicePrincipal.");
  }
  return std::nullopt;
}

/// UTF-8 code points: every byte that does not continue one.
std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

Checked check_pairs(const std::optional<GrantDraft::Pairs>& pairs, std::string_view parameter) {
  if (!pairs) return std::nullopt;
  if (pairs->size() > kGrantPairsMax) {
    return refuse(GrantFault::pairs_too_many,
                  fmt::format("1 validation error detected: Value at '{}' failed to satisfy "
                              "constraint: Member must have length less than or equal to {}",
                              parameter, kGrantPairsMax));
  }
  for (const auto& [key, value] : *pairs) {
    if (character_count(value) > kGrantPairValueCharactersMax) {
      return refuse(GrantFault::pair_value_too_long,
                    fmt::format("1 validation error detected: Value at '{}.{}' failed to satisfy "
                                "constraint: Member must have length less than or equal to {}",
                                parameter, key, kGrantPairValueCharactersMax));
    }
  }
  return std::nullopt;
}

Checked check_constraints(const GrantDraft& draft, GrantKeyTypes types) {
  if (draft.equals && draft.subset) {
    return refuse(GrantFault::constraint_twice, "More than one constraint supplied");
  }
  if ((draft.equals || draft.subset) && !types.contains(GrantKeyType::symmetric_encryption)) {
    return refuse(GrantFault::constraint_on_this_key,
                  "Encryption context constraints are valid only in a grant for a symmetric "
                  "encryption KMS key.");
  }
  if (auto fault = check_pairs(draft.equals, "constraints.encryptionContextEquals")) return fault;
  if (auto fault = check_pairs(draft.subset, "constraints.encryptionContextSubset")) return fault;
  // A pattern that is a pattern of itself has the six parts of an ARN.
  if (draft.source_arn && !arn_like(*draft.source_arn, *draft.source_arn)) {
    return refuse(GrantFault::source_arn_form,
                  fmt::format("The SourceArn constraint is not an ARN: {}", *draft.source_arn));
  }
  return std::nullopt;
}

GrantOperations operations_of(const GrantDraft& draft) {
  GrantOperations operations;
  for (const std::string& name : draft.operations) {
    if (const auto operation = grant_operation(name)) operations.add(*operation);
  }
  return operations;
}

Checked check_operations_suit(const GrantDraft& draft, GrantKeyTypes types) {
  const GrantOperations operations = operations_of(draft);
  if (types.suit(operations)) return std::nullopt;
  std::vector<std::string_view> names;
  operations.for_each([&](GrantOperation operation) { names.push_back(name(operation)); });
  return refuse(GrantFault::operation_unsuitable,
                fmt::format("The grant operations [{}] are not supported by the KMS key.",
                            fmt::join(names, ", ")));
}

/// Pairs sorted by key. Of a key that came twice the last value counts, as a parsed map has it.
GrantDraft::Pairs canonical(const GrantDraft::Pairs& pairs) {
  GrantDraft::Pairs sorted(pairs.rbegin(), pairs.rend());
  const auto key = [](const auto& pair) -> const std::string& { return pair.first; };
  std::ranges::stable_sort(sorted, {}, key);
  const auto repeated = std::ranges::unique(sorted, {}, key);
  sorted.erase(repeated.begin(), repeated.end());
  return sorted;
}

GrantTerms terms_of_draft(const GrantDraft& draft) {
  GrantTerms terms;
  terms.grantee = draft.grantee.value_or("");
  terms.grantee_service = draft.grantee_service.value_or("");
  terms.retiring = draft.retiring.value_or("");
  terms.retiring_service = draft.retiring_service.value_or("");
  terms.operations = operations_of(draft);
  if (draft.equals) {
    terms.constraint = GrantConstraint::equals;
    terms.pairs = canonical(*draft.equals);
  } else if (draft.subset) {
    terms.constraint = GrantConstraint::subset;
    terms.pairs = canonical(*draft.subset);
  }
  terms.source_arn = draft.source_arn.value_or("");
  terms.name = draft.name.value_or("");
  return terms;
}

}  // namespace

std::expected<GrantTerms, GrantRefusal> make_grant(const GrantDraft& draft, GrantKeyTypes types) {
  if (auto fault = check_name(draft)) return std::unexpected(*fault);
  if (auto fault = check_operation_names(draft)) return std::unexpected(*fault);
  if (auto fault = check_grantee(draft)) return std::unexpected(*fault);
  if (auto fault = check_retiring(draft)) return std::unexpected(*fault);
  if (auto fault = check_service_grantee(draft)) return std::unexpected(*fault);
  if (auto fault = check_constraints(draft, types)) return std::unexpected(*fault);
  if (auto fault = check_operations_suit(draft, types)) return std::unexpected(*fault);
  return terms_of_draft(draft);
}

GrantTerms grant_as_listed(const GrantDraft& draft) { return terms_of_draft(draft); }

}  // namespace tablekey::model::kms
