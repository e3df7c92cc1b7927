// A partition is split (dynamodb.md 3.4): where, into which structures, and what is sealed again
// under their keys. A split inside one item collection puts a real sort key into plaintext metadata
// (3.2), so it happens only where there is no other place.
#include <algorithm>
#include <string>
#include <tuple>

#include "crypto/bytes.h"
#include "model/decide.h"
#include "model/draws.h"
#include "model/dynamodb/indexes.h"
#include "model/dynamodb/item_groups.h"
#include "model/dynamodb/items/serialize.h"
#include "model/dynamodb/service_jobs.h"
#include "model/dynamodb/splits.h"
#include "model/dynamodb/structures.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using Job = events::ServiceJob;
using events::StructureKind;

/// Something that lies in a partition, in the order of its key space.
struct Content {
  std::uint64_t hash = 0;
  std::string sort;
  std::uint32_t item = 0;
  std::uint64_t size = 0;
  std::uint32_t place = 0;  // in the scan order of a base table
};

/// Where the second child begins.
struct Boundary {
  std::uint64_t hash = 0;
  std::string sort;  // empty: at the hash
};

/// The partition that is due, and all that is decided about it.
struct Split {
  std::uint32_t table = 0, index = kNone;
  const Partition* partition = nullptr;
  std::size_t number = 0;
  SplitCause cause{};
  std::vector<Content> content;
  std::optional<Boundary> boundary;  // none: one child
};

bool lies_behind(const Content& content, const Boundary& boundary) {
  if (content.hash != boundary.hash) return content.hash > boundary.hash;
  return content.sort >= boundary.sort;
}

// The one whose action is due; several may have the same structure.
Split due_split(const Deciding& d) {
  Split split;
  split.table = d.action.a;
  const Table& table = at(d.state.tables, split.table);
  const Structure& structure = at(table.structures, d.action.b);
  if (structure.kind == StructureKind::GLOBAL_INDEX) split.index = structure.index;
  const auto& partitions = split.index == kNone
                               ? table.detail->partitions
                               : at(table.detail->global_indexes, split.index).partitions;
  const std::uint64_t due = d.state.agenda().next()->sequence;
  for (const Partition& partition : partitions) {
    const bool pending = d.state.agenda().pending(partition.split);
    if (pending && d.state.agenda().sequence_of(partition.split) == due) {
      split.partition = &partition;
      return split;
    }
    ++split.number;
  }
  law(false, "a partition that is due to be split exists");
  return split;
}

// The place behind its last one.
std::uint32_t end_of(const State& state, const Split& split) {
  const auto& partitions = state.tables[split.table].detail->partitions;
  return split.number + 1 < partitions.size() ? partitions[split.number + 1].first_place
                                              : state.item_count(split.table);
}

// Whether all of the table has one data key.
bool one_key(const State& state, const Split& split) {
  return state.settings().dynamodb.structure_index && state.tables[split.table].group_items == 0;
}

std::vector<Content> base_content(const State& state, const Split& split) {
  const ItemSpace& space = state.scenario().items(state.tables[split.table].family);
  const std::uint32_t end = end_of(state, split);
  std::vector<Content> found;
  for (std::uint32_t place = split.partition->first_place; place < end; ++place) {
    const std::uint32_t item = space.scan_order()[place];
    const State::ItemView view = state.item(split.table, item);
    if (view.version == 0) continue;
    found.push_back({partition_hash(space.partition_value(item)), space.ordered_sort(item), item,
                     view.size, place});
  }
  return found;
}

std::vector<Content> index_content(const Deciding& d, const Split& split, sim::Time until) {
  std::vector<Content> found;
  for (IndexRow& row : index_rows(d.state, d.vault, split.table, split.index, until)) {
    const auto entry = index_entry(d.state, split.table, split.index, row.item);
    if (entry->structure != split.partition->structure) continue;
    found.push_back({row.place.hash, std::move(row.place.sort_key), row.item, entry->size, 0});
  }
  std::sort(found.begin(), found.end(), [](const Content& a, const Content& b) {
    return std::tie(a.hash, a.sort, a.item) < std::tie(b.hash, b.sort, b.item);
  });
  return found;
}

