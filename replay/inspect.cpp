// The document, drawn for a terminal.
#include "replay/inspect.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/inspect_document.h"

namespace tablekey::replay {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kRowsShown = 20;  // of a list; the document has them all
constexpr std::size_t kMaterialsShown = 5;

std::string word(const Json& object, const char* name) {
  const Json& value = object.at(name);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Rows under a heading, columns as wide as their widest cell.
class Listing {
 public:
  explicit Listing(std::string heading) : heading_(std::move(heading)) {}

  void row(std::vector<std::string> cells) { rows_.push_back({std::move(cells), {}}); }
  /// A line below the last row.
  void below(std::string line) { rows_.back().below.push_back(std::move(line)); }

  std::string text() const {
    std::vector<std::size_t> widths;
    const std::size_t shown = std::min(rows_.size(), kRowsShown);
    for (std::size_t i = 0; i < shown; ++i) {
      widths.resize(std::max(widths.size(), rows_[i].cells.size()));
      for (std::size_t j = 0; j < rows_[i].cells.size(); ++j) {
        widths[j] = std::max(widths[j], rows_[i].cells[j].size());
      }
    }
    std::string text = heading_ + "\n";
    if (rows_.empty()) text += "  none\n";
    for (std::size_t i = 0; i < shown; ++i) {
      std::string line = " ";
      for (std::size_t j = 0; j < rows_[i].cells.size(); ++j) {
        line += fmt::format(" {:<{}} ", rows_[i].cells[j], widths[j]);
      }
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
      for (const std::string& below : rows_[i].below) text += "      " + below + "\n";
    }
    if (shown < rows_.size()) {
      text += fmt::format("  … and {} more (--json has them all)\n", rows_.size() - shown);
    }
    return text;
  }

 private:
  struct Row {
    std::vector<std::string> cells;
    std::vector<std::string> below;
  };
  std::string heading_;
  std::vector<Row> rows_;
};

// "alias/books, alias/shelf"; nothing for an empty list.
std::string joined(const Json& list) {
  std::string text;
  for (const Json& item : list) {
    text += (text.empty() ? "" : ", ") + (item.is_string() ? item.get<std::string>() : item.dump());
  }
  return text;
}

std::string rotation_text(const Json& rotation) {
  std::string text;
  if (rotation.at("enabled").get<bool>()) {
    text = fmt::format("rotates every {} days", word(rotation, "periodInDays"));
    if (rotation.contains("next")) text += ", next at " + word(rotation, "next");
  }
  if (rotation.at("onDemand") != 0) {
    text += fmt::format("{}{} rotations on demand", text.empty() ? "" : "; ",
                        word(rotation, "onDemand"));
  }
  if (rotation.contains("onDemandSince")) {
    text += fmt::format("{}rotating since {}", text.empty() ? "" : "; ",
                        word(rotation, "onDemandSince"));
  }
  return text;
}

std::string material_text(const Json& material) {
  std::string text = fmt::format("material {} {}", word(material, "keyMaterialId").substr(0, 16),
                                 word(material, "keyMaterialState"));
  if (material.contains("importState")) text += ", " + word(material, "importState");
  if (material.contains("validTo")) text += ", valid to " + word(material, "validTo");
  if (material.contains("rotationDate")) {
    text += fmt::format(", since {} ({})", word(material, "rotationDate"),
                        material.contains("rotationType") ? word(material, "rotationType") : "?");
  }
  return text;
}

void key_details(Listing& listing, const Json& key) {
  for (const char* list : {"aliases", "multiRegionSet"}) {
    if (!key.contains(list) || key.at(list).empty()) continue;
    listing.below((list[0] == 'a' ? "" : "set with ") + joined(key.at(list)));
  }
  std::string tags;
  for (const auto& [name, value] : key.at("tags").items()) {
    tags += fmt::format("{}{}={}", tags.empty() ? "tags " : ", ", name, value.get<std::string>());
  }
  if (!tags.empty()) listing.below(tags);
  if (key.contains("customKeyStore")) {
    listing.below("in custom key store " + word(key, "customKeyStore"));
  }
  const std::string rotation = rotation_text(key.at("rotation"));
  if (!rotation.empty()) listing.below(rotation);
  const Json& materials = key.at("materials");
  const std::size_t first =
      materials.size() > kMaterialsShown ? materials.size() - kMaterialsShown : 0;
  if (first != 0) listing.below(fmt::format("{} older key materials", first));
  for (std::size_t i = first; i < materials.size(); ++i) listing.below(material_text(materials[i]));
}

std::string keys_text(const Json& keys) {
  Listing listing("keys");
  for (const Json& key : keys) {
    std::string state = word(key, "keyState");
    if (key.at("effectiveState") != key.at("keyState")) {
      state += fmt::format(" (requests still see {})", word(key, "effectiveState"));
    }
    listing.row({word(key, "logicalId"), state, word(key, "keyManager"),
                 fmt::format("{} grants", word(key, "grants"))});
    listing.below(word(key, "arn"));
    if (key.contains("deletionDate"))
      listing.below("will be deleted at " + word(key, "deletionDate"));
    key_details(listing, key);
    for (const Json& change : key.at("changesPending")) {
      listing.below(fmt::format("{} to {} takes effect at {}", word(change, "change"),
                                word(change, "to"), word(change, "visibleAt")));
    }
  }
  return listing.text();
}

std::string grant_terms_text(const Json& grant) {
  const char* grantee =
      grant.contains("granteePrincipal") ? "granteePrincipal" : "granteeServicePrincipal";
  std::string text = grant.contains(grantee) ? "for " + word(grant, grantee) + ": " : "";
  text += joined(grant.at("operations"));
  for (const char* constraint : {"encryptionContextEquals", "encryptionContextSubset"}) {
    if (grant.contains(constraint))
      text += fmt::format(", {} {}", constraint, word(grant, constraint));
  }
  return text;
}

std::string grants_text(const Json& grants) {
  Listing listing("grants");
  for (const Json& grant : grants) {
    std::string state = grant.at("ended").get<bool>() ? "ended" : "live";
    if (grant.at("ended").get<bool>() && grant.at("usable").get<bool>()) {
      state += ", usable until " + word(grant, "endVisibleAt");
    } else if (!grant.at("ended").get<bool>() && !grant.at("usable").get<bool>()) {
      state += ", only with its token until " + word(grant, "visibleAt");
    }
    const bool of_table = !grant.at("table").is_null();
    listing.row({word(grant, "grantId").substr(0, 16), of_table ? word(grant, "table") : "",
                 word(grant, "key"), state});
    if (!of_table) listing.below(grant_terms_text(grant));
  }
  return listing.text();
}

std::string stores_text(const Json& stores) {
  Listing listing("custom key stores");
  for (const Json& store : stores) {
    std::string state = word(store, "connectionState");
    if (store.contains("connectionErrorCode")) state += " " + word(store, "connectionErrorCode");
    if (store.contains("fault")) state += ", not working: " + word(store, "fault");
    listing.row({word(store, "logicalId"), word(store, "type"), state});
  }
  return listing.text();
}

std::string principals_text(const Json& principals) {
  Listing listing("principals");
  for (const Json& principal : principals) {
    std::string policies;
    for (const auto& [name, document] : principal.at("policies").items()) {
      policies += (policies.empty() ? "policies " : ", ") + name;
    }
    if (principal.contains("permissionsBoundary")) {
      policies += policies.empty() ? "a permissions boundary" : ", a permissions boundary";
    }
    if (principal.at("deleted").get<bool>()) policies = "deleted";
    listing.row({word(principal, "logicalId"), policies});
    for (const Json& change : principal.at("changesPending")) {
      listing.below("a change takes effect at " + word(change, "visibleAt"));
    }
  }
  return listing.text();
}

std::string quotas_text(const Json& quotas) {
  Listing listing("requests counted against quotas in this second");
  for (const Json& quota : quotas) {
    listing.row({word(quota, "account"), word(quota, "region"), word(quota, "quota"),
                 word(quota, "requests")});
  }
  return listing.text();
}

std::string faults_text(const Json& faults) {
  Listing listing("faults");
  for (const Json& fault : faults) {
    listing.row({word(fault, fault.contains("source") ? "source" : "step"), word(fault, "kind"),
                 "since " + word(fault, "since"),
                 fault.contains("until") ? "until " + word(fault, "until") : "until the end"});
  }
  return listing.text();
}

std::string holders_text(const Json& holders) {
  if (!holders.contains("byWorkload")) return "plaintext table key: no connection may use it";
  std::string by;
  for (const auto& [workload, count] : holders.at("byWorkload").items()) {
    by += fmt::format("{}{} of {}", by.empty() ? "" : ", ", count.dump(), workload);
  }
  const std::string first = word(holders, "usableUntilFirst");
  const std::string last = word(holders, "usableUntilLast");
  return fmt::format("plaintext table key: {} connections ({}) until {}{}",
                     word(holders, "connections"), by, first == last ? "" : first + " to ", last);
}

std::string versions_text(const Json& table) {
  std::string text;
  for (const Json& version : table.at("tableKeys")) {
    text += fmt::format("{}{} under {}", text.empty() ? "table keys: version " : ", version ",
                        word(version, "version"), word(version, "underKey"));
  }
  return text;
}

// Structures of one kind whose data keys are under the same version share a place.
std::string data_keys_text(const Json& table) {
  std::vector<std::pair<std::string, std::uint64_t>> kinds;
  for (const Json& key : table.at("dataKeys")) {
    if (!key.contains("tableKeyVersion")) continue;
    const std::string kind =
        fmt::format("{} (version {})", word(key, "structure"), word(key, "tableKeyVersion"));
    const auto found = std::ranges::find(kinds, kind, &decltype(kinds)::value_type::first);
    if (found == kinds.end()) {
      kinds.emplace_back(kind, 1);
    } else {
      ++found->second;
    }
  }
  std::string text;
  for (const auto& [kind, count] : kinds) {
    text += text.empty() ? "data keys: " : ", ";
    text += count == 1 ? kind : fmt::format("{} {}", count, kind);
  }
  return text;
}

std::string sse_text(const Json& table) {
  if (!table.contains("sseDescription")) return {};
  const Json& sse = table.at("sseDescription");
  std::string text = "SSE " + word(sse, "status");
  if (sse.contains("kmsMasterKeyArn")) text += " " + word(sse, "kmsMasterKeyArn");
  if (sse.contains("inaccessibleEncryptionDateTime")) {
    text += ", inaccessible since " + word(sse, "inaccessibleEncryptionDateTime");
  }
  return text;
}

// A value in DynamoDB JSON without its type: {"S":"a"} is a.
std::string bare_value(const Json& value) {
  for (const auto& [type, inner] : value.items()) {
    return inner.is_string() ? inner.get<std::string>() : inner.dump();
  }
  return value.dump();
}

void add_partition_lines(Listing& listing, const std::string& of, const Json& partitions) {
  if (partitions.size() < 2) return;
  for (const Json& partition : partitions) {
    std::string line = fmt::format("{} {} from hash {}", of, word(partition, "structure"),
                                   word(partition, "fromHash"));
    if (partition.contains("fromSortKey")) {
      line += ", sort key " + bare_value(partition.at("fromSortKey"));
    }
    listing.below(fmt::format("{}: {} items, {} bytes", line, word(partition, "items"),
                              word(partition, "bytes")));
  }
}

void add_index_lines(Listing& listing, const Json& table) {
  if (!table.contains("globalIndexes")) return;
  for (const Json& index : table.at("globalIndexes")) {
    std::string line = fmt::format("index {} {}, {} entries", word(index, "name"),
                                   word(index, "status"), word(index, "entries"));
    if (index.contains("backfilling")) {
      line += fmt::format(", backfilling, {} items done", word(index, "backfilledItems"));
    }
    if (index.at("changesWaiting") != 0) {
      line += fmt::format(", {} changes waiting", word(index, "changesWaiting"));
    }
    listing.below(line);
    add_partition_lines(listing, "partition " + word(index, "name"), index.at("partitions"));
  }
}

void add_stream_lines(Listing& listing, const Json& table) {
  if (!table.contains("streams")) return;
  for (const Json& stream : table.at("streams")) {
    listing.below(fmt::format("stream {} {}, {} records in {} shards", word(stream, "status"),
                              word(stream, "view"), word(stream, "records"),
                              stream.at("shards").size()));
  }
}

void add_work_lines(Listing& listing, const Json& table) {
  if (table.contains("job")) {
    listing.below(fmt::format("change of {} since {}", word(table.at("job"), "kind"),
                              word(table.at("job"), "started")));
  }
  if (table.contains("switchStalled")) listing.below("the switch of keys is stalled");
  if (table.contains("encryptionChanges")) {
    listing.below(fmt::format("{} changes of encryption since {}",
                              word(table.at("encryptionChanges"), "count"),
                              word(table.at("encryptionChanges"), "inWindowSince")));
  }
  if (!table.contains("serviceKeys")) return;
  for (const Json& key : table.at("serviceKeys")) {
    std::string line = "table key of the service for " + word(key, "job");
    line += key.contains("usableUntil") ? " until " + word(key, "usableUntil") : ": none";
    if (key.contains("deniedSince")) line += ", denied since " + word(key, "deniedSince");
    listing.below(line);
  }
}

void add_protection_lines(Listing& listing, const Json& table) {
  if (table.contains("pointInTimeRecovery")) {
    const Json& window = table.at("pointInTimeRecovery");
    listing.below(fmt::format("can be restored from {} to {}", word(window, "earliestRestorable"),
                              word(window, "latestRestorable")));
  }
  if (table.contains("archivalSummary")) {
    listing.below("archived at " + word(table.at("archivalSummary"), "archivalDateTime"));
  }
  if (table.contains("timeToLive")) {
    listing.below("time to live by " + word(table.at("timeToLive"), "attribute"));
  }
  if (!table.contains("replica")) return;
  const Json& replica = table.at("replica");
  listing.below(fmt::format("replica {} in group {} ({}) with {} others", word(replica, "status"),
                            word(replica, "group"), word(replica, "version"),
                            replica.at("with").size()));
}

std::string backups_text(const Json& backups) {
  Listing listing("backups");
  for (const Json& backup : backups) {
    listing.row({word(backup, "name"), word(backup, "type"), word(backup, "status"),
                 "of " + word(backup, "table"), "key " + word(backup, "key"),
                 word(backup, "items") + " items"});
    listing.below(word(backup, "arn"));
    if (backup.contains("expires")) listing.below("expires at " + word(backup, "expires"));
  }
  return listing.text();
}

std::string exports_text(const Json& exports) {
  Listing listing("exports");
  for (const Json& one : exports) {
    listing.row({"of " + word(one, "table"), word(one, "status"),
                 "as of " + word(one, "exportTime"), word(one, "items") + " items"});
  }
  return listing.text();
}

std::string sort_keys_text(const Json& keys) {
  Listing listing("sort keys that table metadata has or had in plaintext");
  for (const Json& key : keys) {
    listing.row({word(key, "table") + (key.contains("index") ? "/" + word(key, "index") : ""),
                 word(key, "attribute") + " = " + bare_value(key.at("value")),
                 "partition key hash " + word(key, "partitionKeyHash"),
                 "since " + word(key, "since"),
                 key.contains("until") ? "until " + word(key, "until") : "still there"});
  }
  return listing.text();
}

std::string data_keys_in_memory_text(const Json& report) {
  const bool on_nodes = report.at("dataKeysKept") == "storage_node";
  Listing listing(on_nodes ? "data keys unwrapped in memory of storage nodes or routers"
                           : "data keys unwrapped in memory, each with a usable table key");
  for (const Json& key : report.at("unwrappedDataKeys")) {
    listing.row({word(key, "table"), word(key, "structure")});
  }
  return listing.text();
}

std::string tables_text(const Json& tables) {
  Listing listing("tables");
  for (const Json& table : tables) {
    listing.row({word(table, "name"), word(table, "status"), "key " + word(table, "key"),
                 word(table, "items") + " items"});
    if (table.contains("process")) {
      const Json& process = table.at("process");
      listing.below(fmt::format("{} to {}, since {}", word(process, "kind"), word(process, "toKey"),
                                word(process, "started")));
    }
    for (const std::string& line : {sse_text(table), versions_text(table), data_keys_text(table),
                                    holders_text(table.at("plaintextTableKey"))}) {
      if (!line.empty()) listing.below(line);
    }
    if (table.contains("partitions")) {
      add_partition_lines(listing, "partition", table.at("partitions"));
    }
    add_index_lines(listing, table);
    add_stream_lines(listing, table);
    add_work_lines(listing, table);
    add_protection_lines(listing, table);
  }
  return listing.text();
}

std::string pending_text(const Json& pending) {
  Listing listing("pending");
  for (const Json& kind : pending) {
    listing.row({word(kind, "action"), word(kind, "count"), "next at " + word(kind, "next")});
  }
  return listing.text();
}

}  // namespace

std::string leakage_text(const model::State& state, const InspectOptions& options,
                         std::span<const UnwrappedDataKey> data_keys) {
  const Json report = leakage_report(state, options, data_keys);
  return sort_keys_text(report.at("sortKeys")) + "\n" + data_keys_in_memory_text(report);
}

std::string inspect_text(const model::State& state, const InspectOptions& options) {
  const Json document = inspect_document(state, options);
  const Json& connections = document.at("connections");
  std::string text =
      fmt::format("{} at {} ({} since the start), after {} events{}\n\n",
                  word(document, "scenario"), word(document, "time"), word(document, "sinceStart"),
                  word(document, "events"), state.ended() ? ": the run has ended" : "");
  text += keys_text(document.at("keys")) + "\n";
  text += grants_text(document.at("grants")) + "\n";
  text += tables_text(document.at("tables")) + "\n";
  text += fmt::format("connections\n  {} open of {}, {} asking KMS, {} requests waiting\n\n",
                      word(connections, "open"), word(connections, "total"),
                      word(connections, "askingKms"), word(connections, "requestsWaiting"));
  // What a scenario has nothing of is left out; keys, grants and tables it always tells about.
  const auto add = [&](const char* part, std::string (*draw)(const Json&)) {
    if (document.contains(part) && !document.at(part).empty())
      text += draw(document.at(part)) + "\n";
  };
  add("backups", backups_text);
  add("exports", exports_text);
  add("leakedSortKeys", sort_keys_text);
  add("customKeyStores", stores_text);
  add("principals", principals_text);
  add("quotas", quotas_text);
  add("faults", faults_text);
  return text + pending_text(document.at("pending"));
}

}  // namespace tablekey::replay
