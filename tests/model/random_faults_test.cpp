// Faults that come at random: from a rate, each as long as it is drawn (design.md 7).
#include "tests/model/kms/lawful_run.h"

namespace tablekey::model::tests::random_faults_test {
namespace {

using FaultKind = events::Fault::Kind;

struct Source {
  std::string name = "outages";
  FaultKind kind = FaultKind::OUTAGE;
  std::string every = "exponential(mean=100s)", lasts = "exponential(mean=20s)";
  double from = 0, until = 0;
};

Story with_sources(std::vector<Source> sources, double until) {
  Story story;
  story.until = until;
  story.more = [sources = std::move(sources)](events::Scenario::Builder scenario) {
    auto list = scenario.initFaults(static_cast<unsigned>(sources.size()));
    for (unsigned i = 0; i < sources.size(); ++i) {
      list[i].setName(sources[i].name);
      list[i].getFault().setKind(sources[i].kind);
      list[i].setEvery(sources[i].every);
      list[i].setLasts(sources[i].lasts);
      list[i].setFrom(at_seconds(sources[i].from));
      if (sources[i].until != 0) list[i].setUntil(at_seconds(sources[i].until));
    }
  };
  return story;
}

std::vector<double> times(const Play& play, Event::Which which) {
  std::vector<double> found;
  for (const KeptEvent* kept : play.of(which)) found.push_back(kept->seconds());
  return found;
}

std::vector<double> begins_of(const Play& play, std::uint32_t source) {
  std::vector<double> found;
  for (const KeptEvent* kept : play.of(Event::FAULT_STARTED)) {
    if (kept->read().getFaultStarted().getSource() == source) found.push_back(kept->seconds());
  }
  return found;
}

}  // namespace

TEST_CASE("Random faults alternate, and as often as their rate says") {
  const auto play = lawful(with_sources({{}}, 120'000));
  const auto begins = times(*play, Event::FAULT_STARTED);
  const auto ends = times(*play, Event::FAULT_ENDED);
  REQUIRE(begins.size() > 800);  // 1000 cycles of 120 s; the standard deviation is 27
  REQUIRE(begins.size() < 1200);
  double down = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    REQUIRE(begins[i] < ends[i]);
    if (i + 1 < begins.size()) REQUIRE(ends[i] < begins[i + 1]);
    down += ends[i] - begins[i];
  }
  CHECK(down / static_cast<double>(ends.size()) == Approx(20).margin(4 * 20 / 31.0));
  CHECK(play->state().faults.size() <= 1);
}

TEST_CASE("Random faults begin between from and to, and what has begun comes to its end") {
  Source source;
  source.every = "constant(100s)";
  source.lasts = "constant(30s)";
  source.from = 1000;
  source.until = 1330;
  const auto play = lawful(with_sources({source}, 3000));
  CHECK(times(*play, Event::FAULT_STARTED) == std::vector<double>{1100, 1230});
  CHECK(times(*play, Event::FAULT_ENDED) == std::vector<double>{1130, 1260});
}

TEST_CASE("Another random fault moves none of the first one's times") {
  Source other;
  other.name = "slow";
  other.kind = FaultKind::LATENCY;
  const auto alone = lawful(with_sources({{}}, 5000));
  const auto both = lawful(with_sources({{}, other}, 5000));
  CHECK(begins_of(*alone, 0) == begins_of(*both, 0));
  CHECK_FALSE(begins_of(*both, 1).empty());
  CHECK(begins_of(*both, 0) != begins_of(*both, 1));
}

TEST_CASE("Calls fail while a random outage lasts, and at no other time") {
  Source source;
  source.every = "constant(100s)";
  source.lasts = "constant(50s)";
  Story story = with_sources({source}, 160);
  for (const double at : {99.0, 101.0, 149.0, 151.0}) {
    story.step(at, call(KmsOperation::DESCRIBE_KEY, 0));
  }
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"none", "KMSInternalException", "KMSInternalException", "none"});
}

TEST_CASE("Routers restart at random, each time in one event") {
  Source source;
  source.kind = FaultKind::RESTART;
  source.every = "constant(100s)";
  source.lasts = "";
  const auto play = lawful(with_sources({source}, 450));
  CHECK(times(*play, Event::ROUTERS_RESTARTED) == std::vector<double>{100, 200, 300, 400});
  CHECK(play->of(Event::FAULT_STARTED).empty());
}

}  // namespace tablekey::model::tests::random_faults_test
