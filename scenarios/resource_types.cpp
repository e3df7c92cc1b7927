// The table of resource types, and the walk over the stack's resources.
#include "scenarios/resource_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "scenarios/map_reader.h"
#include "scenarios/resources.h"

namespace tablekey::scenarios {
namespace {

constexpr auto kRoleProperties = std::to_array<std::string_view>(
    {"RoleName", "Path", "Policies", "ManagedPolicyArns", "AssumeRolePolicyDocument", "Description",
     "MaxSessionDuration", "PermissionsBoundary", "Tags"});
constexpr auto kUserProperties =
    std::to_array<std::string_view>({"UserName", "Path", "Policies", "ManagedPolicyArns", "Groups",
                                     "LoginProfile", "PermissionsBoundary", "Tags"});
constexpr auto kPrincipalMetadata = std::to_array<std::string_view>({"UniqueId", "AccountId"});

constexpr auto kGroupProperties =
    std::to_array<std::string_view>({"GroupName", "Path", "Policies", "ManagedPolicyArns"});
constexpr auto kMembershipProperties = std::to_array<std::string_view>({"GroupName", "Users"});

constexpr auto kKeyProperties = std::to_array<std::string_view>(
    {"KeyPolicy", "Description", "Enabled", "EnableKeyRotation", "PendingWindowInDays", "Tags",
     "KeySpec", "KeyUsage", "MultiRegion", "Origin", "RotationPeriodInDays",
     "BypassPolicyLockoutSafetyCheck"});
constexpr auto kKeyMetadata = std::to_array<std::string_view>(
    {"KeyId", "Material", "CustomKeyStore", "XksKeyId", "AccountId", "Region"});
constexpr auto kReplicaProperties = std::to_array<std::string_view>(
    {"PrimaryKeyArn", "KeyPolicy", "Description", "Enabled", "PendingWindowInDays", "Tags"});
constexpr auto kReplicaMetadata = std::to_array<std::string_view>({"AccountId", "Region"});

constexpr auto kAwsManagedKeyProperties = std::to_array<std::string_view>({"Service", "KeyId"});

constexpr auto kStoreProperties = std::to_array<std::string_view>(
    {"CustomKeyStoreName", "CustomKeyStoreType", "CloudHsmClusterId", "KeyStorePassword",
     "TrustAnchorCertificate", "XksProxyUriEndpoint", "XksProxyUriPath", "XksProxyConnectivity",
     "XksProxyVpcEndpointServiceName", "XksProxyVpcEndpointServiceOwner",
     "XksProxyAuthenticationCredential"});
constexpr auto kStoreMetadata =
    std::to_array<std::string_view>({"Connected", "AccountId", "Region"});

constexpr auto kAliasProperties = std::to_array<std::string_view>({"AliasName", "TargetKeyId"});

constexpr auto kPolicyProperties =
    std::to_array<std::string_view>({"PolicyName", "PolicyDocument", "Roles", "Users", "Groups"});
constexpr auto kManagedPolicyProperties = std::to_array<std::string_view>(
    {"ManagedPolicyName", "PolicyDocument", "Roles", "Users", "Groups", "Path", "Description"});
constexpr auto kManagedPolicyMetadata = std::to_array<std::string_view>({"AccountId"});

constexpr auto kOrganizationPolicyProperties = std::to_array<std::string_view>(
    {"Name", "Content", "Type", "TargetIds", "Description", "Tags"});

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
constexpr auto kTableInert =
    std::to_array<std::string_view>({"ImportSourceSpecification", "KinesisStreamSpecification",
                                     "ResourcePolicy", "WarmThroughput"});
constexpr auto kTableMetadata =
    std::to_array<std::string_view>({"Copies", "Items", "ItemSize", "ItemLifetime", "Collection",
                                     "CreatedBy", "Create", "AccountId", "Region"});

constexpr auto kGlobalTableProperties = std::to_array<std::string_view>(
    {"TableName", "KeySchema", "AttributeDefinitions", "BillingMode", "StreamSpecification",
     "SSESpecification", "LocalSecondaryIndexes", "GlobalSecondaryIndexes",
     "TimeToLiveSpecification", "Replicas", "WarmThroughput", "MultiRegionConsistency",
     "GlobalTableWitnesses", "GlobalTableSourceArn", "GlobalTableSettingsReplicationMode",
     "WriteProvisionedThroughputSettings", "WriteOnDemandThroughputSettings",
     "ReadProvisionedThroughputSettings", "ReadOnDemandThroughputSettings"});
constexpr auto kGlobalTableInert = std::to_array<std::string_view>(
    {"WarmThroughput", "MultiRegionConsistency", "GlobalTableWitnesses", "GlobalTableSourceArn",
     "GlobalTableSettingsReplicationMode", "WriteOnDemandThroughputSettings",
     "ReadOnDemandThroughputSettings"});

constexpr auto kEncryptorProperties = std::to_array<std::string_view>(
    {"Format", "Provider", "KeyId", "KeyName", "KeyNamespace", "DefaultAction", "Actions",
     "CacheTtl", "CacheCapacity", "KeyStore", "WrappingAlgorithm", "Signatures", "PlaintextPolicy",
     "LegacyPolicy"});

constexpr auto kSimpleTableProperties = std::to_array<std::string_view>(
    {"TableName", "PrimaryKey", "ProvisionedThroughput", "SSESpecification", "Tags",
     "PointInTimeRecoverySpecification"});

constexpr auto kResourceTypes = std::to_array<ResourceType>({
    {"AWS::Organizations::Policy",
     kOrganizationPolicyProperties,
     {},
     {},
     identify_organization_policy,
     0,
     compile_organization_policy},
    {"AWS::IAM::Role", kRoleProperties, {}, kPrincipalMetadata, identify_role, 0, compile_role},
    {"AWS::IAM::User", kUserProperties, {}, kPrincipalMetadata, identify_user, 0, compile_user},
    {"AWS::IAM::Group", kGroupProperties, {}, {}, identify_group, 0, compile_group},
    {"Tablekey::KMS::CustomKeyStore",
     kStoreProperties,
     {},
     kStoreMetadata,
     identify_store,
     0,
     compile_store},
    {"AWS::KMS::Key", kKeyProperties, {}, kKeyMetadata, identify_key, 1, compile_key},
    {"Tablekey::KMS::AWSManagedKey",
     kAwsManagedKeyProperties,
     {},
     {},
     identify_managed_key,
     1,
     compile_managed_key},
    {"AWS::KMS::ReplicaKey",
     kReplicaProperties,
     {},
     kReplicaMetadata,
     identify_replica,
     2,
     compile_replica},
    {"AWS::KMS::Alias", kAliasProperties, {}, {}, identify_alias, 3, compile_alias},
    {"AWS::IAM::Policy", kPolicyProperties, {}, {}, identify_policy, 4, compile_policy},
    {"AWS::IAM::ManagedPolicy",
     kManagedPolicyProperties,
     {},
     kManagedPolicyMetadata,
     identify_managed_policy,
     4,
     compile_managed_policy},
    {"AWS::IAM::UserToGroupAddition",
     kMembershipProperties,
     {},
     {},
     identify_policy,
     5,
     compile_membership},
    {"AWS::DynamoDB::Table", kTableProperties, kTableInert, kTableMetadata, identify_table, 6,
     compile_table},
    {"AWS::DynamoDB::GlobalTable", kGlobalTableProperties, kGlobalTableInert, kTableMetadata,
     identify_table, 6, compile_global_table},
    {"AWS::Serverless::SimpleTable",
     kSimpleTableProperties,
     {},
     kTableMetadata,
     identify_simple_table,
     6,
     compile_simple_table},
    {"Tablekey::DynamoDB::ItemEncryptor",
     kEncryptorProperties,
     {},
     {},
     identify_encryptor,
     7,  // its key store is a table
     compile_encryptor},
});

// What is read and changes nothing is said once a file, however many resources have it.
void note_inert(const std::vector<Resource*>& resources, Diagnostics& diagnostics) {
  std::set<std::pair<std::uint32_t, std::string_view>> said;
  for (const Resource* resource : resources) {
    if (resource->properties == nullptr) continue;
    const auto& inert = resource->known->inert;
    for (const Member& member : resource->properties->members) {
      if (std::find(inert.begin(), inert.end(), member.key.text) == inert.end()) continue;
      if (!said.emplace(member.key.place.source, member.key.text).second) continue;
      diagnostics.note(member.key.place,
                       fmt::format("{} has no effect in this version", member.key.text));
    }
  }
}

}  // namespace

const ResourceType* find_resource_type(std::string_view name) {
  for (const ResourceType& type : kResourceTypes) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

std::vector<std::string_view> resource_type_names() {
  std::vector<std::string_view> names;
  for (const ResourceType& type : kResourceTypes) names.push_back(type.name);
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
  note_inert(order, stack.diagnostics());
  for (Resource* resource : order) resource->known->compile(stack, *resource, draft);
  settle_identities(stack, draft);
}

}  // namespace tablekey::scenarios
