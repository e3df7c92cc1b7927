// apply() and forged events of every kind: what names something that does not exist is refused, and
// no field can be given a value that leads out of bounds. The kinds and their fields are read from
// the schema, so that a new kind is here as soon as a story has it.
#include <capnp/dynamic.h>

#include <functional>
#include <map>
#include <set>

#include "tests/model/drawn_story.h"
#include "tests/model/dynamodb/backup_steps.h"
#include "tests/model/dynamodb/replica_steps.h"
#include "tests/model/dynamodb/structure_steps.h"
#include "tests/model/dynamodb/table_steps.h"
#include "tests/model/hostile_stories.h"
#include "tests/model/kms/material_steps.h"

namespace tablekey::model::tests::hostile_kinds_test {
namespace {

using capnp::DynamicList;
using capnp::DynamicStruct;
using capnp::DynamicValue;
using FieldKind = capnp::schema::Type::Which;

constexpr double kDay = 86'400;
/// No list of the stories below has so many elements.
constexpr std::uint32_t kNowhere = 0x7ffffff1;

// ---- the stories, which have every kind that this room makes between them ----------------------

/// Partitions that split, indexes made and deleted, a stream that is trimmed, expiry, recovery,
/// exports; then the table goes, with a SYSTEM backup that expires.
Story life_of_a_table() {
  Story story = library(30, 3, 45 * kDay);
  story.tables[0].global_indexes = {"by-genre", "later"};
  story.tables[0].local_indexes = {};
  story.tables[0].stream = true;
  index_keys(story, Projection::ALL, true, 1);
  stream_view(story, "NEW_AND_OLD_IMAGES");
  also(story, [](events::Scenario::Builder scenario) {
    auto table = scenario.getTables()[0];
    table.setPointInTimeRecovery(true);
    table.setTimeToLive("expires");
  });
  story.set("dynamodb.exports.duration", "constant(5m)");
  story.set("dynamodb.backups.available_after", "constant(0s)");
  story.set("dynamodb.history_grant_linger", "10d");
  story.set("dynamodb.data_keys.max_records", "6");
  const std::string value =
      R"({"id":{"S":"b"},"at":{"N":"1"},"genre":{"S":"essay"},"year":{"N":"1914"},)"
      R"("expires":{"N":")" +
      std::to_string(at_seconds(4000) / 1'000'000'000) + R"("}})";
  for (int i = 0; i < 10; ++i) {
    story.step(100 + i, data(Operation::PUT_ITEM, 0, 30, value), 0);
  }
  story.step(200, structure_steps::change_index(events::IndexChange::Kind::CREATE, 1, "later"), 0);
  story.step(900, structure_steps::change_index(events::IndexChange::Kind::DELETE, 1, "later"), 0);
  story.step(1000, create_backup(0), 0);
  story.step(2000,
             control(events::TableOperation::EXPORT_TABLE_TO_POINT_IN_TIME, 0,
                     [](events::TableCall::Builder call) { call.setS3Bucket("library"); }),
             0);
  story.step(2 * kDay, delete_table(0), 0);
  return story;
}

/// A restore of given values, a switch that stalls, a key that is lost and back, another archival.
Story lost_and_restored() {
  Story story = restorable(12 * kDay);
  story.keys.push_back({});
  story.step(10, backup_steps::put(0, 10, "a", "one"), 0);
  story.step(20, create_backup(0), 0);
  story.step(30, restore_backup(1, 1), 0);
  story.step(100, update_table(1, 2), 0);
  story.step(103, kms(KmsKind::DISABLE_KEY, 0));
  story.step(300, kms(KmsKind::ENABLE_KEY, 0));
  story.step(600, kms(KmsKind::DISABLE_KEY, 0));
  return story;
}

/// Replicas made, written, moved to another encryption, and removed.
Story group_of_tables() {
  Story story = global_books(2, false);
  story.until = 600;
  for (KeySpec key : regional_keys(2, Manager::OWNED)) {
    key.name = "Owned-" + key.region;
    story.keys.push_back(key);
  }
  story.step(10, replica_update(0, ReplicaKind::CREATE, 1, 1), 0);
  story.step(60, data(Operation::PUT_ITEM, 0, 4, R"({"id":{"S":"x"}})"), 0);
  story.step(100, switch_to({0}), 0);
  story.step(200, replica_update(0, ReplicaKind::DELETE, 1), 0);
  return story;
}

/// A replica whose key is lost leaves its group.
Story lost_replica() {
  Story story = global_books(2, true);
  story.until = 2 * kDay;
  story.step(100, regional_kms(KmsOperation::DISABLE_KEY, 1));
  return story;
}

/// A request with all its parameters.
Fill whole_request(Operation operation) {
  return [=](events::Step::Builder step) {
    auto call = step.initRequest();
    call.setOperation(operation);
    call.setTable(0);
    if (operation == Operation::SCAN) return call.setFilter("attribute_exists(id)");
    auto item = call.initItems(1)[0];
    item.setKind(events::ItemCall::Kind::UPDATE);
    item.setItem(10);
    item.setKey(R"({"id":{"S":"a"}})");
    item.setUpdate("SET n = :n");
    item.setValues(R"({":n":{"N":"1"}})");
  };
}
Story requests() {
  Story story = books(60);
  story.step(20, whole_request(Operation::UPDATE_ITEM), 0);
  story.step(30, whole_request(Operation::SCAN), 0);
  return story;
}

/// A plaintext table of the first era, encrypted by the next one.
Story eras() {
  Story story = two_key_story(300);
  story.tables[0].key = 2;
  story.set("dynamodb.sse.by_default", "false").set("dynamodb.sse.change", "none");
  story.set("dynamodb.sse.customer_keys", "false").set("dynamodb.sse.inaccessible_state", "false");
  also(story, [](events::Scenario::Builder scenario) {
    auto eras = scenario.initEras(1);
    eras[0].setAt(at_seconds(100));
    auto settings = eras[0].initSettings(1);
    settings[0].setPath("model.dynamodb.sse.change");
    settings[0].setValue("aws");
  });
  story.step(20, data(Operation::PUT_ITEM, 0, 10, R"({"id":{"S":"x"},"text":{"S":"plain"}})"), 0);
  return story;
}

/// Caches that poll, that KMS tells of changes, and that are refreshed behind the requests, while
/// routers restart and are cut off, and faults come at random.
Story caches_and_faults(const std::string& rule, const std::string& value) {
  Story story = books_read_every(2, 400);
  story.set("table_key_cache.policy", "idle-connection");
  if (rule == "policy") story.set("table_key_cache.ttl", "20s");
  story.set("table_key_cache." + rule, value);
  story.step(100, kms(KmsKind::DISABLE_KEY, 0)).step(150, kms(KmsKind::ENABLE_KEY, 0));
  const auto fault = [](events::Fault::Kind kind, double seconds) {
    return [=](events::Step::Builder step) {
      auto to = step.initFault();
      to.setKind(kind);
      to.setDuration(static_cast<std::int64_t>(seconds * 1e9));
      to.setTimeout(2'000'000'000);
    };
  };
  story.step(200, fault(events::Fault::Kind::RESTART, 0));
  story.step(201, fault(events::Fault::Kind::PARTITION, 30));
  story.step(202, close_connections(0, 1'000'000));
  also(story, [](events::Scenario::Builder scenario) {
    auto list = scenario.initFaults(1);
    list[0].setName("outages");
    list[0].getFault().setKind(events::Fault::Kind::OUTAGE);
    list[0].setEvery("constant(90s)");
    list[0].setLasts("constant(5s)");
  });
  return story;
}

/// Material that is rotated and expires, a key that is deleted, a policy of an identity.
Story keys() {
  Story story = books(20 * kDay);
  story.keys.push_back(external_key());
  story.keys.push_back({});
  story.materials = {"first"};
  story.step(10, import_parameters(1)).step(20, import_material(1, 0, 0, until(5000)));
  story.step(100, rotate(0)).step(200, schedule_deletion(2));
  story.step(300, [](events::Step::Builder step) {
    auto iam = step.initIam();
    iam.setOperation(events::Step::IamOperation::PUT_POLICY);
    iam.setPrincipal(0);
    iam.initPolicy().setName("p");
    iam.getPolicy().setDocument(R"({"Version":"2012-10-17","Statement":[]})");
  });
  return story;
}

std::vector<Story> stories() {
  std::vector<Story> all = {life_of_a_table(),
                            lost_and_restored(),
                            group_of_tables(),
                            eras(),
                            caches_and_faults("poll_interval", "10s"),
                            caches_and_faults("push_delay", "constant(3s)"),
                            caches_and_faults("policy", "static-stable"),
                            keys(),
                            lost_replica(),
                            requests()};
  for (Story& story : stories_of_keys_and_clients()) all.push_back(std::move(story));
  for (std::uint64_t seed = 1; seed <= 12; ++seed) all.push_back(StoryDrawer(seed).draw());
  return all;
}

// ---- forging ------------------------------------------------------------------------------------

/// An event of a run, and the state that it came to.
struct Found {
  std::string kind;
  KeptEvent event;
  std::vector<std::uint8_t> before;
};

// Which member of the event's union is set; one always is.
capnp::StructSchema::Field member_of(kj::Maybe<capnp::StructSchema::Field> which) {
  KJ_IF_MAYBE (field, which) {
    return *field;
  }
  throw std::logic_error("the event is of a kind that the schema lacks");
}

std::string kind_of(Event::Reader event) {
  DynamicStruct::Reader dynamic = event;
  return member_of(dynamic.which()).getProto().getName().cStr();
}

/// What the event of a message says: its group or its struct. Nothing: a kind without any field.
std::optional<DynamicStruct::Builder> payload(DynamicStruct::Builder event) {
  const auto which = member_of(event.which());
  auto value = event.get(which);
  if (value.getType() != DynamicValue::STRUCT) return std::nullopt;
  return value.as<DynamicStruct>();
}

/// A change of one field, by its path.
struct Forgery {
  std::string field;
  std::function<void(Event::Builder)> make;
  bool must_fail = false;
};

/// Fields that say what an event is about: whatever stands there is looked up.
bool names_a_thing(std::string_view field) {
  static const std::set<std::string_view> kFields = {"connection", "table",  "call",   "workload",
                                                     "backup",     "export", "source", "store"};
  return kFields.contains(field);
}

bool is_number(FieldKind kind) {
  switch (kind) {
    case capnp::schema::Type::UINT8:
    case capnp::schema::Type::UINT32:
    case capnp::schema::Type::UINT64:
    case capnp::schema::Type::INT64:
      return true;
    default:
      return false;
  }
}

void set_number(DynamicStruct::Builder in, capnp::StructSchema::Field field, std::uint64_t value) {
  switch (field.getType().which()) {
    case capnp::schema::Type::UINT8:
      return in.set(field, static_cast<std::uint8_t>(value));
    case capnp::schema::Type::UINT32:
      return in.set(field, static_cast<std::uint32_t>(value));
    case capnp::schema::Type::INT64:
      return in.set(field, static_cast<std::int64_t>(value));
    default:
      return in.set(field, value);
  }
}

std::string name_of(capnp::StructSchema::Field field) { return field.getProto().getName().cStr(); }

/// All that may be wrong in a field: numbers out of every bound, enumerants that are none, lists
/// and bytes that are shorter than they were.
void forge_field(capnp::StructSchema::Field field, const std::string& path,
                 const std::function<DynamicStruct::Builder(Event::Builder)>& find,
                 std::vector<Forgery>& out) {
  const auto type = field.getType();
  if (is_number(type.which())) {
    for (const std::uint64_t value : {std::uint64_t{kNowhere}, ~std::uint64_t{0}}) {
      out.push_back({path, [=](Event::Builder event) { set_number(find(event), field, value); },
                     value == kNowhere && names_a_thing(path)});
    }
    return;
  }
  if (type.isEnum()) {
    out.push_back({path, [=](Event::Builder event) {
                     find(event).set(field, capnp::DynamicEnum(field.getType().asEnum(), 250));
                   }});
  } else if (type.isBool()) {
    out.push_back({path, [=](Event::Builder event) {
                     auto in = find(event);
                     in.set(field, !in.get(field).as<bool>());
                   }});
  } else if (type.isData() || type.isList()) {
    out.push_back({path + "[]", [=](Event::Builder event) { find(event).init(field, 0); }});
  }
}

void forge_struct(DynamicStruct::Builder in, const std::string& prefix,
                  const std::function<DynamicStruct::Builder(Event::Builder)>& find,
                  std::vector<Forgery>& out) {
  for (const auto field : in.getSchema().getNonUnionFields()) {
    const std::string path = prefix + name_of(field);
    const auto type = field.getType();
    forge_field(field, path, find, out);
    if (type.isList() && type.asList().getElementType().isStruct()) {
      auto list = in.get(field).as<DynamicList>();
      if (list.size() == 0) continue;
      const auto element = [=](Event::Builder event) {
        return find(event).get(field).as<DynamicList>()[0].as<DynamicStruct>();
      };
      forge_struct(list[0].as<DynamicStruct>(), path + "[0].", element, out);
    } else if (type.isStruct() && in.has(field)) {
      const auto inner = [=](Event::Builder event) {
        return find(event).get(field).as<DynamicStruct>();
      };
      forge_struct(in.get(field).as<DynamicStruct>(), path + ".", inner, out);
    }
  }
}

std::vector<Forgery> forgeries(Event::Builder event) {
  std::vector<Forgery> out;
  if (const auto what = payload(event)) {
    const auto find = [](Event::Builder forged) { return *payload(forged); };
    forge_struct(*what, "", find, out);
  }
  return out;
}

/// What became of a forged event: refused as one that breaks a law, or applied, after which the
/// state can still be written down.
enum class Fate : std::uint8_t { refused, harmless };

Fate fate_of(const ScenarioView& scenario, const Found& found, const Forgery& forgery) {
  State victim = State::restore(scenario, found.before);
  capnp::MallocMessageBuilder message;
  message.setRoot(found.event.read());
  forgery.make(message.getRoot<Event>());
  try {
    apply(victim, message.getRoot<Event>().asReader());
  } catch (const BrokenLaw&) {
    return Fate::refused;
  }
  victim.save();
  return Fate::harmless;
}

/// The first event of each kind in a story, but for kinds that were found enough.
std::vector<Found> found_in(Play& play, std::map<std::string, int>& seen) {
  constexpr int kEnough = 4;
  std::vector<Found> found;
  std::set<std::string> here;
  play.run();
  State state(play.scenario());
  for (const KeptEvent& kept : play.all()) {
    const std::string kind = kind_of(kept.read());
    if (here.insert(kind).second && seen[kind] < kEnough) {
      ++seen[kind];
      found.push_back({kind, KeptEvent(kept.read()), state.save()});
    }
    apply(state, kept.read());
  }
  return found;
}

}  // namespace

TEST_CASE("A forged event of any kind is refused or harmless, and refused if about nothing") {
  std::map<std::string, int> seen;
  std::size_t refused = 0;
  for (const Story& story : stories()) {
    Play play(story);
    for (const Found& found : found_in(play, seen)) {
      capnp::MallocMessageBuilder message;
      message.setRoot(found.event.read());
      for (const Forgery& forgery : forgeries(message.getRoot<Event>())) {
        INFO(found.kind << "." << forgery.field);
        const Fate fate = fate_of(play.scenario(), found, forgery);
        refused += fate == Fate::refused ? 1U : 0U;
        if (forgery.must_fail) CHECK(fate == Fate::refused);
      }
    }
  }
  CHECK(refused > 500);
  std::set<std::string> missing;
  for (const auto field : capnp::Schema::from<Event>().getUnionFields()) {
    const std::string kind = field.getProto().getName().cStr();
    // Members that nothing makes any more keep their ordinals.
    if (!seen.contains(kind) && !kind.starts_with("obsolete")) missing.insert(kind);
  }
  CHECK(missing == std::set<std::string>());
}

}  // namespace tablekey::model::tests::hostile_kinds_test
