// Reading and writing the items of a request: opened and sealed for real.
#include "model/clients/request_work.h"

#include <algorithm>

#include "model/clients/serving.h"
#include "model/dynamodb/items/json.h"
#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/partitions.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using Kind = events::ItemCall::Kind;

constexpr std::uint64_t kCollectionBytesMax = std::uint64_t{10} << 30;  // dynamodb.md 9

std::uint32_t size_of(const items::AttributeMap& item) {
  return static_cast<std::uint32_t>(items::item_size(item));
}

}  // namespace

std::optional<items::AttributeMap> RequestWork::read(std::uint32_t table, std::uint32_t item) {
  const State::ItemView view = d.state.item(table, item);
  if (view.version == 0) {
    answer.reads.push_back({table, item, 0, {}});
    return std::nullopt;
  }
  const Vault::Opened opened = d.vault.open_item(d.state, table, item, until[table]);
  answer.reads.push_back({table, item, view.version, opened.tag});
  return item_of(opened.plaintext.bytes());
}

Outcome RequestWork::evaluate(const ItemWork& work) {
  if (work.generated) return evaluate_generated(work);
  Outcome outcome;
  outcome.before = read(work.table, work.item);
  outcome.former_size = outcome.before ? size_of(*outcome.before) : 0;
  const items::AttributeMap& before = outcome.before ? *outcome.before : items::AttributeMap();
  if (work.condition && !work.condition->holds(before)) {
    outcome.refused = {events::Exception::CONDITIONAL_CHECK_FAILED,
                       "The conditional request failed"};
    return outcome;
  }
  if (work.kind == Kind::CONDITION_CHECK) return outcome;
  if (work.kind == Kind::DELETE) {
    outcome.writes = outcome.before.has_value();
    return outcome;
  }
  outcome.writes = true;
  if (work.kind == Kind::PUT) {
    outcome.after = work.value;
  } else {
    outcome.after = outcome.before ? *outcome.before : work.key;
    if (work.update) {
      auto updated = work.update->apply(*outcome.after);
      if (!updated) {
        outcome.refused = invalid(updated.error().message);
        return outcome;
      }
      outcome.after = std::move(*updated);
    }
    if (auto refusal = items::validate_updated_item(*outcome.after)) {
      outcome.refused = invalid(*refusal);
      return outcome;
    }
    outcome.refused = check_value(work, *outcome.after);
    if (outcome.refused.exception != events::Exception::NONE) return outcome;
  }
  outcome.size = size_of(*outcome.after);
  outcome.refused = collection_limit(work, outcome);
  return outcome;
}

// A generated value replaces whatever there was; an update reads it first.
Outcome RequestWork::evaluate_generated(const ItemWork& work) {
  Outcome outcome;
  outcome.writes = true;
  const State::ItemView view = d.state.item(work.table, work.item);
  outcome.former_size = view.size;
  if (work.kind == Kind::UPDATE) read(work.table, work.item);
  const std::uint32_t version = written_version(d.state, work.table, work.item);
  const ItemSpace& shape = space(work.table);
  outcome.size = shape.item_size({d.state.origins[d.state.tables[work.table].origin], work.item,
                                  version, shape.generated_expiry(d.now)});
  outcome.refused = collection_limit(work, outcome);
  return outcome;
}

