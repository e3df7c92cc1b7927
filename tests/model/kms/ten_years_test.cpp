// Ten years of a thousand keys that rotate every year: nothing that was ever encrypted is lost
// before its key is, and nothing outlives it (kms.md 4.1).
#include "tests/model/kms/material_steps.h"

namespace tablekey::model::tests::ten_years_test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSlow = true;
#elif defined(__has_feature)
constexpr bool kSlow = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSlow = false;
#endif

constexpr std::uint32_t kKeys = kSlow ? 60 : 1000;
constexpr std::uint32_t kYears = 10;
constexpr double kYear = 365 * kDay;

/// Steps of the story: a data key of every key in the middle of every year, then all of them
/// opened, every key given up, and all of them tried again.
struct Decade {
  Story story;
  std::uint32_t made(std::uint32_t key, std::uint32_t year) const { return year * kKeys + key; }
  std::uint32_t opened(std::uint32_t key, std::uint32_t year) const {
    return kYears * kKeys + made(key, year);
  }
  std::uint32_t tried(std::uint32_t key, std::uint32_t year) const {
    return (2 * kYears + 1) * kKeys + made(key, year);
  }
};

Decade decade() {
  Decade made;
  Story& story = made.story;
  story.until = (kYears + 1) * kYear;
  KeySpec rotating;
  rotating.more = [](events::Key::Builder key) { key.setRotationPeriodInDays(365); };
  story.keys.assign(kKeys, rotating);
  const auto each_key = [](double from, std::uint32_t key) { return from + 0.1 * key; };
  for (std::uint32_t year = 0; year < kYears; ++year) {
    for (std::uint32_t key = 0; key < kKeys; ++key) {
      story.step(each_key((year + 0.5) * kYear, key), generate(key));
    }
  }
  for (std::uint32_t step = 0; step < kYears * kKeys; ++step) {
    story.step(each_key((kYears - 0.4) * kYear, step), decrypt(step));
  }
  for (std::uint32_t key = 0; key < kKeys; ++key) {
    story.step(each_key((kYears - 0.2) * kYear, key), schedule_deletion(key, 7));
  }
  for (std::uint32_t step = 0; step < kYears * kKeys; ++step) {
    story.step(each_key((kYears - 0.1) * kYear, step), decrypt(step));
  }
  return made;
}

/// What KMS answered to each step, in one pass over the events.
struct Reply {
  KmsError error = KmsError::NONE;
  std::uint32_t material = kNone;
};
std::vector<Reply> replies(const Play& play, std::size_t steps) {
  std::vector<Reply> found(steps);
  for (const KeptEvent* kept : play.of(Event::KMS_ANSWERED)) {
    const auto event = kept->read().getKmsAnswered();
    found.at(event.getEffect().getStep() - 1) = {event.getError(), event.getEffect().getMaterial()};
  }
  return found;
}

TEST_CASE("ten years of a thousand keys: every blob of every year opens until its key is deleted") {
  const Decade decade_story = decade();
  const Story& story = decade_story.story;
  Play play(story);
  play.run();
  CHECK(play.of(Event::KEY_ROTATED).size() == kKeys * (kYears - 1));
  CHECK(play.of(Event::KEY_DELETED).size() == kKeys);
  const std::vector<Reply> found = replies(play, story.steps.size());
  std::size_t wrong = 0;
  for (std::uint32_t year = 0; year < kYears; ++year) {
    for (std::uint32_t key = 0; key < kKeys; ++key) {
      const Reply& made = found[decade_story.made(key, year)];
      const Reply& opened = found[decade_story.opened(key, year)];
      const Reply& tried = found[decade_story.tried(key, year)];
      const bool new_material = made.error == KmsError::NONE && made.material == year;
      const bool opens = opened.error == KmsError::NONE && opened.material == year;
      wrong += !new_material || !opens || tried.error != KmsError::ACCESS_DENIED;
    }
  }
  CHECK(wrong == 0);
  for (const KmsKey& key : play.state().keys) {
    REQUIRE(key.materials.size() == kYears);
    REQUIRE(key.deleted);
  }
  require_laws(story, play);
}

}  // namespace
}  // namespace tablekey::model::tests::ten_years_test
