// The properties that CloudFormation's table types share, read into a draft: keys, indexes, stream,
// throughput, time to live, recovery, and our own metadata.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/draft.h"
#include "scenarios/map_reader.h"
#include "scenarios/stack.h"

namespace tablekey::scenarios {

// 3 to 255 letters, digits, '_', '-' and '.'.
[[nodiscard]] bool is_table_name(std::string_view name);
// Name and place of the table, which no other table of that place may have.
void read_table_name(Stack& stack, const Resource& resource, const MapReader& reader,
                     const Draft& draft, DraftTable& table);
// A list, or nothing: absent, open or reported.
[[nodiscard]] const Node* list_property(const MapReader& reader, std::string_view property,
                                        Diagnostics& diagnostics);

// AttributeDefinitions, KeySchema and both kinds of index.
void read_keys_and_indexes(const MapReader& reader, DraftTable& table, Diagnostics& diagnostics);
// One index by its definition, as CreateTable and UpdateTable have it. Nothing after an error, or
// where DynamoDB would refuse it, which is said.
[[nodiscard]] std::optional<DraftIndex> read_index(const Node& node, bool local, DraftTable& table,
                                                   Diagnostics& diagnostics);

// { ReadCapacityUnits, WriteCapacityUnits }.
struct Throughput {
  std::uint32_t read = 0, write = 0;
};
[[nodiscard]] Throughput read_throughput(const Node& node, std::string_view field,
                                         Diagnostics& diagnostics);

// { MaxReadRequestUnits, MaxWriteRequestUnits }; 0: no limit. Nothing after an error.
[[nodiscard]] std::optional<Throughput> read_request_limits(const Node& node,
                                                            std::string_view field,
                                                            Diagnostics& diagnostics);

void read_billing(const MapReader& reader, DraftTable& table, Diagnostics& diagnostics);
void read_stream(const MapReader& reader, DraftTable& table, Diagnostics& diagnostics);
void read_time_to_live(const MapReader& reader, DraftTable& table, Diagnostics& diagnostics);
// PointInTimeRecoverySpecification, ContributorInsightsSpecification, DeletionProtectionEnabled,
// TableClass and Tags: a replica has its own.
void read_replica_properties(const MapReader& reader, DraftTable& table, Diagnostics& diagnostics);

// Metadata.tablekey: what is in the table, who makes it and when.
void read_table_metadata(Stack& stack, const Resource& resource, const Draft& draft,
                         DraftTable& table);

// How DynamoDB's words stand in a list; the first is the default.
inline constexpr std::string_view kStreamViews[] = {"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE",
                                                    "NEW_AND_OLD_IMAGES"};

}  // namespace tablekey::scenarios
