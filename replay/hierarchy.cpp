#include "replay/hierarchy.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "model/apply.h"
#include "model/dynamodb/control.h"
#include "model/dynamodb/names.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/kms/blob.h"
#include "replay/event_fields.h"
#include "replay/inspect_dynamodb.h"
#include "replay/inspect_kms.h"
#include "replay/names.h"
#include "replay/table_facts.h"

namespace tablekey::replay {
namespace {

constexpr std::size_t kHoldersShown = 8;
constexpr std::size_t kKeysShown = 24;

struct Holder {
  std::string name;
  sim::Time until;
};

std::string until_text(sim::Time until) {
  return until == sim::Time::max() ? std::string("no limit") : sim::print(until);
}

// Connections that may use a version of the table's key without asking KMS, the longest first.
std::map<std::uint32_t, std::vector<Holder>> holders_of(const model::State& state,
                                                        std::uint32_t table, sim::Time at) {
  std::map<std::uint32_t, std::vector<Holder>> holders;
  const std::uint32_t needed = model::needed_version(state.tables[table]);
  for (std::uint32_t i = 0; i < state.connections.size(); ++i) {
    const model::Connection& connection = state.connections[i];
    if (connection.table != table || connection.slot == model::kNone) continue;
    const model::CacheEntry& entry = state.cache[connection.slot].entry;
    if (!model::usable(entry, needed, state.settings(), at)) continue;
    holders[entry.version].push_back({name_of_id(state, FieldMeaning::connection, i),
                                      model::usable_until(entry, state.settings())});
  }
  for (auto& [version, list] : holders) {
    std::ranges::stable_sort(list, std::greater(), &Holder::until);
  }
  return holders;
}

Json holders_json(const std::vector<Holder>& holders) {
  Json list = Json::array();
  for (const Holder& holder : holders) {
    list.push_back({{"connection", holder.name}, {"usableUntil", until_text(holder.until)}});
  }
  return list;
}

Json wrapped_by(const model::State& state, const model::TableKey& key) {
  Json object;
  object["key"] = key_label(state, key.key);
  object["arn"] = state.key_arn(key.key);
  object["keyState"] = key_document(state, key.key)["effectiveState"];
  const auto header = model::kms::parse_blob(key.blob);
  if (header) {
    const auto& id = header->material;
    object["keyMaterialId"] = hex(reinterpret_cast<const std::uint8_t*>(id.data()), id.size());
  }
  return object;
}

Json table_json(const model::State& state, std::uint32_t index, sim::Time at) {
  const model::Table& table = state.tables[index];
  auto holders = holders_of(state, index, at);
  Json details = Json::object();
  add_table_details(details, state, index, at);
  Json object;
  object["name"] = state.table_name(index);
  object["status"] = model::dynamodb::status_name(model::dynamodb::shown_status(state, index));
  object["items"] = items_in(state, index);
  Json& versions = object["tableKeys"] = Json::array();
  const std::uint32_t needed = model::needed_version(table);
  const Json structures = structures_document(state, index);
  for (std::size_t i = 0; i < table.keys.size(); ++i) {
    const auto version = static_cast<std::uint32_t>(i + 1);
    Json one;
    one["version"] = version;
    one["current"] = version == needed;
    one["wrappedBy"] = wrapped_by(state, table.keys[i]);
    one["ciphertextBlobBytes"] = table.keys[i].blob.size();
    one["keyCheckValue"] = fmt::format("{:016x}", table.keys[i].key_check_value);
    one["plaintextHeldBy"] = holders_json(holders[version]);
    Json& jobs = one["plaintextHeldForJobs"] = Json::array();
    for (const auto& job : details.value("serviceKeys", Json::array())) {
      if (job.value("tableKeyVersion", 0U) == version) {
        jobs.push_back({{"job", job["job"]}, {"usableUntil", job["usableUntil"]}});
      }
    }
    Json& wraps = one["wraps"] = Json::array();
    for (const auto& structure : structures) {
      if (structure.value("tableKeyVersion", 0U) == version) wraps.push_back(structure);
    }
    versions.push_back(std::move(one));
  }
  return object;
}

// ---- as a tree ----------------------------------------------------------------------------------

class Tree {
 public:
  std::string take() { return std::move(out_); }

  void line(const std::string& text) { out_ += prefix_ + text + "\n"; }

  /// One entry below the present line; what `below` adds is indented under it.
  template <class Below>
  void branch(bool last, const std::string& text, const Below& below) {
    out_ += prefix_ + (last ? "└─ " : "├─ ") + text + "\n";
    const std::size_t length = prefix_.size();
    prefix_ += last ? "   " : "│  ";
    below();
    prefix_.resize(length);
  }
  void leaf(bool last, const std::string& text) {
    branch(last, text, [] {});
  }

