// apply() and events that no tablekey wrote: it throws BrokenLaw, or the event could be one of ours
// after all; it never reads or writes where it must not (the sanitizers watch).
#include "tests/model/drawn_story.h"

namespace tablekey::model::tests::hostile_test {
namespace {

/// An event in a message of its own, whose words can be changed.
class Forged {
 public:
  explicit Forged(Event::Reader event)
      : message_(static_cast<unsigned>(event.totalSize().wordCount) + 1) {
    message_.setRoot(event);
  }
  Event::Builder edit() { return message_.getRoot<Event>(); }
  Event::Reader read() { return message_.getRoot<Event>().asReader(); }
  /// The struct's own data: numbers, flags and which kind of event it is; no pointers.
  std::span<std::uint8_t> data() {
    const auto segment = message_.getSegmentsForOutput()[0].asBytes();
    constexpr std::size_t kPointer = 8;
    const std::size_t size = capnp::_::structSize<Event>().data * 8;
    return {const_cast<std::uint8_t*>(segment.begin()) + kPointer, size};
  }

 private:
  capnp::MallocMessageBuilder message_;
};

/// Whether the event was refused, and with the right exception.
bool refused(State& state, Event::Reader event) {
  try {
    apply(state, event);
  } catch (const BrokenLaw&) {
    return true;
  }
  return false;
}

}  // namespace

TEST_CASE("An event at the wrong time, of another cause or after the end is refused") {
  Play play(books_read_every(1, 20));
  play.run_to(10);
  const auto saved = play.state().save();
  const std::size_t next = play.all().size();
  play.run();
  const Event::Reader event = play.all()[next].read();
  const auto try_with = [&](auto change) {
    State state = State::restore(play.scenario(), saved);
    Forged forged(event);
    change(forged.edit());
    return refused(state, forged.read());
  };
  CHECK_FALSE(try_with([](Event::Builder) {}));
  CHECK(try_with([](Event::Builder e) { e.setTime(e.getTime() + 1); }));
  CHECK(try_with([](Event::Builder e) { e.setTime(e.getTime() - 1); }));
  CHECK(try_with([](Event::Builder e) { e.setCause(e.getCause() + 1); }));
  CHECK(try_with([](Event::Builder e) { e.initRunStarted(); }));
  CHECK(try_with([](Event::Builder e) { e.initRunEnded(); }));
  State ended = State::restore(play.scenario(), play.state().save());
  CHECK(refused(ended, play.all().back().read()));
  State fresh(play.scenario());
  CHECK(refused(fresh, play.all()[1].read()));
}

TEST_CASE("Any other event of the run in an event's place is refused or harmless") {
  rc::prop("permuted events", [] {
    Play play(StoryDrawer(*rc::gen::arbitrary<std::uint64_t>()).draw());
    play.run();
    const std::size_t cut = *rc::gen::inRange<std::size_t>(1, play.all().size());
    State state(play.scenario());
    for (std::size_t i = 0; i < cut; ++i) apply(state, play.all()[i].read());
    const auto saved = state.save();
    for (int attempt = 0; attempt < 40; ++attempt) {
      const std::size_t other = *rc::gen::inRange<std::size_t>(0, play.all().size());
      State victim = State::restore(play.scenario(), saved);
      Forged forged(play.all()[other].read());
      forged.edit().setTime(play.all()[cut].read().getTime());
      forged.edit().setCause(play.all()[cut].read().getCause());
      if (!refused(victim, forged.read())) victim.save();
    }
  });
}

TEST_CASE("An event with random bits flipped is refused or harmless") {
  rc::prop("flipped bits", [] {
    Play play(StoryDrawer(*rc::gen::arbitrary<std::uint64_t>()).draw());
    play.run();
    State state(play.scenario());
    std::size_t next = 0;
    for (int stop = 0; stop < 10; ++stop) {
      const std::size_t cut = *rc::gen::inRange<std::size_t>(next, play.all().size());
      for (; next < cut; ++next) apply(state, play.all()[next].read());
      const auto saved = state.save();
      for (int attempt = 0; attempt < 30; ++attempt) {
        State victim = State::restore(play.scenario(), saved);
        Forged forged(play.all()[cut].read());
        const int flips = *rc::gen::inRange(1, 4);
        for (int i = 0; i < flips; ++i) {
          const std::size_t bit = *rc::gen::inRange<std::size_t>(0, forged.data().size() * 8);
          forged.data()[bit / 8] =
              static_cast<std::uint8_t>(forged.data()[bit / 8] ^ 1U << bit % 8);
        }
        if (refused(victim, forged.read())) continue;
        victim.save();
        if (cut + 1 < play.all().size()) refused(victim, play.all()[cut + 1].read());
      }
    }
  });
}

TEST_CASE("An event about something that does not exist is refused") {
  Play play(books_read_every(1, 20));
  while (play.turn()) {
    const std::size_t at = play.all().size() - 1;
    if (!play.all()[at].read().isItemRead()) continue;
    State state(play.scenario());
    for (std::size_t i = 0; i < at; ++i) apply(state, play.all()[i].read());
    Forged forged(play.all()[at].read());
    forged.edit().getItemRead().setConnection(77);
    CHECK(refused(state, forged.read()));
    break;
  }
}

}  // namespace tablekey::model::tests::hostile_test
