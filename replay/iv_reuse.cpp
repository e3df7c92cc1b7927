#include "replay/iv_reuse.h"

#include <algorithm>

#include "model/kms/blob.h"

namespace tablekey::replay {
void IvReuse::look(events::Event::Reader event) {
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

// Items that were written, moved or sealed anew.
void IvReuse::look_at_changes(events::Event::Reader event) {
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
void IvReuse::look_at_copies(events::Event::Reader event) {
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

void IvReuse::look_at_structures(events::Event::Reader event) {
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

void IvReuse::changes(capnp::List<events::ItemChange>::Reader changes) {
  for (auto change : changes) {
    const bool sealed = change.getIvHead() != 0 || change.getIvTail() != 0;
    if (change.getDeleted() || !sealed) continue;
    note({change.getTable(), lives_[change.getTable()], 0, change.getIvHead(), change.getIvTail()},
         {change.getTagHigh(), change.getTagLow()});
  }
}

template <class Copy>
void IvReuse::copy(std::uint32_t table, const Copy& copy) {
  constexpr std::size_t kIvBytes = 12;
  const auto bytes = copy.getSealed();
  if (bytes.size() < kIvBytes) return;
  std::uint32_t tail = 0;
  std::copy_n(bytes.begin() + 8, 4, reinterpret_cast<std::uint8_t*>(&tail));
  note({table, lives_[table], 0, head_of(bytes.begin()), tail},
       {copy.getTagHigh(), copy.getTagLow()});
}

void IvReuse::structure(std::uint32_t table, events::NewStructure::Reader made) {
  wrap(table, kPresent, made.getWrapped());
}

void IvReuse::wrapped(std::uint32_t table, std::uint32_t version, events::WrappedKey::Reader key) {
  wrap(table, version, key.getWrapped());
}

void IvReuse::wrap(std::uint32_t table, std::uint32_t version, capnp::Data::Reader bytes) {
  if (bytes.size() != 60) return;
  std::uint32_t tail = 0;
  std::copy_n(bytes.begin() + 8, 4, reinterpret_cast<std::uint8_t*>(&tail));
  note({table, lives_[table], version, head_of(bytes.begin()), tail},
       {head_of(bytes.begin() + 44), head_of(bytes.begin() + 52)});
}

// The layout is that of kms.md 7.4: key id, material id, nonce, IV, …, tag.
void IvReuse::blob(capnp::Data::Reader bytes) {
  constexpr std::size_t kMaterialAt = 20, kNonceAt = 52, kNonceEnd = 84;
  if (!model::kms::parse_blob({bytes.begin(), bytes.size()})) return;
  const std::string under(bytes.begin() + kMaterialAt, bytes.begin() + kNonceEnd);
  static_assert(kNonceAt - kMaterialAt == sizeof(model::kms::MaterialId));
  const Tag tag{head_of(bytes.end() - 16), head_of(bytes.end() - 8)};
  const auto [place, fresh] = blobs_.emplace(under, tag);
  if (!fresh && place->second != tag) ++reused_;
}

void IvReuse::note(const Pair& pair, const Tag& tag) {
  const auto [place, fresh] = seen_.emplace(pair, tag);
  if (!fresh && place->second != tag) ++reused_;
}

}  // namespace tablekey::replay
