// The agenda against a slow and obvious one: an ordered set. What comes out, and when, must be the
// same for every history, and what is written down must depend on what is pending alone.
#include "sim/agenda.h"

#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <vector>

#include "sim/random.h"

namespace agenda_test {

namespace {

using namespace tablekey::sim;

struct Action {
  std::uint64_t id = 0;
};
using TestAgenda = Agenda<Action>;

Time at(std::int64_t nanoseconds) { return Time::from_nanoseconds(nanoseconds); }

std::vector<std::pair<Due, std::uint64_t>> contents(const TestAgenda& agenda) {
  std::vector<std::pair<Due, std::uint64_t>> all;
  agenda.for_each_in_order(
      [&](const Due& due, const Action& action) { all.emplace_back(due, action.id); });
  return all;
}

std::vector<std::pair<Due, std::uint64_t>> drained(TestAgenda agenda) {
  std::vector<std::pair<Due, std::uint64_t>> all;
  while (const auto due = agenda.next()) {
    all.emplace_back(*due, agenda.front().id);
    agenda.pop();
  }
  return all;
}

// The obvious agenda, driven in step with the real one; every answer is compared.
class Twin {
 public:
  void schedule(Time time, unsigned priority) {
    const Due due{.time = time, .priority = priority, .sequence = sequence_++};
    REQUIRE(agenda_.next_sequence() == due.sequence);
    const Handle handle = agenda_.schedule(time, priority, {due.sequence * 3});
    REQUIRE(agenda_.sequence_of(handle) == due.sequence);
    expected_.emplace(due, handle);
    handles_.emplace_back(due, handle);
  }

  void pop() {
    REQUIRE(agenda_.empty() == expected_.empty());
    if (expected_.empty()) {
      REQUIRE_FALSE(agenda_.next());
      return;
    }
    const Due due = expected_.begin()->first;
    REQUIRE(agenda_.next() == due);
    REQUIRE(agenda_.front().id == due.sequence * 3);
    REQUIRE(agenda_.pop().id == due.sequence * 3);
    REQUIRE_FALSE(agenda_.pending(expected_.begin()->second));
    expected_.erase(expected_.begin());
    now_ = due.time;
  }

  // Also handles of actions that are long done, whose slots others now have.
  void cancel(std::size_t which) {
    if (handles_.empty()) {
      return;
    }
    const auto& [due, handle] = handles_[which % handles_.size()];
    const bool was_pending = expected_.erase(due) == 1;
    REQUIRE(agenda_.pending(handle) == was_pending);
    REQUIRE(agenda_.cancel(handle) == was_pending);
    REQUIRE_FALSE(agenda_.cancel(handle));
  }

  void peek() {
    const auto due = agenda_.next();
    REQUIRE(due.has_value() == !expected_.empty());
    if (due) {
      REQUIRE(*due == expected_.begin()->first);
    }
  }

  void check_contents() const {
    REQUIRE(agenda_.size() == expected_.size());
    const auto all = contents(agenda_);
    REQUIRE(std::ranges::equal(all, expected_, {}, &std::pair<Due, std::uint64_t>::first,
                               [](const auto& entry) { return entry.first; }));
  }

  // Writes the agenda down, and goes on with what was read back.
  void restore() {
    std::vector<TestAgenda::Entry> entries;
    agenda_.for_each_in_order([&](const Due& due, const Action& action) {
      entries.push_back({due, action});
    });
    TestAgenda restored;
    restored.restore(agenda_.next_sequence(), entries);
    agenda_ = std::move(restored);
    handles_.clear();
    for (auto& [due, handle] : expected_) {
      handle = agenda_.find(due.sequence);
      REQUIRE(handle != kNoHandle);
      REQUIRE(agenda_.sequence_of(handle) == due.sequence);
      handles_.emplace_back(due, handle);
    }
    REQUIRE(agenda_.find(agenda_.next_sequence()) == kNoHandle);
  }

  void copy() { agenda_ = TestAgenda(agenda_); }

  void drain() {
    while (!expected_.empty()) {
      pop();
    }
    pop();
  }

  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] std::size_t size() const { return expected_.size(); }

