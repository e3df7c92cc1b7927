// What happened in a run up to an event, as far as somebody may ask why that event came: who
// changed keys, policies and grants, and what lasted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "replay/metrics/holdings.h"
#include "replay/observer.h"

namespace tablekey::replay {

class History : public Observer {
 public:
  /// A change, and the event that made it.
  struct Change {
    std::uint64_t number = 0;
    std::int64_t time = 0;                    ///< ns since the Unix epoch
    std::optional<std::uint32_t> step;        ///< of the timeline, that did it
    std::int64_t visible = 0;                 ///< when it takes effect; 0: at once
    events::KeyState state{};                 ///< of a key: the new one
    std::optional<events::KmsOperation> api;  ///< the call that made it
  };

  void before(const model::State& state, std::int64_t time) override;
  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;

  const Holdings* holdings() const { return holdings_ ? &*holdings_ : nullptr; }

  /// The last change of the state that DescribeKey shows, and of the one that decides.
  const Change* key_state(std::uint32_t key) const { return find(shown_, key); }
  const Change* key_effect(std::uint32_t key) const { return find(effective_, key); }
  /// Its policy was last replaced by; nullptr: never.
  const Change* key_policy(std::uint32_t key) const { return find(policies_, key); }
  /// The identity policies or the existence of a principal were last changed by.
  const Change* identity(std::uint32_t principal) const { return find(identities_, principal); }
  const Change* grant_made(std::uint32_t grant) const { return find(grants_made_, grant); }
  const Change* grant_ended(std::uint32_t grant) const { return find(grants_ended_, grant); }
  /// When a fault began that lasts; see State::faults.
  const Change* fault(std::uint32_t fault) const { return find(faults_, fault); }
  /// The version of a table's key was made by.
  const Change* table_key(std::uint32_t table, std::uint32_t version) const {
    const auto found = table_keys_.find({table, version});
    return found == table_keys_.end() ? nullptr : &found->second;
  }

 private:
  using Changes = std::map<std::uint32_t, Change>;
  static const Change* find(const Changes& changes, std::uint32_t index) {
    const auto found = changes.find(index);
    return found == changes.end() ? nullptr : &found->second;
  }
  void look_at_keys(const model::State& after, const Change& now);
  void kms(events::Event::KmsAnswered::Reader answered, Change change);

  std::optional<Holdings> holdings_;
  Changes shown_, effective_, policies_, identities_, grants_made_, grants_ended_, faults_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Change> table_keys_;
};

}  // namespace tablekey::replay
