// The table of resource types, and the walk over the stack's resources.
#include "scenarios/resource_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/map_reader.h"
#include "scenarios/resources.h"

namespace tablekey::scenarios {
namespace {

constexpr auto kRoleProperties = std::to_array<std::string_view>(
    {"RoleName", "Path", "Policies", "ManagedPolicyArns", "AssumeRolePolicyDocument", "Description",
     "MaxSessionDuration", "PermissionsBoundary", "Tags"});
constexpr auto kRoleInert = std::to_array<std::string_view>({"PermissionsBoundary"});
constexpr auto kRoleMetadata = std::to_array<std::string_view>({"UniqueId"});

constexpr auto kUserProperties =
    std::to_array<std::string_view>({"UserName", "Path", "Policies", "ManagedPolicyArns", "Groups",
                                     "LoginProfile", "PermissionsBoundary", "Tags"});
constexpr auto kUserInert = std::to_array<std::string_view>({"PermissionsBoundary", "Groups"});
constexpr auto kUserMetadata = std::to_array<std::string_view>({"UniqueId"});

constexpr auto kKeyProperties = std::to_array<std::string_view>(
    {"KeyPolicy", "Description", "Enabled", "EnableKeyRotation", "PendingWindowInDays", "Tags",
     "KeySpec", "KeyUsage", "MultiRegion", "Origin", "RotationPeriodInDays",
     "BypassPolicyLockoutSafetyCheck"});
constexpr auto kKeyInert = std::to_array<std::string_view>({"MultiRegion"});
constexpr auto kKeyMetadata = std::to_array<std::string_view>({"KeyId"});

constexpr auto kAwsManagedKeyProperties = std::to_array<std::string_view>({"Service", "KeyId"});

constexpr auto kAliasProperties = std::to_array<std::string_view>({"AliasName", "TargetKeyId"});

constexpr auto kPolicyProperties =
    std::to_array<std::string_view>({"PolicyName", "PolicyDocument", "Roles", "Users", "Groups"});
constexpr auto kPolicyInert = std::to_array<std::string_view>({"Groups"});

constexpr auto kManagedPolicyProperties = std::to_array<std::string_view>(
    {"ManagedPolicyName", "PolicyDocument", "Roles", "Users", "Groups", "Path", "Description"});
constexpr auto kManagedPolicyInert = std::to_array<std::string_view>({"Groups"});

constexpr auto kTableProperties =
    std::to_array<std::string_view>({"TableName",
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
                                     "WarmThroughput"});
constexpr auto kTableInert = std::to_array<std::string_view>(
    {"TimeToLiveSpecification", "PointInTimeRecoverySpecification", "ImportSourceSpecification",
     "KinesisStreamSpecification", "ResourcePolicy", "DeletionProtectionEnabled"});
constexpr auto kTableMetadata = std::to_array<std::string_view>(
    {"Copies", "Items", "ItemSize", "Collection", "CreatedBy", "Create"});

constexpr auto kTypes = std::to_array<ResourceType>({
    {"AWS::IAM::Role", kRoleProperties, kRoleInert, kRoleMetadata, identify_role, 0, compile_role},
    {"AWS::IAM::User", kUserProperties, kUserInert, kUserMetadata, identify_user, 0, compile_user},
    {"AWS::KMS::Key", kKeyProperties, kKeyInert, kKeyMetadata, identify_key, 1, compile_key},
    {"Tablekey::KMS::AWSManagedKey",
     kAwsManagedKeyProperties,
     {},
     {},
     identify_managed_key,
     1,
     compile_managed_key},
    {"AWS::KMS::Alias", kAliasProperties, {}, {}, identify_alias, 2, compile_alias},
    {"AWS::IAM::Policy", kPolicyProperties, kPolicyInert, {}, identify_policy, 3, compile_policy},
    {"AWS::IAM::ManagedPolicy",
     kManagedPolicyProperties,
     kManagedPolicyInert,
     {},
     identify_managed_policy,
     3,
     compile_managed_policy},
    {"AWS::DynamoDB::Table", kTableProperties, kTableInert, kTableMetadata, identify_table, 4,
     compile_table},
});

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
  for (const ResourceType& type : kTypes) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

std::vector<std::string_view> resource_type_names() {
  std::vector<std::string_view> names;
  for (const ResourceType& type : kTypes) names.push_back(type.name);
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
