// A stream delivers each change once, and those of one item in their order (dynamodb.md 7.1), held
// to a list that this test keeps by itself: from what was asked, what DynamoDB's operations mean,
// and which requests were answered with success. Nothing of it comes from the stream.
#include <map>
#include <optional>
#include <set>

#include <rapidcheck/catch.h>

#include "sim/random.h"
#include "tests/model/clients/request_steps.h"
#include "tests/model/dynamodb/structure_steps.h"

namespace tablekey::model::tests::stream_changes_test {
namespace {

using events::Exception;
using events::StreamEventName;
using Iterator = events::DataCall::IteratorType;

constexpr std::uint32_t kGenerated = 6, kCollection = 2, kGiven = 9;

/// What one request asks of one item.
struct Wish {
  ItemKind kind{};
  std::uint32_t item = 0;
  std::string text;       // of a put or an update
  std::string condition;  // "", or whether the item must be there
};

struct Asked {
  std::size_t step = 0;
  std::vector<Wish> wishes;
};

struct Change {
  StreamEventName name{};
  /// Without a value where there is no such image; empty text: a generated value, not looked into.
  std::optional<std::string> before, after;
};

std::string key_of_item(std::uint32_t item) {
  if (item < kGenerated) {
    return fmt::format(R"({{"at":{{"N":"{}"}},"id":{{"S":"item-{:08}"}}}})", item % kCollection,
                       item / kCollection);
  }
  const std::uint32_t given = item - kGenerated;
  return fmt::format(R"({{"at":{{"N":"{}"}},"id":{{"S":"b{}"}}}})", given % 3, given / 3);
}

std::string value_of_item(std::uint32_t item, const std::string& text) {
  std::string value = key_of_item(item);
  value.pop_back();
  return value + fmt::format(R"(,"text":{{"S":"{}"}}}})", text);
}

bool wanted(const Wish& wish, bool there) {
  if (wish.condition.empty()) return true;
  return (wish.condition == "attribute_exists(id)") == there;
}

// ---- drawing -----------------------------------------------------------------------------------

class ChangeDrawer {
 public:
  explicit ChangeDrawer(std::uint64_t seed) : random_(seed) {}

  Story draw() {
    Story story = library(kGenerated, kCollection, 400);
    story.seed = pick(1'000'000);
    story.tables[0].stream = true;
    stream_view(story, "NEW_AND_OLD_IMAGES");
    story.set("dynamodb.partitions.max_bytes", one_of({"300", "700", "10737418240"}));
    story.set("dynamodb.partitions.split_duration", one_of({"constant(0s)", "uniform(0s, 5s)"}));
    story.set("dynamodb.structure_granularity",
              one_of({"partition", "partition", "index", "item_group(2)"}));
    story.set("dynamodb.background.ttl", one_of({"30m", "1s"}));
    story.set("dynamodb.background.retry", "20s");
    story.set("dynamodb.streams.shard_lifetime", one_of({"4h", "20s"}));
    story.set("dynamodb.rewrap_batch", one_of({"1", "64"}));
    story.step(230, kms(KmsOperation::ENABLE_KEY, 0));
    story.step(230, kms(KmsOperation::ENABLE_KEY, 1));
    double at = 5;
    for (std::uint64_t i = 0, count = 30 + pick(60); i < count && at < 220; ++i) {
      at += 0.1 + static_cast<double>(pick(30)) / 10;
      if (pick(8) == 0) {
        story.step(at, disturb());
      } else {
        ask(story, at);
      }
    }
    return story;
  }
  const std::vector<Asked>& asked() const { return asked_; }

 private:
  std::uint64_t pick(std::uint64_t count) {
    return sim::below(count, random_.draw(1, 1, ordinal_++));
  }
  std::string one_of(std::initializer_list<const char*> texts) {
    return *(texts.begin() + pick(texts.size()));
  }

