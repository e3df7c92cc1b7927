// What is in a global secondary index (dynamodb.md 3.5, 7): an entry for each item that has the
// index's key, written by the service some time after the item, sealed under a data key of the
// index's own. Local indexes lie with their partitions and are the vault's
// (Vault::open_local_entry).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "model/dynamodb/item_content.h"
#include "model/dynamodb/partitions.h"
#include "model/state.h"
#include "model/vault.h"

namespace tablekey::model {

/// An entry of an index, as far as State knows it.
struct IndexEntryView {
  std::uint32_t version = 0;  ///< of the item, when it was propagated
  std::uint32_t size = 0;     ///< by DynamoDB's rules
  std::uint32_t origin = 0;   ///< of a generated value
  sim::Time expires;          ///< likewise
  std::uint32_t structure = 0;
  bool has_tag = false;
  RecordTag tag;
  std::span<const std::uint8_t> sealed;  ///< of a given value; empty: generated
};

/// The item's entry; nothing: it has none (yet). Items that the table had from its start are in its
/// first indexes from the start too, without a record of their own.
std::optional<IndexEntryView> index_entry(const State& state, std::uint32_t table,
                                          std::uint32_t index, std::uint32_t item);

/// What a version of an item has in the index; nothing: no entry.
std::optional<items::AttributeMap> projected_entry(const ItemSpace& space, std::uint32_t index,
                                                   const items::AttributeMap& item);
/// The size of the entry of a generated value; nothing: no entry.
std::optional<std::uint32_t> generated_entry_size(const ItemSpace& space, std::uint32_t index,
                                                  const GeneratedValue& value);

/// The entry's attributes, opened for real under the index's data key. The table key must be
/// obtainable, as for Vault::read; there is an entry (a law).
items::AttributeMap open_index_entry(const State& state, Vault& vault, std::uint32_t table,
                                     std::uint32_t index, std::uint32_t item, sim::Time until);

/// The entries of an index in the order of a Query or a Scan over it.
struct IndexRow {
  IndexPlace place;
  std::uint32_t item = 0;
};
/// All of them, or those with one partition key. Only the key attributes of given values are opened
/// for it.
std::vector<IndexRow> index_rows(const State& state, Vault& vault, std::uint32_t table,
                                 std::uint32_t index, sim::Time until,
                                 const items::AttributeValue* partition_key = nullptr);

/// What DescribeTable shows of a global index (dynamodb.md 1.1).
struct IndexFacts {
  bool exists = false;
  std::string_view status;   ///< "CREATING", "UPDATING", "DELETING", "ACTIVE"
  bool backfilling = false;  ///< shown only while it is CREATING
  std::uint64_t items = 0, bytes = 0;
  std::uint64_t waiting = 0;  ///< changes that it has yet to see
};
IndexFacts index_facts(const State& state, std::uint32_t table, std::uint32_t index);
/// Whether a Query or Scan may name it: it exists, is not being made and not being deleted.
bool index_readable(const State& state, std::uint32_t table, std::uint32_t index);

/// The version of the table key that work for the table needs; 0: it is not encrypted.
std::uint32_t needed_version_of(const State& state, std::uint32_t table);

}  // namespace tablekey::model
