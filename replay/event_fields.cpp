// One row a field name; a field that means something else in one event is an exception above the
// rows.
#include "replay/event_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "event.capnp.h"
#include "model/dynamodb/errors.h"
#include "scenarios/expectation.h"

namespace tablekey::replay {
namespace meanings {
namespace {

using enum FieldMeaning;

constexpr auto kMeanings = std::to_array<std::pair<std::string_view, FieldMeaning>>({
    {"alias", alias},
    {"allocation", duration},
    {"at", time},
    {"backup", backup},
    {"backupDeleted", backup},
    {"caller", caller},
    {"connection", connection},
    {"dataKey", structure},
    {"delay", duration},
    {"deletionDate", time},
    {"destinationKey", key},
    {"destinationMaterial", material},
    {"duration", duration},
    {"era", era},
    {"expires", time},
    {"grant", grant},
    {"group", replica_group},
    {"hash", bits},
    {"id", bits},
    {"index", secondary_index},
    {"item", item},
    {"ivHead", bits},
    {"ivTail", bits},
    {"key", key},
    {"keyCheckValue", bits},
    {"kmsTable", table},
    {"label", time},
    {"lastItem", item},
    {"latency", duration},
    {"localTag", bits},
    {"material", material},
    {"next", time},
    {"oldKeyShown", duration},
    {"parent", structure},
    {"partition", structure},
    {"principal", principal},
    {"readyAt", time},
    {"replica", table},
    {"retry", duration},
    {"session", caller},
    {"since", time},
    {"source", table},
    {"step", step},
    {"store", store},
    {"structure", structure},
    {"table", table},
    {"target", table},
    {"time", time},
    {"toKey", key},
    {"until", time},
    {"validTo", time},
    {"visibleAt", time},
    {"workload", workload},
    {"writer", table},
    {"written", time},
});
static_assert(std::ranges::is_sorted(kMeanings, {},
                                     &std::pair<std::string_view, FieldMeaning>::first));

// Delays and times that other events have by the same name.
constexpr auto kDelays = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"controlAnswered", "until"},
    {"indexBackfilled", "next"},
    {"indexEntriesWritten", "next"},
    {"itemsExpired", "next"},
    {"itemsReplicated", "next"},
    {"keyChecked", "next"},
    {"logArchived", "next"},
    {"partitionSplit", "next"},
    {"replicaChanged", "next"},
    {"shardsChanged", "until"},
    {"snapshotTaken", "next"},
    {"streamRecordsWritten", "next"},
});

// Events of KMS, in which an index counts key materials.
bool of_kms(std::string_view event) { return event == "kmsAnswered" || event == "keyRotated"; }

// Events of faults, in which a source is one of random faults.
bool of_fault(std::string_view event) {
  return event == "faultStarted" || event == "faultEnded" || event == "faultPlanned" ||
         event == "routersRestarted" || event == "callLost";
}

}  // namespace
}  // namespace meanings

FieldMeaning meaning_of(std::string_view event, std::string_view field) {
  using enum FieldMeaning;
  if (event == "roleAssumed" && field == "session") return session;
  if (field == "step" &&
      (event == "connectionsClosed" || event == "iamAnswered" || event == "faultStarted" ||
       event == "faultEnded" || event == "callLost")) {
    return step_index;
  }
  if (field == "source" && meanings::of_fault(event)) return plain;
  if (field == "table" && event == "keyInvalidationsSent") return plain;  // 1 + table
  if (field == "first" && event == "keyPollPlanned") return time;
  if (field == "backupIdHigh") return bits;
  if (field.ends_with("High") || field.ends_with("Low")) return half;
  if (field == "index" && meanings::of_kms(event)) return material;
  if (field == "upTo" && event == "logArchived") return time;
  if (std::ranges::find(meanings::kDelays, std::pair(event, field)) != meanings::kDelays.end())
    return duration;
  const auto found =
      std::lower_bound(meanings::kMeanings.begin(), meanings::kMeanings.end(), field,
                       [](const auto& row, std::string_view wanted) { return row.first < wanted; });
  return found != meanings::kMeanings.end() && found->first == field ? found->second : plain;
}

namespace {

// "onDemand" as the APIs of AWS write such words: "ON_DEMAND".
std::string upper_snake(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital && !text.empty()) text += '_';
    text += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return text;
}

}  // namespace

std::string enumerant_text(capnp::DynamicEnum value) {
  const capnp::EnumSchema schema = value.getSchema();
  const std::uint16_t raw = value.getRaw();
  if (schema == capnp::Schema::from<events::KmsError>()) {
    return std::string(scenarios::name_of(static_cast<events::KmsError>(raw)));
  }
  if (schema == capnp::Schema::from<events::Exception>()) {
    return std::string(scenarios::name_of(static_cast<events::Exception>(raw)));
  }
  if (schema == capnp::Schema::from<events::IamError>()) {
    return std::string(scenarios::name_of(static_cast<events::IamError>(raw)));
  }
  std::string name;
  KJ_IF_MAYBE (enumerant, value.getEnumerant()) {
    name = enumerant->getProto().getName().cStr();
  }
  if (name.empty()) return fmt::format("{}", raw);
  const bool aws = schema == capnp::Schema::from<events::DataOperation>() ||
                   schema == capnp::Schema::from<events::KmsOperation>() ||
                   schema == capnp::Schema::from<events::TableOperation>() ||
                   schema == capnp::Schema::from<events::KeyState>();
  if (aws) return capitalized(name);
  const bool upper = schema == capnp::Schema::from<events::ConnectionState>() ||
                     schema == capnp::Schema::from<events::ConnectionError>() ||
                     schema == capnp::Schema::from<events::RotationType>() ||
                     schema == capnp::Schema::from<events::TableStatus>() ||
                     schema == capnp::Schema::from<events::ReplicaStatus>() ||
                     schema == capnp::Schema::from<events::StreamEventName>() ||
                     schema == capnp::Schema::from<events::BackupType>();
  return upper ? upper_snake(name) : name;
}

std::string capitalized(std::string_view name) {
  std::string text(name);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text;
}

std::string hex(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

std::string identifier_text(std::string_view stem, std::uint64_t high, std::uint64_t low) {
  const bool tag = stem == "tag" || stem == "digest" || stem == "result" || stem == "decrypted";
  return tag ? fmt::format("{:016x}{:016x}", high, low) : model::dynamodb::uuid(high, low);
}

}  // namespace tablekey::replay
