// What each resource type's row points to: naming the resource, and compiling it. One file a
// service: resources_iam.cpp, resources_key.cpp, resources_kms.cpp, resources_table.cpp …
#pragma once

#include <string>
#include <string_view>

#include "scenarios/draft.h"
#include "scenarios/map_reader.h"
#include "scenarios/stack.h"

namespace tablekey::scenarios {

Identity identify_role(Stack& stack, const Resource& resource);
Identity identify_user(Stack& stack, const Resource& resource);
Identity identify_policy(Stack& stack, const Resource& resource);
Identity identify_managed_policy(Stack& stack, const Resource& resource);
Identity identify_key(Stack& stack, const Resource& resource);
Identity identify_replica(Stack& stack, const Resource& resource);
Identity identify_managed_key(Stack& stack, const Resource& resource);
Identity identify_store(Stack& stack, const Resource& resource);
Identity identify_group(Stack& stack, const Resource& resource);
Identity identify_organization_policy(Stack& stack, const Resource& resource);
Identity identify_alias(Stack& stack, const Resource& resource);
Identity identify_table(Stack& stack, const Resource& resource);

void compile_role(Stack& stack, Resource& resource, Draft& draft);
void compile_user(Stack& stack, Resource& resource, Draft& draft);
void compile_policy(Stack& stack, Resource& resource, Draft& draft);
void compile_managed_policy(Stack& stack, Resource& resource, Draft& draft);
void compile_key(Stack& stack, Resource& resource, Draft& draft);
void compile_replica(Stack& stack, Resource& resource, Draft& draft);
void compile_managed_key(Stack& stack, Resource& resource, Draft& draft);
void compile_store(Stack& stack, Resource& resource, Draft& draft);
void compile_group(Stack& stack, Resource& resource, Draft& draft);
void compile_membership(Stack& stack, Resource& resource, Draft& draft);
void compile_organization_policy(Stack& stack, Resource& resource, Draft& draft);
// After all resources: boundaries and the policies of groups, which may be named before they stand.
void settle_identities(Stack& stack, Draft& draft);
void compile_alias(Stack& stack, Resource& resource, Draft& draft);
void compile_table(Stack& stack, Resource& resource, Draft& draft);
void compile_global_table(Stack& stack, Resource& resource, Draft& draft);
Identity identify_encryptor(Stack& stack, const Resource& resource);
void compile_encryptor(Stack& stack, Resource& resource, Draft& draft);
Identity identify_simple_table(Stack& stack, const Resource& resource);
void compile_simple_table(Stack& stack, Resource& resource, Draft& draft);

// The value of a property that names the resource, or "" (it is absent, or was reported).
[[nodiscard]] std::string naming_property(Stack& stack, const Resource& resource,
                                          std::string_view property);
// Whose it is, and where: Metadata.tablekey's AccountId and Region, else the scenario's.
[[nodiscard]] std::string account_of(Stack& stack, const Resource& resource);
[[nodiscard]] std::string region_of(Stack& stack, const Resource& resource);
// All properties, resolved; an empty map where there are none.
[[nodiscard]] Node resolved_properties(Stack& stack, const Resource& resource);
// A reader of them that reports unknown ones as warnings.
[[nodiscard]] MapReader property_reader(Stack& stack, const Resource& resource,
                                        const Node& properties);
// A reader of Metadata.tablekey; unknown keys are errors. `node` must outlive it.
[[nodiscard]] MapReader metadata_reader(Stack& stack, const Resource& resource, const Node& node);
// Reports an AccountId or Region that is none.
void check_place(const MapReader& metadata, Diagnostics& diagnostics);
[[nodiscard]] Node resolved_metadata(Stack& stack, const Resource& resource);

// The KMS key that KMSMasterKeyId names: id, ARN, alias name, alias ARN or a reference. kNone after
// an error.
[[nodiscard]] std::uint32_t read_key(const Node& node, std::string_view field, Draft& draft,
                                     Diagnostics& diagnostics);
}  // namespace tablekey::scenarios
