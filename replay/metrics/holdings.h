// Who holds a plaintext table key until when: one entry for each (cache domain, table) pair, kept
// up from events. A cached key is usable on [created, until), half-open (cache-theory.md 1); uses,
// renewals, evictions, polls and messages move that end. An event costs the same however many
// entries there are.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/state.h"

namespace tablekey::replay {

class Holdings {
 public:
  explicit Holdings(const model::State& start);

  /// The state before an event: which answer is due, and where it will be kept.
  void before(const model::State& state);
  void event(const model::State& after, events::Event::Reader event);

  /// The entry that requests on the connection use, or used last; kNone: it was never open. Entries
  /// have the numbers of State::cache.
  static std::uint32_t entry_of(const model::State& state, std::uint32_t connection) {
    return state.connections[connection].slot;
  }
  static std::uint32_t table_of(const model::State& state, std::uint32_t entry) {
    return state.cache[entry].table;
  }
  /// The entry that a request used which the last event answers: one that waited may have come on a
  /// connection that has another one by now.
  std::uint32_t used(const model::State& state, std::uint32_t connection) const {
    const bool waited = due_.entry != model::kNone && due_.connection == connection;
    return waited ? due_.entry : entry_of(state, connection);
  }

  /// Until when the entry stays usable if nothing more happens (ns since the Unix epoch); it may
  /// lie in the past, 0: there never was one.
  std::int64_t until(std::uint32_t entry) const { return known(entry).until; }
  /// When the answer of KMS arrived that the present or last entry rests on; 0: none did.
  std::int64_t created(std::uint32_t entry) const { return known(entry).created; }
  /// Number of that KmsAnswered, and the connection for which KMS was asked.
  std::uint64_t authorized_by(std::uint32_t entry) const { return known(entry).authorized_by; }
  std::uint32_t asker(std::uint32_t entry) const { return known(entry).asker; }
  /// Whether the last event inserted the entry or renewed it.
  bool inserted(std::uint32_t entry) const { return inserted_ == entry; }
  std::uint32_t entries() const { return static_cast<std::uint32_t>(entries_.size()); }

  /// An entry that the last event may have changed, and the connection through which it did; kNone:
  /// through none.
  struct Change {
    std::uint32_t entry = 0;
    std::uint32_t connection = 0;
  };
  std::span<const Change> changed() const { return changed_; }

 private:
  struct Entry {
    std::int64_t until = 0;
    std::int64_t created = 0;
    std::uint64_t authorized_by = 0;
    std::uint32_t asker = 0;
  };
  /// What waits for an answer and goes on with the next event.
  struct Due {
    std::uint32_t entry = model::kNone;
    std::uint32_t connection = model::kNone;
    std::uint32_t evicted = model::kNone;  // the entry that makes room, if one must
  };

  const Entry& known(std::uint32_t entry) const;
  void refresh(const model::State& after, std::uint32_t entry, std::uint32_t connection,
               std::uint64_t cause);
  void used_by(const model::State& after, std::uint32_t connection, std::uint64_t cause) {
    refresh(after, entry_of(after, connection), connection, cause);
  }
  void requested(const model::State& after, std::uint32_t connection, std::uint32_t step,
                 std::uint64_t cause);
  void lost(const model::State& after, events::Event::Reader event);
  void table_changed(const model::State& after, std::uint32_t table, std::uint64_t cause);
  void all_changed(const model::State& after, std::uint64_t cause);

  std::vector<Entry> entries_;
  std::vector<Change> changed_;
  std::uint32_t inserted_ = model::kNone;
  Due due_;
};

}  // namespace tablekey::replay
