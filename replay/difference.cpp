// Finding where two traces part by digests, and looking at the chunks where they do.
#include "replay/difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "events/format.h"
#include "replay/event_entity.h"
#include "replay/header_difference.h"

namespace tablekey::replay {
namespace {

using Kind = TraceDifference::Kind;

constexpr std::size_t kHistoryShown = 5;
constexpr std::uint64_t kWindow = 64;  // how far ahead the traces may meet again
constexpr std::uint64_t kAlike = 2;    // equal events in a row that say that they met
constexpr std::size_t kOnlyShown = 5;

/// Thrown when a chunk cannot be read; compare_traces() returns it.
struct Unreadable {
  events::Error error;
};

/// One of the two traces: its chunks by their place among the chunks, its events by number.
class Side {
 public:
  explicit Side(const RecordedRun& run) : run_(run) {
    const auto frames = run.file().frames();
    for (std::uint64_t i = 0; i < frames.size(); ++i) {
      if (frames[i].type == events::FrameType::events) chunks_.push_back(i);
    }
  }

  const RecordedRun& run() const { return run_; }
  std::uint64_t events() const { return run_.file().event_count(); }
  std::uint64_t chunks() const { return chunks_.size(); }
  std::uint64_t chunks_read() const { return decoded_.size(); }
  const events::IndexEntry& entry(std::uint64_t chunk) const {
    return run_.file().frames()[chunks_[chunk]];
  }
  /// How many chunks stand before a frame.
  std::uint64_t chunks_before(std::uint64_t frame) const {
    return static_cast<std::uint64_t>(std::ranges::lower_bound(chunks_, frame) - chunks_.begin());
  }
  events::Digest leaf(std::uint64_t chunk) const {
    auto header = run_.file().header(chunks_[chunk]);
    if (!header) throw Unreadable{header.error()};
    return header->leaf;
  }
  std::uint64_t frame_of(std::uint64_t number) const {
    return run_.file().frame_of_event(number).value();
  }
  events::Event::Reader event(std::uint64_t number) {
    const events::DecodedChunk& chunk = decoded(frame_of(number));
    return chunk[static_cast<std::uint32_t>(number - chunk.first_event())];
  }
  /// How many events further a pair of events is in the same chunk.
  std::uint64_t left_in_chunk(std::uint64_t number) const {
    const events::IndexEntry& entry = run_.file().frames()[frame_of(number)];
    const std::uint64_t left = entry.first_event + entry.event_count - number;
    return left > kAlike ? left - kAlike : 0;
  }
  /// The chunk of an event begins with this one.
  std::uint64_t first_of_chunk(std::uint64_t number) const {
    return run_.file().frames()[frame_of(number)].first_event;
  }

 private:
  const events::DecodedChunk& decoded(std::uint64_t frame) {
    const auto known = decoded_.find(frame);
    if (known != decoded_.end()) return known->second;
    auto chunk = run_.file().chunk(frame);
    if (!chunk) throw Unreadable{chunk.error()};
    return decoded_.emplace(frame, std::move(*chunk)).first->second;
  }

  const RecordedRun& run_;
  std::vector<std::uint64_t> chunks_;
  std::map<std::uint64_t, events::DecodedChunk> decoded_;
};

bool same_header(const RecordedRun& a, const RecordedRun& b) {
  const auto first = a.file().payload(0), second = b.file().payload(0);
  return first && second && std::ranges::equal(first->bytes(), second->bytes());
}

// The events are the same thing in other places: whatever came before may have moved their causes.
bool alike(events::Event::Reader a, events::Event::Reader b) {
  const auto fields = field_differences(a, b);
  return std::ranges::all_of(fields, [](const FieldDifference& f) { return f.path == "cause"; });
}

class Search {
 public:
  Search(const RecordedRun& a, const RecordedRun& b) : a_(a), b_(b) {}

  TraceDifference find() {
    out_.events = {a_.events(), b_.events()};
    std::uint64_t chunk = skip_common_chain();
    chunk = skip_equal_chunks(chunk);
    const std::uint64_t number = first_difference(events_before(chunk));
    out_.number = number;
    if (number == std::min(a_.events(), b_.events())) {
      settle_end();
    } else {
      out_.kind = Kind::changed;
      out_.fields = field_differences(a_.event(number), b_.event(number));
      look_ahead();
    }
    if (!out_.events_equal()) describe();
    out_.chunks_read = {a_.chunks_read(), b_.chunks_read()};
    return std::move(out_);
  }

 private:
  // Chains of equal headers share a prefix: how many chunks it has.
  std::uint64_t skip_common_chain() {
    const auto frames_a = a_.run().file().frames(), frames_b = b_.run().file().frames();
    if (!same_header(a_.run(), b_.run())) return 0;
    std::uint64_t low = 0, high = std::min(frames_a.size(), frames_b.size());
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      ++out_.digests_compared;
      if (frames_a[middle].chain == frames_b[middle].chain) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    first_frame_ = low;
    return a_.chunks_before(low);
  }

  std::uint64_t skip_equal_chunks(std::uint64_t chunk) {
    const std::uint64_t common = std::min(a_.chunks(), b_.chunks());
    for (; chunk < common; ++chunk) {
      const auto& a = a_.entry(chunk);
      const auto& b = b_.entry(chunk);
      ++out_.digests_compared;
      if (a.first_event != b.first_event || a.event_count != b.event_count ||
          a_.leaf(chunk) != b_.leaf(chunk)) {
        break;
      }
    }
    return chunk;
  }

