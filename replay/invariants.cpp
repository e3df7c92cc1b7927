// Secrets are looked for by their first eight bytes, through a bit filter: one pass over the bytes
// however many there are. They are kept in secret memory while that lasts.
#include "replay/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "crypto/secret.h"
#include "events/format.h"
#include "events/reader.h"
#include "model/kms/blob.h"
#include "model/kms/operation.h"
#include "replay/live_keys.h"

namespace tablekey::replay {
namespace {

constexpr std::size_t kHeadBytes = 8;
constexpr std::size_t kNeedleMin = 16, kNeedleMax = 32;
constexpr unsigned kFilterBits = 22;
// Plaintexts of more items than this are not looked for; the sentence says how many were.
constexpr std::uint64_t kItemsMax = 200'000;

std::uint64_t head_of(const std::uint8_t* bytes) {
  std::uint64_t head = 0;
  std::copy_n(bytes, kHeadBytes, reinterpret_cast<std::uint8_t*>(&head));
  return head;
}

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

// A record's IV under its data key, a wrapped data key's IV under its table key, and the nonce from
// which the key of a CiphertextBlob is derived under its key material. A pair may come again only
// with the same tag: that is the same seal, done again, or shown again.
class IvLint {
 public:
  void look(events::Event::Reader event) {
    if (event.isItemWritten() && !event.getItemWritten().getDeleted()) {
      const auto written = event.getItemWritten();
      note({written.getTable(), lives_[written.getTable()], 0, written.getIvHead(),
            written.getIvTail()},
           {written.getTagHigh(), written.getTagLow()});
    } else if (event.isTableCreationStarted()) {
      ++lives_[event.getTableCreationStarted().getTable()];
    } else if (event.isTableKeyCreated()) {
      const auto made = event.getTableKeyCreated();
      for (auto key : made.getDataKeys()) wrapped(made.getTable(), made.getVersion(), key);
      blob(made.getBlob());
    } else if (event.isKmsAnswered() && event.getKmsAnswered().getEffect().isDataKey()) {
      blob(event.getKmsAnswered().getEffect().getDataKey().getCiphertextBlob());
    } else if (event.isDataKeysRewrapped()) {
      const auto made = event.getDataKeysRewrapped();
      for (auto key : made.getDataKeys()) wrapped(made.getTable(), made.getToVersion(), key);
    } else {
      look_at_changes(event);
      look_at_copies(event);
      look_at_structures(event);
    }
  }
  std::size_t pairs() const { return seen_.size() + blobs_.size(); }
  std::size_t reused() const { return reused_; }

 private:
  // Table, which life of it, 0 for its data key or the table key's version, IV.
  using Pair =
      std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint64_t, std::uint32_t>;
  using Tag = std::pair<std::uint64_t, std::uint64_t>;
  // Of the table key that wraps a new structure's data key: whichever version is the present one.
  static constexpr std::uint32_t kPresent = UINT32_MAX;

  // Items that were written, moved or sealed anew.
  void look_at_changes(events::Event::Reader event) {
    if (event.isDataAnswered()) return changes(event.getDataAnswered().getChanges());
    if (event.isItemsReplicated()) return changes(event.getItemsReplicated().getChanges());
    if (event.isPartitionSplit()) return changes(event.getPartitionSplit().getMoved());
    if (event.isTableActivated()) return changes(event.getTableActivated().getRestored());
    if (!event.isTableEncrypted()) return;
    const auto made = event.getTableEncrypted();
    changes(made.getMoved());
    for (auto key : made.getDataKeys()) wrapped(made.getTable(), made.getVersion(), key);
    blob(made.getBlob());
  }
  // Entries of indexes and records of streams; an IV precedes the ciphertext.
  void look_at_copies(events::Event::Reader event) {
    if (event.isIndexEntriesWritten()) {
      const auto written = event.getIndexEntriesWritten();
      for (auto entry : written.getEntries()) copy(written.getTable(), entry);
    } else if (event.isIndexBackfilled()) {
      const auto filled = event.getIndexBackfilled();
      for (auto entry : filled.getEntries()) copy(filled.getTable(), entry);
    } else if (event.isPartitionSplit()) {
      const auto split = event.getPartitionSplit();
      for (auto entry : split.getEntries()) copy(split.getTable(), entry);
    } else if (event.isStreamRecordsWritten()) {
      const auto written = event.getStreamRecordsWritten();
      for (auto record : written.getRecords()) copy(written.getTable(), record);
    }
  }
  void look_at_structures(events::Event::Reader event) {
    if (event.isPartitionSplit()) {
      const auto split = event.getPartitionSplit();
      for (auto child : split.getChildren()) structure(split.getTable(), child);
    } else if (event.isShardsChanged()) {
      const auto changed = event.getShardsChanged();
      for (auto opened : changed.getOpened()) structure(changed.getTable(), opened);
    } else if (event.isSnapshotTaken()) {
      const auto taken = event.getSnapshotTaken();
      for (auto snapshot : taken.getSnapshots()) structure(taken.getTable(), snapshot);
    } else if (event.isLogArchived()) {
      structure(event.getLogArchived().getTable(), event.getLogArchived().getSegment());
    } else if (event.isControlAnswered() && event.getControlAnswered().getEffect().isJob()) {
      const auto answered = event.getControlAnswered();
      for (auto made : answered.getEffect().getJob().getStructures()) {
        structure(answered.getTable(), made);
      }
    }
  }

