// Query and Scan with all their parameters, over tables and their indexes (dynamodb.md 9).
#include <set>

#include "tests/model/clients/request_steps.h"

namespace tablekey::model::tests::queries_test {
namespace {

using events::Exception;

/// Four collections of three generated items, a local index by rank and a global one by group.
Story shelves(double until = 100) {
  Story story = books(until);
  story.tables[0] = {.name = "Books",
                     .items = 12,
                     .collection = 3,
                     .range_key = true,
                     .local_indexes = {"byRank"},
                     .global_indexes = {"byGroup"}};
  story.more = [](events::Scenario::Builder scenario) {
    auto table = scenario.getTables()[0];
    const auto name = [](events::Attribute::Builder attribute, const char* what, const char* type) {
      attribute.setName(what);
      attribute.setType(type);
    };
    name(table.getLocalIndexes()[0].initHashKey(), "id", "S");
    name(table.getLocalIndexes()[0].initRangeKey(), "points", "N");
    name(table.getGlobalIndexes()[0].initHashKey(), "group", "S");
    name(table.getGlobalIndexes()[0].initRangeKey(), "at", "N");
    table.getGlobalIndexes()[0].setProjection(events::SecondaryIndex::Projection::KEYS_ONLY);
  };
  return story;
}

/// Books of `id`, at, rank, group, and a text.
std::string book(const std::string& name, int number, int rank, const std::string& group = "g") {
  return fmt::format(
      R"({{"at":{{"N":"{}"}},"group":{{"S":"{}"}},"id":{{"S":"{}"}},"points":{{"N":"{}"}},)"
      R"("text":{{"S":"x"}}}})",
      number, group, name, rank);
}
std::string keys_of(const std::string& name, int number, const std::string& group) {
  return fmt::format(R"({{"at":{{"N":"{}"}},"group":{{"S":"{}"}},"id":{{"S":"{}"}}}})", number,
                     group, name);
}

/// Puts five books of one collection, items 12 to 16, in another order than that of their keys.
void put_books(Story& story) {
  const std::array<int, 5> numbers{3, 1, 5, 2, 4};
  for (std::uint32_t i = 0; i < 5; ++i) {
    const int n = numbers[i];
    story.step(10 + i,
               request(Operation::PUT_ITEM,
                       {{ItemKind::PUT, 12 + i, book("s", n, 10 - n, n < 3 ? "low" : "high")}}),
               0);
  }
}

More with(const std::string& condition, const std::string& values, More more = {}) {
  return [=](events::DataCall::Builder call) {
    call.setKeyCondition(condition);
    call.setValues(values);
    if (more) more(call);
  };
}

const std::string kShelf = R"({":s":{"S":"s"}})";

std::string list(const std::vector<std::string>& parts) {
  std::string text = "[";
  for (const std::string& part : parts) text += (text.size() == 1 ? "" : ",") + part;
  return text + "]";
}

std::string shelf(int n) { return book("s", n, 10 - n, n < 3 ? "low" : "high"); }

}  // namespace

TEST_CASE("A query gives a collection in the order of its sort keys, forwards and backwards") {
  Story story = shelves();
  put_books(story);
  story.step(20, reading(Operation::QUERY, with("id = :s", kShelf)), 0);
  story.step(21,
             reading(Operation::QUERY,
                     with("id = :s", kShelf,
                          [](events::DataCall::Builder call) { call.setBackward(true); })),
             0);
  story.step(22,
             reading(Operation::QUERY, with("id = :s AND #a BETWEEN :x AND :y",
                                            R"({":s":{"S":"s"},":x":{"N":"2"},":y":{"N":"4"}})",
                                            [](events::DataCall::Builder call) {
                                              auto names = call.initNames(1);
                                              names[0].setName("#a");
                                              names[0].setValue("at");
                                              call.setProjection("#a");
                                            })),
             0);
  const auto play = lawful(story);
  CHECK(result_of(answered(*play, 5)) ==
        result_of(list({shelf(1), shelf(2), shelf(3), shelf(4), shelf(5)})));
  CHECK(result_of(answered(*play, 6)) ==
        result_of(list({shelf(5), shelf(4), shelf(3), shelf(2), shelf(1)})));
  CHECK(result_of(answered(*play, 7)) ==
        result_of(list({R"({"at":{"N":"2"}})", R"({"at":{"N":"3"}})", R"({"at":{"N":"4"}})"})));
}

TEST_CASE("Pages follow each other until nothing is left, and filters come after the page") {
  Story story = shelves();
  put_books(story);
  const auto page = [](std::uint32_t after, const std::string& filter = "") {
    return reading(Operation::QUERY,
                   with("id = :s", filter.empty() ? kShelf : R"({":s":{"S":"s"},":r":{"N":"7"}})",
                        [=](events::DataCall::Builder call) {
                          call.setHasLimit(true);
                          call.setLimit(2);
                          call.setStartAfterStep(after);
                          call.setFilter(filter);
                        }));
  };
  story.step(20, page(0), 0);             // 5
  story.step(21, page(6), 0);             // 6
  story.step(22, page(7), 0);             // 7
  story.step(23, page(0, "#r > :r"), 0);  // 8
  story.steps.back().fill = reading(
      Operation::QUERY,
      with("id = :s", R"({":s":{"S":"s"},":r":{"N":"8"}})", [](events::DataCall::Builder call) {
        call.setHasLimit(true);
        call.setLimit(2);
        call.setFilter("points > :r");
      }));
  const auto play = lawful(story);
  CHECK(result_of(answered(*play, 5)) == result_of(list({shelf(1), shelf(2)})));
  CHECK(answered(*play, 5).getLastItem() == 15);  // the book with at = 2
  CHECK(result_of(answered(*play, 6)) == result_of(list({shelf(3), shelf(4)})));
  CHECK(result_of(answered(*play, 7)) == result_of(list({shelf(5)})));
  CHECK(answered(*play, 7).getLastItem() == kNone);
  CHECK(answered(*play, 8).getScanned() == 2);
  CHECK(answered(*play, 8).getReturned() == 1);
}

TEST_CASE("A scan sees every item once, in parts too") {
  Story story = shelves();
  put_books(story);
  story.step(20, reading(Operation::SCAN, {}), 0);
  for (std::uint32_t segment = 0; segment < 3; ++segment) {
    story.step(21 + segment,
               reading(Operation::SCAN,
                       [=](events::DataCall::Builder call) {
                         call.setTotalSegments(3);
                         call.setSegment(segment);
                       }),
               0);
  }
  story.step(
      30, reading(Operation::SCAN, [](events::DataCall::Builder call) { call.setSelect("COUNT"); }),
      0);
  const auto play = lawful(story);
  CHECK(answered(*play, 5).getReturned() == 17);
  std::uint32_t parts = 0;
  std::set<std::uint32_t> seen;
  for (std::size_t i = 6; i < 9; ++i) {
    parts += answered(*play, i).getReturned();
    for (auto read : answered(*play, i).getReads()) seen.insert(read.getItem());
  }
  CHECK(parts == 17);
  CHECK(seen.size() == 17);
  CHECK(answered(*play, 9).getReturned() == 17);
  CHECK(answered(*play, 9).getResultHigh() == 0);
}

TEST_CASE("A local index answers in its own order, and sees a write at once") {
  Story story = shelves();
  put_books(story);
  const auto by_rank = with("id = :s", kShelf, [](events::DataCall::Builder call) {
    call.setIndex("byRank");
    call.setConsistentRead(true);
  });
  story.step(20, reading(Operation::QUERY, by_rank), 0);
  const auto play = lawful(story);
  CHECK(result_of(answered(*play, 5)) ==
        result_of(list({shelf(5), shelf(4), shelf(3), shelf(2), shelf(1)})));
  CHECK(std::string(answered(*play, 5).getCapacity()[0].getIndex()) == "byRank");
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(answered(*play, i).getChanges()[0].getLocalTag() != 0);
  }
}

