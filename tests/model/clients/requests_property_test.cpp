// Random sequences of all operations on random tables, with keys that are lost and come back,
// against a plain map: what was written is read back exactly, or refused for a lawful reason. And a
// run may be folded, or go on from any state that was written down (lawful_run.h).
#include <rapidcheck/catch.h>

#include <map>
#include <set>

#include "model/dynamodb/items/ordered_key.h"
#include "sim/random.h"
#include "tests/model/clients/request_steps.h"

namespace tablekey::model::tests::requests_property_test {
namespace {

constexpr std::uint32_t kItems = 12, kCollection = 3, kNames = 6;

/// What the story does with one item, in a form that a map can do too.
struct Act {
  ItemKind kind = ItemKind::GET;
  std::uint32_t table = 0, item = 0;
  int number = 0;
  int condition = 0;  // 0: none, 1: the item exists, 2: it does not, 3: n is below 50
};
struct Deed {
  Operation operation{};
  std::vector<Act> acts;
  std::size_t step = 0;
  std::uint32_t partition = 0;  // of a query: whose collection
};

std::string key_json(std::uint32_t item) {
  const bool given = item >= kItems;
  const std::string name = given ? fmt::format("name-{}", (item - kItems) % 2)
                                 : fmt::format("item-{:08}", item / kCollection);
  const std::uint32_t at = given ? 100 + (item - kItems) / 2 : item % kCollection;
  return fmt::format(R"({{"at":{{"N":"{}"}},"id":{{"S":"{}"}}}})", at, name);
}

items::AttributeMap key_map(std::uint32_t item) {
  return items::parse_item(key_json(item)).value();
}

items::AttributeMap value_map(const Act& act) {
  items::AttributeMap value = key_map(act.item);
  value.set("n", items::AttributeValue::number(act.number));
  value.set("text", std::string(static_cast<std::size_t>(act.number), 'x'));
  return value;
}

class DeedDrawer {
 public:
  explicit DeedDrawer(std::uint64_t seed) : random_(seed) {}

