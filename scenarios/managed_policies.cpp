// Finding them.
#include "scenarios/managed_policies.h"

#include <fmt/format.h>

#include "scenarios/characters.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

struct AwsPolicy {
  std::string_view name, action;
};

// What matters of them here: KMS and DynamoDB actions on everything.
constexpr AwsPolicy kAwsPolicies[] = {
    {"AdministratorAccess", R"("*")"},
    {"PowerUserAccess", R"("*")"},
    {"AmazonDynamoDBFullAccess", R"(["dynamodb:*","kms:DescribeKey","kms:ListAliases"])"},
    {"ReadOnlyAccess",
     R"(["kms:Describe*","kms:Get*","kms:List*","dynamodb:BatchGet*","dynamodb:Describe*",)"
     R"("dynamodb:Get*","dynamodb:List*","dynamodb:Query","dynamodb:Scan"])"},
    {"AWSKeyManagementServicePowerUser",
     R"(["kms:CreateAlias","kms:CreateKey","kms:DeleteAlias","kms:Describe*","kms:GenerateRandom",)"
     R"("kms:Get*","kms:List*","kms:TagResource","kms:UntagResource"])"},
};

}  // namespace

std::optional<DraftManagedPolicy> aws_policy(std::string_view arn) {
  constexpr std::string_view kPrefix = ":iam::aws:policy/";
  const std::size_t at = arn.find(kPrefix);
  if (!arn.starts_with("arn:") || at == std::string_view::npos) return std::nullopt;
  const std::string_view name = arn.substr(at + kPrefix.size());
  for (const AwsPolicy& known : kAwsPolicies) {
    if (known.name != name) continue;
    DraftManagedPolicy policy;
    policy.name = name;
    policy.arn = arn;
    policy.document = fmt::format(R"({{"Version":"2012-10-17","Statement":[)"
                                  R"({{"Effect":"Allow","Action":{},"Resource":"*"}}]}})",
                                  known.action);
    return policy;
  }
  return std::nullopt;
}

std::optional<DraftManagedPolicy> read_managed_policy(const Node& node, std::string_view field,
                                                      const Draft& draft,
                                                      Diagnostics& diagnostics) {
  const std::string* text = read_text(node, field, diagnostics);
  if (text == nullptr) return std::nullopt;
  const DraftManagedPolicy* own =
      find_managed_policy(draft, node.resource.empty() ? *text : node.resource);
  if (own != nullptr) return *own;
  if (auto known = aws_policy(*text)) return known;
  std::vector<std::string_view> names;
  for (const DraftManagedPolicy& one : draft.managed_policies) names.push_back(one.logical_id);
  diagnostics.error(node.place, fmt::format("{}: no managed policy '{}'", field, printable(*text)),
                    did_you_mean(*text, names));
  return std::nullopt;
}

}  // namespace tablekey::scenarios
