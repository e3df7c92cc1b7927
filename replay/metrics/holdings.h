// Who holds a plaintext table key until when: one entry a connection, kept up from events. A cached
// key is usable on [created, until), half-open (cache-theory.md 1).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/state.h"

namespace tablekey::replay {

class Holdings {
 public:
  explicit Holdings(const model::State& start);

  void event(const model::State& after, events::Event::Reader event);

  /// Until when the connection's entry stays usable if nothing more happens (ns since the Unix
  /// epoch); it may lie in the past, 0: it never had one.
  std::int64_t until(std::uint32_t connection) const { return entries_[connection].until; }
  /// Number of the KmsAnswered that the present or last entry rests on.
  std::uint64_t authorized_by(std::uint32_t connection) const {
    return entries_[connection].authorized_by;
  }
  /// The connections whose entry the last event may have changed.
  std::span<const std::uint32_t> changed() const { return changed_; }
  std::uint32_t connections() const { return static_cast<std::uint32_t>(entries_.size()); }

 private:
  struct Entry {
    std::int64_t until = 0;
    std::uint64_t authorized_by = 0;
    sim::Time created;  // of the cache entry that it was
  };

  void refresh(const model::State& after, std::uint32_t connection, std::uint64_t cause);
  void requested(const model::State& after, std::uint32_t connection, std::uint32_t step,
                 std::uint64_t cause);
  void closed(const model::State& after, events::ConnectionsClosed::Reader event,
              std::uint64_t cause);
  template <class Served>
  void served(const model::State& after, const Served& served, std::uint64_t cause);
  void table_changed(const model::State& after, std::uint32_t table, std::uint64_t cause);

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> changed_;
};

}  // namespace tablekey::replay
