#include "model/iam/policy_syntax.h"

#include <algorithm>
#include <array>

#include "model/iam/characters.h"

namespace tablekey::model::iam {
namespace {

bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_account(std::string_view text) {
  return text.size() == 12 && std::ranges::all_of(text, is_digit);
}

constexpr std::array<std::string_view, 8> kPartitions = {
    "aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"};

bool is_partition(std::string_view text) {
  return std::ranges::find(kPartitions, text) != kPartitions.end();
}

/// The beginnings a resource of IAM itself may have; the last part of its ARN.
constexpr std::array<std::string_view, 13> kIamResources = {
    "user/",   "federated-user/", "role/",         "group/",         "instance-profile/",
    "mfa/",    "policy/",         "sms-mfa/",      "saml-provider/", "server-certificate/",
    "report/", "oidc-provider/",  "access-report/"};

/// The parts of an ARN; those a short one leaves out are empty.
struct ArnParts {
  std::array<std::string_view, 6> part;
  std::size_t count = 0;
};

ArnParts split(std::string_view arn) {
  ArnParts parts;
  while (parts.count < parts.part.size()) {
    const bool last = parts.count + 1 == parts.part.size();
    const std::size_t colon = last ? std::string_view::npos : arn.find(':');
    parts.part[parts.count++] = arn.substr(0, colon);
    if (colon == std::string_view::npos) break;
    arn.remove_prefix(colon + 1);
  }
  return parts;
}

bool has_wildcard(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

/// The ARN as the service prints it in a refusal: parts that are left out are stars.
std::string completed_arn(const ArnParts& parts) {
  std::string text = "arn";
  for (std::size_t i = 1; i < parts.part.size(); ++i) {
    text += ":";
    text += i < parts.count ? parts.part[i] : "*";
  }
  return text;
}

/// A resource of IAM itself is in no region and begins with its kind.
std::optional<std::string> iam_resource_fault(std::string_view resource, const ArnParts& parts) {
  const std::string_view region = parts.part[3];
  const std::string_view last = parts.part[5];
  if (!region.empty() && region != "*") {
    return "IAM resource " + std::string(resource) + " cannot contain region information.";
  }
  const bool known = std::ranges::any_of(
      kIamResources, [&](std::string_view start) { return last.starts_with(start); });
  if (parts.count < 6 || last == "*" || known) return std::nullopt;
  return "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, "
         "group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, "
         "saml-provider/, oidc-provider/, report/, access-report/.";
}

/// `AIDA...` and its like: capitals and digits, and four letters that tell what it was.
bool is_unique_id(std::string_view text) {
  constexpr std::array<std::string_view, 3> kBeginnings = {"AIDA", "AROA", "ASIA"};
  const bool known = std::ranges::any_of(
      kBeginnings, [&](std::string_view beginning) { return text.starts_with(beginning); });
  return known && text.size() >= 16 && text.size() <= 128 &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); });
}

/// Whether the last part of a principal's ARN names one identity.
bool is_identity(std::string_view service, std::string_view resource) {
  if (has_wildcard(resource) || resource.ends_with('/')) return false;
  if (service == "iam") return resource.starts_with("user/") || resource.starts_with("role/");
  if (resource.starts_with("federated-user/")) return true;
  constexpr std::string_view kSession = "assumed-role/";
  return resource.starts_with(kSession) && resource.substr(kSession.size()).contains('/');
}

PrincipalName account_name(std::string_view text, std::string_view account,
                           std::string_view partition) {
  return {PrincipalName::Kind::account, std::string(text), std::string(account),
          std::string(partition)};
}

}  // namespace

