#include "replay/watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "model/dynamodb/table_key_cache.h"
#include "replay/event_fields.h"
#include "replay/event_text.h"
#include "replay/inspect_document.h"
#include "replay/inspect_kms.h"
#include "replay/names.h"
#include "scenarios/characters.h"

namespace tablekey::replay {
namespace {

using Values = std::map<std::string, std::string>;

// Parts of inspect's document that every event changes.
constexpr std::string_view kAlwaysMoving[] = {"time",     "sinceStart", "lastEvent", "events",
                                              "counters", "pending",    "format"};

void flatten(const std::string& path, const Json& json, Values& out) {
  if (json.is_object()) {
    for (const auto& [name, value] : json.items()) {
      flatten(path.empty() ? name : path + "." + name, value, out);
    }
  } else if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i) {
      // Things with a name go by it: their place says nothing.
      std::string name = std::to_string(i);
      for (const char* key : {"name", "logicalId", "grantId", "number", "version"}) {
        if (!json[i].is_object() || !json[i].contains(key)) continue;
        name = json[i][key].is_string() ? json[i][key].get<std::string>() : json[i][key].dump();
        break;
      }
      flatten(fmt::format("{}[{}]", path, name), json[i], out);
    }
  } else if (!json.is_null()) {
    out[path] = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

std::vector<Change> changes(const Values& before, const Values& after) {
  std::vector<Change> out;
  for (const auto& [path, value] : before) {
    const auto found = after.find(path);
    if (found == after.end()) {
      out.push_back({path, value, ""});
    } else if (found->second != value) {
      out.push_back({path, value, found->second});
    }
  }
  for (const auto& [path, value] : after) {
    if (!before.contains(path)) out.push_back({path, "", value});
  }
  std::ranges::stable_sort(out, {}, &Change::path);
  return out;
}

// A connection has no part in inspect's document, where there may be very many.
Json connection_document(const model::State& state, std::uint32_t index) {
  Json object;
  if (index >= state.connections.size()) return object;
  const model::Connection& connection = state.connections[index];
  object["table"] = state.table_name(connection.table);
  object["open"] = connection.open;
  object["lives"] = connection.lives;
  object["requests"] = connection.requests;
  if (connection.slot == model::kNone) return object;
  const model::CacheSlot& slot = state.cache[connection.slot];
  object["askingKms"] = slot.call != model::kNone;
  if (slot.entry.version == 0) return object;
  const sim::Time until = model::usable_until(slot.entry, state.settings());
  object["tableKey"] = {
      {"version", slot.entry.version},
      {"obtained", sim::print(slot.entry.created)},
      {"lastUsed", sim::print(slot.entry.last_used)},
      {"usableUntil", until == sim::Time::max() ? std::string("no limit") : sim::print(until)}};
  return object;
}

Json grant_part(const model::State& state, const std::string& prefix) {
  Json found;
  for (const model::Grant& grant : state.grants) {
    Json one = grant_document(state, grant, state.now());
    if (!one["grantId"].is_string()) continue;  // one that is still to be made has none
    const auto id = one["grantId"].get<std::string>();
    if (id.starts_with(prefix)) found[id.substr(0, 16)] = std::move(one);
  }
  return found;
}

Values watched_values(const model::State& state, const Watched& watched) {
  Values values;
  switch (watched.kind) {
    case Watched::Kind::key:
      if (watched.index < state.keys.size()) {
        flatten("", key_document(state, watched.index), values);
      }
      break;
    case Watched::Kind::table: {
      if (watched.index >= state.tables.size()) break;
      const Json document = inspect_document(state, {state.table_name(watched.index)});
      if (!document["tables"].empty()) flatten("", document["tables"][0], values);
      break;
    }
    case Watched::Kind::grant:
      flatten("", grant_part(state, watched.grant), values);
      break;
    case Watched::Kind::connection:
      flatten("", connection_document(state, watched.index), values);
      break;
  }
  return values;
}

/// Looks at the entity after every event that may have changed it.
class Watcher : public Observer {
 public:
  Watcher(const Watched& watched, sim::Time from, sim::Time to,
          const std::function<void(const ChangingEvent&)>& show)
      : watched_(watched), from_(from), to_(to), show_(show) {}

  void event(const model::State& after, events::Event::Reader event,
             std::uint64_t number) override {
    const sim::Time time = sim::Time::from_nanoseconds(event.getTime());
    if (time > to_ || idle(event)) return;
    Values now = watched_values(after, watched_);
    if (time >= from_) {
      ChangingEvent changing{number, "", time, changes(last_, now)};
      if (!changing.changes.empty()) {
        changing.line = event_line(after, event);
        ++found_;
        show_(changing);
      }
    }
    last_ = std::move(now);
  }
  std::uint64_t found() const { return found_; }

 private:
  // The commonest event, a read by a cached key, changes nothing but who used what when.
  bool idle(events::Event::Reader event) const {
    return watched_.kind != Watched::Kind::connection && watched_.kind != Watched::Kind::table &&
           (event.isItemRead() || event.isItemWritten() || event.isItemsRead());
  }

  const Watched& watched_;
  sim::Time from_, to_;
  const std::function<void(const ChangingEvent&)>& show_;
  Values last_;
  std::uint64_t found_ = 0;
};

std::unexpected<std::string> no_such(std::string_view what, std::string_view name,
                                     const std::vector<std::string>& words) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  const std::string meant = scenarios::did_you_mean(name, views);
  return std::unexpected(fmt::format("no {} '{}'{}{}", what, scenarios::printable(name),
                                     meant.empty() ? "" : "; ", meant));
}

// "web/3": the connections of a workload are counted from 0.
std::expected<std::uint32_t, std::string> connection_of(std::string_view name,
                                                        const model::ScenarioView& scenario) {
  const std::size_t slash = name.rfind('/');
  const auto workload = find_workload(scenario, name.substr(0, slash));
  if (!workload) return no_such("workload", name.substr(0, slash), workload_words(scenario));
  const auto& view = scenario.workloads[*workload];
  std::uint64_t number = 0;
  const std::string digits(slash == std::string_view::npos ? "" : name.substr(slash + 1));
  const bool good = !digits.empty() && digits.size() < 10 &&
                    digits.find_first_not_of("0123456789") == std::string::npos;
  if (good) number = std::stoull(digits);
  if (!good || number >= view.connections) {
    return std::unexpected(fmt::format("'{}' is no connection: write {}/0 to {}/{}",
                                       scenarios::printable(name), name.substr(0, slash),
                                       name.substr(0, slash), view.connections - 1));
  }
  return view.first_connection + static_cast<std::uint32_t>(number);
}

}  // namespace

