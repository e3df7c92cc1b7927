// Goal: every name that a person may write finds what it stands for, and no other does.
#include "replay/names.h"

#include <catch2/catch.hpp>

#include "tests/support/small_scenario.h"

namespace names_test {

namespace {

using namespace tablekey;

std::unique_ptr<model::ScenarioView> copies(std::uint32_t count) {
  test::SmallScenario scenario;
  scenario.change([=](events::Scenario::Builder built) { built.getTables()[0].setCopies(count); });
  scenario.kms_step(sim::Duration::seconds(5), "again", events::KmsOperation::ENABLE_KEY);
  scenario.kms_step(sim::Duration::seconds(1), "again", events::KmsOperation::ENABLE_KEY);
  return scenario.view();
}

TEST_CASE("a table is found by its name, its logical id and the number of a copy") {
  const auto view = copies(3);
  for (const char* name : {"Books", "BooksTable"}) {
    const auto all = replay::find_tables(*view, name);
    REQUIRE(all);
    CHECK(all->first == 0);
    CHECK(all->end == 3);
  }
  const auto second = replay::find_tables(*view, "Books-1");
  REQUIRE(second);
  CHECK(second->contains(1));
  CHECK_FALSE(second->contains(0));
  CHECK_FALSE(second->contains(2));
  for (const char* wrong : {"Books-3", "Books-", "Books-1x", "books", "Boo", ""}) {
    CHECK_FALSE(replay::find_tables(*view, wrong));
  }
}

TEST_CASE("a single table has no numbered copies") {
  CHECK_FALSE(replay::find_tables(*copies(1), "Books-0"));
}

TEST_CASE("a key is found by logical id, key id, ARN and alias") {
  const auto view = copies(1);
  const std::string id(test::kKeyId);
  for (const std::string& name :
       {std::string("BooksKey"), id, "arn:aws:kms:us-west-2:111122223333:key/" + id,
        std::string("alias/books")}) {
    CHECK(replay::find_key(*view, name) == 0U);
  }
  CHECK_FALSE(replay::find_key(*view, "alias/other"));
}

TEST_CASE("workloads, principals and steps are found by what the scenario calls them") {
  const auto view = copies(1);
  CHECK(replay::find_workload(*view, "web") == 0U);
  CHECK_FALSE(replay::find_workload(*view, "batch"));
  CHECK(replay::find_principal(*view, "Admin") == 0U);
  CHECK(replay::find_principal(*view, "arn:aws:iam::111122223333:role/Admin") == 0U);
  CHECK(replay::find_step(*view, "again") == 0U);  // the first in the file, not in time
  CHECK_FALSE(replay::find_step(*view, "never"));
}

}  // namespace

}  // namespace names_test
