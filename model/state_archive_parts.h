// How State's parts are written down when they name pending actions. Private to the archive's own
// files.
#pragma once

#include <algorithm>
#include <concepts>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/archive.h"
#include "model/state.h"

namespace tablekey::model {

inline constexpr std::uint64_t kNoSequence = UINT64_MAX;

/// An archive that also knows the agenda: handles are written as sequence numbers, since a slot
/// depends on history.
template <class Base>
class StateArchive : public Base {
 public:
  using Base::Base;
  const Agenda* agenda = nullptr;
  std::vector<std::pair<std::uint64_t, sim::Handle>> handles;  // loading: sorted by sequence
  ChunkRegistry chunks;                                        // of items that copies share
};

template <class Archive, class HandleType>
void visit_handle(Archive& archive, HandleType& handle) {
  if constexpr (Archive::kLoading) {
    std::uint64_t sequence = 0;
    archive.plain(sequence);
    handle = sim::kNoHandle;
    if (sequence == kNoSequence) return;
    const auto found = std::lower_bound(
        archive.handles.begin(), archive.handles.end(), sequence,
        [](const auto& entry, std::uint64_t wanted) { return entry.first < wanted; });
    if (found == archive.handles.end() || found->first != sequence) {
      throw BadSnapshot("the snapshot names an action that is not pending");
    }
    handle = found->second;
  } else {
    archive.plain(archive.agenda->pending(handle) ? archive.agenda->sequence_of(handle)
                                                  : kNoSequence);
  }
}

template <class Archive, class T>
concept Is = std::is_same_v<std::remove_const_t<Archive>, T>;

}  // namespace tablekey::model