std::expected<Watched, std::string> parse_watched(std::string_view text,
                                                  const model::ScenarioView& scenario) {
  const std::size_t equals = text.find('=');
  const std::string_view kind = text.substr(0, equals);
  const std::string_view name =
      equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
  Watched watched;
  watched.name = text;
  if (name.empty()) {
    return std::unexpected(
        fmt::format("'{}' names nothing to watch: write key=NAME, table=NAME, grant=ID or "
                    "connection=WORKLOAD/0",
                    scenarios::printable(text)));
  }
  if (kind == "key") {
    const auto key = find_key(scenario, name);
    if (!key) return no_such("key", name, key_words(scenario));
    watched.index = *key;
  } else if (kind == "table") {
    const auto tables = find_tables(scenario, name);
    if (!tables) return no_such("table", name, table_words(scenario));
    watched.kind = Watched::Kind::table;
    watched.index = tables->first;
  } else if (kind == "grant") {
    watched.kind = Watched::Kind::grant;
    watched.grant = name;
  } else if (kind == "connection") {
    const auto connection = connection_of(name, scenario);
    if (!connection) return std::unexpected(connection.error());
    watched.kind = Watched::Kind::connection;
    watched.index = *connection;
  } else {
    const std::vector<std::string_view> kinds = {"key", "table", "grant", "connection"};
    const std::string meant = scenarios::did_you_mean(kind, kinds);
    return std::unexpected(fmt::format("'{}' cannot be watched{}{}", scenarios::printable(kind),
                                       meant.empty() ? "" : "; ", meant));
  }
  return watched;
}

std::expected<std::uint64_t, TraceError> watch(
    const RecordedRun& recorded, const Watched& watched, sim::Time from, sim::Time to,
    const std::function<void(const ChangingEvent&)>& show) {
  Watcher watcher(watched, from, to, show);
  auto events = to == sim::Time::max() ? recorded.file().event_count()
                                       : recorded.file().events_until(to.nanoseconds());
  if (!events)
    return std::unexpected(TraceError{TraceError::Kind::damaged, events.error().message});
  if (auto folded = recorded.fold(*events, {&watcher}); !folded) {
    return std::unexpected(folded.error());
  }
  return watcher.found();
}

std::expected<ChangingEvent, TraceError> changes_by(const RecordedRun& recorded,
                                                    std::uint64_t event) {
  const auto flat = [](const model::State& state) {
    Json document = inspect_document(state, {});
    for (const std::string_view name : kAlwaysMoving) document.erase(std::string(name));
    Values values;
    flatten("", document, values);
    return values;
  };
  const auto before = recorded.state_after(event);
  if (!before) return std::unexpected(before.error());
  const auto after = recorded.state_after(event + 1);
  if (!after) return std::unexpected(after.error());
  ChangingEvent out{event, "", after->now(), {}};
  const auto frame = recorded.file().frame_of_event(event);
  if (frame) {
    const auto chunk = recorded.file().chunk(*frame);
    if (!chunk)
      return std::unexpected(TraceError{TraceError::Kind::damaged, chunk.error().message});
    out.line =
        event_line(*after, (*chunk)[static_cast<std::uint32_t>(event - chunk->first_event())]);
  }
  // Before RunStarted there is nothing to compare with.
  out.changes = changes(event == 0 ? Values() : flat(*before), flat(*after));
  return out;
}

}  // namespace tablekey::replay
