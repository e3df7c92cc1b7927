// One round of the scanner: what it finds, and what it deletes, under the table's grant.
#include "model/dynamodb/time_to_live.h"

#include <algorithm>

#include "model/decide.h"
#include "model/draws.h"
#include "model/dynamodb/service_jobs.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/law.h"

namespace tablekey::model {
bool expires_items(const State& state, std::uint32_t table) {
  return !at(state.tables, table).detail->ttl_attribute.empty();
}

bool expiry_applies(const State& state, std::uint32_t table, const State::ItemView& item) {
  if (item.version == 0 || item.expires == sim::Time()) return false;
  if (item.given) return true;
  const Table& owner = at(state.tables, table);
  const auto families = state.scenario().reader().getTables();
  const auto declared = families[state.scenario().families[owner.family].space].getTimeToLive();
  return owner.detail->ttl_attribute == declared.cStr();
}

sim::Time scan_time(const State& state, std::uint32_t table, sim::Time wanted, sim::Time now) {
  const sim::Duration period =
      std::max(state.settings().dynamodb.ttl_scan_period, sim::Duration::nanoseconds(1));
  const sim::Time first = at(state.tables, table).activated;
  const sim::Time from = std::max({wanted, first, now});
  const std::int64_t rounds = ((from - first).count() + period.count() - 1) / period.count();
  return first + period * rounds;
}

sim::Time next_scan(const State& state, std::uint32_t table, sim::Time now) {
  const TableDetail& detail = *at(state.tables, table).detail;
  sim::Time wanted = sim::Time::max();
  if (!detail.ttl_ahead.empty()) wanted = ttl_time(detail.ttl_ahead.begin()->first.first);
  if (!detail.ttl_due.empty()) {
    wanted = std::min(wanted, sim::Time::from_nanoseconds(detail.ttl_due.begin()->first.first));
  }
  if (wanted == sim::Time::max()) return wanted;
  return scan_time(state, table, wanted, now);
}

void decide_expiry(Deciding&) { law(false, "not yet"); }

}  // namespace tablekey::model
