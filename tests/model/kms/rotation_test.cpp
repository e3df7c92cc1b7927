// Rotation: the automatic schedule, on demand, what pauses it, and that nothing old is lost
// (kms.md 4).
#include "tests/model/kms/material_steps.h"

namespace tablekey::model::tests::rotation_test {
namespace {

const std::string kConflict = "ConflictException";

Story rotating(double until, std::uint32_t keys = 1) {
  Story story;
  story.until = until;
  story.keys.assign(keys, KeySpec{});
  return story;
}

/// When the key rotated, in days after the start.
std::vector<double> rotations(const Play& play, std::uint32_t key = 0) {
  std::vector<double> days;
  for (const KeptEvent* event : play.of(Event::KEY_ROTATED)) {
    if (event->read().getKeyRotated().getKey() == key) days.push_back(event->seconds() / kDay);
  }
  return days;
}
using Days = std::vector<double>;

double next_of(const Play& play, std::uint32_t key = 0) {
  const sim::Time next = play.state().keys[key].rotation.next;
  return static_cast<double>(next.nanoseconds() - kStart) / 1e9 / kDay;
}

TEST_CASE("an on-demand rotation changes the backing key and nothing else") {
  Story story = rotating(600);
  story.step(10, encrypt_text(0))
      .step(20, rotate(0))
      .step(30, decrypt(0))
      .step(31, encrypt_text(0));
  story.step(40, decrypt(3)).step(41, generate(0));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"none", "none", "none", "none", "none", "none"});
  CHECK(material_of(*play, 2) == 0);
  CHECK(material_of(*play, 3) == 1);
  CHECK(material_of(*play, 5) == 1);
  const auto old_header = kms::parse_blob(blob_of(*play, 0));
  const auto new_header = kms::parse_blob(blob_of(*play, 3));
  REQUIRE(old_header);
  REQUIRE(new_header);
  CHECK(old_header->key_id == new_header->key_id);
  CHECK(old_header->material != new_header->material);
  const KmsKey& key = play->state().keys[0];
  REQUIRE(key.materials.size() == 2);
  CHECK(key.materials[0].state == MaterialState::non_current);
  CHECK(key.materials[1].state == MaterialState::current);
  CHECK(key.materials[1].rotation == events::RotationType::ON_DEMAND);
  CHECK(key.materials[1].rotated.nanoseconds() == at_seconds(20));
  CHECK(key.materials[0].rotated == sim::Time());
  CHECK(key.rotation.on_demand_since == sim::Time());
}

TEST_CASE("the first material of a key is the same whether it ever rotates or not") {
  Story story = rotating(600);
  story.step(10, encrypt_text(0));
  Story later = story;
  later.step(20, rotate(0));
  CHECK(blob_of(*lawful(story), 0) == blob_of(*lawful(later), 0));
}

TEST_CASE("a key has 25 on-demand rotations, and automatic ones do not count") {
  Story story = rotating(100 * kDay);
  story.step(1, enable_rotation(0, 90));
  for (int i = 0; i < 26; ++i) story.step((1 + i) * kDay, rotate(0));
  const auto play = lawful(story);
  for (std::size_t step = 1; step <= 25; ++step) CHECK(error_of(*play, step) == "none");
  CHECK(error_of(*play, 26) == "LimitExceededException");
  CHECK(message_of(*play, 26) ==
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand "
        "rotations can be performed for this key: " +
            play->state().key_arn(0));
  CHECK(rotations(*play).size() == 26);
  CHECK(play->state().keys[0].materials.size() == 27);
  CHECK(play->state().keys[0].rotation.on_demand == 25);
  story.set("kms.rotation.on_demand_max", "10");
  CHECK(error_of(*lawful(story), 11) == "LimitExceededException");
}

TEST_CASE("a rotation on demand takes its time, and a second one meanwhile conflicts") {
  Story story = rotating(600);
  story.set("kms.rotation.on_demand_duration", "constant(60s)");
  story.step(10, rotate(0)).step(20, encrypt_text(0)).step(30, rotate(0)).step(80, encrypt_text(0));
  story.step(90, rotate(0));
  Play play(story);
  play.run_to(40);
  CHECK(play.state().keys[0].rotation.on_demand_since.nanoseconds() == at_seconds(10));
  play.run();
  require_laws(story, play);
  CHECK(answers_of(story, play) ==
        std::vector<std::string>{"none", "none", kConflict, "none", "none"});
  CHECK(material_of(play, 1) == 0);
  CHECK(material_of(play, 3) == 1);
  CHECK(play.state().keys[0].rotation.on_demand == 2);
}

TEST_CASE("on demand conflicts with an automatic rotation that is due within 20 minutes") {
  Story story = rotating(91 * kDay);
  story.step(0, enable_rotation(0, 90));
  story.step(90 * kDay - 1201, rotate(0)).step(90 * kDay - 1200, rotate(0));
  story.step(90 * kDay + 1, rotate(0));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "none", kConflict, "none"});
  // The schedule is not moved by what happens on demand.
  CHECK(rotations(*play).size() == 3);
  CHECK(next_of(*play) == 180);
}

