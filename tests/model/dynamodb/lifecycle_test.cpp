// The API-by-state table of dynamodb.md 1.5, walked cell by cell in real worlds, and the durations
// and limits of 1.6.
#include "tests/model/dynamodb/table_steps.h"

namespace tablekey::model::tests::lifecycle_test {
namespace {

using Catch::Matchers::Contains;

/// A world in which the table is in a state at 200 s.
Story in_state(const std::string& state) {
  Story story = two_key_story(400);
  story.tables[0].global_indexes = {"g"};
  if (state == "CREATING") {
    story.tables[0].created = 199;
  } else if (state == "UPDATING") {
    story.set("dynamodb.throughput_change", "constant(100s)");
    story.more = [](events::Scenario::Builder scenario) {
      scenario.getTables()[0].setProvisioned(true);
      scenario.getTables()[0].setReadCapacity(5);
      scenario.getTables()[0].setWriteCapacity(5);
    };
    story.step(150, table_call(TableOperation::UPDATE_TABLE, 0, [](CallBuilder call) {
                 call.setHasThroughput(true);
                 call.setReadCapacity(7);
                 call.setWriteCapacity(7);
               }));
  } else if (state == "stream") {
    story.set("dynamodb.stream_toggle", "constant(100s)");
    story.step(150, table_call(TableOperation::UPDATE_TABLE, 0, [](CallBuilder call) {
                 call.setHasStream(true);
                 call.setStreamEnabled(true);
                 call.setStreamView("KEYS_ONLY");
               }));
  } else if (state == "sse_job") {
    story.step(190, switch_to_key(1), 0);
  } else if (state == "INACCESSIBLE" || state == "ARCHIVING" || state == "ARCHIVED") {
    story.step(30, kms(KmsKind::DISABLE_KEY, 0));
    if (state != "INACCESSIBLE") story.set("dynamodb.archival.after", "20s");
    story.set("dynamodb.archival.duration",
              state == "ARCHIVING" ? "constant(1000s)" : "constant(10s)");
  } else if (state == "DELETING") {
    story.set("dynamodb.delete_table", "constant(100s)");
    story.step(150, delete_table(0));
  }
  return story;
}

struct Cell {
  std::string_view state, answer, text;
};

void require_row(const Fill& step, const std::vector<Cell>& row, std::uint32_t caller = kNone) {
  for (const Cell& cell : row) {
    INFO(cell.state);
    Story story = in_state(std::string(cell.state));
    story.step(200, step, caller);
    const auto play = lawful(story);
    const TableReply reply = table_reply(*play, story.steps.size() - 1);
    CHECK(reply.exception == cell.answer);
    CHECK_THAT(reply.message, Contains(std::string(cell.text)));
  }
}

constexpr std::string_view kRiu = "ResourceInUseException", kVal = "ValidationException";
constexpr std::string_view kInUse = "Attempt to change a resource which is still in use: ";

}  // namespace

TEST_CASE("DescribeTable is answered in every state, with the status that is derived") {
  for (const auto& [state, status] :
       std::map<std::string, std::string>{{"CREATING", "CREATING"},
                                          {"ACTIVE", "ACTIVE"},
                                          {"UPDATING", "UPDATING"},
                                          {"stream", "UPDATING"},
                                          {"sse_job", "ACTIVE"},
                                          {"INACCESSIBLE", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"},
                                          {"ARCHIVING", "ARCHIVING"},
                                          {"ARCHIVED", "ARCHIVED"},
                                          {"DELETING", "DELETING"}}) {
    INFO(state);
    Story story = in_state(state);
    story.step(200, table_call(TableOperation::DESCRIBE_TABLE, 0));
    Play play(story);
    play.run_to(200);
    const TableReply reply = table_reply(play, story.steps.size() - 1);
    CHECK(reply.exception == "ok");
    CHECK(dynamodb::status_name(reply.status) == status);
  }
}

TEST_CASE("CreateTable of a name that exists is refused in every state") {
  std::vector<Cell> row;
  for (const std::string_view state : {"CREATING", "ACTIVE", "UPDATING", "sse_job", "INACCESSIBLE",
                                       "ARCHIVING", "ARCHIVED", "DELETING"}) {
    row.push_back({state, kRiu, "Table already exists: Books"});
  }
  require_row(create_table(0), row, 0);
}

TEST_CASE("DeleteTable in each state") {
  require_row(delete_table(0),
              {{"CREATING", kRiu, "still in use: Table is being created: Books"},
               {"ACTIVE", "ok", ""},
               {"UPDATING", kRiu, "still in use: Table: Books is in the process of being updated."},
               {"stream", kRiu, "Cannot delete table while stream is being enabled/disabled."},
               {"sse_job", kRiu, "Table: Books is in the process of being updated."},
               {"INACCESSIBLE", "ok", ""},
               {"ARCHIVING", kRiu, "Table is being archived: Books"},
               {"ARCHIVED", "ok", ""},
               {"DELETING", kRiu, "still in use: Table is being deleted: Books"}});
}

TEST_CASE("UpdateTable of the key in each state") {
  require_row(switch_to_key(1),
              {{"CREATING", kRiu, "Table is being created: Books"},
               {"ACTIVE", "ok", ""},
               {"UPDATING", kRiu, "Table: Books is in the process of being updated."},
               {"stream", "ok", ""},
               {"sse_job", kRiu, "Table: Books is in the process of being updated."},
               {"INACCESSIBLE", kVal, "123456789010 is disabled."},
               {"ARCHIVING", kRiu, "Table is being archived: Books"},
               {"ARCHIVED", kVal, "Table is archived: Books"},
               {"DELETING", kRiu, "Table is being deleted: Books"}},
              0);
}

TEST_CASE("UpdateTable of the table's class in each state") {
  const Fill step = table_call(TableOperation::UPDATE_TABLE, 0, [](CallBuilder call) {
    call.setTableClass("STANDARD_INFREQUENT_ACCESS");
  });
  require_row(step, {{"CREATING", kRiu, "Table is being created: Books"},
                     {"ACTIVE", "ok", ""},
                     {"UPDATING", kRiu, kInUse},
                     {"sse_job", "ok", ""},
                     {"INACCESSIBLE", "ok", ""},
                     {"ARCHIVING", kRiu, kInUse},
                     {"ARCHIVED", kVal, "Table is archived"},
                     {"DELETING", kRiu, kInUse}});
}

TEST_CASE("UpdateTable of deletion protection in each state") {
  const Fill step = table_call(TableOperation::UPDATE_TABLE, 0, [](CallBuilder call) {
    call.setHasDeletionProtection(true);
    call.setDeletionProtection(true);
  });
  require_row(step, {{"CREATING", kRiu, kInUse},
                     {"ACTIVE", "ok", ""},
                     {"UPDATING", "ok", ""},
                     {"sse_job", "ok", ""},
                     {"INACCESSIBLE", "ok", ""},
                     {"ARCHIVING", kRiu, kInUse},
                     {"ARCHIVED", "ok", ""},
                     {"DELETING", kRiu, kInUse}});
}

TEST_CASE(
    "A job on an inaccessible table shows UPDATING, and then the table is inaccessible again") {
  Story story = in_state("INACCESSIBLE");
  story.set("dynamodb.table_class_switch", "constant(5s)");
  story.step(200, table_call(TableOperation::UPDATE_TABLE, 0, [](CallBuilder call) {
               call.setTableClass("STANDARD_INFREQUENT_ACCESS");
             }));
  Play play(story);
  play.run_to(201);
  CHECK(status_of(play) == "UPDATING");
  play.run_to(205);
  CHECK(status_of(play) == "INACCESSIBLE_ENCRYPTION_CREDENTIALS");
  CHECK(play.state().tables[0].detail->table_class == "STANDARD_INFREQUENT_ACCESS");
}

TEST_CASE(
    "Deletion protection stands before every other reason, and is not toggled twice at once") {
  Story story = two_key_story();
  const auto protect = [](bool on) {
    return table_call(TableOperation::UPDATE_TABLE, 0, [=](CallBuilder call) {
      call.setHasDeletionProtection(true);
      call.setDeletionProtection(on);
    });
  };
  story.step(20, protect(true)).step(25, delete_table(0)).step(30, protect(false));
  story.step(40, protect(false)).step(50, delete_table(0));
  const auto play = lawful(story);
  CHECK(table_reply(*play, 1).exception == kVal);
  CHECK_THAT(table_reply(*play, 1).message, Contains("currently protected against deletion"));
  CHECK(table_reply(*play, 2).exception == "ThrottlingException");
  CHECK(table_reply(*play, 3).exception == "ok");
  CHECK(table_reply(*play, 4).exception == "ok");
  CHECK(status_of(*play) == "NONE");
}

TEST_CASE("DeleteTable of a table that is DELETING succeeds where the API text is followed") {
  Story story = in_state("DELETING");
  story.set("dynamodb.delete_while_deleting", "ok");
  story.step(200, delete_table(0));
  const auto play = lawful(story);
  CHECK(table_reply(*play, 1).exception == "ok");
  CHECK(play->of(Event::TABLE_DELETED).size() == 1);
}

TEST_CASE("An account has so many tables, and so many at work at once") {
  Story story = books(100);
  story.tables.push_back({.name = "Second", .created = 0});
  story.tables.push_back({.name = "Third", .created = 0});
  story.set("dynamodb.tables_max", "2").set("dynamodb.concurrent_operations_max", "1");
  story.step(20, create_table(1)).step(21, delete_table(0)).step(40, create_table(2));
  const auto play = lawful(story);
  CHECK(table_reply(*play, 0).exception == "ok");
  CHECK(table_reply(*play, 1).exception == "LimitExceededException");
  CHECK(table_reply(*play, 2).exception == "LimitExceededException");
  CHECK_THAT(table_reply(*play, 2).message, Contains("Subscriber limit exceeded: "));
}

TEST_CASE("One request makes one kind of change") {
  Story story = two_key_story();
  story.step(20, table_call(TableOperation::UPDATE_TABLE, 0));
  story.step(21, table_call(TableOperation::UPDATE_TABLE, 0, [](CallBuilder call) {
               call.setTableClass("STANDARD_INFREQUENT_ACCESS");
               call.setHasStream(true);
               call.setStreamEnabled(true);
               call.setStreamView("KEYS_ONLY");
             }));
  story.step(22, table_call(TableOperation::UPDATE_TABLE, 0,
                            [](CallBuilder call) { call.setTableClass("COLD"); }));
  const auto play = lawful(story);
  CHECK_THAT(table_reply(*play, 0).message, Contains("At least one of ProvisionedThroughput"));
  CHECK(table_reply(*play, 1).exception == kVal);
  CHECK_THAT(table_reply(*play, 2).message, Contains("1 validation error detected: Value 'COLD'"));
}

TEST_CASE("A table's class changes twice in thirty days, and one change in some takes long") {
  constexpr double kDay = 86'400;
  Story story = two_key_story(40 * kDay);
  story.set("dynamodb.key_check.period", "80m");
  const auto to = [](const std::string& name) {
    return table_call(TableOperation::UPDATE_TABLE, 0,
                      [=](CallBuilder call) { call.setTableClass(name); });
  };
  const std::string rare = "STANDARD_INFREQUENT_ACCESS", often = "STANDARD";
  story.step(20, to(rare)).step(kDay, to(often)).step(2 * kDay, to(rare));
  story.step(30 * kDay + 10, to(rare)).step(30 * kDay + 30, to(rare));
  story.step(30 * kDay + 200, to(often));
  story.set("dynamodb.table_class_switch_tail_every", "1");
  Play play(story);
  play.run_to(60);
  CHECK(status_of(play) == "UPDATING");
  play.run_to(70);
  CHECK(status_of(play) == "ACTIVE");
  play.run();
  require_laws(story, play);
  std::vector<std::string> told;
  for (std::size_t step = 0; step < 6; ++step) told.push_back(table_reply(play, step).exception);
  const std::string full = "LimitExceededException";
  CHECK(told == std::vector<std::string>{"ok", "ok", full, full, "ok", full});
  CHECK(table_reply(play, 2).message ==
        "Subscriber limit exceeded: Table class can be updated at most 2 times in 30d");
  Story quick = story;
  quick.set("dynamodb.table_class_switch_tail_every", "0");
  quick.set("dynamodb.table_class_changes.max", "0");
  Play soon(quick);
  soon.run_to(30);
  CHECK(status_of(soon) == "ACTIVE");
  soon.run();
  CHECK(table_reply(soon, 2).exception == "ok");
}

TEST_CASE("The billing mode changes slowly the first time, and with it the throughput") {
  Story story = two_key_story(600);
  story.set("dynamodb.billing_switch_first", "constant(100s)");
  const auto mode = [](bool provisioned) {
    return table_call(TableOperation::UPDATE_TABLE, 0, [=](CallBuilder call) {
      call.setHasBillingMode(true);
      call.setProvisioned(provisioned);
      call.setHasThroughput(provisioned);
      call.setReadCapacity(provisioned ? 5 : 0);
      call.setWriteCapacity(provisioned ? 6 : 0);
    });
  };
  story.step(20, mode(true)).step(200, mode(false)).step(300, mode(false));
  const auto play = std::make_unique<Play>(story);
  play->run_to(119);
  CHECK(status_of(*play) == "UPDATING");
  play->run_to(120);
  CHECK(status_of(*play) == "ACTIVE");
  CHECK(play->state().tables[0].detail->write_capacity == 6);
  play->run_to(202);
  CHECK(status_of(*play) == "ACTIVE");
  CHECK_FALSE(play->state().tables[0].detail->provisioned);
  play->run();
  CHECK(play->of(Event::TABLE_JOB_FINISHED).size() == 2);  // the mode that it has is no job
}

TEST_CASE("Tags, Contributor Insights and lists are answered at once") {
  Story story = two_key_story();
  story.step(20, table_call(TableOperation::TAG_RESOURCE, 0, [](CallBuilder call) {
               auto tags = call.initTags(2);
               tags[0].setName("stage");
               tags[0].setValue("test");
               tags[1].setName("team");
               tags[1].setValue("red");
             }));
  story.step(21, table_call(TableOperation::UNTAG_RESOURCE, 0,
                            [](CallBuilder call) { call.initTagKeys(1).set(0, "team"); }));
  story.step(22, table_call(TableOperation::LIST_TAGS_OF_RESOURCE, 0));
  story.step(23, table_call(TableOperation::LIST_TABLES, kNone));
  story.step(24,
             table_call(TableOperation::UPDATE_CONTRIBUTOR_INSIGHTS, 0,
                        [](CallBuilder call) { call.setContributorInsights(true); }),
             0);
  story.step(30, kms(KmsKind::DISABLE_KEY, 0));
  story.step(31, table_call(TableOperation::UPDATE_CONTRIBUTOR_INSIGHTS, 0), 0);
  story.step(32, table_call(TableOperation::DESCRIBE_TABLE, kNone,
                            [](CallBuilder call) { call.setTableName("Nobody"); }));
  const auto play = lawful(story);
  for (const std::size_t step : {0U, 1U, 2U, 3U, 4U}) {
    CHECK(table_reply(*play, step).exception == "ok");
  }
  CHECK(play->state().tables[0].detail->tags.size() == 1);
  CHECK(play->state().tables[0].detail->contributor_insights);
  CHECK(table_reply(*play, 6).exception == kVal);
  CHECK_THAT(table_reply(*play, 6).message, Contains("KMS key disabled error"));
  CHECK(table_reply(*play, 7).message == "Requested resource not found: Table: Nobody not found");
}

}  // namespace tablekey::model::tests::lifecycle_test
