// The control plane of global tables: how replicas come and go (dynamodb.md 7.2, 10.1).
#include "model/dynamodb/control.h"
#include "model/dynamodb/errors.h"
#include "tests/model/dynamodb/replica_steps.h"

namespace tablekey::model::tests::global_tables_test {
namespace {

using events::Exception;
using events::ReplicaStatus;
using events::TableStatus;

std::string book(std::string_view id, std::string_view title) {
  return fmt::format(R"({{"id":{{"S":"{}"}},"title":{{"S":"{}"}}}})", id, title);
}

/// What the control plane control_answered to a step.
struct Answered {
  Exception exception = Exception::NONE;
  std::string message;
};

Answered control_answered(const Play& play, std::uint32_t step) {
  for (const KeptEvent& kept : play.all()) {
    const auto event = kept.read();
    if (event.isControlAnswered() && event.getControlAnswered().getStep() == step + 1) {
      return {event.getControlAnswered().getException(), event.getControlAnswered().getMessage()};
    }
    if (event.isTableRequestRefused() && event.getTableRequestRefused().getStep() == step + 1) {
      return {event.getTableRequestRefused().getException(),
              dynamodb::table_message(play.state(), event.getTableRequestRefused())};
    }
  }
  return {};
}

/// The message of the only step's refusal, which is a ValidationException.
std::string refused_with(const Story& story) {
  const auto play = lawful(story);
  const Answered answer = control_answered(*play, 0);
  CHECK(answer.exception == Exception::VALIDATION);
  for (const ReplicaGroup& group : play->state().groups) CHECK(group.tables.empty());
  return answer.message;
}

Story creating(std::optional<std::uint32_t> key = 1) {
  Story story = global_books(2, false);
  story.step(10, replica_update(0, ReplicaKind::CREATE, 1, key), 0);
  return story;
}

// ---- version 2019.11.21: a replica comes
// -----------------------------------------------------------

TEST_CASE("UpdateTable makes a replica in another Region, as a table is created there") {
  Story story = creating();
  story.step(5, data(Operation::PUT_ITEM, 0, 4, book("b", "Emma")), 0);
  story.step(6, data(Operation::DELETE_ITEM, 0, 2, R"({"id":{"S":"x"}})"), 0);
  story.step(15, data(Operation::PUT_ITEM, 0, 5, book("c", "Persuasion")), 0);
  Play making(story);
  making.run_to(16);
  CHECK(dynamodb::shown_status(making.state(), 0) == TableStatus::UPDATING);
  CHECK(dynamodb::shown_status(making.state(), 1) == TableStatus::CREATING);
  CHECK(replica_status_of(making, 1) == ReplicaStatus::CREATING);
  const auto play = lawful(story);
  CHECK(dynamodb::shown_status(play->state(), 0) == TableStatus::ACTIVE);
  CHECK(replica_status_of(*play, 0) == ReplicaStatus::ACTIVE);
  CHECK(replica_status_of(*play, 1) == ReplicaStatus::ACTIVE);
  CHECK(play->state().groups[0].tables == std::vector<std::uint32_t>{0, 1});
  CHECK(contents(*play, 1) == contents(*play, 0));
  CHECK(value_at(*play, 1, 2).empty());
  // KMS is asked in the replica's Region, by whoever wants it, and then used by the service.
  std::vector<KmsOperation> calls;
  for (const KeptEvent* kept : play->of(Event::KMS_ANSWERED)) {
    const auto answer = kept->read().getKmsAnswered();
    if (answer.getKey() == 1 && calls.size() < 4) calls.push_back(answer.getOperation());
  }
  CHECK(calls == std::vector{KmsOperation::DESCRIBE_KEY, KmsOperation::CREATE_GRANT,
                             KmsOperation::CREATE_GRANT, KmsOperation::GENERATE_DATA_KEY});
  const double began = play->of(Event::TABLE_CREATION_STARTED)[1]->seconds();
  CHECK(play->of(Event::TABLE_ACTIVATED)[1]->seconds() == Approx(began + 20));
}

TEST_CASE("a third replica hears of writes that its model had not seen itself") {
  Story story = global_books(3, false);
  story.set("dynamodb.global_tables.replication_latency", "constant(10s)");
  story.set("dynamodb.global_tables.replica_create", "constant(2s)");
  story.until = 200;
  story.step(10, replica_update(0, ReplicaKind::CREATE, 1, 1), 0);
  story.step(20, data(Operation::PUT_ITEM, 1, 4, book("b", "Emma")), 0);
  story.step(25, replica_update(0, ReplicaKind::CREATE, 2, 2), 0);
  story.step(26, data(Operation::PUT_ITEM, 1, 5, book("c", "Persuasion")), 0);
  const auto play = lawful(story);
  REQUIRE(replica_status_of(*play, 2) == ReplicaStatus::ACTIVE);
  CHECK(contents(*play, 0) == contents(*play, 1));
  CHECK(contents(*play, 0) == contents(*play, 2));
  CHECK(!value_at(*play, 2, 4).empty());
}

// ---- what is refused
// -------------------------------------------------------------------------------

TEST_CASE("a replica of a table under a customer key needs a key in its own Region") {
  CHECK(refused_with(creating(std::nullopt)) ==
        "One or more parameter values were invalid: KMSMasterKeyId must be specified for each "
        "replica.");
  const std::string elsewhere = refused_with(creating(0));
  CHECK(
      elsewhere.starts_with("KMS validation error for region eu-west-1: "
                            "com.amazonaws.services.kms.model.NotFoundException: "));
}

TEST_CASE("customer managed and AWS managed keys do not mix in a group") {
  Story story = creating();
  story.keys[1].manager = Manager::AWS;
  CHECK(refused_with(story) ==
        "One or more parameter values were invalid: All replica keys must either be Customer "
        "Managed CMK or AWS Managed CMK.");
  story.keys[0].manager = Manager::AWS;
  story.keys[1].manager = Manager::CUSTOMER;
  CHECK(refused_with(story) ==
        "One or more parameter values were invalid: All replica keys must either be Customer "
        "Managed CMK or AWS Managed CMK.");
}

TEST_CASE("a table under the AWS owned key takes no key for a replica and makes one without") {
  Story story = creating();
  story.keys = regional_keys(2, Manager::OWNED);
  CHECK(!refused_with(story).empty());
  Story plain = creating(std::nullopt);
  plain.keys = regional_keys(2, Manager::OWNED);
  const auto play = lawful(plain);
  CHECK(replica_status_of(*play, 1) == ReplicaStatus::ACTIVE);
}

TEST_CASE("in the era of the seed replicas refuse customer managed keys") {
  Story story = creating();
  story.set("dynamodb.global_tables.customer_keys", "false");
  CHECK(refused_with(story) ==
        "One or more parameter values were invalid: You cannot use a customer managed CMK to "
        "encrypt DynamoDB global table replicas. To encrypt replicas, use an AWS owned CMK or an "
        "AWS managed CMK.");
}

TEST_CASE(
    "ReplicaUpdates is not about the Region that is asked, nor about replicas that are none") {
  Story local = global_books(2, false);
  local.step(10, replica_update(0, ReplicaKind::DELETE, 0), 0);
  CHECK(refused_with(local) ==
        "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, "
        "DeleteTable, or UpdateTable as required.");
  Story none = global_books(2, false);
  none.step(10, replica_update(0, ReplicaKind::DELETE, 1), 0);
  CHECK(refused_with(none) ==
        "Replica specified in the Replica Update or Replica Delete action of the request was not "
        "found.");
}

TEST_CASE("a replica wants a stream of both images and writes on demand") {
  const std::string stream =
      "One or more parameter values were invalid: Table must have DynamoDB streams enabled with "
      "StreamViewType NEW_AND_OLD_IMAGES";
  Story silent = creating();
  silent.tables[0].stream = false;
  CHECK(refused_with(silent) == stream);
  Story half = creating();
  add_more(half, [](events::Scenario::Builder scenario) {
    scenario.getTables()[0].setStreamView("NEW_IMAGE");
  });
  CHECK(refused_with(half) == stream);
  Story provisioned = creating();
  add_more(provisioned, [](events::Scenario::Builder scenario) {
    auto table = scenario.getTables()[0];
    table.setProvisioned(true);
    table.setReadCapacity(5);
    table.setWriteCapacity(5);
  });
  CHECK(refused_with(provisioned) ==
        "Table write capacity should either be Pay-Per-Request or AutoScaled.");
}

TEST_CASE("ReplicaUpdates is one change, and the only one of its request") {
  Story both = global_books(3, false);
  const Fill one = replica_update(0, ReplicaKind::CREATE, 1, 1);
  both.step(
      10,
      [=](events::Step::Builder step) {
        one(step);
        auto changes = step.getControl().initReplicaChanges(2);
        for (unsigned i = 0; i < 2; ++i) {
          changes[i].setKind(ReplicaKind::CREATE);
          changes[i].setTable(i + 1);
          changes[i].setRegion(replica_regions()[i + 1]);
          changes[i].initKmsMasterKeyId().setArn(i + 1);
        }
      },
      0);
  CHECK(refused_with(both) ==
        "One or more parameter values were invalid: Only one replica can be added, updated or "
        "removed in a request");
  Story more = global_books(2, false);
  more.step(
      10,
      [=](events::Step::Builder step) {
        one(step);
        step.getControl().setTableClass("STANDARD_INFREQUENT_ACCESS");
      },
      0);
  CHECK(refused_with(more) ==
        "One or more parameter values were invalid: A request can make only one kind of change to "
        "a table");
}

TEST_CASE("a key that is disabled when the replica is asked for refuses it") {
  Story story = creating();
  story.step(5, regional_kms(KmsOperation::DISABLE_KEY, 1));
  const std::string message = refused_with(story);
  CHECK(message.find("encryption status is UPDATING") != std::string::npos);
}

TEST_CASE("a key that is disabled moments later aborts the replica without a trace") {
  Story story = creating();
  story.step(12, regional_kms(KmsOperation::DISABLE_KEY, 1));
  story.until = 60;
  const auto play = lawful(story);
  CHECK(control_answered(*play, 0).exception == Exception::NONE);
  CHECK(dynamodb::shown_status(play->state(), 1) == TableStatus::NONE);
  CHECK(dynamodb::shown_status(play->state(), 0) == TableStatus::ACTIVE);
  CHECK(replica_status_of(*play, 0) == ReplicaStatus::NONE);
  CHECK(play->state().groups[0].tables.empty());
}

// ---- a replica goes
// --------------------------------------------------------------------------------

TEST_CASE("a replica that is deleted is gone and the other is an ordinary table again") {
  Story story = global_books(2, true);
  story.step(20, data(Operation::PUT_ITEM, 0, 4, book("b", "Emma")), 0);
  story.step(30, replica_update(0, ReplicaKind::DELETE, 1), 0);
  Play going(story);
  going.run_to(40);
  CHECK(replica_status_of(going, 1) == ReplicaStatus::DELETING);
  CHECK(dynamodb::shown_status(going.state(), 0) == TableStatus::UPDATING);
  const auto play = lawful(story);
  CHECK(dynamodb::shown_status(play->state(), 1) == TableStatus::NONE);
  CHECK(dynamodb::shown_status(play->state(), 0) == TableStatus::ACTIVE);
  CHECK(replica_status_of(*play, 0) == ReplicaStatus::NONE);
  CHECK(play->of(Event::TABLE_DELETED)[0]->seconds() == Approx(60));
}

TEST_CASE("replication ends half way where a replica's key is disabled before it is gone") {
  Story story = global_books(2, true);
  story.set("dynamodb.global_tables.replication_latency", "constant(10s)");
  story.step(20, data(Operation::PUT_ITEM, 1, 4, book("b", "Emma")), 0);
  story.step(22, replica_update(0, ReplicaKind::DELETE, 1), 0);
  story.step(23, regional_kms(KmsOperation::DISABLE_KEY, 1));
  const auto play = lawful(story);
  CHECK(play->state().item(0, 4).version == 0);  // the write of the replica never arrived
  story.steps.pop_back();
  const auto whole = lawful(story);
  CHECK(whole->state().item(0, 4).version == 1);
}

// ---- version 2017.11.29
// ----------------------------------------------------------------------------

Story empty_books(std::size_t tables = 2) {
  Story story = global_books(tables, false, 0);
  story.keys = regional_keys(tables, Manager::OWNED);
  for (TableSpec& table : story.tables) {
    table.created = 1;
    table.stream = true;
  }
  add_more(story, [=](events::Scenario::Builder scenario) {
    for (unsigned i = 0; i < tables; ++i) {
      scenario.getTables()[i].setByStep(false);
      scenario.getTables()[i].setStreamView("NEW_AND_OLD_IMAGES");
    }
  });
  return story;
}

TEST_CASE("CreateGlobalTable makes replicas of empty tables of one name") {
  Story story = empty_books();
  story.step(10,
             global_table(events::TableOperation::CREATE_GLOBAL_TABLE,
                          {{ReplicaKind::CREATE, 0}, {ReplicaKind::CREATE, 1}}),
             0);
  story.step(40, data(Operation::PUT_ITEM, 0, 0, book("b", "Emma")), 0);
  story.step(50, global_table(events::TableOperation::DESCRIBE_GLOBAL_TABLE, {}), 0);
  story.step(
      60, global_table(events::TableOperation::UPDATE_GLOBAL_TABLE, {{ReplicaKind::DELETE, 1}}), 0);
  story.step(70, data(Operation::PUT_ITEM, 0, 1, book("c", "Persuasion")), 0);
  const auto play = lawful(story);
  for (const std::uint32_t step : {0U, 2U, 3U}) {
    CHECK(control_answered(*play, step).exception == Exception::NONE);
  }
  CHECK(play->state().groups[0].version_2017);
  CHECK(value_at(*play, 1, 0) == value_at(*play, 0, 0));
  // One that left is kept as it was, and hears no more.
  CHECK(value_at(*play, 1, 1).empty());
  CHECK(replica_status_of(*play, 1) == ReplicaStatus::NONE);
  CHECK(play->state().groups[0].tables == std::vector<std::uint32_t>{0});
}

TEST_CASE("a global table of version 2017.11.29 wants empty tables with a stream of both images") {
  const auto made = [](const Story& told) {
    Story story = told;
    story.step(10,
               global_table(events::TableOperation::CREATE_GLOBAL_TABLE,
                            {{ReplicaKind::CREATE, 0}, {ReplicaKind::CREATE, 1}}),
               0);
    const auto play = lawful(story);
    return control_answered(*play, static_cast<std::uint32_t>(story.steps.size() - 1));
  };
  CHECK(made(empty_books()).exception == Exception::NONE);
  Story filled = empty_books();
  filled.step(5, data(Operation::PUT_ITEM, 1, 0, book("b", "Emma")), 0);
  CHECK(made(filled).exception == Exception::VALIDATION);
  Story silent = empty_books();
  silent.tables[1].stream = false;
  CHECK(made(silent).exception == Exception::VALIDATION);
  Story customers = empty_books();
  customers.keys = regional_keys(2, Manager::CUSTOMER);
  CHECK(made(customers).message.find("customer managed CMK") != std::string::npos);
  Story absent = empty_books();
  absent.tables[1].created = 0;
  CHECK(made(absent).exception == Exception::TABLE_NOT_FOUND);
}

TEST_CASE("the exceptions of global tables that are there already or are not") {
  Story story = empty_books();
  const auto create = global_table(events::TableOperation::CREATE_GLOBAL_TABLE,
                                   {{ReplicaKind::CREATE, 0}, {ReplicaKind::CREATE, 1}});
  const auto update = [](ReplicaKind kind, std::uint32_t table) {
    return global_table(events::TableOperation::UPDATE_GLOBAL_TABLE, {{kind, table}});
  };
  story.step(5, global_table(events::TableOperation::DESCRIBE_GLOBAL_TABLE, {}), 0);
  story.step(6, update(ReplicaKind::CREATE, 1), 0);
  story.step(10, create, 0);
  story.step(40, create, 0);
  story.step(41, update(ReplicaKind::CREATE, 1), 0);
  story.step(42, update(ReplicaKind::DELETE, 1), 0);
  story.step(43, update(ReplicaKind::DELETE, 1), 0);
  const auto play = lawful(story);
  const std::vector<Exception> expected = {Exception::GLOBAL_TABLE_NOT_FOUND,
                                           Exception::GLOBAL_TABLE_NOT_FOUND,
                                           Exception::NONE,
                                           Exception::GLOBAL_TABLE_ALREADY_EXISTS,
                                           Exception::REPLICA_ALREADY_EXISTS,
                                           Exception::NONE,
                                           Exception::REPLICA_NOT_FOUND};
  for (std::uint32_t step = 0; step < expected.size(); ++step) {
    INFO(step);
    CHECK(control_answered(*play, step).exception == expected[step]);
  }
}

}  // namespace
}  // namespace tablekey::model::tests::global_tables_test
