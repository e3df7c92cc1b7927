// Single items and batches.
#include "model/clients/operations.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/clients/transactions.h"
#include "model/dynamodb/items/limits.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using events::DataOperation;
using events::Exception;
using items::AttributeMap;
using items::ReadMode;
using Kind = events::ItemCall::Kind;

constexpr std::size_t kBatchGetMax = 100, kBatchWriteMax = 25;
constexpr std::size_t kBatchBytesMax = std::size_t{16} << 20;

bool has_duplicates(const std::vector<ItemWork>& items) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  for (const ItemWork& item : items) {
    if (!seen.emplace(item.table, item.item).second) return true;
  }
  return false;
}

Refused check_batch(const RequestWork& work, std::size_t most, std::string_view name) {
  if (work.items.empty()) return invalid(fmt::format("The {} call names no item", name));
  if (work.items.size() > most) {
    return invalid(fmt::format("Too many items requested for the {} call", name));
  }
  if (has_duplicates(work.items)) {
    return invalid("Provided list of item keys contains duplicates");
  }
  std::size_t bytes = 0;
  for (const ItemWork& item : work.items) {
    if (item.value) bytes += items::item_size(*item.value);
  }
  if (bytes > kBatchBytesMax) return invalid("The request is larger than 16 MB");
  return {};
}

// What is left of an item after its projection; nothing is left of none.
std::optional<AttributeMap> returned_item(const ItemWork& work,
                                          const std::optional<AttributeMap>& item) {
  if (!item || !work.projection) return item;
  return work.projection->of(*item);
}

void get_item(RequestWork& work) {
  const ItemWork& one = work.items.front();
  const auto item = work.read(one.table, one.item);
  const std::size_t size = item ? items::item_size(*item) : 0;
  const ReadMode mode = one.consistent ? ReadMode::strong : ReadMode::eventual;
  work.answer.consume_reads(one.table, "", items::read_half_units(size, mode));
  if (!item) return;
  work.answer.returned = 1;
  const auto part = returned_item(one, item);
  work.show(one.table, &*part);
}

void write_item(RequestWork& work) {
  const ItemWork& one = work.items.front();
  const Outcome outcome = work.evaluate(one);
  work.answer.refused = outcome.refused;
  if (outcome.refused.exception != Exception::NONE) {
    if (outcome.refused.exception == Exception::CONDITIONAL_CHECK_FAILED && work.shows()) {
      // A condition that fails has consumed what the write of the item there would.
      work.answer.consume_writes(one.table, "", items::write_units(outcome.former_size));
    }
    return;
  }
  work.write(one, outcome, false);
  const auto returned = returned_values(one, outcome);
  if (returned && !returned->empty()) work.show(one.table, &*returned);
}

void batch_get(RequestWork& work, const std::set<std::uint32_t>& lost) {
  work.begin_list();
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < work.items.size(); ++i) {
    const ItemWork& one = work.items[i];
    if (lost.contains(one.table) || bytes > kBatchBytesMax) {
      work.answer.unprocessed.push_back(i);
      continue;
    }
    const std::uint32_t size = work.d.state.item(one.table, one.item).size;
    if (bytes != 0 && bytes + size > kBatchBytesMax) {
      bytes = kBatchBytesMax + 1;  // what comes after it is left over too
      work.answer.unprocessed.push_back(i);
      continue;
    }
    bytes += size;
    const auto item = work.read(one.table, one.item);
    const ReadMode mode = one.consistent ? ReadMode::strong : ReadMode::eventual;
    const std::size_t read = item ? items::item_size(*item) : 0;
    if (work.shows()) {
      work.answer.consume_reads(one.table, "", items::read_half_units(read, mode));
    }
    const auto part = returned_item(one, item);
    if (part) ++work.answer.returned;
    if (work.shows()) work.show(one.table, part ? &*part : nullptr);
  }
  work.end_list();
  if (!work.shows()) work.answer.result.clear();
}

void batch_write(RequestWork& work, const std::set<std::uint32_t>& lost) {
  for (std::uint32_t i = 0; i < work.items.size(); ++i) {
    const ItemWork& one = work.items[i];
    if (lost.contains(one.table)) {
      work.answer.unprocessed.push_back(i);
      continue;
    }
    const Outcome outcome = work.evaluate(one);
    if (outcome.refused.exception != Exception::NONE) {
      // A put of its own would be refused; in a batch it is left over.
      work.answer.unprocessed.push_back(i);
      continue;
    }
    work.write(one, outcome, false);
  }
}

Refused check_kinds(const RequestWork& work, const std::vector<Kind>& allowed, std::size_t count) {
  if (count != 0 && work.items.size() != count) return invalid("The request names no single item");
  for (const ItemWork& item : work.items) {
    if (std::find(allowed.begin(), allowed.end(), item.kind) == allowed.end()) {
      return invalid("The request does not fit its operation");
    }
  }
  return {};
}

}  // namespace

Refused check_operation(const RequestWork& work, DataOperation operation) {
  switch (operation) {
    case DataOperation::GET_ITEM:
      return check_kinds(work, {Kind::GET}, 1);
    case DataOperation::PUT_ITEM:
      return check_kinds(work, {Kind::PUT}, 1);
    case DataOperation::UPDATE_ITEM:
      return check_kinds(work, {Kind::UPDATE}, 1);
    case DataOperation::DELETE_ITEM:
      return check_kinds(work, {Kind::DELETE}, 1);
    case DataOperation::BATCH_GET_ITEM:
      if (Refused bad = check_kinds(work, {Kind::GET}, 0); bad.exception != Exception::NONE) {
        return bad;
      }
      return check_batch(work, kBatchGetMax, "BatchGetItem");
    case DataOperation::BATCH_WRITE_ITEM:
      if (Refused bad = check_kinds(work, {Kind::PUT, Kind::DELETE}, 0);
          bad.exception != Exception::NONE) {
        return bad;
      }
      return check_batch(work, kBatchWriteMax, "BatchWriteItem");
    case DataOperation::TRANSACT_GET_ITEMS:
      if (Refused bad = check_kinds(work, {Kind::GET}, 0); bad.exception != Exception::NONE) {
        return bad;
      }
      return check_transaction(work);
    case DataOperation::TRANSACT_WRITE_ITEMS:
      if (Refused bad =
              check_kinds(work, {Kind::PUT, Kind::UPDATE, Kind::DELETE, Kind::CONDITION_CHECK}, 0);
          bad.exception != Exception::NONE) {
        return bad;
      }
      return check_transaction(work);
    default:
      return {};
  }
}

void run_operation(RequestWork& work, DataOperation operation,
                   const std::set<std::uint32_t>& lost) {
  if (!work.items.empty()) work.answer.first_item = work.items.front().item;
  switch (operation) {
    case DataOperation::GET_ITEM:
      return get_item(work);
    case DataOperation::PUT_ITEM:
    case DataOperation::UPDATE_ITEM:
    case DataOperation::DELETE_ITEM:
      return write_item(work);
    case DataOperation::BATCH_GET_ITEM:
      return batch_get(work, lost);
    case DataOperation::BATCH_WRITE_ITEM:
      return batch_write(work, lost);
    case DataOperation::TRANSACT_GET_ITEMS:
      return transact_get(work);
    case DataOperation::TRANSACT_WRITE_ITEMS:
      return transact_write(work);
    default:
      law(false, "other operations go their own way");
  }
}

}  // namespace tablekey::model
