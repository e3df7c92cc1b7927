// The document, drawn for a terminal.
#include "replay/inspect.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/inspect_document.h"

namespace tablekey::replay {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kRowsShown = 20;  // of a list; the document has them all

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
    for (const Json& change : key.at("changesPending")) {
      listing.below(fmt::format("{} to {} takes effect at {}", word(change, "change"),
                                word(change, "to"), word(change, "visibleAt")));
    }
  }
  return listing.text();
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
    listing.row(
        {word(grant, "grantId").substr(0, 16), word(grant, "table"), word(grant, "key"), state});
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

// Structures whose data keys are under the same version share a line.
std::string data_keys_text(const Json& table) {
  std::string text;
  for (const Json& key : table.at("dataKeys")) {
    text += fmt::format("{}{} (version {})", text.empty() ? "data keys: " : ", ",
                        word(key, "structure"), word(key, "tableKeyVersion"));
  }
  return text;
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
    for (const std::string& line : {versions_text(table), data_keys_text(table),
                                    holders_text(table.at("plaintextTableKey"))}) {
      if (!line.empty()) listing.below(line);
    }
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
  return text + pending_text(document.at("pending"));
}

}  // namespace tablekey::replay
