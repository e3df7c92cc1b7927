// What is in an item: the keys that the items of a table may have, the shape of its indexes, and
// the values that are generated rather than given. Plaintext at rest is an item's serialization as
// a value of type M (items/serialize.h); the vault opens and seals it.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/dynamodb/items/attribute_value.h"
#include "model/dynamodb/items/validate.h"
#include "model/state.h"
#include "sim/distribution.h"
#include "sim/random.h"

namespace tablekey::model {

/// What the bytes of a generated value are a function of, besides the seed.
struct GeneratedValue {
  Origin origin;
  std::uint32_t item = 0, version = 0;
  sim::Time expires;  ///< its TTL attribute; zero: it has none
};

/// Bytes of a stored_record() (vault.h) before its ciphertext.
inline constexpr std::size_t kStoredHead = 4 + 4 + 12 + 16;

/// Where a partition key lies in a table's key space. Every index hashes in the same way.
std::uint64_t partition_hash(const items::AttributeValue& partition_key);

/// A secondary index as the scenario declares it.
struct IndexShape {
  std::string name;
  std::optional<items::KeySchema> key;  ///< none: nothing is ever in it
  events::SecondaryIndex::Projection projection{};
  std::vector<std::string> included;

  /// Whether the item has an entry in it: it has both key attributes, of the declared types.
  bool holds(const items::AttributeMap& item) const;
  /// That entry: the item's part that is projected, the table's and the index's keys always.
  items::AttributeMap entry(const items::AttributeMap& item,
                            const items::KeySchema& table_key) const;
  /// Whether an attribute is in its entries.
  bool projects(std::string_view attribute, const items::KeySchema& table_key) const;
};

/// The items that a family of tables may hold: generated ones 0 to items - 1, then those that steps
/// name. It never changes during a run.
class ItemSpace {
 public:
  ItemSpace(const ScenarioView& scenario, std::uint32_t family);

  const items::KeySchema& key() const { return key_; }
  const std::vector<IndexShape>& local_indexes() const { return local_indexes_; }
  const std::vector<IndexShape>& global_indexes() const { return global_indexes_; }

  std::uint32_t count() const { return generated_ + static_cast<std::uint32_t>(given_.size()); }
  /// The item's primary key.
  items::AttributeMap item_key(std::uint32_t item) const;
  items::AttributeValue partition_value(std::uint32_t item) const;
  /// Its sort key in ordered form (items/ordered_key.h); empty: the table has none.
  std::string ordered_sort(std::uint32_t item) const;
  /// All items with this partition key that may exist, in the order of their sort keys.
  std::vector<std::uint32_t> collection(const items::AttributeValue& partition) const;
  /// Those that share the item's partition key.
  std::vector<std::uint32_t> collection_of(std::uint32_t item) const;
  /// All items that may exist, by hash of the partition key, partition key, sort key: the order of
  /// a Scan. Worked out when it is first asked for.
  const std::vector<std::uint32_t>& scan_order() const;
  /// The item's place in scan_order().
  std::uint32_t scan_place(std::uint32_t item) const;

  // ---- generated values ----
  /// Bytes of its plaintext, and its size by DynamoDB's rules (dynamodb.md 9).
  struct Sizes {
    std::uint32_t plaintext = 0, item = 0, payload = 0;
    bool filled = false;  // it has a payload
  };
  Sizes sizes(const GeneratedValue& value) const;
  /// Only the latter.
  std::uint32_t item_size(const GeneratedValue& value) const {
    return filled_ && !drawn_sizes_ ? item_size_ : sizes(value).item;
  }
  /// Whether the sizes of written values are drawn (`item_size` of a workload).
  bool draws_sizes() const { return drawn_sizes_.has_value(); }
  /// Writes the plaintext but for the payload's bytes, and says where those go. `out` has
  /// sizes().plaintext bytes.
  std::span<std::uint8_t> write(const GeneratedValue& value, std::span<std::uint8_t> out) const;
  /// A generated value's attributes without Payload: index keys and TTL need no more.
  items::AttributeMap attributes(const GeneratedValue& value) const;
  /// The TTL attribute of a value that is generated at `now`; zero: generated items have none.
  sim::Time generated_expiry(sim::Time now) const;
  /// Of those that a table has from its start: the same for a table that is restored from it.
  sim::Time first_expiry() const { return first_expiry_; }
  const std::string& payload_name() const { return payload_name_; }

 private:
  enum class Role : std::uint8_t { partition, sort, group, rank, expiry, payload };
  struct Piece {
    std::string name;
    items::Type type{};
    Role role{};
    std::uint32_t number = 0;        // of the index attribute: each has values of its own
    std::vector<std::uint8_t> head;  // the name as it is serialized, and the value's tag
  };
  struct Value;  // of one piece

  void add_piece(const std::string& name, const std::string& type, Role role);
  void lay_out_pieces(events::Table::Reader root);
  void lay_out_given(const FamilyView& view);
  Value value_of(const Piece& piece, const GeneratedValue& value) const;
  items::AttributeValue attribute_of(const Piece& piece, const Value& value) const;
  std::uint64_t mixed(const GeneratedValue& value, std::uint32_t number) const;
  std::uint32_t wanted_size(const GeneratedValue& value) const;
  void read_sizes(const ScenarioView& scenario, std::uint32_t space);
  std::optional<std::uint32_t> generated_group(const items::AttributeValue& partition) const;

  items::KeySchema key_;
  std::vector<IndexShape> local_indexes_, global_indexes_;
  std::uint32_t generated_ = 0, item_size_ = 0, collection_ = 1, groups_ = 1;
  bool filled_ = false;  // every generated value has exactly item_size_, unless sizes are drawn
  std::optional<sim::Distribution> drawn_sizes_;  // bytes of written values
  sim::Random random_{0};
  std::vector<items::AttributeMap> given_;
  std::multimap<std::string, std::uint32_t> given_by_partition_;  // ordered form -> item
  std::vector<Piece> pieces_;  // by name, as an item's attributes are; without the payload
  std::string payload_name_;
  std::size_t payload_place_ = 0;  // how many pieces come before it
  std::vector<std::uint8_t> payload_head_;
  sim::Duration generated_ttl_;
  sim::Time first_expiry_;
  mutable std::once_flag ordered_;
  mutable std::vector<std::uint32_t> scan_order_, scan_places_;
};

/// The generated value that an item has at present; nothing where it is given or absent.
std::optional<GeneratedValue> generated_value(const State& state, std::uint32_t table,
                                              std::uint32_t item);
/// Of attributes that a caller gave: the table's enabled TTL attribute, if it is an N within range
/// (dynamodb.md 9); zero: none.
sim::Time given_expiry(const State& state, std::uint32_t table, const items::AttributeMap& item);
/// The same of an attribute that may yet be enabled; empty: none is.
sim::Time expiry_in(const std::string& attribute, const items::AttributeMap& item, sim::Time time);

/// An item from its plaintext at rest.
items::AttributeMap item_of(std::span<const std::uint8_t> plaintext);

}  // namespace tablekey::model