 private:
  TestAgenda agenda_;
  std::map<Due, Handle> expected_;
  std::vector<std::pair<Due, Handle>> handles_;
  std::uint64_t sequence_ = 0;
  Time now_ = at(1'518'566'400'000'000'000);  // 2018-02-14
};

// One step of a random history. The delays have every size from "this instant" to centuries, and
// often the same value twice.
struct Step {
  unsigned kind;
  std::uint64_t value;
};

void take(Twin& twin, const Step& step, unsigned delay_bits_max) {
  const unsigned bits = static_cast<unsigned>(step.value >> 48) % (delay_bits_max + 1);
  const std::uint64_t mask = bits == 0 ? 0 : ~std::uint64_t{0} >> (64 - bits);
  const auto delay = static_cast<std::int64_t>(step.value & mask);
  const auto priority = static_cast<unsigned>(step.value >> 40) % 8;
  if (step.kind < 50) {
    twin.schedule(twin.now() + Duration::nanoseconds(delay), priority);
  } else if (step.kind < 80) {
    twin.pop();
  } else if (step.kind < 90) {
    twin.cancel(static_cast<std::size_t>(step.value));
  } else if (step.kind < 96) {
    twin.peek();
  } else if (step.kind < 98) {
    twin.check_contents();
  } else if (step.kind < 99) {
    twin.restore();
  } else {
    twin.copy();
  }
}

}  // namespace

TEST_CASE("An agenda hands out by time, then priority, then order of scheduling") {
  TestAgenda agenda;
  agenda.schedule(at(20), 0, {1});
  agenda.schedule(at(10), 3, {2});
  agenda.schedule(at(10), 1, {3});
  agenda.schedule(at(10), 3, {4});
  agenda.schedule(at(-5), 7, {5});
  std::vector<std::uint64_t> order;
  while (!agenda.empty()) {
    order.push_back(agenda.pop().id);
  }
  CHECK(order == std::vector<std::uint64_t>{5, 3, 2, 4, 1});
}

TEST_CASE(
    "Whatever is scheduled, cancelled, taken, restored or copied, an agenda is an ordered set") {
  rc::prop("in any history of up to a few hundred steps", [] {
    const auto delay_bits_max = *rc::gen::element<unsigned>(0, 1, 3, 8, 20, 32, 45, 58);
    const auto length = *rc::gen::inRange<std::size_t>(0, 600);
    Twin twin;
    const Random random(*rc::gen::arbitrary<std::uint64_t>());
    for (std::size_t i = 0; i < length; ++i) {
      const Bits128 bits = random.draw(1, 1, i);
      take(twin, {.kind = static_cast<unsigned>(bits.high % 100), .value = bits.low},
           delay_bits_max);
    }
    twin.check_contents();
    twin.drain();
  });
}

TEST_CASE("A large agenda that grows and shrinks is still an ordered set") {
  // Long phases of mostly scheduling and mostly taking, so that the wheel fills, splits and drains.
  for (const unsigned delay_bits_max : {6U, 24U, 40U, 58U}) {
    const Random random(delay_bits_max);
    Twin twin;
    for (std::uint64_t i = 0; i < 60'000; ++i) {
      const Bits128 bits = random.draw(2, 1, i);
      const bool grow = i / 10'000 % 2 == 0;
      const unsigned kind = static_cast<unsigned>(bits.high % 100);
      const unsigned biased = kind < 90 ? (kind < (grow ? 70U : 20U) ? 0 : 60) : 85;
      take(twin, {.kind = biased, .value = bits.low}, delay_bits_max);
    }
    twin.check_contents();
    twin.drain();
  }
}

TEST_CASE("Every order of scheduling six actions gives the same sequence of times") {
  // All inputs of a small size: six actions, each at one of three times and two priorities, with a
  // pop after the first three.
  constexpr unsigned kChoices = 6;
  for (unsigned input = 0; input < 6 * 6 * 6 * 6 * 6 * 6; ++input) {
    Twin twin;
    unsigned rest = input;
    for (unsigned i = 0; i < 6; ++i, rest /= kChoices) {
      const unsigned choice = rest % kChoices;
      twin.schedule(twin.now() + Duration::nanoseconds(choice % 3), choice / 3);
      if (i == 2) {
        twin.pop();
      }
    }
    twin.drain();
  }
}

TEST_CASE("What was scheduled after a look ahead still comes before what was seen") {
  // A look ahead lets the agenda lay out what is due first. Then much is scheduled that is earlier,
  // at every distance, before and among what is pending.
  for (int far_bits = 2; far_bits <= 60; far_bits += 2) {
    for (int spread_bits = 0; spread_bits <= far_bits; spread_bits += 4) {
      Twin twin;
      const Random random(static_cast<std::uint64_t>(far_bits * 64 + spread_bits));
      const auto delay = [&](std::uint64_t i, int bits) {
        return Duration::nanoseconds(
            static_cast<std::int64_t>(random.draw(1, 1, i).high >> (64 - bits - 1) >> 1));
      };
      const Time far = twin.now() + Duration::nanoseconds(std::int64_t{1} << far_bits);
      for (std::uint64_t i = 0; i < 200; ++i) {
        twin.schedule(far + delay(i, spread_bits), 4);
      }
      twin.peek();
      for (std::uint64_t i = 200; i < 400; ++i) {
        twin.schedule(twin.now() + delay(i, i % 4 == 0 ? far_bits : spread_bits), 4);
      }
      twin.drain();
    }
  }
}

