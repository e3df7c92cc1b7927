// How a workload's connections end, how often a request is sent again, how large what it writes is.
#include <fmt/format.h>

#include "model/clients/byte_sizes.h"
#include "scenarios/characters.h"
#include "scenarios/values.h"
#include "scenarios/workload_section.h"
#include "sim/distribution.h"

namespace tablekey::scenarios {
namespace {

// The standard mode of the AWS SDKs: three attempts, the wait doubling from a second, at most 20
// seconds, all of it drawn ("full jitter").
constexpr std::uint32_t kAttempts = 3, kAttemptsMax = 100;
constexpr sim::Duration kBase = sim::Duration::seconds(1), kCap = sim::Duration::seconds(20);
constexpr sim::Duration kWaitMax = sim::Duration::days(30);

std::int64_t read_wait(const MapReader& retries, std::string_view key, sim::Duration standard,
                       Diagnostics& diagnostics) {
  const Node* node = retries.get(key);
  if (node == nullptr) return standard.count();
  const auto wait = read_duration(*node, key, diagnostics);
  if (wait && *wait > kWaitMax) {
    diagnostics.error(node->place, fmt::format("{} must be at most 30 days", key));
  }
  return wait.value_or(standard).count();
}

}  // namespace

void read_lifetime(MapReader& reader, Diagnostics& diagnostics, DraftWorkload& workload) {
  const Node* node = reader.get("connection_lifetime");
  if (node == nullptr) return;
  MapReader lifetime(*node, "connection_lifetime", {"requests", "duration"}, diagnostics);
  const Node* requests = lifetime.get("requests");
  const Node* duration = lifetime.get("duration");
  if (requests == nullptr && duration == nullptr && lifetime.is_map()) {
    diagnostics.error(node->place, "connection_lifetime lacks 'requests' or 'duration'");
  }
  if (requests != nullptr) {
    workload.requests_per_connection =
        read_count(*requests, "requests", {1}, diagnostics).value_or(0);
  }
  if (duration == nullptr) return;
  const bool drawn = duration->is_scalar() && duration->text.find('(') != std::string::npos;
  if (drawn) {
    const auto drawn_from = sim::Distribution::parse(duration->text);
    if (!drawn_from) {
      diagnostics.error(duration->place,
                        fmt::format("duration: {}", printable(drawn_from.error())));
    } else {
      workload.lifetime = drawn_from->print();
    }
    return;
  }
  const auto length = read_duration(*duration, "duration", diagnostics);
  if (length && length->count() == 0) {
    diagnostics.error(duration->place, "duration must be longer than 0s");
  }
  if (length) workload.connection_lifetime = length->count();
}

void read_retries(MapReader& reader, Diagnostics& diagnostics, DraftWorkload& workload) {
  const Node* node = reader.get("retries");
  if (node == nullptr) return;
  if (!node->is_map()) {
    const auto word = read_choice(*node, "retries", {"none", "standard"}, diagnostics);
    if (!word || *word == 0) return;
    workload.attempts = kAttempts;
    workload.retry_base = kBase.count();
    workload.retry_cap = kCap.count();
    return;
  }
  MapReader retries(*node, "retries", {"attempts", "base", "cap", "jitter"}, diagnostics);
  workload.attempts = kAttempts;
  if (const Node* attempts = retries.get("attempts")) {
    const auto count = read_count(*attempts, "attempts", {1, kAttemptsMax}, diagnostics);
    workload.attempts = static_cast<std::uint32_t>(count.value_or(kAttempts));
  }
  workload.retry_base = read_wait(retries, "base", kBase, diagnostics);
  workload.retry_cap = read_wait(retries, "cap", kCap, diagnostics);
  if (const Node* jitter = retries.get("jitter")) {
    workload.retry_jitter = read_share(*jitter, "jitter", diagnostics).value_or(1'000'000);
  }
}

// Generated values of a table have one rule of sizes, whoever writes them.
void read_item_size(MapReader& reader, const Draft& draft, Diagnostics& diagnostics,
                    DraftWorkload& workload) {
  const Node* node = reader.get("item_size");
  if (node == nullptr) return;
  const std::string* text = read_text(*node, "item_size", diagnostics);
  if (text == nullptr) return;
  if (auto sizes = model::parse_byte_sizes(*text); !sizes) {
    diagnostics.error(node->place, fmt::format("item_size: {}", printable(sizes.error())));
    return;
  }
  for (const DraftWorkload& other : draft.workloads) {
    if (other.table != workload.table || other.item_size.empty() || other.item_size == *text) {
      continue;
    }
    diagnostics
        .error(node->place, fmt::format("'{}' writes values of another size to the same table",
                                        printable(other.name)))
        .notes.push_back({other.place, "this one"});
    return;
  }
  workload.item_size = *text;
}

}  // namespace tablekey::scenarios