// As near to the middle of the bytes as it goes: between two collections, else inside the only one.
std::optional<Boundary> middle(const std::vector<Content>& content, bool inside) {
  std::uint64_t total = 0;
  for (const Content& one : content) total += one.size;
  std::optional<Boundary> best;
  std::uint64_t before = 0, distance = UINT64_MAX;
  const auto search = [&](auto&& begins) {
    before = 0;
    for (std::size_t i = 0; i < content.size(); ++i) {
      const std::uint64_t off = before * 2 > total ? before * 2 - total : total - before * 2;
      if (i != 0 && off < distance && begins(i)) {
        distance = off;
        best = {content[i].hash, content[i].hash == content[i - 1].hash ? content[i].sort : ""};
      }
      before += content[i].size;
    }
  };
  search([&](std::size_t i) { return content[i].hash != content[i - 1].hash; });
  if (best || !inside) return best;
  search([&](std::size_t i) { return content[i].sort > content[i - 1].sort; });
  return best;
}

// Item collections of tables with local indexes are never split (dynamodb.md 3.4).
bool may_split_collections(const State& state, const Split& split) {
  const ItemSpace& space = state.scenario().items(state.tables[split.table].family);
  if (split.index != kNone) return true;
  for (std::uint32_t i = 0; i < space.local_indexes().size(); ++i) {
    if (has_local_index(state, split.table, i)) return false;
  }
  return space.key().sort.has_value();
}

// ---- the event ---------------------------------------------------------------------------------

std::uint32_t key_maker(const Table& table, std::uint32_t structure) {
  const Structure& owner = at(table.structures, structure);
  return owner.data_key == kNone ? structure : owner.data_key;
}

/// The structures that a split makes: partitions, their local indexes, shards.
class Children {
 public:
  Children(Deciding& d, const Split& split)
      : d_(d),
        split_(split),
        table_(d.state.tables[split.table]),
        first_(static_cast<std::uint32_t>(table_.structures.size())),
        inherits_(d.settings().dynamodb.split_inherit && split.cause != SplitCause::RENEWAL),
        partitions_(split.boundary ? 2 : 1) {
    plan();
  }

  bool inherit() const { return inherits_; }
  /// The structure that seals a value of the base table.
  std::uint32_t sealing(const Content& content) const {
    const std::uint32_t child = partition(content);
    return groups_.empty() ? child
                           : group_structure(table_, groups_[child - first_],
                                             content.place / table_.group_items);
  }
  std::uint32_t partition(const Content& content) const {
    return split_.boundary && lies_behind(content, *split_.boundary) ? first_ + 1 : first_;
  }
  void fill(events::PartitionSplit::Builder event) {
    auto list = event.initChildren(static_cast<unsigned>(plans_.size()));
    for (unsigned i = 0; i < plans_.size(); ++i) {
      make_structure(d_, split_.table, first_ + i, plans_[i], list[i]);
    }
  }