TEST_CASE("an automatic rotation comes a period after EnableKeyRotation, and so on") {
  Story story = rotating(800 * kDay, 3);
  story.step(10 * kDay, enable_rotation(0)).step(10 * kDay, enable_rotation(1, 90));
  story.keys[2].more = [](events::Key::Builder key) { key.setRotationPeriodInDays(300); };
  const auto play = lawful(story);
  CHECK(rotations(*play, 0) == Days{375, 740});
  CHECK(rotations(*play, 1) == Days{100, 190, 280, 370, 460, 550, 640, 730});
  CHECK(rotations(*play, 2) == Days{300, 600});
  CHECK(next_of(*play, 0) == 1105);
  for (const KeyMaterial& material : play->state().keys[1].materials) {
    CHECK(material.bound);
    CHECK(material.present);
  }
}

TEST_CASE("the period is 90 to 2560 days") {
  Story story = rotating(600);
  for (const std::int32_t days : {89, 2561, -1, 90, 2560}) story.step(10, enable_rotation(0, days));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"ValidationException", "ValidationException",
                                 "ValidationException", "none", "none"});
  CHECK(message_of(*play, 0) ==
        "1 validation error detected: Value at 'rotationPeriodInDays' failed to satisfy "
        "constraint: Member must have value greater than or equal to 90");
  CHECK_THAT(message_of(*play, 1), Catch::Contains("less than or equal to 2560"));
}

TEST_CASE("in the classic era a key rotates every year, whatever period is asked for") {
  Story story = rotating(800 * kDay);
  story.set("kms.era", "classic").step(0, enable_rotation(0, 90));
  CHECK(rotations(*lawful(story)) == Days{365, 730});
}

TEST_CASE("asking for the same period changes no date, another one plans anew from now") {
  Story story = rotating(400 * kDay);
  story.step(0, enable_rotation(0, 100)).step(50 * kDay, enable_rotation(0, 100));
  story.step(150 * kDay, enable_rotation(0, 200));
  CHECK(rotations(*lawful(story)) == Days{100, 350});
}

TEST_CASE("disabling ends the schedule, and enabling starts a new one") {
  Story story = rotating(400 * kDay);
  story.step(0, enable_rotation(0, 100));
  story.step(150 * kDay, call(KmsOperation::DISABLE_KEY_ROTATION, 0));
  story.step(250 * kDay, enable_rotation(0, 100));
  const auto play = lawful(story);
  CHECK(rotations(*play) == Days{100, 350});
  CHECK(play->state().keys[0].current == 2);
}

TEST_CASE("a disabled key does not rotate, what is overdue comes when it is enabled") {
  Story story = rotating(600 * kDay, 2);
  for (const std::uint32_t key : {0U, 1U}) story.step(0, enable_rotation(key, 100));
  story.step(50 * kDay, call(KmsOperation::DISABLE_KEY, 0));
  story.step(60 * kDay, call(KmsOperation::ENABLE_KEY, 0));  // in time: the old date stands
  story.step(150 * kDay, call(KmsOperation::DISABLE_KEY, 0));
  story.step(160 * kDay, enable_rotation(0, 300));
  story.step(333 * kDay, call(KmsOperation::ENABLE_KEY, 0));
  const auto play = lawful(story);
  CHECK(rotations(*play, 0) == Days{100, 333, 433, 533});
  CHECK(rotations(*play, 1) == Days{100, 200, 300, 400, 500, 600});
  CHECK(error_of(*play, 5) == "DisabledException");
}

TEST_CASE("a key that is to be deleted does not rotate, saved, it rotates once it is enabled") {
  Story story = rotating(150 * kDay);
  story.step(0, enable_rotation(0, 90)).step(85 * kDay, schedule_deletion(0, 30));
  story.step(95 * kDay, call(KmsOperation::CANCEL_KEY_DELETION, 0));
  story.step(96 * kDay, encrypt_text(0)).step(100 * kDay, call(KmsOperation::ENABLE_KEY, 0));
  story.step(101 * kDay, encrypt_text(0));
  const auto play = lawful(story);
  CHECK(rotations(*play) == Days{100});
  CHECK(error_of(*play, 3) == "DisabledException");
  CHECK(material_of(*play, 5) == 1);
  CHECK(play->state().keys[0].rotation.enabled);
}

TEST_CASE("six days into a scheduled deletion the key is saved, disabled, with its rotation on") {
  Story story = rotating(10 * kDay);
  story.step(0, enable_rotation(0)).step(kDay, schedule_deletion(0, 7));
  story.step(7 * kDay, call(KmsOperation::CANCEL_KEY_DELETION, 0))
      .step(7.5 * kDay, encrypt_text(0));
  const auto play = lawful(story);
  CHECK(state_of(*play, 0) == events::KeyState::DISABLED);
  CHECK(error_of(*play, 3) == "DisabledException");
  CHECK(play->state().keys[0].rotation.enabled);
  CHECK(next_of(*play) == 365);
}

