// The table of resource types, and the walk over the stack's resources.
#include "scenarios/resource_types.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/map_reader.h"
#include "scenarios/resources.h"

namespace tablekey::scenarios {
namespace {

const std::vector<ResourceType>& table() {
  static const std::vector<ResourceType> kTypes = {
      {"AWS::IAM::Role",
       {"RoleName", "Path", "Policies", "ManagedPolicyArns", "AssumeRolePolicyDocument",
        "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags"},
       {"PermissionsBoundary"},
       {"UniqueId"},
       identify_role,
       0,
       compile_role},
      {"AWS::IAM::User",
       {"UserName", "Path", "Policies", "ManagedPolicyArns", "Groups", "LoginProfile",
        "PermissionsBoundary", "Tags"},
       {"PermissionsBoundary", "Groups"},
       {"UniqueId"},
       identify_user,
       0,
       compile_user},
      {"AWS::KMS::Key",
       {"KeyPolicy", "Description", "Enabled", "EnableKeyRotation", "PendingWindowInDays", "Tags",
        "KeySpec", "KeyUsage", "MultiRegion", "Origin", "RotationPeriodInDays",
        "BypassPolicyLockoutSafetyCheck"},
       {"MultiRegion"},
       {"KeyId"},
       identify_key,
       1,
       compile_key},
      {"Tablekey::KMS::AWSManagedKey",
       {"Service", "KeyId"},
       {},
       {},
       identify_managed_key,
       1,
       compile_managed_key},
      {"AWS::KMS::Alias", {"AliasName", "TargetKeyId"}, {}, {}, identify_alias, 2, compile_alias},
      {"AWS::IAM::Policy",
       {"PolicyName", "PolicyDocument", "Roles", "Users", "Groups"},
       {"Groups"},
       {},
       identify_policy,
       3,
       compile_policy},
      {"AWS::IAM::ManagedPolicy",
       {"ManagedPolicyName", "PolicyDocument", "Roles", "Users", "Groups", "Path", "Description"},
       {"Groups"},
       {},
       identify_managed_policy,
       3,
       compile_managed_policy},
      {"AWS::DynamoDB::Table",
       {"TableName",
        "KeySchema",
        "AttributeDefinitions",
        "BillingMode",
        "ProvisionedThroughput",
        "StreamSpecification",
        "SSESpecification",
        "LocalSecondaryIndexes",
        "GlobalSecondaryIndexes",
        "TimeToLiveSpecification",
        "PointInTimeRecoverySpecification",
        "ContributorInsightsSpecification",
        "DeletionProtectionEnabled",
        "ImportSourceSpecification",
        "KinesisStreamSpecification",
        "OnDemandThroughput",
        "ResourcePolicy",
        "TableClass",
        "Tags",
        "WarmThroughput"},
       {"TimeToLiveSpecification", "PointInTimeRecoverySpecification", "ImportSourceSpecification",
        "KinesisStreamSpecification", "ResourcePolicy", "DeletionProtectionEnabled"},
       {"Copies", "Items", "ItemSize", "Collection", "CreatedBy", "Create"},
       identify_table,
       4,
       compile_table},
  };
  return kTypes;
}

void note_inert(const Resource& resource, Diagnostics& diagnostics) {
  if (resource.properties == nullptr) return;
  for (const Member& member : resource.properties->members) {
    const auto& inert = resource.known->inert;
    if (std::find(inert.begin(), inert.end(), member.key.text) == inert.end()) continue;
    diagnostics.note(member.key.place,
                     fmt::format("{} has no effect in this version", member.key.text));
  }
}

}  // namespace

const ResourceType* find_resource_type(std::string_view name) {
  for (const ResourceType& type : table()) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

std::vector<std::string_view> resource_type_names() {
  std::vector<std::string_view> names;
  for (const ResourceType& type : table()) names.push_back(type.name);
  return names;
}

void compile_resources(Stack& stack, Draft& draft) {
  std::vector<Resource*> order;
  for (Resource& resource : stack.resources()) {
    if (resource.known != nullptr) order.push_back(&resource);
  }
  std::stable_sort(order.begin(), order.end(), [](const Resource* a, const Resource* b) {
    return a->known->rank < b->known->rank;
  });
  for (Resource* resource : order) {
    note_inert(*resource, stack.diagnostics());
    resource->known->compile(stack, *resource, draft);
  }
}

}  // namespace tablekey::scenarios