  void changes(capnp::List<events::ItemChange>::Reader changes) {
    for (auto change : changes) {
      const bool sealed = change.getIvHead() != 0 || change.getIvTail() != 0;
      if (change.getDeleted() || !sealed) continue;
      note(
          {change.getTable(), lives_[change.getTable()], 0, change.getIvHead(), change.getIvTail()},
          {change.getTagHigh(), change.getTagLow()});
    }
  }
  template <class Copy>
  void copy(std::uint32_t table, const Copy& copy) {
    constexpr std::size_t kIvBytes = 12;
    const auto bytes = copy.getSealed();
    if (bytes.size() < kIvBytes) return;
    std::uint32_t tail = 0;
    std::copy_n(bytes.begin() + 8, 4, reinterpret_cast<std::uint8_t*>(&tail));
    note({table, lives_[table], 0, head_of(bytes.begin()), tail},
         {copy.getTagHigh(), copy.getTagLow()});
  }
  void structure(std::uint32_t table, events::NewStructure::Reader made) {
    wrap(table, kPresent, made.getWrapped());
  }
  void wrapped(std::uint32_t table, std::uint32_t version, events::WrappedKey::Reader key) {
    wrap(table, version, key.getWrapped());
  }
  void wrap(std::uint32_t table, std::uint32_t version, capnp::Data::Reader bytes) {
    if (bytes.size() != 60) return;
    std::uint32_t tail = 0;
    std::copy_n(bytes.begin() + 8, 4, reinterpret_cast<std::uint8_t*>(&tail));
    note({table, lives_[table], version, head_of(bytes.begin()), tail},
         {head_of(bytes.begin() + 44), head_of(bytes.begin() + 52)});
  }
  // The layout is that of kms.md 7.4: key id, material id, nonce, IV, …, tag.
  void blob(capnp::Data::Reader bytes) {
    constexpr std::size_t kMaterialAt = 20, kNonceAt = 52, kNonceEnd = 84;
    if (!model::kms::parse_blob({bytes.begin(), bytes.size()})) return;
    const std::string under(bytes.begin() + kMaterialAt, bytes.begin() + kNonceEnd);
    static_assert(kNonceAt - kMaterialAt == sizeof(model::kms::MaterialId));
    const Tag tag{head_of(bytes.end() - 16), head_of(bytes.end() - 8)};
    const auto [place, fresh] = blobs_.emplace(under, tag);
    if (!fresh && place->second != tag) ++reused_;
  }
  void note(const Pair& pair, const Tag& tag) {
    const auto [place, fresh] = seen_.emplace(pair, tag);
    if (!fresh && place->second != tag) ++reused_;
  }

  std::map<std::uint32_t, std::uint32_t> lives_;
  std::map<Pair, Tag> seen_;
  std::map<std::string, Tag> blobs_;  // by material id and nonce
  std::size_t reused_ = 0;
};

// What KMS did with key material that was gone: deleted with its key, deleted by a call from the
// moment on at which the data plane knew, or expired.
class GoneLint {
 public:
  void look(events::Event::Reader event) {
    using Event = events::Event;
    switch (event.which()) {
      case Event::KEY_DELETED:
        keys_.insert(event.getKeyDeleted().getKey());
        return;
      case Event::KEY_MATERIAL_EXPIRED: {
        const auto expired = event.getKeyMaterialExpired();
        materials_[{expired.getKey(), expired.getMaterial()}] = event.getTime();
        return;
      }
      case Event::KMS_ANSWERED:
        return answered(event.getKmsAnswered(), event.getTime());
      default:
        return;
    }
  }
  std::size_t uses() const { return uses_; }
  std::size_t wrong() const { return wrong_; }
  std::size_t gone() const { return keys_.size() + materials_.size(); }

 private:
  void answered(events::Event::KmsAnswered::Reader answered, std::int64_t time) {
    if (answered.getError() != events::KmsError::NONE) return;
    const auto effect = answered.getEffect();
    if (effect.isMaterialDeleted()) {
      const auto change = effect.getMaterialDeleted();
      materials_[{answered.getKey(), change.getIndex()}] = change.getVisibleAt();
    } else if (effect.isMaterialImported()) {
      materials_.erase({answered.getKey(), effect.getMaterialImported().getIndex()});
    }
    if (!model::kms::operation_row(answered.getOperation()).cryptographic) return;
    used(answered.getKey(), effect.getMaterial(), time);
    if (answered.getOperation() == events::KmsOperation::RE_ENCRYPT) {
      used(effect.getDestinationKey(), effect.getDestinationMaterial(), time);
    }
  }
  void used(std::uint32_t key, std::uint32_t material, std::int64_t time) {
    if (key == model::kNone) return;
    ++uses_;
    const auto found = materials_.find({key, material});
    const bool was_gone = found != materials_.end() && found->second <= time;
    if (keys_.contains(key) || was_gone) ++wrong_;
  }

  std::set<std::uint32_t> keys_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> materials_;  // since when
  std::size_t uses_ = 0, wrong_ = 0;
};

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
  GoneLint lint;
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
  IvLint lint;
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