TEST_CASE("nothing of a deleted key rotates any more") {
  Story story = rotating(400 * kDay);
  story.set("kms.rotation.on_demand_duration", "constant(30d)");
  story.step(0, enable_rotation(0, 90)).step(2 * kDay, rotate(0));
  story.step(3 * kDay, schedule_deletion(0, 7));
  const auto play = lawful(story);
  CHECK(error_of(*play, 1) == "none");
  CHECK(rotations(*play).empty());
  CHECK(state_of(*play, 0) == events::KeyState::DELETED);
}

TEST_CASE("an AWS managed key rotates every year by itself, every three before May 2022") {
  Story story = rotating(2200 * kDay);
  story.keys[0].manager = Manager::AWS;
  story.step(10, enable_rotation(0)).step(10, rotate(0));
  const auto play = lawful(story);
  // The story begins on 2018-02-14: its second rotation is due in February 2024.
  CHECK(rotations(*play) == Days{1095, 2190});
  CHECK(error_of(*play, 0) != "none");
  CHECK(error_of(*play, 1) != "none");
  const double after = 1095.0 + 1095.0 + 365.0;
  CHECK(next_of(*play) == after);
}

TEST_CASE("the time of day of a rotation may vary") {
  Story story = rotating(400 * kDay, 2);
  story.set("kms.rotation.jitter", "uniform(1h, 20h)");
  for (const std::uint32_t key : {0U, 1U}) story.step(0, enable_rotation(key, 365));
  const auto play = lawful(story);
  for (const std::uint32_t key : {0U, 1U}) {
    REQUIRE(rotations(*play, key).size() == 1);
    CHECK(rotations(*play, key)[0] > 365);
    CHECK(rotations(*play, key)[0] < 366);
  }
  CHECK(rotations(*play, 0) != rotations(*play, 1));
}

TEST_CASE("ListKeyRotations shows rotations, or all key material, page by page") {
  Story story = rotating(10 * kDay);
  for (int i = 1; i <= 3; ++i) story.step(i * kDay, rotate(0));
  const auto list = [&](const char* which, std::int32_t limit, const char* marker) {
    story.step(5 * kDay,
               call(KmsOperation::LIST_KEY_ROTATIONS, 0, [=](events::KmsCall::Builder kms) {
                 kms.setIncludeKeyMaterial(which);
                 kms.setHasLimit(limit != 0);
                 kms.setLimit(limit);
                 kms.setMarker(marker);
               }));
  };
  list("", 0, "");
  list("ROTATIONS_ONLY", 2, "");
  list("ALL_KEY_MATERIAL", 0, "");
  list("ALL", 0, "");
  list("", 1001, "");
  list("", 0, "nonsense");
  const auto play = lawful(story);
  const auto rows = [&](std::size_t step) {
    return kms_answered(*play, step).getEffect().getListed();
  };
  CHECK(rows(3).getRows() == 3);
  CHECK(rows(4).getRows() == 2);
  CHECK(rows(4).getTruncated());
  CHECK(rows(5).getRows() == 4);
  CHECK(error_of(*play, 6) == "ValidationException");
  CHECK(error_of(*play, 7) == "ValidationException");
  CHECK(error_of(*play, 8) == "InvalidMarkerException");
}

TEST_CASE("imported material does not rotate by itself, in any era") {
  for (const char* era : {"modern", "classic"}) {
    Story story = rotating(600);
    story.set("kms.era", era);
    story.keys = {external_key(0)};
    story.materials = {"first"};
    story.step(10, enable_rotation(0)).step(20, rotate(0));
    const auto play = lawful(story);
    CHECK(error_of(*play, 0) == "UnsupportedOperationException");
    CHECK(message_of(*play, 0) ==
          play->state().key_arn(0) + " origin is EXTERNAL which is not valid for this operation.");
    CHECK(error_of(*play, 1) == (std::string(era) == "modern" ? "KMSInvalidStateException"
                                                              : "UnsupportedOperationException"));
  }
}

TEST_CASE("a table's key stays wrapped as it was when its KMS key rotates, and its reads go on") {
  Story story = books_read_every(400, 2000);
  story.step(100, rotate(0)).step(1000, create_table(1));
  story.tables.push_back({.name = "Later", .created = 0});
  const auto play = lawful(story);
  CHECK(play->state().counters.failed == 0);
  const auto first = kms::parse_blob(play->state().tables[0].keys[0].blob);
  const auto second = kms::parse_blob(play->state().tables[1].keys[0].blob);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->material == play->state().keys[0].materials[0].id);
  CHECK(second->material == play->state().keys[0].materials[1].id);
}

}  // namespace
}  // namespace tablekey::model::tests::rotation_test