  Story draw() {
    Story story = books(120);
    story.seed = pick(1000);
    story.keys.push_back({});
    for (std::uint32_t table = 0; table < 2; ++table) {
      story.tables.resize(2);
      story.tables[table] = {.name = "Table" + std::to_string(table),
                             .key = table,
                             .items = kItems,
                             .item_size = 30 + 40 * static_cast<std::uint32_t>(pick(5)),
                             .collection = kCollection,
                             .range_key = true};
    }
    add_indexes(story);
    story.set("table_key_cache.policy", "fixed-connection");
    story.set("table_key_cache.ttl", chance(2) ? "1s" : "10s");
    story.set("dynamodb.batch_key_failure", chance(2) ? "whole_call" : "unprocessed");
    WorkloadSpec writer{.name = "writer", .table = static_cast<std::uint32_t>(pick(2))};
    writer.stages = {{1e6, 0.5, 0.5}};
    writer.operations = {{Operation::PUT_ITEM, 300'000},
                         {Operation::UPDATE_ITEM, 200'000},
                         {Operation::DELETE_ITEM, 200'000},
                         {Operation::TRANSACT_WRITE_ITEMS, 300'000}};
    story.workloads.push_back(writer);
    double at = 8;
    for (int i = 0; i < 60; ++i) {
      at += static_cast<double>(pick(2000)) / 1000;
      if (chance(6)) {
        draw_fault(story, at);
      } else {
        draw_deed(story, at);
      }
    }
    return story;
  }
  const std::vector<Deed>& deeds() const { return deeds_; }

 private:
  std::uint64_t pick(std::uint64_t count) {
    return sim::below(count, random_.draw(1, 1, ordinal_++));
  }
  bool chance(std::uint64_t one_in) { return pick(one_in) == 0; }

  /// The first table has an index of each kind and a stream: they follow what is written.
  static void add_indexes(Story& story) {
    story.tables[0].local_indexes = {"byN"};
    story.tables[0].global_indexes = {"acrossN"};
    story.tables[0].stream = true;
    story.more = [](events::Scenario::Builder scenario) {
      const auto name = [](events::Attribute::Builder attribute, const char* what,
                           const char* type) {
        attribute.setName(what);
        attribute.setType(type);
      };
      auto table = scenario.getTables()[0];
      table.setStreamView("NEW_AND_OLD_IMAGES");
      name(table.getLocalIndexes()[0].initHashKey(), "id", "S");
      name(table.getLocalIndexes()[0].initRangeKey(), "n", "N");
      name(table.getGlobalIndexes()[0].initHashKey(), "n", "N");
      name(table.getGlobalIndexes()[0].initRangeKey(), "id", "S");
    };
  }

  void draw_fault(Story& story, double at) {
    const auto key = static_cast<std::uint32_t>(pick(2));
    switch (pick(5)) {
      case 0:
        return void(story.step(at, kms(KmsKind::DISABLE_KEY, key)));
      case 1:
        return void(story.step(at, kms(KmsKind::REVOKE_GRANT, kNone, key)));
      case 2:
        return void(story.step(
            at, kms(KmsKind::PUT_KEY_POLICY, key, kNone, policy_for({user_arn("somebody-else")}))));
      case 3:
        return void(story.step(
            at, kms(KmsKind::PUT_KEY_POLICY, key, kNone, policy_for({user_arn("db-lead")}))));
      default:
        return void(story.step(at, kms(KmsKind::ENABLE_KEY, key)));
    }
  }

  Act draw_act(ItemKind kind) {
    Act act;
    act.kind = kind;
    act.table = static_cast<std::uint32_t>(pick(2));
    act.item = static_cast<std::uint32_t>(pick(kItems + kNames));
    act.number = static_cast<int>(pick(100));
    const bool writes = kind != ItemKind::GET;
    if (writes && conditions_) act.condition = static_cast<int>(pick(4));
    if (kind == ItemKind::CONDITION_CHECK && act.condition == 0) act.condition = 1;
    return act;
  }

  void draw_deed(Story& story, double at) {
    static constexpr std::array kOperations{Operation::GET_ITEM,
                                            Operation::PUT_ITEM,
                                            Operation::UPDATE_ITEM,
                                            Operation::DELETE_ITEM,
                                            Operation::QUERY,
                                            Operation::SCAN,
                                            Operation::BATCH_GET_ITEM,
                                            Operation::BATCH_WRITE_ITEM,
                                            Operation::TRANSACT_GET_ITEMS,
                                            Operation::TRANSACT_WRITE_ITEMS};
    Deed deed;
    deed.operation = kOperations[pick(kOperations.size())];
    deed.step = story.steps.size();
    if (deed.operation == Operation::QUERY || deed.operation == Operation::SCAN) {
      draw_reading(story, at, deed);
    } else {
      draw_acts(deed);
      std::vector<One> items;
      for (const Act& act : deed.acts) items.push_back(one_of(act));
      story.step(at, request(deed.operation, items), 0);
    }
    deeds_.push_back(deed);
  }

  void draw_reading(Story& story, double at, Deed& deed) {
    deed.acts.push_back(draw_act(ItemKind::GET));
    deed.acts[0].item = static_cast<std::uint32_t>(pick(kItems));
    const Act act = deed.acts[0];
    const std::string partition = id(fmt::format("item-{:08}", act.item / kCollection));
    story.step(at,
               reading(deed.operation,
                       [=](events::DataCall::Builder call) {
                         call.setTable(act.table);
                         if (call.getOperation() == Operation::QUERY)
                           call.setPartitionKey(partition);
                       }),
               0);
  }

  void draw_acts(Deed& deed) {
    const bool batch = deed.operation >= Operation::BATCH_GET_ITEM;
    conditions_ = deed.operation != Operation::BATCH_WRITE_ITEM;
    const std::uint64_t count = batch ? 1 + pick(5) : 1;
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    for (std::uint64_t i = 0; i < count; ++i) {
      const Act act = draw_act(kind_for(deed.operation));
      if (seen.emplace(act.table, act.item).second) deed.acts.push_back(act);
    }
  }

  ItemKind kind_for(Operation operation) {
    switch (operation) {
      case Operation::PUT_ITEM:
        return ItemKind::PUT;
      case Operation::UPDATE_ITEM:
        return ItemKind::UPDATE;
      case Operation::DELETE_ITEM:
        return ItemKind::DELETE;
      case Operation::BATCH_WRITE_ITEM:
        return chance(2) ? ItemKind::PUT : ItemKind::DELETE;
      case Operation::TRANSACT_WRITE_ITEMS:
        return std::array{ItemKind::PUT, ItemKind::UPDATE, ItemKind::DELETE,
                          ItemKind::CONDITION_CHECK}[pick(4)];
      default:
        return ItemKind::GET;
    }
  }

  static One one_of(const Act& act) {
    One one{act.kind, act.item, key_json(act.item)};
    one.table = act.table;
    if (act.kind == ItemKind::PUT) one.json = items::to_json(value_map(act));
    std::string values;
    if (act.kind == ItemKind::UPDATE) {
      one.update = "SET n = :n";
      values = fmt::format(R"(":n":{{"N":"{}"}})", act.number);
    }
    static const std::array<std::string, 4> kConditions{"", "attribute_exists(id)",
                                                        "attribute_not_exists(id)", "n < :half"};
    one.condition = kConditions[static_cast<std::size_t>(act.condition)];
    if (act.condition == 3)
      values += std::string(values.empty() ? "" : ",") + R"(":half":{"N":"50"})";
    if (!values.empty()) one.values = "{" + values + "}";
    return one;
  }

  sim::Random random_;
  std::uint64_t ordinal_ = 0;
  bool conditions_ = true;
  std::vector<Deed> deeds_;
};

/// The plain map.
class Shadow {
 public:
  using Table = std::map<std::uint32_t, items::AttributeMap>;

  explicit Shadow(Play& play) : play_(play) {
    for (std::uint32_t table = 0; table < 2; ++table) {
      for (std::uint32_t item = 0; item < kItems; ++item) {
        tables_[table][item] = generated(table, item, 1);
      }
    }
  }

  /// What a workload wrote.
  void generated_write(std::uint32_t table, std::uint32_t item, std::uint32_t version,
                       bool deleted) {
    if (deleted) {
      tables_[table].erase(item);
    } else {
      tables_[table][item] = generated(table, item, version);
    }
  }

  bool holds(const Act& act) const {
    const auto& table = tables_.at(act.table);
    const auto found = table.find(act.item);
    if (act.condition == 1) return found != table.end();
    if (act.condition == 2) return found == table.end();
    if (act.condition != 3 || found == table.end()) return act.condition == 0;
    const items::AttributeValue* n = found->second.find("n");
    return n != nullptr && *n->as<items::Number>() < items::Number::of(50);
  }
  void write(const Act& act) {
    auto& table = tables_[act.table];
    if (act.kind == ItemKind::PUT) table[act.item] = value_map(act);
    if (act.kind == ItemKind::DELETE) table.erase(act.item);
    if (act.kind != ItemKind::UPDATE) return;
    const auto found = table.try_emplace(act.item, key_map(act.item)).first;
    found->second.set("n", items::AttributeValue::number(act.number));
  }
  std::string text(std::uint32_t table, std::uint32_t item) const {
    const auto found = tables_.at(table).find(item);
    return found == tables_.at(table).end() ? "" : items::to_json(found->second);
  }
  /// A page of everything, or of one collection, in the order of the key space.
  std::string page(std::uint32_t table, std::optional<std::uint32_t> collection) const {
    std::map<std::pair<std::uint64_t, std::string>, std::string> ordered;
    for (const auto& [item, value] : tables_.at(table)) {
      if (collection && item / kCollection != *collection) continue;
      const items::AttributeMap key = key_map(item);
      ordered[{partition_hash(*key.find("id")), items::ordered(*key.find("at"))}] =
          items::to_json(value);
    }
    std::string text = "[";
    for (const auto& [place, value] : ordered) text += (text.size() == 1 ? "" : ",") + value;
    return text + "]";
  }
  const std::map<std::uint32_t, Table>& tables() const { return tables_; }

 private:
  items::AttributeMap generated(std::uint32_t table, std::uint32_t item, std::uint32_t version) {
    const Origin& origin = play_.state().origins[play_.state().tables[table].origin];
    const auto bytes =
        play_.world().vault().generated(play_.state(), table, {origin, item, version, {}});
    return item_of(bytes.bytes());
  }
  Play& play_;
  std::map<std::uint32_t, Table> tables_;
};

bool unprocessed(events::DataAnswered::Reader answer, std::uint32_t position) {
  for (const std::uint32_t left : answer.getUnprocessed()) {
    if (left == position) return true;
  }
  return false;
}

/// A refusal has its reason: a condition that does not hold, or KMS's word.
void check_refusal(const Shadow& shadow, const Deed& deed, events::DataAnswered::Reader answer) {
  RC_ASSERT(answer.getChanges().size() == 0U);
  if (answer.getKmsError() != KmsError::NONE) {
    RC_ASSERT(answer.getKmsError() == KmsError::DISABLED ||
              answer.getKmsError() == KmsError::ACCESS_DENIED);
    return;
  }
  bool all = true;
  for (const Act& act : deed.acts) all = all && shadow.holds(act);
  RC_ASSERT(!all);
}

std::string expected_list(const Shadow& shadow, const Deed& deed,
                          events::DataAnswered::Reader answer) {
  std::string text = "[";
  for (std::uint32_t i = 0; i < deed.acts.size(); ++i) {
    if (unprocessed(answer, i)) continue;
    const std::string one = shadow.text(deed.acts[i].table, deed.acts[i].item);
    text += (text.size() == 1 ? "" : ",") + (one.empty() ? "null" : one);
  }
  return text + "]";
}

void check_done(Shadow& shadow, const Deed& deed, events::DataAnswered::Reader answer) {
  const Act& first = deed.acts.front();
  switch (deed.operation) {
    case Operation::GET_ITEM: {
      const std::string text = shadow.text(first.table, first.item);
      RC_ASSERT((answer.getReturned() == 1) == !text.empty());
      if (!text.empty()) RC_ASSERT(result_of(answer) == result_of(text));
      return;
    }
    case Operation::QUERY:
      RC_ASSERT(result_of(answer) == result_of(shadow.page(first.table, first.item / kCollection)));
      return;
    case Operation::SCAN:
      RC_ASSERT(result_of(answer) == result_of(shadow.page(first.table, std::nullopt)));
      return;
    case Operation::BATCH_GET_ITEM:
    case Operation::TRANSACT_GET_ITEMS:
      RC_ASSERT(result_of(answer) == result_of(expected_list(shadow, deed, answer)));
      return;
    default:
      for (std::uint32_t i = 0; i < deed.acts.size(); ++i) {
        RC_ASSERT(deed.operation == Operation::BATCH_WRITE_ITEM || shadow.holds(deed.acts[i]));
      }
      for (std::uint32_t i = 0; i < deed.acts.size(); ++i) {
        if (!unprocessed(answer, i)) shadow.write(deed.acts[i]);
      }
  }
}

void follow(Shadow& shadow, const DeedDrawer& drawer, Event::Reader event) {
  if (event.isItemWritten()) {
    const auto written = event.getItemWritten();
    return shadow.generated_write(written.getTable(), written.getItem(), written.getVersion(),
                                  written.getDeleted());
  }
  if (!event.isDataAnswered()) return;
  const auto answer = event.getDataAnswered();
  if (answer.getStep() == 0) {
    for (auto change : answer.getChanges()) {
      shadow.generated_write(change.getTable(), change.getItem(), change.getVersion(),
                             change.getDeleted());
    }
    return;
  }
  for (const Deed& deed : drawer.deeds()) {
    if (deed.step + 1 != answer.getStep()) continue;
    const bool done = answer.getException() == events::Exception::NONE;
    return done ? check_done(shadow, deed, answer) : check_refusal(shadow, deed, answer);
  }
}

}  // namespace

TEST_CASE("What was written is read back exactly or refused for a lawful reason") {
  std::size_t done = 0, refused = 0;
  rc::prop("against a plain map", [&] {
    DeedDrawer drawer(*rc::gen::arbitrary<std::uint64_t>());
    const Story story = drawer.draw();
    const auto play = lawful(story);
    Shadow shadow(*play);
    for (const KeptEvent& event : play->all()) follow(shadow, drawer, event.read());
    for (const auto& [table, items] : shadow.tables()) {
      for (std::uint32_t item = 0; item < kItems + kNames; ++item) {
        RC_ASSERT(present(*play, table, item) == shadow.text(table, item));
        const auto value = items.find(item);
        if (table != 0 || value == items.end() || !value->second.contains("n")) continue;
        const auto entry = play->world().vault().open_local_entry(play->state(), table, 0, item,
                                                                  play->state().now());
        RC_ASSERT(item_of(entry.bytes()) == value->second);
      }
    }
    bool lost = false;
    for (const KeptEvent* event : play->of(Event::DATA_ANSWERED)) {
      const auto answer = event->read().getDataAnswered();
      ++(answer.getException() == events::Exception::NONE ? done : refused);
      lost = lost || answer.getKmsError() != KmsError::NONE;
    }
    RC_CLASSIFY(lost, "a key was lost");
  });
  CHECK(done > refused);
  CHECK(refused > 0);
}

TEST_CASE("Without a fault no request is refused but for its conditions") {
  rc::prop("no reason without a fault", [] {
    DeedDrawer drawer(*rc::gen::arbitrary<std::uint64_t>());
    Story story = drawer.draw();
    for (StepSpec& step : story.steps) {
      if (step.caller == kNone) step.fill = kms(KmsKind::DESCRIBE_KEY, 0);
    }
    Play play(story);
    play.run();
    for (const KeptEvent* event : play.of(Event::DATA_ANSWERED)) {
      RC_ASSERT(event->read().getDataAnswered().getKmsError() == KmsError::NONE);
      RC_ASSERT(event->read().getDataAnswered().getUnprocessed().size() == 0U);
    }
  });
}

}  // namespace tablekey::model::tests::requests_property_test