  Fill disturb() {
    const auto key = static_cast<std::uint32_t>(pick(2));
    const std::uint64_t what = pick(4);
    if (what == 0) return kms(KmsOperation::DISABLE_KEY, key);
    return what == 1 ? update_table(0, key) : kms(KmsOperation::ENABLE_KEY, key);
  }

  Wish wish(std::uint32_t item, bool conditions, bool updates) {
    Wish made;
    made.item = item;
    const std::uint64_t kind = pick(5);
    made.kind = kind == 0 ? ItemKind::DELETE : ItemKind::PUT;
    // A generated value's other attributes are not this test's business.
    if (updates && kind == 1 && item >= kGenerated) made.kind = ItemKind::UPDATE;
    made.text = one_of({"a", "b", "c"}) + std::string(pick(40), 'x');
    if (conditions && pick(4) == 0) {
      made.condition = pick(2) == 0 ? "attribute_exists(id)" : "attribute_not_exists(id)";
    }
    return made;
  }

  One one_of_wish(const Wish& wish) {
    One one{.kind = wish.kind, .item = wish.item, .json = key_of_item(wish.item)};
    one.condition = wish.condition;
    if (wish.kind == ItemKind::PUT) one.json = value_of_item(wish.item, wish.text);
    if (wish.kind != ItemKind::UPDATE) return one;
    one.update = "SET #t = :t";
    one.names = {{"#t", "text"}};
    one.values = fmt::format(R"({{":t":{{"S":"{}"}}}})", wish.text);
    return one;
  }

  void ask(Story& story, double at) {
    const std::uint64_t way = pick(4);  // 0: batch, 1: transaction, else one item
    std::set<std::uint32_t> items;
    for (std::uint64_t i = 0, count = way < 2 ? 2 + pick(3) : 1; i < count; ++i) {
      items.insert(static_cast<std::uint32_t>(pick(kGenerated + kGiven)));
    }
    Asked asked;
    std::vector<One> ones;
    for (const std::uint32_t item : items) {
      asked.wishes.push_back(wish(item, way != 0, way != 0));
      ones.push_back(one_of_wish(asked.wishes.back()));
    }
    const ItemKind kind = asked.wishes.front().kind;
    const Operation operation = way == 0                   ? Operation::BATCH_WRITE_ITEM
                                : way == 1                 ? Operation::TRANSACT_WRITE_ITEMS
                                : kind == ItemKind::PUT    ? Operation::PUT_ITEM
                                : kind == ItemKind::DELETE ? Operation::DELETE_ITEM
                                                           : Operation::UPDATE_ITEM;
    asked.step = story.steps.size();
    story.step(at, request(operation, ones), pick(2) == 0 ? 0 : kNone);
    asked_.push_back(std::move(asked));
  }

  sim::Random random_;
  std::uint64_t ordinal_ = 0;
  std::vector<Asked> asked_;
};

// ---- the list ----------------------------------------------------------------------------------

/// The items as they should be, and every change that should have been.
struct Ledger {
  std::map<std::uint32_t, std::string> items;  // by item: its value; empty text: a generated one
  std::map<std::string, std::vector<Change>> changes;  // by key
  std::size_t count = 0;

  Ledger() {
    for (std::uint32_t item = 0; item < kGenerated; ++item) items[item] = "";
  }

  void note(std::uint32_t item, std::optional<std::string> after) {
    const auto found = items.find(item);
    Change change;
    if (found != items.end()) change.before = found->second;
    change.after = after;
    if (change.before == change.after) return;  // it changes nothing
    change.name = !change.before  ? StreamEventName::INSERT
                  : !change.after ? StreamEventName::REMOVE
                                  : StreamEventName::MODIFY;
    if (after) {
      items[item] = *after;
    } else {
      items.erase(item);
    }
    changes[key_of_item(item)].push_back(std::move(change));
    ++count;
  }

