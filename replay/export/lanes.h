// A run as lanes, which pictures of it share: in which state each key and each table was, and where
// a plaintext table key was held that could be used. A lane is in one state at a time; what begins
// and ends on all lanes comes in the order of time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "replay/metrics/holdings.h"
#include "replay/observer.h"

namespace tablekey::replay {

struct Lane {
  enum class Kind : std::uint8_t {
    key,     ///< index: the key
    table,   ///< index: the table
    holder,  ///< index: a cache entry, see Holdings
  };
  Kind kind{};
  std::uint32_t index = 0;
};

/// "OrdersKey", "Orders", "web/3"; of a cache that connections share whose it is, and the table.
std::string lane_name(const model::State& state, const Lane& lane);

class LaneSink {
 public:
  LaneSink() = default;
  LaneSink(const LaneSink&) = delete;
  LaneSink& operator=(const LaneSink&) = delete;
  virtual ~LaneSink() = default;

  /// `what`: Enabled, ACTIVE, or "table key v2". `number`: of the event with which it began;
  /// `answer`: of the KmsAnswered that a holder's key rests on, else 0.
  virtual void begins(const model::State& after, const Lane& lane, std::int64_t time,
                      std::string_view what, std::uint64_t number, std::uint64_t answer) = 0;
  virtual void ends(const Lane& lane, std::int64_t time) = 0;
};

/// Feed it every event of a run from number 0 on, then call finish().
class Lanes : public Observer {
 public:
  explicit Lanes(LaneSink& sink) : sink_(sink) {}

  void before(const model::State& state, std::int64_t time) override;
  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;
  /// Ends everything at `time` (ns since the Unix epoch).
  void finish(std::int64_t time);

  /// Up to date with the last event; nullptr before the first.
  const Holdings* holdings() const { return holdings_ ? &*holdings_ : nullptr; }

 private:
  struct Held {
    bool open = false;
    std::int64_t expected = 0;  // the latest end in ends_
  };
  /// Ends what was to end by then.
  void expire(std::int64_t time);
  void look_at_states(const model::State& after, std::int64_t time, std::uint64_t number);
  void look_at(const model::State& after, std::uint32_t entry, std::int64_t time,
               std::uint64_t number);
  void end_holder(std::uint32_t entry, std::int64_t time);

  LaneSink& sink_;
  std::optional<Holdings> holdings_;
  std::vector<std::optional<events::KeyState>> keys_;
  std::vector<events::TableStatus> tables_;
  std::vector<Held> held_;
  // When entries end unless they are used again; an entry may end later than it is said here, and
  // is then put in anew.
  using End = std::pair<std::int64_t, std::uint32_t>;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
};

}  // namespace tablekey::replay
