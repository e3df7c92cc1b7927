// Goal: an event reads well, names what its ids stand for, and two events differ where they do.
// Method: events of a small world whose names are known, and events built by hand.
#include "replay/event_text.h"

#include <capnp/message.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "replay/event_fields.h"
#include "tests/replay/table_story.h"

namespace event_text_test {

namespace {

using namespace tablekey;
using events::Event;

/// Keeps the line and the object of every event, by the event's name.
class Texts : public replay::Observer {
 public:
  void event(const model::State& after, Event::Reader event, std::uint64_t number) override {
    lines.push_back(replay::event_line(after, event));
    objects.push_back(replay::event_json(after, event, number));
    names.insert(replay::event_name(event));
  }
  std::string line(std::string_view part) const {
    for (const std::string& line : lines) {
      if (line.find(part) != std::string::npos) return line;
    }
    return "";
  }
  nlohmann::ordered_json object(std::string_view name) const {
    for (const auto& object : objects) {
      if (object["event"] == name) return object;
    }
    return nullptr;
  }

  std::vector<std::string> lines;
  std::vector<nlohmann::ordered_json> objects;
  std::set<std::string> names;
};

Texts texts_of(test::SmallScenario& scenario) {
  const auto view = scenario.view();
  Texts texts;
  test::run_world(*view, {&texts});
  return texts;
}

test::SmallScenario disabled() {
  test::SmallScenario scenario;
  scenario.kms_step(sim::Duration::seconds(500), "disable", events::KmsOperation::DISABLE_KEY);
  return scenario;
}

const std::string kArn =
    "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

TEST_CASE("the time of an event is not hidden by a field of the same name") {
  test::SmallScenario scenario;
  const auto view = scenario.view();
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<Event>();
  event.setTime(view->start.nanoseconds());
  event.initFaultPlanned().setAt(view->start.nanoseconds() + 1'000'000'000);
  const auto object = replay::event_json(model::State(*view), event.asReader(), 7);
  CHECK(object["at"] == sim::print(view->start));
  CHECK(object["itsAt"] == view->start.nanoseconds() + 1'000'000'000);
}

TEST_CASE("a line begins with time and name and goes on with what matters") {
  auto scenario = disabled();
  const Texts texts = texts_of(scenario);
  const std::string answered = texts.line("DisableKey");
  CHECK(answered.starts_with(
      "2018-02-14T00:08:20.000Z  KmsAnswered  DisableKey caller=operator key=BooksKey result=ok"));
  CHECK(answered.find("state=Disabled") != std::string::npos);
  CHECK(answered.find("table=") == std::string::npos);
  const std::string read = texts.line("ItemRead");
  CHECK(read.find("connection=web/0 table=Books item=") != std::string::npos);
  CHECK(read.find(" via=miss ") != std::string::npos);
}

TEST_CASE("a refusal names the exception, a service's call the service") {
  auto scenario = disabled();
  const Texts texts = texts_of(scenario);
  const std::string failed = texts.line("RequestFailed");
  CHECK(failed.find("GetItem connection=web/0") != std::string::npos);
  CHECK(failed.find("exception=ValidationException kmsError=DisabledException request=") !=
        std::string::npos);
  CHECK(texts.line("GenerateDataKey").find("caller=dynamodb.amazonaws.com") != std::string::npos);
  CHECK(texts.line("Decrypt ").find("caller=Admin/web-1 ") != std::string::npos);
}

TEST_CASE("an object has the schema's fields with names beside the ids") {
  auto scenario = disabled();
  const Texts texts = texts_of(scenario);
  const auto read = texts.object("ItemRead");
  CHECK(read["table"] == 0);
  CHECK(read["tableName"] == "Books");
  CHECK(read["workload"] == "web");
  CHECK(read["workloadConnection"] == 0);
  CHECK(read["via"] == "miss");
  CHECK(read["at"] == "2018-02-14T00:00:30Z");
  CHECK_FALSE(read.contains("nextAt"));  // the arrival itself has said when the next one comes
  CHECK(read["tagHigh"].get<std::string>().size() == 16);
  const auto requested = texts.object("TableKeyRequested");
  CHECK(requested.at("nextAt") == "2018-02-14T00:01:00Z");
  CHECK(requested.at("why") == "cold");
  const auto answered = texts.object("KmsAnswered");
  CHECK(answered["operation"] == "DescribeKey");
  CHECK(answered["keyArn"] == kArn);
  CHECK(answered["keyLogicalId"] == "BooksKey");
  CHECK(answered["error"] == "ok");
  auto keys = read.begin();
  CHECK(keys.key() == "number");
}

TEST_CASE("what a call used and what decided it stand in its line by their names") {
  test::SmallScenario scenario;
  scenario.set("model.kms.rotation.on_demand_duration", "0s");
  scenario.kms_call(
      sim::Duration::seconds(10), "made", events::KmsOperation::ENCRYPT, 0,
      [](auto call) { call.setPlaintextBytes(20); }, 0);
  scenario.kms_step(sim::Duration::seconds(20), "turn", events::KmsOperation::ROTATE_KEY_ON_DEMAND);
  scenario.kms_call(sim::Duration::seconds(30), "named", events::KmsOperation::DESCRIBE_KEY,
                    events::K_NONE, [](auto call) { call.initKeyId().setText("alias/books"); });
  scenario.kms_step(sim::Duration::seconds(40), "no", events::KmsOperation::CANCEL_KEY_DELETION);
  const Texts texts = texts_of(scenario);
  const std::string made = texts.line("Encrypt");
  INFO(made);
  CHECK(made.find("decidedBy=keyPolicy decider=all ") != std::string::npos);
  CHECK(made.find("(step=made ") != std::string::npos);
  CHECK(made.find(" material=0:") != std::string::npos);
  CHECK(made.find("destinationDecider") == std::string::npos);
  const std::string rotated = texts.line("KeyRotated");
  INFO(rotated);
  CHECK(rotated.find("key=BooksKey material=1:") != std::string::npos);
  CHECK(rotated.find("type=ON_DEMAND") != std::string::npos);
  CHECK(texts.line("step=named").find("alias=alias/books") != std::string::npos);
  CHECK(texts.line("CancelKeyDeletion").find(" is not pending deletion.\"") != std::string::npos);
  const auto object = texts.object("KeyRotated");
  CHECK(object["material"] == 1);
  CHECK(object["materialId"].get<std::string>().size() == 64);
}

TEST_CASE("a request with all its parameters shows what it changed, by the item's key") {
  test::SmallScenario scenario = test::table_story();
  test::update_item(scenario, sim::Duration::minutes(1), "write", "7");
  const Texts texts = texts_of(scenario);
  const std::string line = texts.line("DataAnswered");
  INFO(line);
  CHECK(line.find("DataAnswered  UpdateItem ") != std::string::npos);
  CHECK(line.find("step=write ") != std::string::npos);
  CHECK(line.find("changes=(table=Books item=given version=1 ") != std::string::npos);
  CHECK(line.find("scanned") == std::string::npos);
  CHECK(line.find("reasons") == std::string::npos);
  const auto object = texts.object("DataAnswered");
  REQUIRE(object["changes"].size() == 1);
  CHECK(object["changes"][0]["tableName"] == "Books");
  CHECK(object["changes"][0]["itemKey"]["id"]["S"] == "given");
  CHECK(object["resultHigh"].get<std::string>().size() == 16);
}

TEST_CASE("an answer of the control plane names what it began") {
  test::SmallScenario scenario = test::table_story();
  test::control(scenario, sim::Duration::minutes(1), "look",
                events::TableOperation::DESCRIBE_TABLE);
  test::control(scenario, sim::Duration::minutes(2), "save", events::TableOperation::CREATE_BACKUP,
                [](events::TableCall::Builder call) { call.setBackupName("copy"); });
  test::control(scenario, sim::Duration::minutes(3), "nothing",
                events::TableOperation::DESCRIBE_TABLE, {}, events::K_NONE);
  const Texts texts = texts_of(scenario);
  const std::string looked = texts.line("ControlAnswered  DescribeTable");
  INFO(looked);
  CHECK(looked.find("status=ACTIVE") != std::string::npos);
  const std::string saved = texts.line("ControlAnswered  CreateBackup");
  INFO(saved);
  CHECK(saved.find("effect=(backupStarted=(backup=copy ") != std::string::npos);
  CHECK(saved.find("type=USER") != std::string::npos);
  const std::string refused = texts.line("step=nothing");
  INFO(refused);
  CHECK(refused.find("exception=ResourceNotFoundException") != std::string::npos);
  CHECK(refused.find("table=") == std::string::npos);
  CHECK(texts.object("BackupFinished")["backupName"] == "copy");
}

TEST_CASE("delays and times of one name are told apart by their event") {
  using replay::FieldMeaning;
  CHECK(replay::meaning_of("itemRead", "next") == FieldMeaning::time);
  CHECK(replay::meaning_of("keyRotated", "next") == FieldMeaning::time);
  CHECK(replay::meaning_of("dataAnswered", "next") == FieldMeaning::time);
  CHECK(replay::meaning_of("itemsExpired", "next") == FieldMeaning::duration);
  CHECK(replay::meaning_of("shardsChanged", "until") == FieldMeaning::duration);
  CHECK(replay::meaning_of("controlAnswered", "until") == FieldMeaning::duration);
  CHECK(replay::meaning_of("serviceKeyAnswered", "retry") == FieldMeaning::duration);
  CHECK(replay::meaning_of("kmsAnswered", "index") == FieldMeaning::material);
  CHECK(replay::meaning_of("indexBackfilled", "index") == FieldMeaning::secondary_index);
  CHECK(replay::meaning_of("logArchived", "upTo") == FieldMeaning::time);
  CHECK(replay::meaning_of("indexBackfilled", "upTo") == FieldMeaning::plain);
}

TEST_CASE("an id without a second half is shown for what it is") {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<Event>();
  event.initTableArchivalStarted().setBackupIdHigh(0xabcdef);
  const auto view = test::SmallScenario().view();
  const model::State state(*view);
  CHECK(replay::event_line(state, event.asReader()).find("backupIdHigh=0000000000abcdef") !=
        std::string::npos);
}

TEST_CASE("every event of a run has a name that is found again") {
  auto scenario = disabled();
  for (const std::string& name : texts_of(scenario).names) {
    INFO(name);
    REQUIRE(replay::event_named(name));
  }
  CHECK(replay::event_named("KmsAnswered") == Event::KMS_ANSWERED);
  CHECK(replay::event_named("ConnectionsClosed") == Event::CONNECTIONS_CLOSED);
  CHECK_FALSE(replay::event_named("kmsAnswered"));
  const auto& names = replay::event_names();
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
}

TEST_CASE("equal events have no differences") {
  capnp::MallocMessageBuilder a, b;
  for (auto* message : {&a, &b}) {
    auto answered = message->initRoot<Event>().initKmsAnswered();
    answered.setLatency(6'114'000);
    answered.initEffect().initKeyState().setState(events::KeyState::DISABLED);
  }
  CHECK(replay::field_differences(a.getRoot<Event>().asReader(), b.getRoot<Event>().asReader())
            .empty());
}

TEST_CASE("differences name the path of the field and both values") {
  capnp::MallocMessageBuilder a, b;
  auto recorded = a.initRoot<Event>(), replayed = b.initRoot<Event>();
  recorded.setTime(0);
  replayed.setTime(1'000'000'000);
  auto before = recorded.initKmsAnswered(), after = replayed.initKmsAnswered();
  before.setError(events::KmsError::ACCESS_DENIED);
  before.setLatency(6'114'000);
  after.setLatency(7'000'000);
  before.initEffect().initKeyState().setState(events::KeyState::DISABLED);
  after.initEffect().initKeyState().setState(events::KeyState::ENABLED);
  const auto found = replay::field_differences(recorded.asReader(), replayed.asReader());
  REQUIRE(found.size() == 4);
  CHECK(found[0].path == "time");
  CHECK(found[0].recorded == "1970-01-01T00:00:00Z");
  CHECK(found[1].path == "kmsAnswered.error");
  CHECK(found[1].recorded == "AccessDeniedException");
  CHECK(found[1].replayed == "ok");
  CHECK(found[2].path == "kmsAnswered.latency");
  CHECK(found[2].recorded == "6.114ms");
  CHECK(found[2].replayed == "7ms");
  CHECK(found[3].path == "kmsAnswered.effect.keyState.state");
  CHECK(found[3].replayed == "Enabled");
}

TEST_CASE("events of two kinds differ in their kind") {
  capnp::MallocMessageBuilder a, b;
  a.initRoot<Event>().initItemRead().setConnection(3);
  b.initRoot<Event>().initRequestFailed().setConnection(3);
  const auto found =
      replay::field_differences(a.getRoot<Event>().asReader(), b.getRoot<Event>().asReader());
  REQUIRE(found.size() == 1);
  CHECK(found[0].path == "event");
  CHECK(found[0].recorded == "ItemRead");
  CHECK(found[0].replayed == "RequestFailed");
}

TEST_CASE("bytes and lists differ from the first element that does") {
  capnp::MallocMessageBuilder a, b;
  for (auto* message : {&a, &b}) {
    auto created = message->initRoot<Event>().initTableKeyCreated();
    auto keys = created.initDataKeys(2);
    for (unsigned i = 0; i < 2; ++i) {
      auto bytes = keys[i].initWrapped(60);
      bytes[40] = message == &b && i == 1 ? 0xab : 0;
    }
  }
  const auto found =
      replay::field_differences(a.getRoot<Event>().asReader(), b.getRoot<Event>().asReader());
  REQUIRE(found.size() == 1);
  CHECK(found[0].path == "tableKeyCreated.dataKeys[1].wrapped");
  CHECK(found[0].recorded.starts_with("60 bytes, from byte 40: 0000"));
  CHECK(found[0].replayed.starts_with("60 bytes, from byte 40: ab00"));
}

TEST_CASE("lists of two lengths differ in their length") {
  capnp::MallocMessageBuilder a, b;
  a.initRoot<Event>().initConnectionsClosed().initConnections(2);
  b.initRoot<Event>().initConnectionsClosed().initConnections(3);
  const auto found =
      replay::field_differences(a.getRoot<Event>().asReader(), b.getRoot<Event>().asReader());
  REQUIRE(found.size() == 1);
  CHECK(found[0].path == "connectionsClosed.connections");
  CHECK(found[0].replayed == "3 elements");
}

TEST_CASE("events of two worlds differ in some field exactly if their bytes differ") {
  auto scenario = disabled();
  const auto view = scenario.view();
  /// Compares each event with the one before it.
  class Neighbours : public replay::Observer {
   public:
    void event(const model::State&, Event::Reader event, std::uint64_t) override {
      CHECK(replay::field_differences(event, event).empty());
      if (previous_) {
        const auto before = previous_->getRoot<Event>().asReader();
        CHECK_FALSE(replay::field_differences(before, event).empty());
      }
      previous_ = std::make_unique<capnp::MallocMessageBuilder>();
      previous_->setRoot(event);
    }

   private:
    std::unique_ptr<capnp::MallocMessageBuilder> previous_;
  };
  Neighbours neighbours;
  test::run_world(*view, {&neighbours});
}

}  // namespace

}  // namespace event_text_test
