// Secrets are looked for by their first eight bytes, through a bit filter: one pass over the bytes
// however many there are. They are kept in secret memory while that lasts.
#include "replay/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "crypto/secret.h"
#include "events/format.h"
#include "events/reader.h"
#include "replay/gone_material.h"
#include "replay/iv_reuse.h"
#include "replay/live_keys.h"

namespace tablekey::replay {
namespace {

constexpr std::size_t kHeadBytes = 8;
constexpr std::size_t kNeedleMin = 16, kNeedleMax = 32;
constexpr unsigned kFilterBits = 22;
// Plaintexts of more items than this are not looked for; the sentence says how many were.
constexpr std::uint64_t kItemsMax = 200'000;

std::size_t filter_place(std::uint64_t head) {
  return static_cast<std::size_t>((head * 0x9E3779B97F4A7C15) >> (64 - kFilterBits));
}

/// Byte strings that must not be found anywhere.
class Needles {
 public:
  Needles() : filter_(std::size_t{1} << kFilterBits) {}

  void add(std::span<const std::uint8_t> secret) {
    if (secret.size() < kNeedleMin) return;
    secret = secret.first(std::min(secret.size(), kNeedleMax));
    crypto::SecretBuffer& kept = needles_.emplace_back(secret.size());
    std::copy(secret.begin(), secret.end(), kept.writable().begin());
    filter_[filter_place(head_of(secret.data()))] = true;
  }
  // Order by head: a head is a key's own bytes, so it is compared where it lies and copied nowhere.
  void prepare() {
    std::sort(needles_.begin(), needles_.end(), [](const auto& a, const auto& b) {
      return head_of(a.bytes().data()) < head_of(b.bytes().data());
    });
  }
  std::size_t size() const { return needles_.size(); }

  std::size_t count_in(std::span<const std::uint8_t> bytes) const {
    std::size_t found = 0;
    if (needles_.empty() || bytes.size() < kNeedleMin) return 0;
    for (std::size_t at = 0; at + kNeedleMin <= bytes.size(); ++at) {
      const std::uint64_t head = head_of(bytes.data() + at);
      if (filter_[filter_place(head)] && matches(bytes.subspan(at), head)) ++found;
    }
    return found;
  }

 private:
  bool matches(std::span<const std::uint8_t> bytes, std::uint64_t head) const {
    auto at = std::lower_bound(
        needles_.begin(), needles_.end(), head,
        [](const auto& needle, std::uint64_t h) { return head_of(needle.bytes().data()) < h; });
    for (; at != needles_.end() && head_of(at->bytes().data()) == head; ++at) {
      const auto needle = at->bytes();
      if (needle.size() <= bytes.size() && crypto::equal(needle, bytes.first(needle.size()))) {
        return true;
      }
    }
    return false;
  }

  std::vector<crypto::SecretBuffer> needles_;
  std::vector<bool> filter_;
};

Needles needles_of(const model::State& state, model::Vault& vault) {
  Needles needles;
  vault.for_each_secret(state, [&](std::span<const std::uint8_t> secret) { needles.add(secret); });
  std::uint64_t items = 0;
  for (std::uint32_t table = 0; table < state.tables.size(); ++table) {
    if (state.tables[table].keys.empty()) continue;
    const std::uint32_t count = state.item_count(table);
    for (std::uint32_t item = 0; item < count && items < kItemsMax; ++item) {
      // What a scenario file gives is written in the trace's own header: it is no secret of the
      // run.
      const auto view = state.item(table, item);
      if (view.version == 0 || view.given) continue;
      needles.add(vault.plaintext(state, table, item).bytes());
      ++items;
    }
  }
  needles.prepare();
  return needles;
}

std::expected<InvariantFinding, std::string> secrets_in_trace(const events::TraceFile& file,
                                                              const model::State& state,
                                                              model::Vault& vault) {
  const Needles needles = needles_of(state, vault);
  std::size_t found = needles.count_in(file.bytes());
  for (std::uint64_t frame = 0; frame < file.frames().size(); ++frame) {
    auto header = file.header(frame);
    if (!header) return std::unexpected(header.error().message);
    if (header->codec == events::Codec::none) continue;  // its bytes are the file's
    auto payload = file.payload(frame);
    if (!payload) return std::unexpected(payload.error().message);
    found += needles.count_in(payload->bytes());
  }
  if (found != 0) {
    return InvariantFinding{false, fmt::format("{} places of the trace hold a secret", found)};
  }
  return InvariantFinding{true, fmt::format("none of {} keys and item values is in {} bytes",
                                            needles.size(), file.bytes().size())};
}

template <class Lint>
std::expected<void, std::string> look_at_all(const events::TraceFile& file, Lint& lint) {
  for (std::uint64_t frame = 0; frame < file.frames().size(); ++frame) {
    if (file.frames()[frame].type != events::FrameType::events) continue;
    auto chunk = file.chunk(frame);
    if (!chunk) return std::unexpected(chunk.error().message);
    for (const auto event : chunk->events()) lint.look(event);
  }
  return {};
}

std::expected<InvariantFinding, std::string> gone_material_used(const events::TraceFile& file) {
  GoneMaterial lint;
  if (auto looked = look_at_all(file, lint); !looked) return std::unexpected(looked.error());
  if (lint.wrong() != 0) {
    return InvariantFinding{false,
                            fmt::format("{} calls used key material that was gone", lint.wrong())};
  }
  return InvariantFinding{
      true, fmt::format("{} uses of key material, none of the {} keys and materials that went",
                        lint.uses(), lint.gone())};
}

std::expected<InvariantFinding, std::string> ivs_in_trace(const events::TraceFile& file) {
  IvReuse lint;
  if (auto looked = look_at_all(file, lint); !looked) return std::unexpected(looked.error());
  if (lint.reused() != 0) {
    return InvariantFinding{
        false, fmt::format("{} (key, IV) pairs came with another text", lint.reused())};
  }
  return InvariantFinding{true,
                          fmt::format("{} (key, IV) pairs, none with two texts", lint.pairs())};
}

}  // namespace

std::size_t count_secrets_in(std::span<const std::uint8_t> bytes, const model::State& state,
                             model::Vault& vault) {
  return needles_of(state, vault).count_in(bytes);
}

std::expected<InvariantFinding, std::string> check_invariant(std::string_view name,
                                                             const std::filesystem::path& trace,
                                                             const model::State& state,
                                                             model::Vault& vault) {
  auto file = events::TraceFile::open(trace, events::Check::index);
  if (!file) return std::unexpected(file.error().message);
  if (name == "plaintext_table_key_never_in_trace") return secrets_in_trace(*file, state, vault);
  if (name == "no_iv_reuse") return ivs_in_trace(*file);
  if (name == "no_gone_material_used") return gone_material_used(*file);
  if (name == "every_live_data_key_under_current_version") return live_keys_current(trace);
  return std::unexpected(fmt::format("no invariant '{}'", name));
}

}  // namespace tablekey::replay