 private:
  void plan() {
    const std::uint32_t former = split_.partition->structure;
    const StructureKind kind =
        split_.index == kNone ? StructureKind::PARTITION : StructureKind::GLOBAL_INDEX;
    lay_out_groups();
    for (std::uint32_t i = 0; i < partitions_; ++i) {
      const std::uint32_t from =
          groups_.empty() ? former : former_group(groups_[i].first_place / table_.group_items);
      plans_.push_back({kind, split_.index, former, key_of(from), from});
    }
    if (split_.index != kNone) return;
    const std::uint32_t locals = d_.state.family(split_.table).local_indexes;
    for (std::uint32_t child = 0; child < partitions_; ++child) {
      for (std::uint32_t i = 0; i < locals; ++i) {
        if (!has_local_index(d_.state, split_.table, i)) continue;
        const std::uint32_t part = local_index_structure(d_.state, split_.table, former, i);
        plans_.push_back({StructureKind::LOCAL_INDEX, i, first_ + child, key_of(part), part});
      }
    }
    for (Partition& child : groups_) plan_groups(child);
    plan_shards(former);
  }
  // The children, as they will begin.
  void lay_out_groups() {
    if (split_.index != kNone || table_.group_items == 0) return;
    for (std::uint32_t i = 0; i < partitions_; ++i) {
      Partition& child = groups_.emplace_back();
      child.structure = first_ + i;
      child.first_place = i == 0 ? split_.partition->first_place : boundary_place();
    }
  }
  void plan_groups(Partition& child) {
    const bool last = &child == &groups_.back();
    const std::uint32_t end = last ? end_of(d_.state, split_) : groups_.back().first_place;
    const ItemGroups groups = groups_between(table_, child.first_place, end);
    child.second_group = first_ + static_cast<std::uint32_t>(plans_.size());
    for (std::uint32_t group = groups.first + 1; group < groups.end; ++group) {
      const std::uint32_t from = former_group(group);
      plans_.push_back({StructureKind::ITEM_GROUP, group, child.structure, key_of(from), from});
    }
  }
  std::uint32_t former_group(std::uint32_t group) const {
    return group_structure(table_, *split_.partition, group);
  }
  std::uint32_t boundary_place() const {
    Partition child;
    child.first_hash = split_.boundary->hash;
    const std::string& sort = split_.boundary->sort;
    child.first_sort.assign(sort.begin(), sort.end());
    return place_of_boundary(d_.state, split_.table, child);
  }
  void plan_shards(std::uint32_t former) {
    const auto& streams = table_.detail->streams;
    if (partitions_ != 2 || streams.empty() || streams.back().disabled != sim::Time()) return;
    for (const Shard& shard : streams.back().shards) {
      if (shard.closed != sim::Time() || shard.partition != former) continue;
      for (int i = 0; i < 2; ++i) plans_.push_back({StructureKind::SHARD, kNone, shard.structure});
    }
  }
  std::uint32_t key_of(std::uint32_t structure) const {
    return inherits_ ? key_maker(table_, structure) : kNone;
  }

  Deciding& d_;
  const Split& split_;
  const Table& table_;
  std::uint32_t first_;
  bool inherits_;
  std::uint32_t partitions_;
  std::vector<Partition> groups_;  // the children, where items are in groups; else empty
  std::vector<StructurePlan> plans_;
};

void move_given(Deciding& d, const Split& split, const Children& children, sim::Time until,
                events::PartitionSplit::Builder event) {
  std::vector<const Content*> given;
  for (const Content& content : split.content) {
    if (d.state.item(split.table, content.item).given) given.push_back(&content);
  }
  auto list = event.initMoved(static_cast<unsigned>(given.size()));
  for (unsigned i = 0; i < given.size(); ++i) {
    const std::uint32_t item = given[i]->item;
    const State::ItemView view = d.state.item(split.table, item);
    const auto opened = d.vault.open_item(d.state, split.table, item, until);
    const auto sealed = d.vault.seal_in_new(d.state, split.table, children.sealing(*given[i]), item,
                                            view.version, opened.plaintext.bytes());
    list[i].setTable(split.table);
    list[i].setItem(item);
    list[i].setVersion(view.version);
    list[i].setSize(view.size);
    list[i].setTagHigh(sealed.tag.high);
    list[i].setTagLow(sealed.tag.low);
    const auto bytes = std::span(sealed.sealed);
    list[i].setIvHead(crypto::load_big_endian<8>(bytes.data()));
    list[i].setIvTail(static_cast<std::uint32_t>(crypto::load_big_endian<4>(bytes.data() + 8)));
    list[i].setSealed(capnp::Data::Reader(bytes.data() + 12, bytes.size() - 12));
  }
}