  std::uint64_t events_before(std::uint64_t chunk) const {
    return chunk < a_.chunks() ? a_.entry(chunk).first_event : a_.events();
  }

  std::uint64_t first_difference(std::uint64_t number) {
    const std::uint64_t common = std::min(a_.events(), b_.events());
    while (number < common && field_differences(a_.event(number), b_.event(number)).empty()) {
      ++number;
    }
    return number;
  }

  void settle_end() {
    if (a_.events() != b_.events()) {
      out_.kind = a_.events() < b_.events() ? Kind::a_ends : Kind::b_ends;
      return;
    }
    if (!first_frame_) return;
    const auto frames_a = a_.run().file().frames(), frames_b = b_.run().file().frames();
    if (*first_frame_ >= std::min(frames_a.size(), frames_b.size())) return;
    out_.kind = Kind::snapshot;
    out_.number = frames_a[*first_frame_].first_event;
  }

  // Whether A's events from `a` on are B's from `b` on, as far as two events can say.
  bool meet(std::uint64_t a, std::uint64_t b) {
    for (std::uint64_t i = 0; i < kAlike; ++i) {
      if (a + i >= a_.events() || b + i >= b_.events()) return i > 0;
      if (!alike(a_.event(a + i), b_.event(b + i))) return false;
    }
    return true;
  }

  void look_ahead() {
    const std::uint64_t n = out_.number;
    // The last common event may lie in the chunk before; then the next one is not read as well.
    const bool at_border = a_.first_of_chunk(n) == n || b_.first_of_chunk(n) == n;
    const std::uint64_t window =
        at_border ? std::min({kWindow, a_.left_in_chunk(n), b_.left_in_chunk(n)}) : kWindow;
    for (std::uint64_t k = 1; k <= window; ++k) {
      if (n + k < b_.events() && meet(n, n + k)) return note_only(Kind::only_b, k);
      if (n + k < a_.events() && meet(n + k, n)) return note_only(Kind::only_a, k);
    }
  }

  void note_only(Kind kind, std::uint64_t count) {
    out_.kind = kind;
    out_.only_count = count;
    out_.fields.clear();
  }

  // Of the names alone: no events are read for it where a snapshot holds them.
  static std::optional<model::State> names_at(const RecordedRun& run, std::uint64_t number) {
    const auto frame = run.file().snapshot_before(number);
    auto state = run.state_after(frame ? run.file().frames()[*frame].first_event : number);
    if (!state) return std::nullopt;
    return std::move(*state);
  }

  void describe_side(Side& side, std::optional<SidedEvent>& out) {
    if (out_.number >= side.events()) return;
    const auto state = names_at(side.run(), out_.number);
    if (!state) return;
    const auto event = side.event(out_.number);
    out = SidedEvent{event_name(event), event_line(*state, event), event.getCause(),
                     side.frame_of(out_.number), sim::Time::from_nanoseconds(event.getTime())};
    if (out_.entity.empty()) out_.entity = entity_of(*state, event);
    const bool its = out_.kind == (&side == &a_ ? Kind::only_a : Kind::only_b);
    for (std::uint64_t i = 0; its && i < out_.only_count && i < kOnlyShown; ++i) {
      out_.only.push_back(
          fmt::format("{}  {}", out_.number + i, event_line(*state, side.event(out_.number + i))));
    }
  }

  void describe() {
    // Of events that one side alone has, that side says what they are about.
    if (out_.kind == Kind::only_b || out_.kind == Kind::a_ends) {
      describe_side(b_, out_.event.b);
      describe_side(a_, out_.event.a);
    } else {
      describe_side(a_, out_.event.a);
      describe_side(b_, out_.event.b);
    }
    if (out_.number == 0) return;
    Side& side = out_.number - 1 < a_.events() ? a_ : b_;
    const auto state = names_at(side.run(), out_.number);
    if (!state) return;
    out_.last_common = out_.number - 1;
    // Not further back than the chunk that was read anyway, or the one before where it begins.
    const std::uint64_t first = side.first_of_chunk(out_.number - 1);
    for (std::uint64_t number = out_.number; number-- > first;) {
      const auto event = side.event(number);
      if (number + 1 == out_.number) out_.last_common_line = event_line(*state, event);
      if (out_.entity.empty() || entity_of(*state, event) != out_.entity) continue;
      out_.history.insert(out_.history.begin(),
                          fmt::format("{}  {}", number, event_line(*state, event)));
      if (out_.history.size() == kHistoryShown) break;
    }
  }

  Side a_, b_;
  std::optional<std::uint64_t> first_frame_;  // whose chain differs, where chains can be compared
  TraceDifference out_;
};

}  // namespace

std::expected<TraceDifference, TraceError> compare_traces(const RecordedRun& a,
                                                          const RecordedRun& b) {
  try {
    TraceDifference found = Search(a, b).find();
    found.headers = header_differences(a, b);
    return found;
  } catch (const Unreadable& unreadable) {
    return std::unexpected(TraceError{TraceError::Kind::damaged, unreadable.error.message});
  }
}

}  // namespace tablekey::replay