std::optional<std::string> action_fault(std::string_view action) {
  if (action == "*") return std::nullopt;
  const std::size_t colon = action.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
  }
  if (action.substr(colon + 1).contains(':')) {
    return "Actions/Condition can contain only one colon.";
  }
  const std::string_view vendor = action.substr(0, colon);
  const bool well = vendor == "*" || std::ranges::all_of(vendor, [](char c) {
                      return is_alphanumeric(c) || c == '-' || c == '.';
                    });
  if (!well) return "Vendor " + std::string(vendor) + " is not valid";
  if (colon + 1 == action.size()) return "The action names no operation.";
  return std::nullopt;
}

std::optional<std::string> resource_fault(std::string_view resource) {
  if (resource == "*") return std::nullopt;
  const ArnParts parts = split(resource);
  const auto& [arn, partition, vendor, region, account, last] = parts.part;
  if (parts.count < 2) {
    return "Resource " + std::string(resource) + " must be in ARN format or \"*\".";
  }
  if (arn != "arn" || (!is_partition(partition) && !has_wildcard(partition))) {
    return "Partition \"" + std::string(partition) + "\" is not valid for resource \"" +
           completed_arn(parts) + "\".";
  }
  if (parts.count < 3 || has_wildcard(vendor)) {
    return "Resource vendor must be fully qualified and cannot contain regexes.";
  }
  // An older parser, which the service still asks, takes a short ARN only where nothing is empty.
  if (vendor.empty() || (parts.count < 6 && resource.contains("::"))) {
    return std::string(kLegacyParsing);
  }
  if (vendor == "iam") return iam_resource_fault(resource, parts);
  // Buckets have no region; access points, which belong to an account, have one.
  if (vendor == "s3" && !region.empty() && region != "*" && account.empty()) {
    return "Resource " + std::string(resource) + " can not contain region information.";
  }
  return std::nullopt;
}

std::optional<std::string> sid_fault(std::string_view sid) {
  const auto allowed = [](char c) { return is_alphanumeric(c) || c == '_'; };
  if (std::ranges::all_of(sid, allowed)) return std::nullopt;
  return "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
         "expression [0-9A-Za-z]*";
}

std::optional<PrincipalName> parse_aws_principal(std::string_view text) {
  if (text == "*") return PrincipalName{PrincipalName::Kind::everyone, "*", {}, {}};
  if (is_account(text)) return account_name(text, text, {});
  if (is_unique_id(text)) {
    return PrincipalName{PrincipalName::Kind::unique_id, std::string(text), {}, {}};
  }
  const ArnParts parts = split(text);
  const auto& [arn, partition, service, region, account, resource] = parts.part;
  const bool known_service = service == "iam" || service == "sts";
  if (arn != "arn" || !is_partition(partition) || !known_service || !region.empty() ||
      !is_account(account)) {
    return std::nullopt;
  }
  if (service == "iam" && resource == "root") return account_name(text, account, partition);
  if (!is_identity(service, resource)) return std::nullopt;
  return PrincipalName{PrincipalName::Kind::identity, std::string(text), {}, {}};
}

std::optional<PrincipalName> parse_principal(std::string_view kind, std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (kind == "Service") {
    return PrincipalName{PrincipalName::Kind::service, std::string(text), {}, {}};
  }
  if (kind == "Federated" || kind == "CanonicalUser") {
    return PrincipalName{PrincipalName::Kind::other, std::string(text), {}, {}};
  }
  return std::nullopt;
}

TextPattern compile_resource(std::string_view resource, bool variables) {
  if (resource == "*") return TextPattern::compile("*", {.wildcards = true});
  std::string completed(resource);
  for (auto colons = std::ranges::count(resource, ':'); colons < 5; ++colons) completed += ":*";
  std::size_t head = 0;
  for (int i = 0; i < 5; ++i) head = completed.find(':', head) + 1;
  return TextPattern::compile(std::string_view(completed).substr(0, head), {.wildcards = true})
      .followed_by(TextPattern::compile(std::string_view(completed).substr(head),
                                        {.wildcards = true, .variables = variables}));
}

}  // namespace tablekey::model::iam
