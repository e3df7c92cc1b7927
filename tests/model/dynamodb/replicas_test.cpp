// Global tables: writes travel from replica to replica, each replica seals them under its own key,
// and the last writer wins (dynamodb.md 7.2).
#include "tests/model/dynamodb/replica_steps.h"

namespace tablekey::model::tests::replicas_test {
namespace {

std::string book(std::string_view id, std::string_view title) {
  return fmt::format(R"({{"id":{{"S":"{}"}},"title":{{"S":"{}"}}}})", id, title);
}
std::string key_of(std::string_view id) { return fmt::format(R"({{"id":{{"S":"{}"}}}})", id); }

/// The changes that arrived at a table, as (version, whether it is a deletion).
std::vector<std::pair<std::uint32_t, bool>> arrivals_at(const Play& play, std::uint32_t table) {
  std::vector<std::pair<std::uint32_t, bool>> found;
  for (const KeptEvent* kept : play.of(Event::ITEMS_REPLICATED)) {
    const auto event = kept->read().getItemsReplicated();
    if (event.getTable() != table) continue;
    for (const auto change : event.getChanges()) {
      found.emplace_back(change.getVersion(), change.getDeleted());
    }
  }
  return found;
}

std::uint32_t passed(const Play& play) {
  std::uint32_t count = 0;
  for (const KeptEvent* kept : play.of(Event::ITEMS_REPLICATED)) {
    count += kept->read().getItemsReplicated().getPassed();
  }
  return count;
}

TEST_CASE("replicas from the start have the same items, each under its own key") {
  const auto play = lawful(global_books(3, true));
  for (const std::uint32_t table : {0U, 1U, 2U}) {
    CHECK(contents(*play, table) == contents(*play, 0));
    CHECK(play->state().tables[table].keys.front().key == table);
    CHECK(play->state().tables[table].detail->replica_status == events::ReplicaStatus::ACTIVE);
  }
  CHECK(contents(*play, 0).front() != contents(*play, 0).back());
}

TEST_CASE("a write reaches the other replicas after its latency and is sealed under their keys") {
  Story story = global_books(3, true);
  story.step(20, data(Operation::PUT_ITEM, 0, 4, book("b", "Emma")), 0);
  const auto play = lawful(story);
  std::vector<double> when;
  for (const KeptEvent* kept : play->of(Event::ITEMS_REPLICATED)) {
    const auto event = kept->read().getItemsReplicated();
    if (event.getChanges().size() == 0) continue;
    CHECK(event.getSource() == 0);
    when.push_back(kept->seconds());
  }
  REQUIRE(when.size() == 2);
  const double written = play->of(Event::ITEM_WRITTEN)[0]->seconds();
  for (const double at : when) {
    CHECK(at >= written + 1);
    CHECK(at < written + 1.1);  // and no longer than asking for both keys takes
  }
  CHECK(value_at(*play, 1, 4) == value_at(*play, 0, 4));
  CHECK(value_at(*play, 2, 4) == value_at(*play, 0, 4));
  const State& state = play->state();
  CHECK(state.item(1, 4).tag_high != state.item(0, 4).tag_high);
  CHECK(state.item(2, 4).tag_high != state.item(1, 4).tag_high);
  // What came from a replica goes to no other, and not back.
  CHECK(arrivals_at(*play, 0).empty());
  CHECK(arrivals_at(*play, 1).size() == 1);
}

TEST_CASE("of two writes the later one wins everywhere, whatever came first where") {
  Story story = global_books(2, true);
  story.step(20, data(Operation::PUT_ITEM, 0, 4, book("b", "Emma")), 0);
  story.step(20.5, data(Operation::PUT_ITEM, 1, 4, book("b", "Persuasion")), 0);
  const auto play = lawful(story);
  CHECK(value_at(*play, 0, 4) == value_at(*play, 1, 4));
  CHECK(play->state().item(0, 4).version == 2);
  CHECK(play->state().item(1, 4).version == 1);  // the earlier one changed nothing there
  CHECK(passed(*play) == 1);
}

TEST_CASE("of two writes at one time that of the table with the higher number wins") {
  Story story = global_books(2, true);
  story.set("dynamodb.request_latency", "constant(0s)");
  story.step(19, data(Operation::GET_ITEM, 0, 1), 0);  // both connections have their table's key
  story.step(19, data(Operation::GET_ITEM, 1, 1), 0);
  story.step(20, data(Operation::PUT_ITEM, 1, 4, book("b", "Persuasion")), 0);
  story.step(20, data(Operation::PUT_ITEM, 0, 4, book("b", "Emma")), 0);
  const auto play = lawful(story);
  CHECK(value_at(*play, 0, 4) == value_at(*play, 1, 4));
  CHECK(play->state().item(1, 4).version == 1);
  CHECK(play->state().item(0, 4).version == 2);
}

TEST_CASE("a deletion replicates and an earlier write does not bring the item back") {
  Story story = global_books(2, true);
  story.step(20, data(Operation::PUT_ITEM, 0, 4, book("b", "Emma")), 0);
  story.step(25, data(Operation::PUT_ITEM, 1, 4, book("b", "Persuasion")), 0);
  story.step(25.4, data(Operation::DELETE_ITEM, 0, 4, key_of("b")), 0);
  const auto play = lawful(story);
  CHECK(play->state().item(0, 4).version == 0);
  CHECK(play->state().item(1, 4).version == 0);
  const auto arrived = arrivals_at(*play, 1);
  REQUIRE(arrived.size() == 2);
  CHECK(arrived[1] == std::pair(3U, true));
}

TEST_CASE("a generated value stays the value its writer made though each replica counts its own") {
  Story story = global_books(2, true);
  for (const std::uint32_t table : {0U, 1U}) {
    WorkloadSpec writer;
    writer.name = fmt::format("writer-{}", table);
    writer.table = table;
    writer.stages = {{100, 3, 3}};
    writer.operations = {{Operation::PUT_ITEM, 800'000}, {Operation::DELETE_ITEM, 200'000}};
    writer.poisson = true;
    writer.requests = 40;
    story.workloads.push_back(writer);
  }
  const auto play = lawful(story);
  CHECK(contents(*play, 0) == contents(*play, 1));
  CHECK(passed(*play) > 0);
  bool apart = false;
  for (std::uint32_t item = 0; item < 4; ++item) {
    apart = apart || play->state().item(0, item).version != play->state().item(1, item).version;
  }
  CHECK(apart);
}

TEST_CASE("a replica whose key is lost receives nothing while the others go on") {
  Story story = global_books(3, true);
  story.until = 2400;
  story.set("dynamodb.background.retry", "60s");
  story.step(20, data(Operation::PUT_ITEM, 0, 4, book("b", "Emma")), 0);
  story.step(30, regional_kms(KmsOperation::DISABLE_KEY, 1));
  // The service's copy of the table key serves for half an hour.
  story.step(600, data(Operation::PUT_ITEM, 0, 4, book("b", "Persuasion")), 0);
  story.step(2000, data(Operation::PUT_ITEM, 0, 4, book("b", "Sanditon")), 0);
  story.step(2200, regional_kms(KmsOperation::ENABLE_KEY, 1));
  Play lost(story);
  lost.run_to(1990);
  CHECK(value_at(lost, 1, 4) == value_at(lost, 0, 4));
  lost.run_to(2190);
  CHECK(value_at(lost, 1, 4) != value_at(lost, 0, 4));
  CHECK(value_at(lost, 2, 4) == value_at(lost, 0, 4));
  const ReplicationQueue* waiting = replication_queue(lost.state(), 1, 0);
  REQUIRE(waiting != nullptr);
  CHECK(waiting->changes.size() == 1);
  const auto play = lawful(story);
  CHECK(value_at(*play, 1, 4) == value_at(*play, 0, 4));
}

TEST_CASE("a replica is asked for no key more often than one copy of it serves") {
  Story story = global_books(2, true);
  for (int i = 0; i < 20; ++i) {
    story.step(20 + i * 2, data(Operation::PUT_ITEM, 0, 4, book("b", std::to_string(i))), 0);
  }
  const auto play = lawful(story);
  std::size_t asked = 0;
  for (const KeptEvent* kept : play->of(Event::SERVICE_KEY_REQUESTED)) {
    const auto event = kept->read().getServiceKeyRequested();
    CHECK(event.getJob() == events::ServiceJob::REPLICATION);
    ++asked;
  }
  CHECK(asked == 2);  // one for each end
  CHECK(arrivals_at(*play, 1).size() == 20);
}

TEST_CASE("replicas refuse customer managed keys in the era of the seed") {
  Story story = global_books(2, true);
  story.set("dynamodb.global_tables.customer_keys", "false");
  const auto play = lawful(story);
  const auto refused = play->of(Event::TABLE_REQUEST_REFUSED);
  REQUIRE(refused.size() == 1);
  const auto event = refused[0]->read().getTableRequestRefused();
  CHECK(event.getTable() == 1);
  CHECK(event.getException() == events::Exception::VALIDATION);
  CHECK(std::string(event.getMessage()).find("You cannot use a customer managed CMK") !=
        std::string::npos);
}

}  // namespace
}  // namespace tablekey::model::tests::replicas_test
