#include "replay/explore/watch_cache.h"

#include <algorithm>

#include "model/dynamodb/table_key_cache.h"
#include "model/kms/names.h"
#include "replay/explore/story.h"

namespace tablekey::replay::explore {
namespace {

using events::Access;
using events::Event;
using events::KmsError;
using events::Miss;
using model::CacheFigures;
using model::CacheScope;

// A lifetime times a factor in units of 2^-31; 0: none was drawn.
std::int64_t jittered(sim::Duration lifetime, std::uint32_t factor) {
  if (factor == 0) return lifetime.count();
  return static_cast<std::int64_t>(static_cast<sim::Uint128>(lifetime.count()) * factor >> 31);
}

}  // namespace

// When the entry ends if nothing uses it any more.
std::int64_t WatchCache::until(const Entry& entry, const CacheFigures& figures) {
  std::int64_t end = INT64_MAX;
  if (figures.max_age) end = entry.made + jittered(*figures.max_age, entry.made_factor);
  if (figures.idle_timeout) {
    end = std::min(end, entry.used + jittered(*figures.idle_timeout, entry.used_factor));
  }
  return end;
}

WatchCache::WatchCache(const model::ScenarioView&) {}

bool WatchCache::plain(const model::Settings& settings) {
  const CacheFigures& figures = settings.cache;
  return figures.coalesce && !figures.capacity && !figures.storm_grace && !figures.early_refresh &&
         !figures.refresh_after && !figures.poll_interval && !figures.push_delay;
}

WatchCache::Place WatchCache::place(const model::State& after, std::uint32_t index) const {
  const model::Connection& connection = after.connections[index];
  const CacheFigures& figures = after.settings().cache;
  const auto principal = [&]() -> std::uint64_t {
    if (connection.identity == 0) return 0;
    return 1 + after.scenario().identities[connection.identity - 1].principal;
  };
  std::uint64_t who = 0;
  switch (figures.scope) {
    case CacheScope::connection:
    case CacheScope::none:
      who = index;
      break;
    case CacheScope::principal:
      who = principal();
      break;
    case CacheScope::caller:
      who = connection.identity;
      break;
    case CacheScope::router:
      who = std::uint64_t{connection.router} << 32 | (figures.by_principal ? principal() : 0);
      break;
  }
  return {static_cast<int>(figures.scope), who, connection.table};
}

WatchCache::Entry& WatchCache::entry_of(const model::State& after, std::uint32_t connection) {
  const auto [found, fresh] = entries_.try_emplace(place(after, connection));
  if (fresh) found->second.sure = !rules_changed_;
  return found->second;
}

void WatchCache::hit(const model::State& after, const Entry& entry, std::uint64_t number) {
  const CacheFigures& figures = after.settings().cache;
  if (entry.made == 0 && !entry.sure) return;  // made before the books knew who shares it
  ask();
  if (figures.scope == CacheScope::none) {
    broken("cache-serves", number, "a cached key served although nothing is cached");
  }
  if (figures.idle_timeout &&
      now_ - entry.used >= jittered(*figures.idle_timeout, entry.used_factor)) {
    broken("cache-serves", number, "a cached key served {} after its last use, idle_timeout is {}",
           duration_text(now_ - entry.used), duration_text(figures.idle_timeout->count()));
  }
  if (figures.max_age) {
    std::int64_t most = jittered(*figures.max_age, entry.made_factor);
    if (figures.grace) most += figures.grace->count();
    if (now_ - entry.made >= most) {
      broken("cache-serves", number, "a cached key served {} after its Decrypt, max_age is {}",
             duration_text(now_ - entry.made), duration_text(figures.max_age->count()));
    }
  }
  if (!entry.sure || !plain(after.settings())) return;
  if (!entry.there) broken("cache-serves", number, "a cached key served that nobody had loaded");
  if (figures.max_uses && entry.uses >= *figures.max_uses) {
    broken("cache-serves", number, "a cached key served {} times, max_uses is {}", entry.uses + 1,
           *figures.max_uses);
  }
}

void WatchCache::served(const model::State& after, const Served& served, std::uint64_t number) {
  const std::uint32_t table = after.connections[served.connection].table;
  const std::uint32_t needed = model::needed_version(after.tables[table]);
  if (needed == 0) return;  // not encrypted
  Entry& entry = entry_of(after, served.connection);
  switch (served.via) {
    case Access::HIT:
      hit(after, entry, number);
      if (entry.sure && entry.there && entry.version != needed) {
        broken("cache-serves", number, "version {} of a table key served where {} is needed",
               entry.version, needed);
      }
      if (!served.uses) return;
      entry.used = now_;
      entry.used_factor = served.factor;
      ++entry.uses;
      return;
    case Access::MISS: {
      Entry made;
      // A connection that closed while KMS was asked keeps nothing.
      made.sure = asking_.erase(served.connection) == 1;
      made.there = true;
      made.version = needed;
      made.made = made.used = now_;
      made.made_factor = made.used_factor = served.factor;
      // Without coalescing the first of several answers makes the entry: here, what lasts longer.
      const CacheFigures& figures = after.settings().cache;
      if (!figures.coalesce && entry.there && until(entry, figures) > until(made, figures)) return;
      entry = made;
      return;
    }
    default:
      return;
  }
}

// KMS is asked only where no entry serves.
void WatchCache::missed(const model::State& after, Event::TableKeyRequested::Reader asked,
                        std::uint64_t number) {
  const std::uint32_t connection = asked.getConnection();
  const Entry& entry = entry_of(after, connection);
  const CacheFigures& figures = after.settings().cache;
  const bool first = asking_.insert(connection).second;
  if (!first || !entry.sure || !plain(after.settings())) return;
  ask();
  switch (asked.getWhy()) {
    case Miss::COLD:
      if (entry.there) broken("cache-misses", number, "KMS was asked although a key was cached");
      return;
    case Miss::IDLE:
      if (entry.there && figures.idle_timeout &&
          now_ - entry.used < jittered(*figures.idle_timeout, entry.used_factor)) {
        broken("cache-misses", number, "a cached key was given up {} after its last use",
               duration_text(now_ - entry.used));
      }
      return;
    case Miss::MAX_AGE:
      if (entry.there && figures.max_age && !figures.grace &&
          now_ - entry.made < jittered(*figures.max_age, entry.made_factor)) {
        broken("cache-misses", number, "a cached key was given up {} after its Decrypt",
               duration_text(now_ - entry.made));
      }
      return;
    case Miss::MAX_USES:
      if (entry.there && figures.max_uses && entry.uses < *figures.max_uses) {
        broken("cache-misses", number, "a cached key was given up after {} uses", entry.uses);
      }
      return;
    default:
      return;
  }
}

// A denial ends an entry; a request may also fail for itself, with its key at hand.
void WatchCache::failed(const model::State& after, Event::RequestFailed::Reader event) {
  Entry& entry = entry_of(after, event.getConnection());
  asking_.erase(event.getConnection());
  const KmsError error = event.getKmsError();
  if (error == KmsError::NONE || !model::is_denial(error, after.settings())) {
    entry.sure = false;
    return;
  }
  entry.there = false;
}

void WatchCache::answered(const model::State& after, events::DataAnswered::Reader event,
                          std::uint64_t number) {
  const std::uint32_t connection = event.getConnection();
  Entry& entry = entry_of(after, connection);
  const bool done = event.getException() == events::Exception::NONE;
  if (!done || event.getKmsError() != KmsError::NONE || event.getStep() != 0) {
    // Requests with all their parameters may have several tables and a client that asks KMS too.
    asking_.erase(connection);
    if (event.getVia() == Access::MISS) entry.made = entry.used = now_;
    entry.used = now_;
    entry.sure = false;
    return;
  }
  std::uint32_t factor = 0;
  for (auto use : event.getKeyUses()) {
    if (use.getConnection() == connection) factor = use.getKeyJitter();
  }
  served(after, {connection, event.getVia(), factor}, number);
}

void WatchCache::closed(const model::State& after, std::uint32_t connection) {
  asking_.erase(connection);
  if (after.settings().cache.scope != CacheScope::connection) return;
  Entry& entry = entry_of(after, connection);
  entry = {};
  entry.sure = !rules_changed_;
}

void WatchCache::doubt_table(std::uint32_t table) {
  for (auto& [where, entry] : entries_) {
    if (std::get<2>(where) == table) entry.sure = false;
  }
}

void WatchCache::doubt_all() {
  for (auto& [where, entry] : entries_) entry.sure = false;
}

void WatchCache::event(const model::State& after, Event::Reader event, std::uint64_t number) {
  now_ = event.getTime();
  switch (event.which()) {
    case Event::ITEM_READ: {
      const auto one = event.getItemRead();
      return served(after, {one.getConnection(), one.getVia(), one.getKeyJitter()}, number);
    }
    case Event::ITEM_WRITTEN: {
      const auto one = event.getItemWritten();
      return served(after, {one.getConnection(), one.getVia(), one.getKeyJitter()}, number);
    }
    case Event::ITEMS_READ: {
      const auto one = event.getItemsRead();
      return served(after, {one.getConnection(), one.getVia(), one.getKeyJitter()}, number);
    }
    case Event::DATA_ANSWERED:
      return answered(after, event.getDataAnswered(), number);
    case Event::REQUEST_FAILED:
      return failed(after, event.getRequestFailed());
    case Event::TABLE_KEY_REQUESTED:
      return missed(after, event.getTableKeyRequested(), number);
    case Event::CONNECTION_CLOSED:
      return closed(after, event.getConnectionClosed().getConnection());
    case Event::CONNECTIONS_CLOSED:
      for (const std::uint32_t one : event.getConnectionsClosed().getConnections()) {
        closed(after, one);
      }
      return;
    case Event::KEY_REFRESHED: {
      const auto one = event.getKeyRefreshed();
      Entry& entry = entry_of(after, one.getConnection());
      if (one.getError() == KmsError::NONE) entry.made = now_;
      entry.made_factor = one.getKeyJitter();
      entry.sure = false;
      return;
    }
    case Event::TABLE_DELETED:
      return doubt_table(event.getTableDeleted().getTable());
    case Event::DATA_KEYS_REWRAPPED:
      return doubt_table(event.getDataKeysRewrapped().getTable());
    case Event::ROUTERS_RESTARTED:
    case Event::KEY_INVALIDATED:
    case Event::KEY_POLLED:
    case Event::CALL_LOST:
      return doubt_all();
    case Event::ERA_CHANGED:  // entries stay where the same requests go on sharing them
      rules_changed_ = true;
      asking_.clear();  // an answer on its way may belong to a cache that is no more
      return doubt_all();
    default:
      return;
  }
}

}  // namespace tablekey::replay::explore
