// The overrides of a restore against what its source has.
#include "model/dynamodb/restore_overrides.h"

#include <fmt/format.h>

#include <algorithm>

#include "events/text.h"
#include "model/dynamodb/backups.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace {

using Indexes = capnp::List<events::SecondaryIndex>::Reader;
using events::text;

bool same_attribute(events::Attribute::Reader a, events::Attribute::Reader b) {
  return text(a.getName()) == text(b.getName()) && text(a.getType()) == text(b.getType());
}

bool same_texts(capnp::List<capnp::Text>::Reader a, capnp::List<capnp::Text>::Reader b) {
  std::vector<std::string_view> left, right;
  for (const auto name : a) left.push_back(text(name));
  for (const auto name : b) right.push_back(text(name));
  std::sort(left.begin(), left.end());
  std::sort(right.begin(), right.end());
  return left == right;
}

bool same_index(events::SecondaryIndex::Reader a, events::SecondaryIndex::Reader b) {
  return text(a.getName()) == text(b.getName()) && same_attribute(a.getHashKey(), b.getHashKey()) &&
         same_attribute(a.getRangeKey(), b.getRangeKey()) &&
         a.getProjection() == b.getProjection() &&
         same_texts(a.getNonKeyAttributes(), b.getNonKeyAttributes());
}

bool named_before(Indexes named, unsigned number) {
  for (unsigned i = 0; i < number; ++i) {
    if (text(named[i].getName()) == text(named[number].getName())) return true;
  }
  return false;
}

// The words are the API's: "The indexes provided should match existing secondary indexes."
TableRefusal subset_refusal(std::string_view parameter, Indexes named,
                            const std::vector<events::SecondaryIndex::Reader>& existing) {
  for (unsigned i = 0; i < named.size(); ++i) {
    const auto same = [&](auto index) { return same_index(index, named[i]); };
    if (named_before(named, i)) {
      return invalid(
          fmt::format("{}: Duplicate index name: {}", parameter, text(named[i].getName())));
    }
    if (std::any_of(existing.begin(), existing.end(), same)) continue;
    return invalid(
        fmt::format("{}: The indexes provided should match existing secondary indexes: {}",
                    parameter, text(named[i].getName())));
  }
  return {};
}

TableRefusal index_throughput_refusal(Indexes named, bool provisioned, bool begins) {
  for (const auto index : named) {
    const bool given = index.getReadCapacity() != 0 || index.getWriteCapacity() != 0;
    if (given && !provisioned) {
      return invalid(
          fmt::format("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for "
                      "index: {} when BillingMode is PAY_PER_REQUEST",
                      text(index.getName())));
    }
    if (!given && begins) {
      return invalid(
          fmt::format("ReadCapacityUnits and WriteCapacityUnits must both be specified for index: "
                      "{} when BillingMode is PROVISIONED",
                      text(index.getName())));
    }
  }
  return {};
}

TableRefusal billing_refusal(events::TableCall::Reader call, bool was_provisioned) {
  const bool provisioned = call.getHasBillingMode() ? call.getProvisioned() : was_provisioned;
  const bool units = call.getReadCapacity() != 0 && call.getWriteCapacity() != 0;
  if (!provisioned && call.getHasThroughput()) {
    return invalid(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST");
  }
  if (provisioned && !units && (call.getHasThroughput() || !was_provisioned)) {
    return invalid(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
        "PROVISIONED");
  }
  if (provisioned && call.getHasOnDemandThroughput()) {
    return invalid("OnDemandThroughput cannot be specified when BillingMode is PROVISIONED");
  }
  return index_throughput_refusal(call.getGlobalIndexOverride(), provisioned,
                                  provisioned && !was_provisioned);
}

}  // namespace

RestoredSettings restored_settings(const State& state, std::uint32_t table, std::uint32_t backup) {
  RestoredSettings settings;
  settings.table = table;
  if (backup != kNone) {
    settings.provisioned = at(state.backups, backup).provisioned;
    settings.global_indexes = state.backups[backup].global_indexes;
    settings.without_local = state.backups[backup].without_local;
    return settings;
  }
  const TableDetail& detail = *at(state.tables, table).detail;
  settings.provisioned = detail.provisioned;
  settings.without_local = detail.without_local;
  settings.global_indexes = complete_indexes(detail);
  return settings;
}

TableRefusal settings_override_refusal(const State& state, events::TableCall::Reader call,
                                       const RestoredSettings& source) {
  if (TableRefusal billing = billing_refusal(call, source.provisioned)) return billing;
  const auto family = state.scenario().reader().getTables()[at(state.tables, source.table).family];
  std::vector<events::SecondaryIndex::Reader> local, global;
  for (std::uint32_t i = 0; i < family.getLocalIndexes().size(); ++i) {
    if ((source.without_local >> i & 1U) == 0) local.push_back(family.getLocalIndexes()[i]);
  }
  for (const std::uint32_t number : source.global_indexes) {
    global.push_back(at(family.getGlobalIndexes(), number));
  }
  if (TableRefusal unknown =
          subset_refusal("LocalSecondaryIndexOverride", call.getLocalIndexOverride(), local)) {
    return unknown;
  }
  return subset_refusal("GlobalSecondaryIndexOverride", call.getGlobalIndexOverride(), global);
}

}  // namespace tablekey::model::dynamodb
