// The window begins with the first change in it, or goes round from the table's creation.
#include "model/dynamodb/switch_quota.h"

#include <fmt/format.h>

#include "model/dynamodb/sse_settings.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace {

using Manager = events::Key::Manager;

// AWS's text has whole seconds.
std::string second_of(sim::Time time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return sim::print(sim::Time::from_nanoseconds(time.nanoseconds() / kSecond * kSecond));
}

}  // namespace

bool counts_as_change(const State& state, std::uint32_t table, std::uint32_t to_key) {
  const DynamoDbFigures& figures = state.settings().dynamodb;
  if (to_key == kNone) return !figures.quota_2019_rule;  // a key that KMS does not know
  const Manager to = manager_of(state, to_key);
  if (figures.quota_2019_rule) {
    return to == Manager::AWS && manager_of(state, at(state.tables, table).key) == Manager::OWNED;
  }
  return to != Manager::OWNED || !figures.quota_owned_exempt;
}

SwitchQuota quota_window(const State& state, std::uint32_t index, sim::Time now) {
  const Table& table = at(state.tables, index);
  const DynamoDbFigures& figures = state.settings().dynamodb;
  const SwitchQuota& counted = table.detail->switch_quota;
  const sim::Duration window = figures.quota_window;
  sim::Time begins = counted.window;
  if (figures.quota_from_creation && window.count() > 0) {
    const std::int64_t rounds = (now - table.created).count() / window.count();
    begins = table.created + window * rounds;
  } else if (counted.count == 0 || now - counted.window >= window) {
    begins = now;
  }
  if (counted.count != 0 && begins == counted.window) return counted;
  return {begins, sim::Time(), 0};
}

std::string quota_refusal(const State& state, std::uint32_t table, std::uint32_t to_key,
                          sim::Time now) {
  const DynamoDbFigures& figures = state.settings().dynamodb;
  if (!counts_as_change(state, table, to_key)) return {};
  const SwitchQuota quota = quota_window(state, table, now);
  const bool again = quota.count != 0 && now - quota.last >= figures.quota_interval;
  if (quota.count < figures.quota_burst || again) return {};
  return fmt::format(
      "Subscriber limit exceeded: Encryption mode changes are limited in the {}h window ending at "
      "{}. After the first {} change, each subsequent change in the same window can be performed "
      "at most once every {} seconds. Number of updates today: {}. Last change at {}",
      figures.quota_window / sim::Duration::hours(1),
      second_of(quota.window + figures.quota_window), figures.quota_burst,
      figures.quota_interval / sim::Duration::seconds(1), quota.count, second_of(quota.last));
}

}  // namespace tablekey::model::dynamodb