void move_entries(Deciding& d, const Split& split, const Children& children, sim::Time until,
                  events::PartitionSplit::Builder event) {
  auto list = event.initEntries(static_cast<unsigned>(split.content.size()));
  for (unsigned i = 0; i < split.content.size(); ++i) {
    const Content& content = split.content[i];
    const auto entry = index_entry(d.state, split.table, split.index, content.item);
    list[i].setItem(content.item);
    list[i].setVersion(entry->version);
    list[i].setPresent(true);
    list[i].setSize(entry->size);
    list[i].setPartition(children.partition(content));
    if (children.inherit()) continue;
    items::Bytes bytes = items::serialize(
        open_index_entry(d.state, d.vault, split.table, split.index, content.item, until));
    const auto sealed = d.vault.seal_in_new(d.state, split.table, children.partition(content),
                                            content.item, entry->version, bytes);
    crypto::cleanse(bytes);
    list[i].setTagHigh(sealed.tag.high);
    list[i].setTagLow(sealed.tag.low);
    if (entry->sealed.empty()) continue;
    list[i].setSealed(capnp::Data::Reader(sealed.sealed.data(), sealed.sealed.size()));
  }
}

events::PartitionSplit::Builder begin_event(Deciding& d, const Split& split) {
  auto event = d.out.initPartitionSplit();
  event.setTable(split.table);
  event.setIndex(split.index);
  event.setPartition(split.partition->structure);
  event.setWhy(split.cause);
  event.setNext(
      d.settings()
          .dynamodb.split_duration
          .sample_duration(draw(d.random, d.state.table_entity(split.table), Draw::split_delay,
                                std::uint64_t{d.state.tables[split.table].creations} << 32 |
                                    split.partition->structure))
          .count());
  return event;
}

// Where all of a table has one data key, a renewal is of all its partitions.
void whole_content(const State& state, Split& split) {
  const auto& partitions = state.tables[split.table].detail->partitions;
  split.content.clear();
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (partitions[i].structure != split.partition->structure) continue;
    Split part = split;
    part.partition = &partitions[i];
    part.number = i;
    for (Content& content : base_content(state, part)) split.content.push_back(std::move(content));
  }
}

void write_split(Deciding& d, Split& split, sim::Time until) {
  auto event = begin_event(d, split);
  const bool whole = one_key(d.state, split);
  if (split.boundary) {
    event.initAt().setHash(split.boundary->hash);
    const std::string& sort = split.boundary->sort;
    const auto bytes = crypto::bytes_of(sort);
    event.getAt().setSortKey(capnp::Data::Reader(bytes.data(), bytes.size()));
    if (whole) return;  // no new keys
  }
  if (split.cause == SplitCause::RENEWAL && split.index == kNone) whole_content(d.state, split);
  Children children(d, split);
  children.fill(event);
  if (split.index != kNone) return move_entries(d, split, children, until, event);
  if (!children.inherit()) move_given(d, split, children, until, event);
}

}  // namespace

void decide_split(Deciding& d) {
  Split split = due_split(d);
  const Table& table = d.state.tables[split.table];
  const auto cause = split_cause(d.state, split.table, split.index, *split.partition);
  split.cause = cause.value_or(SplitCause::SIZE);
  // It is not wanted any more, or there is no place for it: an event without child or boundary.
  if (table.lifecycle != Lifecycle::live || !cause) {
    begin_event(d, split);
    return;
  }
  const bool keyless = one_key(d.state, split) && *cause != SplitCause::RENEWAL;
  if (!keyless) {
    const ServiceKeyState key = service_key_state(d.state, split.table, Job::SPLIT, d.now);
    if (key == ServiceKeyState::needed) {
      return request_service_key(d, split.table, Job::SPLIT, d.action.b);
    }
    law(key == ServiceKeyState::ready, "a job that waits for KMS is not due");
  }
  const sim::Time until = service_key_until(d.state, split.table, Job::SPLIT);
  const std::uint32_t version = needed_version_of(d.state, split.table);
  if (version != 0 && !keyless) d.vault.hold_table_key(d.state, split.table, version, until);
  split.content =
      split.index == kNone ? base_content(d.state, split) : index_content(d, split, until);
  if (split.cause != SplitCause::RENEWAL) {
    split.boundary = middle(split.content, may_split_collections(d.state, split));
    if (!split.boundary) {
      begin_event(d, split);
      return;
    }
  }
  write_split(d, split, until);
}

}  // namespace tablekey::model