  void take(const Asked& asked, events::DataAnswered::Reader answer) {
    bool holds = true;
    for (const Wish& wish : asked.wishes) holds = holds && wanted(wish, items.contains(wish.item));
    // Nobody could read or write, or there was no room.
    if (answer.getKmsError() != KmsError::NONE || full(answer)) return;
    RC_ASSERT((answer.getException() == Exception::NONE) == holds);
    if (!holds) return;
    std::set<std::uint32_t> left_over;  // UnprocessedItems
    for (const std::uint32_t position : answer.getUnprocessed()) left_over.insert(position);
    for (std::uint32_t i = 0; i < asked.wishes.size(); ++i) {
      const Wish& wish = asked.wishes[i];
      if (left_over.contains(i)) continue;
      const bool removes = wish.kind == ItemKind::DELETE;
      note(wish.item, removes ? std::nullopt : std::optional(value_of_item(wish.item, wish.text)));
    }
  }

  static bool full(events::DataAnswered::Reader answer) {
    constexpr auto kFull = Exception::ITEM_COLLECTION_SIZE_LIMIT_EXCEEDED;
    bool found = answer.getException() == kFull;
    for (const auto reason : answer.getReasons()) found = found || reason.getException() == kFull;
    return found;
  }
};

// ---- the stream --------------------------------------------------------------------------------

using Records = std::map<std::string, std::vector<std::pair<StreamEventName, items::AttributeMap>>>;

/// All that a reader gets who goes through every shard, parents first, in pages of three.
Records read_stream(Play& play, std::size_t& count) {
  const State& state = play.state();
  const StreamPlace place = find_stream(state, 0, false);
  Records found;
  for (std::uint32_t shard = 0; shard < listed_shards(place).size(); ++shard) {
    StreamCursor cursor{Iterator::TRIM_HORIZON, 0, state.now()};
    for (;;) {
      const StreamPage page = stream_page(state, place, shard, cursor, 3, state.now());
      RC_ASSERT(page.exception == Exception::NONE);
      if (page.records.empty()) break;
      for (const StreamRecord* record : page.records) {
        items::AttributeMap images =
            open_stream_record(state, play.world().vault(), place, *record, state.now());
        const auto key = items::to_json(*images.find("Keys")->as<items::AttributeMap>());
        found[key].emplace_back(record->name, std::move(images));
        ++count;
      }
      cursor = {Iterator::AFTER_SEQUENCE_NUMBER, page.next, state.now()};
    }
  }
  return found;
}

void require_image(const items::AttributeMap& images, std::string_view name,
                   const std::optional<std::string>& wanted) {
  const items::AttributeValue* image = images.find(name);
  RC_ASSERT((image != nullptr) == wanted.has_value());
  if (image == nullptr || wanted->empty()) return;
  RC_ASSERT(items::to_json(*image->as<items::AttributeMap>()) == *wanted);
}

}  // namespace

TEST_CASE("a stream has what a list of all changes has, each once, and those of an item in order") {
  std::size_t changes = 0, refused = 0;
  rc::prop("drawn requests", [&] {
    ChangeDrawer drawer(*rc::gen::arbitrary<std::uint64_t>());
    const Story story = drawer.draw();
    Play play(story);
    play.run();
    Ledger ledger;
    for (const Asked& asked : drawer.asked()) {
      const auto answer = answered(play, asked.step);
      ledger.take(asked, answer);
      refused += answer.getException() != Exception::NONE ? 1U : 0U;
    }
    std::size_t delivered = 0;
    const Records records = read_stream(play, delivered);
    RC_ASSERT(delivered == ledger.count);
    RC_ASSERT(records.size() == ledger.changes.size());
    for (const auto& [key, wanted] : ledger.changes) {
      const auto found = records.find(key);
      RC_ASSERT(found != records.end());
      RC_ASSERT(found->second.size() == wanted.size());
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        RC_ASSERT(found->second[i].first == wanted[i].name);
        require_image(found->second[i].second, "OldImage", wanted[i].before);
        require_image(found->second[i].second, "NewImage", wanted[i].after);
      }
    }
    changes += ledger.count;
  });
  // Stories in which nothing happens would prove nothing.
  CHECK(changes > 500);
  CHECK(refused > 50);
}

}  // namespace tablekey::model::tests::stream_changes_test