// An item collection of a table with local indexes stays within 10 GB, entries that project
// everything included; a partition that cannot be split takes nothing more (dynamodb.md 5.3, 9).
Refused RequestWork::collection_limit(const ItemWork& work, const Outcome& outcome) const {
  if (outcome.size <= outcome.former_size) return {};
  const Refused full{events::Exception::ITEM_COLLECTION_SIZE_LIMIT_EXCEEDED,
                     "Collection size exceeded."};
  if (partition_full(d.state, work.table, work.item)) return full;
  const ItemSpace& shape = space(work.table);
  std::uint64_t copies = 1;
  bool any = false;
  for (std::uint32_t i = 0; i < shape.local_indexes().size(); ++i) {
    if (!has_local_index(d.state, work.table, i)) continue;
    any = true;
    if (shape.local_indexes()[i].projection == events::SecondaryIndex::Projection::ALL) ++copies;
  }
  if (!any) return {};
  std::uint64_t bytes = outcome.size - outcome.former_size;
  const items::AttributeValue* partition = work.key.find(shape.key().partition.name);
  law(partition != nullptr, "a write names its key");
  for (const std::uint32_t item : shape.collection(*partition)) {
    bytes += d.state.item(work.table, item).size;
  }
  const std::uint64_t scale = std::max<std::uint64_t>(1, d.settings().dynamodb.size_scale);
  return bytes * copies * scale > kCollectionBytesMax ? full : Refused{};
}

void RequestWork::write(const ItemWork& work, const Outcome& outcome, bool transactional) {
  consume_write(work, outcome, transactional);
  if (!outcome.writes) return;
  WrittenItem& made = answer.changes.emplace_back();
  made.table = work.table;
  made.item = work.item;
  made.version = written_version(d.state, work.table, work.item);
  made.deleted = !outcome.after && !work.generated;
  if (made.deleted) return;
  if (work.generated) {
    made.expires = space(work.table).generated_expiry(d.now);
  } else {
    made.expires = given_expiry(d.state, work.table, *outcome.after);
  }
  const Vault::Written written =
      d.vault.write(d.state, work.table, work.item, made.version,
                    work.generated ? nullptr : &*outcome.after, made.expires, until[work.table]);
  made.size = written.size;
  made.tag = written.tag;
  made.iv_head = written.iv_head;
  made.iv_tail = written.iv_tail;
  made.local_tag = written.local_tag;
  made.sealed.assign(written.sealed.begin(), written.sealed.end());
}

// The larger of the item before and after, in the table and in each index that it is in before or
// after.
void RequestWork::consume_write(const ItemWork& work, const Outcome& outcome, bool transactional) {
  if (!shows()) return;
  const std::size_t larger = std::max(outcome.former_size, outcome.size);
  answer.consume_writes(work.table, "", items::write_units(larger, transactional));
  if (!outcome.writes || work.generated) return;
  const ItemSpace& shape = space(work.table);
  for (const IndexShape* one : index_shapes(d.state, work.table)) {
    const IndexShape& index = *one;
    const auto entry = [&](const std::optional<items::AttributeMap>& item) {
      return item && index.holds(*item) ? std::optional(index.entry(*item, shape.key()))
                                        : std::nullopt;
    };
    const auto before = entry(outcome.before), after = entry(outcome.after);
    if (before == after) continue;
    const bool moved = before && after &&
                       !(items::key_of(*before, *index.key) == items::key_of(*after, *index.key));
    std::uint64_t units = 0;
    const auto of = [&](std::size_t bytes) { return items::write_units(bytes, transactional); };
    if (moved) {
      units = of(size_of(*before)) + of(size_of(*after));
    } else {
      units = of(std::max(before ? size_of(*before) : 0, after ? size_of(*after) : 0));
    }
    answer.consume_writes(work.table, index.name, units);
  }
}

void RequestWork::begin_list() {
  answer.result = "[";
  if (client_side != nullptr && client_side->reads()) answer.decrypted = "[";
  listing_ = true;
  any_ = false;
}

void RequestWork::end_list() {
  answer.result += ']';
  if (client_side != nullptr && client_side->reads()) answer.decrypted += ']';
}

void RequestWork::show(std::uint32_t table, const items::AttributeMap* item) {
  const std::string_view comma = listing_ && any_ ? "," : "";
  any_ = true;
  answer.result.append(comma).append(item != nullptr ? items::to_json(*item) : "null");
  if (client_side == nullptr || !client_side->reads()) return;
  answer.decrypted.append(comma).append(
      item != nullptr ? items::to_json(client_side->after_read(table, *item)) : "null");
}

}  // namespace tablekey::model