TEST_CASE("What was scheduled before an instant that was already laid out comes first") {
  for (const std::int64_t seconds : {1, 100, 1'000'000}) {
    Twin twin;
    for (unsigned i = 0; i < 100; ++i) {
      twin.schedule(twin.now() + Duration::seconds(seconds), i % 2);
    }
    twin.peek();
    for (std::int64_t i = 0; i < 500; ++i) {
      twin.schedule(twin.now() + Duration::milliseconds(i * 911 % 1'000), 3);
    }
    twin.drain();
  }
}

TEST_CASE("Many actions of one instant come out by priority and order of scheduling") {
  for (const bool peek_first : {false, true}) {
    Twin twin;
    for (unsigned i = 0; i < 5'000; ++i) {
      twin.schedule(twin.now() + Duration::seconds(i % 3), (i * 5 + i / 7) % 8);
      if (peek_first && i % 1'000 == 0) {
        twin.peek();
      }
    }
    for (unsigned i = 0; i < 2'000; ++i) {
      twin.pop();
      // While the instant lasts, more is scheduled for it.
      twin.schedule(twin.now(), i % 8);
      twin.schedule(twin.now() + Duration::nanoseconds(i % 2), 7);
    }
    twin.check_contents();
    twin.drain();
  }
}

TEST_CASE("The earliest and the latest time there is can be scheduled together") {
  TestAgenda agenda;
  agenda.schedule(Time::max(), 7, {3});
  agenda.schedule(at(0), 0, {2});
  agenda.schedule(Time::min(), 0, {1});
  for (std::uint64_t i = 0; i < 300; ++i) {
    agenda.schedule(Time::max(), 7, {4 + i});
  }
  CHECK(agenda.pop().id == 1);
  CHECK(agenda.pop().id == 2);
  for (std::uint64_t i = 3; i < 304; ++i) {
    CHECK(agenda.pop().id == i);
  }
  agenda.schedule(Time::max(), 0, {1000});
  CHECK(agenda.pop().id == 1000);
}

TEST_CASE("Two agendas with the same pending actions are written down alike, whatever their past") {
  // Keeps sequence numbers equal: one schedules and cancels what the other never keeps.
  TestAgenda plain;
  TestAgenda busy;
  const Random random(5);
  std::vector<Handle> of_plain;
  std::vector<Handle> of_busy;
  for (std::uint64_t i = 0; i < 3'000; ++i) {
    const Time time = at(static_cast<std::int64_t>(random.draw(1, 1, i).high >> 20));
    of_plain.push_back(plain.schedule(time, i % 8, {i}));
    of_busy.push_back(busy.schedule(time, i % 8, {i}));
    static_cast<void>(busy.next());  // lays out what is due first
  }
  // The same third is cancelled, in opposite orders.
  for (std::size_t i = 0; i < 3'000; i += 3) {
    plain.cancel(of_plain[i]);
    busy.cancel(of_busy[2'997 - i]);
  }
  CHECK(contents(plain) == contents(busy));
  CHECK(drained(plain) == drained(busy));
  CHECK(drained(plain) == contents(plain));
}

TEST_CASE("A restored agenda has the same future, sequence numbers included") {
  TestAgenda agenda;
  for (std::uint64_t i = 0; i < 500; ++i) {
    agenda.schedule(at(static_cast<std::int64_t>(i * 7919 % 1000)), i % 8, {i});
  }
  for (unsigned i = 0; i < 100; ++i) {
    agenda.pop();
  }
  std::vector<TestAgenda::Entry> entries;
  agenda.for_each_in_order([&](const Due& due, const Action& a) { entries.push_back({due, a}); });
  TestAgenda restored;
  restored.schedule(at(1), 0, {77});  // is replaced
  restored.restore(agenda.next_sequence(), entries);
  for (TestAgenda* each : {&agenda, &restored}) {
    each->schedule(at(800), 0, {1'000});
    each->schedule(at(800), 7, {1'001});
  }
  CHECK(drained(agenda) == drained(restored));
  CHECK(restored.next_sequence() == 502);
}

TEST_CASE("A handle whose action is done or cancelled stays dead when its slot is used again") {
  TestAgenda agenda;
  const Handle first = agenda.schedule(at(1), 0, {1});
  CHECK(agenda.cancel(first));
  const Handle second = agenda.schedule(at(2), 0, {2});
  CHECK(second.slot == first.slot);
  CHECK_FALSE(agenda.pending(first));
  CHECK_FALSE(agenda.cancel(first));
  CHECK(agenda.pending(second));
  agenda.pop();
  CHECK_FALSE(agenda.cancel(second));
  CHECK_FALSE(agenda.cancel(kNoHandle));
  CHECK_FALSE(agenda.pending({.slot = 5, .generation = 0}));
}

TEST_CASE("find gives the handle of a pending sequence number, after a restore and at any time") {
  TestAgenda agenda;
  for (std::uint64_t i = 0; i < 50; ++i) {
    agenda.schedule(at(static_cast<std::int64_t>(50 - i)), 2, {i});
  }
  CHECK(agenda.cancel(agenda.find(7)));
  CHECK(agenda.find(7) == kNoHandle);
  CHECK(agenda.sequence_of(agenda.find(8)) == 8);
  std::vector<TestAgenda::Entry> entries;
  agenda.for_each_in_order([&](const Due& due, const Action& a) { entries.push_back({due, a}); });
  agenda.restore(50, entries);
  CHECK(agenda.find(7) == kNoHandle);
  CHECK(agenda.cancel(agenda.find(9)));
  CHECK(agenda.find(9) == kNoHandle);
  const Handle later = agenda.schedule(at(99), 0, {1});
  CHECK(agenda.find(50) == later);
  agenda.pop();
  CHECK(agenda.sequence_of(agenda.find(10)) == 10);
  CHECK(agenda.find(49) == kNoHandle);
}

TEST_CASE("References to payloads stay valid while others are scheduled") {
  TestAgenda agenda;
  agenda.schedule(at(0), 0, {42});
  const Action& front = agenda.front();
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    agenda.schedule(at(static_cast<std::int64_t>(i)), 1, {i});
  }
  CHECK(front.id == 42);
  CHECK(&front == &agenda.front());
}

TEST_CASE("Timeouts that are moved a million times do not pile up") {
  // A cancelled action leaves its key behind; they are swept, so an agenda of ten stays small.
  TestAgenda agenda;
  std::array<Handle, 10> timeouts;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    Handle& timeout = timeouts[i % timeouts.size()];
    agenda.cancel(timeout);
    timeout = agenda.schedule(at(static_cast<std::int64_t>(i + 300'000'000'000)), 5, {i});
  }
  CHECK(agenda.size() == 10);
  CHECK(agenda.memory_bytes() < 200'000);
  CHECK(agenda.pop().id == 999'990);
  CHECK(contents(agenda).size() == 9);
}

TEST_CASE("Sweeping out what was cancelled keeps the order of the rest") {
  for (const unsigned delay_bits : {0U, 1U, 4U, 30U}) {
    Twin twin;
    const Random random(delay_bits);
    for (std::uint64_t i = 0; i < 20'000; ++i) {
      const Bits128 bits = random.draw(1, 1, i);
      const auto delay = static_cast<std::int64_t>(bits.high % (std::uint64_t{1} << delay_bits));
      twin.schedule(twin.now() + Duration::nanoseconds(delay), static_cast<unsigned>(bits.low % 8));
      if (i >= 300) {
        twin.cancel(static_cast<std::size_t>(i - bits.low % 300));
      }
      if (i % 500 == 0) {
        twin.pop();
      }
    }
    twin.check_contents();
    twin.drain();
  }
}

TEST_CASE("Ten million actions can be pending at once") {
  constexpr std::uint64_t kMany = 10'000'000;
  TestAgenda agenda;
  const Random random(9);
  for (std::uint64_t i = 0; i < kMany; ++i) {
    agenda.schedule(at(static_cast<std::int64_t>(random.draw(1, 1, i).high >> 16)), i % 8, {i});
  }
  REQUIRE(agenda.size() == kMany);
  CHECK(agenda.memory_bytes() < kMany * 40);  // of which 16 are slots
  Due last = *agenda.next();
  bool sorted = true;
  for (std::uint64_t i = 0; i < kMany; ++i) {
    const Due due = *agenda.next();
    sorted = sorted && !(due < last);
    last = due;
    agenda.pop();
  }
  CHECK(sorted);
  CHECK(agenda.empty());
}

TEST_CASE("An agenda refuses what would break its order") {
  TestAgenda agenda;
  CHECK_THROWS_AS(agenda.pop(), BrokenLaw);
  CHECK_THROWS_AS(agenda.front(), BrokenLaw);
  CHECK_THROWS_AS(agenda.schedule(at(1), 8, {}), BrokenLaw);
  CHECK_THROWS_AS(agenda.sequence_of(kNoHandle), BrokenLaw);
  const Handle handle = agenda.schedule(at(10), 0, {});
  agenda.pop();
  CHECK_THROWS_AS(agenda.schedule(at(9), 0, {}), BrokenLaw);
  CHECK_THROWS_AS(agenda.sequence_of(handle), BrokenLaw);
  CHECK_NOTHROW(agenda.schedule(at(10), 0, {}));
  CHECK_THROWS_AS(agenda.restore_entry({.time = at(1), .priority = 0, .sequence = 99}, {}),
                  BrokenLaw);
}

}  // namespace agenda_test
