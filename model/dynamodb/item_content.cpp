// Laying out what a family's items may be, and what State says of an item's content.
#include "model/dynamodb/item_content.h"

#include <algorithm>
#include <numeric>

#include "crypto/bytes.h"
#include "crypto/sha256.h"
#include "events/text.h"
#include "model/dynamodb/item_groups.h"
#include "model/dynamodb/items/json.h"
#include "model/dynamodb/items/ordered_key.h"
#include "model/dynamodb/items/serialize.h"
#include "model/dynamodb/partitions.h"
#include "model/law.h"
#include "model/vault.h"

namespace tablekey::model {
namespace {

using events::string_of;

constexpr std::int64_t kNanosecondsOfSecond = 1'000'000'000;
constexpr std::int64_t kTtlYearsBack = 5;
constexpr std::int64_t kSecondsPerYear = 365 * 86'400;

items::KeyAttribute key_attribute(events::Attribute::Reader attribute) {
  items::KeyAttribute made;
  made.name = string_of(attribute.getName());
  items::type_of_name(string_of(attribute.getType()), made.type);
  return made;
}

items::KeySchema schema_of(events::Attribute::Reader hash, events::Attribute::Reader range) {
  items::KeySchema schema;
  schema.partition = key_attribute(hash);
  if (range.getName().size() != 0) schema.sort = key_attribute(range);
  return schema;
}

IndexShape index_shape(events::SecondaryIndex::Reader index) {
  IndexShape shape;
  shape.name = string_of(index.getName());
  if (index.getHashKey().getName().size() != 0) {
    shape.key = schema_of(index.getHashKey(), index.getRangeKey());
  }
  shape.projection = index.getProjection();
  for (auto name : index.getNonKeyAttributes()) shape.included.push_back(string_of(name));
  return shape;
}

}  // namespace

std::uint64_t partition_hash(const items::AttributeValue& partition_key) {
  const std::string ordered = items::ordered(partition_key);
  return crypto::load_big_endian<8>(crypto::sha256(crypto::bytes_of(ordered)).data());
}

bool IndexShape::holds(const items::AttributeMap& item) const {
  return key && items::has_key(item, *key);
}

bool IndexShape::projects(std::string_view attribute, const items::KeySchema& table_key) const {
  if (projection == events::SecondaryIndex::Projection::ALL) return true;
  if (table_key.find(attribute) != nullptr || (key && key->find(attribute) != nullptr)) return true;
  return projection == events::SecondaryIndex::Projection::INCLUDE &&
         std::find(included.begin(), included.end(), attribute) != included.end();
}

items::AttributeMap IndexShape::entry(const items::AttributeMap& item,
                                      const items::KeySchema& table_key) const {
  items::AttributeMap made;
  for (const items::Attribute& attribute : item) {
    if (projects(attribute.name, table_key)) made.set(attribute.name, attribute.value);
  }
  return made;
}

ItemSpace::ItemSpace(const ScenarioView& scenario, std::uint32_t family) {
  const FamilyView& view = scenario.families[family];
  const auto described = scenario.reader().getTables()[family];
  key_ = schema_of(described.getHashKey(), described.getRangeKey());
  for (auto index : described.getLocalIndexes()) local_indexes_.push_back(index_shape(index));
  for (auto index : described.getGlobalIndexes()) global_indexes_.push_back(index_shape(index));
  generated_ = view.items;
  item_size_ = view.item_size;
  collection_ = view.collection;
  groups_ = std::clamp(generated_ / 10, 1U, 1000U);
  const auto root = scenario.reader().getTables()[view.space];
  generated_ttl_ = sim::Duration::nanoseconds(root.getGeneratedTtl());
  const sim::Time begun = std::max(scenario.start, sim::Time::from_nanoseconds(root.getCreated()));
  first_expiry_ = generated_expiry(begun);
  lay_out_pieces(root);
  lay_out_given(view);
  read_sizes(scenario, view.space);
}

void ItemSpace::lay_out_given(const FamilyView& view) {
  for (std::uint32_t i = 0; i < view.given_keys.size(); ++i) {
    auto key = items::parse_item(view.given_keys[i]);
    given_.push_back(key ? std::move(*key) : items::AttributeMap());
    const items::AttributeValue* partition = given_.back().find(key_.partition.name);
    if (partition == nullptr || partition->type() != key_.partition.type) continue;
    given_by_partition_.emplace(items::ordered(*partition), generated_ + i);
  }
}

items::AttributeValue ItemSpace::partition_value(std::uint32_t item) const {
  const items::AttributeMap key = item_key(item);
  const items::AttributeValue* value = key.find(key_.partition.name);
  return value == nullptr ? items::AttributeValue() : *value;
}

std::string ItemSpace::ordered_sort(std::uint32_t item) const {
  if (!key_.sort) return {};
  const items::AttributeMap key = item_key(item);
  const items::AttributeValue* value = key.find(key_.sort->name);
  const bool sorts = value != nullptr && value->type() == key_.sort->type;
  return sorts ? items::ordered(*value) : std::string();
}

std::vector<std::uint32_t> ItemSpace::collection(const items::AttributeValue& partition) const {
  std::vector<std::pair<std::string, std::uint32_t>> found;
  const auto add = [&](std::uint32_t item) { found.emplace_back(ordered_sort(item), item); };
  if (const auto group = generated_group(partition)) {
    const std::uint32_t first = *group * collection_;
    const std::uint32_t end = std::min(first + collection_, generated_);
    for (std::uint32_t item = first; item < end; ++item) add(item);
  }
  const auto [from, to] = given_by_partition_.equal_range(items::ordered(partition));
  for (auto given = from; given != to; ++given) add(given->second);
  std::sort(found.begin(), found.end());
  std::vector<std::uint32_t> items;
  items.reserve(found.size());
  for (const auto& [sort, item] : found) items.push_back(item);
  return items;
}

std::vector<std::uint32_t> ItemSpace::collection_of(std::uint32_t item) const {
  if (item >= generated_ || !given_by_partition_.empty()) return collection(partition_value(item));
  // Generated sort keys go up with the items' numbers.
  const std::uint32_t first = item - item % collection_;
  std::vector<std::uint32_t> items(std::min(first + collection_, generated_) - first);
  std::iota(items.begin(), items.end(), first);
  return items;
}

const std::vector<std::uint32_t>& ItemSpace::scan_order() const {
  std::call_once(ordered_, [this] {
    struct Place {
      std::uint64_t hash;
      std::string key;
    };
    std::vector<Place> places(count());
    for (std::uint32_t item = 0; item < count(); ++item) {
      const items::AttributeValue partition = partition_value(item);
      if (partition.type() != key_.partition.type) continue;
      // Items that share a partition key follow each other, and so do their numbers.
      const bool same = item % collection_ != 0 && item < generated_;
      places[item].hash = same ? places[item - 1].hash : partition_hash(partition);
      places[item].key = items::ordered(partition) + ordered_sort(item);
    }
    scan_order_.resize(places.size());
    std::iota(scan_order_.begin(), scan_order_.end(), 0U);
    std::sort(scan_order_.begin(), scan_order_.end(), [&](std::uint32_t a, std::uint32_t b) {
      if (places[a].hash != places[b].hash) return places[a].hash < places[b].hash;
      if (const int order = places[a].key.compare(places[b].key); order != 0) return order < 0;
      return a < b;
    });
    scan_places_.resize(places.size());
    for (std::uint32_t i = 0; i < scan_order_.size(); ++i) scan_places_[scan_order_[i]] = i;
  });
  return scan_order_;
}

std::uint32_t ItemSpace::scan_place(std::uint32_t item) const {
  scan_order();
  return at(scan_places_, item);
}

// Whole seconds, as the attribute holds them.
sim::Time ItemSpace::generated_expiry(sim::Time now) const {
  if (generated_ttl_.count() == 0) return {};
  return ttl_time(ttl_seconds(now + generated_ttl_));
}

std::optional<GeneratedValue> generated_value(const State& state, std::uint32_t table,
                                              std::uint32_t item) {
  const State::ItemView view = state.item(table, item);
  if (view.version == 0 || view.given) return std::nullopt;
  return GeneratedValue{at(state.origins, view.origin), item, view.version, view.expires};
}

sim::Time given_expiry(const State& state, std::uint32_t table, const items::AttributeMap& item) {
  return expiry_in(at(state.tables, table).detail->ttl_attribute, item, state.now());
}

sim::Time expiry_in(const std::string& attribute, const items::AttributeMap& item, sim::Time time) {
  if (attribute.empty()) return {};
  const items::AttributeValue* value = item.find(attribute);
  const items::Number* number = value == nullptr ? nullptr : value->as<items::Number>();
  if (number == nullptr || number->is_negative() || number->magnitude() > 10) return {};
  std::int64_t seconds = 0;
  for (const char c : number->text()) {
    if (c < '0' || c > '9') break;
    seconds = seconds * 10 + (c - '0');
  }
  // Older than five years: it stays (dynamodb.md 9).
  const std::int64_t now = time.nanoseconds() / kNanosecondsOfSecond;
  if (seconds <= 0 || seconds < now - kTtlYearsBack * kSecondsPerYear) return {};
  if (seconds > UINT32_MAX) return {};  // past the end of our time: it never comes
  return sim::Time::from_nanoseconds(seconds * kNanosecondsOfSecond);
}

items::AttributeMap item_of(std::span<const std::uint8_t> plaintext) {
  auto item = items::deserialize_item(plaintext);
  law(item.has_value(), "an item at rest is the serialization of an item");
  return std::move(*item);
}

std::vector<std::uint8_t> stored_record(const State& state, std::uint32_t table,
                                        std::uint32_t item) {
  const State::ItemView view = state.item(table, item);
  if (!view.given) return {};
  const auto& given = at(state.tables, table).detail->given;
  const auto found = given.find(item);
  law(found != given.end(), "a given value has its ciphertext");
  const GivenItem& record = found->second;
  std::vector<std::uint8_t> stored(kStoredHead);
  crypto::store_big_endian<4>(item_structure(state, table, item), stored.data());
  crypto::store_big_endian<4>(view.version, stored.data() + 4);
  std::copy(record.iv.begin(), record.iv.end(), stored.begin() + 8);
  crypto::store_big_endian<8>(view.tag_high, stored.data() + 20);
  crypto::store_big_endian<8>(view.tag_low, stored.data() + 28);
  stored.insert(stored.end(), record.sealed.begin(), record.sealed.end());
  return stored;
}

}  // namespace tablekey::model