 private:
  std::string out_, prefix_;
};

std::string json_text(const Json& value) { return value.get<std::string>(); }

void draw_holders(Tree& tree, const Json& version, bool last) {
  const Json& holders = version["plaintextHeldBy"];
  const Json& jobs = version["plaintextHeldForJobs"];
  if (holders.empty() && jobs.empty()) {
    tree.leaf(last, "nobody holds it in plaintext");
    return;
  }
  tree.branch(
      last,
      fmt::format("held in plaintext by {} connection{}", holders.size(),
                  holders.size() == 1 ? "" : "s"),
      [&] {
        const std::size_t shown = std::min(holders.size(), kHoldersShown);
        const std::size_t all = shown + jobs.size() + (shown < holders.size() ? 1 : 0);
        std::size_t drawn = 0;
        for (std::size_t i = 0; i < shown; ++i) {
          tree.leaf(++drawn == all, fmt::format("{}  until {}", json_text(holders[i]["connection"]),
                                                json_text(holders[i]["usableUntil"])));
        }
        if (shown < holders.size()) {
          tree.leaf(++drawn == all,
                    fmt::format("… and {} more, none of them longer", holders.size() - shown));
        }
        for (const auto& job : jobs) {
          tree.leaf(++drawn == all, fmt::format("DynamoDB's {}  until {}", json_text(job["job"]),
                                                json_text(job["usableUntil"])));
        }
      });
}

std::string data_key_text(const Json& key) {
  std::string text = fmt::format("data key {}  {}", key["number"].get<std::uint64_t>(),
                                 json_text(key["structure"]));
  if (key.contains("parent")) {
    text += fmt::format(" of structure {}", key["parent"].get<std::uint64_t>());
  }
  return text + fmt::format("  {} records sealed, {} bytes", key["seals"].get<std::uint64_t>(),
                            key["bytes"].get<std::uint64_t>());
}

void draw_version(Tree& tree, const Json& version, bool last) {
  const Json& by = version["wrappedBy"];
  std::string material;
  if (by.contains("keyMaterialId")) {
    material = fmt::format(", key material {}", json_text(by["keyMaterialId"]).substr(0, 16));
  }
  const std::string head = fmt::format("table key version {}{}, wrapped by {} ({}){}",
                                       version["version"].get<std::uint32_t>(),
                                       version["current"].get<bool>() ? " (current)" : "",
                                       json_text(by["key"]), json_text(by["keyState"]), material);
  tree.branch(last, head, [&] {
    const Json& wraps = version["wraps"];
    draw_holders(tree, version, wraps.empty());
    const std::size_t shown = std::min(wraps.size(), kKeysShown);
    for (std::size_t i = 0; i < shown; ++i) {
      tree.leaf(i + 1 == wraps.size(), data_key_text(wraps[i]));
    }
    if (shown < wraps.size()) {
      tree.leaf(true, fmt::format("… and {} data keys more", wraps.size() - shown));
    }
  });
}

}  // namespace

nlohmann::ordered_json hierarchy_document(const model::State& state, const std::string& table,
                                          sim::Time at) {
  Json document;
  document["format"] = "tablekey.hierarchy/1";
  document["scenario"] = state.scenario().reader().getName().cStr();
  document["time"] = sim::print(at);
  document["sinceStart"] = sim::print(at - state.scenario().start);
  document["events"] = state.events();
  document["tables"] = Json::array();
  const auto range = find_tables(state.scenario(), table).value_or(TableRange{});
  for (std::uint32_t i = range.first; i < range.end && i < state.tables.size(); ++i) {
    document["tables"].push_back(table_json(state, i, at));
  }
  return document;
}

std::string hierarchy_text(const nlohmann::ordered_json& document) {
  Tree tree;
  tree.line(fmt::format("{} at {} ({} since the start), after {} events",
                        json_text(document["scenario"]), json_text(document["time"]),
                        json_text(document["sinceStart"]),
                        document["events"].get<std::uint64_t>()));
  for (const auto& table : document["tables"]) {
    tree.line("");
    tree.line(fmt::format("{}  {}  {} items", json_text(table["name"]), json_text(table["status"]),
                          table["items"].get<std::uint64_t>()));
    const Json& versions = table["tableKeys"];
    if (versions.empty()) tree.leaf(true, "no table key yet");
    // The latest one first: it is what one looks for.
    for (std::size_t i = versions.size(); i-- > 0;) {
      draw_version(tree, versions[i], i == 0);
    }
  }
  return tree.take();
}

}  // namespace tablekey::replay