TEST_CASE("A global index answers with what was propagated, and never consistently") {
  Story story = shelves();
  story.set("dynamodb.indexes.propagation", "constant(1s)");
  put_books(story);
  const auto low = [](bool consistent) {
    return with("#g = :g", R"({":g":{"S":"low"}})", [=](events::DataCall::Builder call) {
      call.setIndex("byGroup");
      call.setConsistentRead(consistent);
      auto names = call.initNames(1);
      names[0].setName("#g");
      names[0].setValue("group");
    });
  };
  story.step(13.5, reading(Operation::QUERY, low(false)), 0);  // the book of 13 s is not yet there
  story.step(30, reading(Operation::QUERY, low(false)), 0);
  story.step(31, reading(Operation::QUERY, low(true)), 0);
  const auto play = lawful(story);
  CHECK(result_of(answered(*play, 5)) == result_of(list({keys_of("s", 1, "low")})));
  CHECK(result_of(answered(*play, 6)) ==
        result_of(list({keys_of("s", 1, "low"), keys_of("s", 2, "low")})));
  CHECK(answered(*play, 7).getException() == Exception::VALIDATION);
}

TEST_CASE("Generated items move in a global index as they are written again") {
  Story story = shelves(400);
  WorkloadSpec writer{.name = "writer", .connections = 1};
  writer.stages = {{1e6, 2, 2}};
  writer.operations = {{Operation::PUT_ITEM, 1'000'000}};
  writer.stops = 300;
  story.workloads.push_back(writer);
  const auto scan = [](events::DataCall::Builder call) { call.setIndex("byGroup"); };
  story.step(10, reading(Operation::SCAN, scan), 0);
  story.step(390, reading(Operation::SCAN, scan), 0);
  const auto play = lawful(story);
  CHECK(answered(*play, 0).getReturned() == 12);
  CHECK(answered(*play, 1).getReturned() == 12);
}

TEST_CASE("Parameters of a query that contradict each other are refused") {
  Story story = shelves();
  const auto bad = [&](More more) {
    story.step(20, reading(Operation::QUERY, with("id = :s", kShelf, std::move(more))), 0);
  };
  using Call = events::DataCall::Builder;
  bad([](Call call) { call.setIndex("none"); });
  bad([](Call call) { call.setSelect("SPECIFIC_ATTRIBUTES"); });
  bad([](Call call) { call.setSelect("ALL_PROJECTED_ATTRIBUTES"); });
  bad([](Call call) {
    call.setHasLimit(true);
    call.setLimit(0);
  });
  bad([](Call call) { call.setFilter("id = :s"); });
  bad([](Call call) { call.setKeyCondition("points = :s"); });
  bad([](Call call) {
    call.setTotalSegments(2);
    call.setSegment(2);
  });
  const auto play = lawful(story);
  for (std::size_t i = 0; i < story.steps.size(); ++i) {
    CHECK(answered(*play, i).getException() == Exception::VALIDATION);
  }
  CHECK(play->of(Event::TABLE_KEY_REQUESTED).empty());
}

}  // namespace tablekey::model::tests::queries_test
