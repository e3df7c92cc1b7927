// Whose plaintext table key it was, since when, until when and by which rule; or why there was
// none.
#include <fmt/format.h>

#include "model/dynamodb/table_key_cache.h"
#include "replay/metrics/answers.h"
#include "replay/why/telling.h"

namespace tablekey::replay {
namespace {

using events::Miss;

std::string missed_because(const model::Settings& settings, Miss why) {
  const auto time = [](const std::optional<sim::Duration>& limit) {
    return limit ? sim::print(*limit) : std::string("none");
  };
  switch (why) {
    case Miss::COLD:
      return "it had never had one (cold)";
    case Miss::IDLE:
      return fmt::format(
          "the one that it had was not used for {} "
          "(model.table_key_cache.idle_timeout)",
          time(settings.cache.idle_timeout));
    case Miss::MAX_AGE:
      return fmt::format("the one that it had was older than {} (model.table_key_cache.max_age)",
                         time(settings.cache.max_age));
    case Miss::VERSION:
      return "the table has another table key since it got its own";
    case Miss::DROPPED:
      return "its connection had been closed, or KMS had denied it the last time";
    case Miss::MAX_USES:
      return "the one that it had was used up (model.table_key_cache.max_uses)";
    case Miss::MAX_BYTES:
      return "the one that it had was used up (model.table_key_cache.max_bytes)";
    case Miss::EVICTED:
      return "the one that it had made room for another table's (model.table_key_cache.capacity)";
    case Miss::EARLY:
      return "this request renews the one that others go on using";
    case Miss::UNCACHED:
      return "table keys are not cached (model.table_key_cache.policy)";
    case Miss::INVALIDATED:
      return "KMS's message had ended the one that it had";
    case Miss::RESTARTED:
      return "its router had been restarted";
  }
  return "it had none";
}

// The rule that ends the entry first, and when.
std::string end_of(const Telling& tell, const model::CacheEntry& entry,
                   const model::Settings& settings) {
  const model::CacheRule* first = nullptr;
  for (const model::CacheRule* rule : settings.cache.rules) {
    if (rule == nullptr) break;
    const bool sooner = first == nullptr ||
                        rule->until(entry, settings.cache) < first->until(entry, settings.cache);
    if (sooner) first = rule;
  }
  if (first == nullptr || first->until(entry, settings.cache) == sim::Time::max()) {
    return "no rule on time ends it";
  }
  const sim::Time until = first->until(entry, settings.cache);
  if (first->miss == Miss::IDLE) {
    return fmt::format(
        "it ends at {} unless it is used before, {} after its last use "
        "(model.table_key_cache.idle_timeout)",
        tell.at(until.nanoseconds()),
        sim::print(settings.cache.idle_timeout.value_or(sim::Duration())));
  }
  if (first->miss == Miss::MAX_AGE) {
    return fmt::format(
        "it ends at {}, {} after it was obtained, however often it is used "
        "(model.table_key_cache.max_age)",
        tell.at(until.nanoseconds()), sim::print(settings.cache.max_age.value_or(sim::Duration())));
  }
  return fmt::format("it ends at {} by the rule {}", tell.at(until.nanoseconds()), first->name);
}

std::string holder(const Telling& tell, std::uint32_t entry) {
  if (entry < tell.before.connections.size()) return "its connection";
  return "the cache that its connection shares with others";
}

// What the entry rests on that served.
std::vector<std::string> entry_reasons(const Telling& tell, const model::State& after,
                                       std::uint32_t connection) {
  const Holdings* holdings = tell.history.holdings();
  const std::uint32_t number = Holdings::entry_of(after, connection);
  if (holdings == nullptr || number >= after.cache.size()) return {};
  const model::CacheSlot& slot = after.cache[number];
  if (slot.entry.version == 0) return {};
  std::vector<std::string> reasons;
  std::string got = fmt::format(
      "It used the plaintext table key of {} (version {}) that {} had: KMS was not asked.",
      tell.table(slot.table), slot.entry.version, holder(tell, number));
  reasons.push_back(got);
  const std::uint64_t answer = holdings->authorized_by(number);
  const std::int64_t created = slot.entry.created.nanoseconds();
  const std::int64_t age = after.now().nanoseconds() - created;
  const bool other = holdings->asker(number) != connection &&
                     holdings->asker(number) < tell.before.connections.size();
  reasons.push_back(fmt::format(
      "That key was obtained at {}, {} before, by kms:Decrypt (event {}{}); what policies, grants "
      "and the key's state say since then did not count.",
      tell.at(created), Telling::lasting(age), answer,
      other ? ", for " + tell.connection(holdings->asker(number)) : ""));
  reasons.push_back("As the rules of the cache have it, " +
                    end_of(tell, slot.entry, after.settings()) + ".");
  const std::uint32_t key = after.tables[slot.table].keys[slot.entry.version - 1].key;
  if (const auto* made = tell.history.table_key(slot.table, slot.entry.version)) {
    reasons.push_back(fmt::format("The table key itself was made under {} (event {}).",
                                  tell.key(key), made->number));
  }
  const auto* state = tell.history.key_state(key);
  if (state != nullptr && state->time > created) {
    std::vector<std::string> meanwhile = key_state_reasons(tell, after, key);
    meanwhile.front() = "Meanwhile " + meanwhile.front();
    reasons.insert(reasons.end(), meanwhile.begin(), meanwhile.end());
  }
  const auto* policy = tell.history.key_policy(key);
  if (policy != nullptr && policy->time > created) {
    reasons.push_back("Meanwhile the key policy was replaced by " +
                      tell.change(*policy, "kms:PutKeyPolicy") + ".");
  }
  return reasons;
}

}  // namespace

std::vector<std::string> cache_reasons(const Telling& tell, const model::State& after,
                                       events::Event::Reader event) {
  if (event.isTableKeyRequested()) {
    const auto asked = event.getTableKeyRequested();
    return {fmt::format("There was no usable table key: {}.",
                        missed_because(after.settings(), asked.getWhy()))};
  }
  const auto answer = answer_of(event);
  if (!answer || !answer->served) return {};
  switch (answer->via) {
    case events::Access::HIT:
      return entry_reasons(tell, after, answer->connection);
    case events::Access::MISS:
      return {"It had no usable table key and had asked KMS, which decrypted it."};
    case events::Access::DELAYED_HIT:
      return {"It had waited for the table key that another request had asked KMS for."};
    case events::Access::STALE: {
      std::vector<std::string> reasons = {
          fmt::format("KMS could not be asked, and a table key past its time serves for up to {} "
                      "(model.table_key_cache.stale_max).",
                      sim::print(after.settings().cache.stale_max))};
      for (std::string& one : fault_reasons(tell, after)) reasons.push_back(std::move(one));
      return reasons;
    }
  }
  return {};
}

}  // namespace tablekey::replay
