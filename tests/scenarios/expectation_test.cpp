// Goal: a check becomes the struct it says, and its words agree with the schema's enumerations.
// Method: lines and what must be in the struct.
#include "scenarios/expectation.h"

#include <capnp/schema.h>

#include <catch2/catch.hpp>

#include "scenarios/expectation_words.h"

namespace tablekey::scenarios::expectation_test {
namespace {

Expectation parsed(const std::string& line) {
  INFO(line);
  auto result = parse_expectation(line);
  if (!result) FAIL(result.error().message);
  return *result;
}

template <class Enum>
std::size_t enumerants() {
  return capnp::Schema::from<Enum>().getEnumerants().size();
}

}  // namespace

TEST_CASE("an exposure has its moment, filters, statistic and limit") {
  const Expectation e = parsed("exposure(after=disable, workload=nightly-batch).p99.9 <= 1h30m");
  CHECK(e.measure == Measure::exposure);
  CHECK(e.filters.after->kind == Moment::Kind::step);
  CHECK(e.filters.after->step == "disable");
  CHECK(e.filters.workload == "nightly-batch");
  CHECK(e.statistic == Statistic::quantile);
  CHECK(e.quantile == 99'900'000);
  CHECK(e.compared);
  CHECK(e.comparison == Comparison::less_equal);
  CHECK(e.limit.kind == Limit::Kind::duration);
  CHECK(e.limit.nanoseconds == 5'400'000'000'000);
  CHECK(e.limit.text == "1h30m");
  REQUIRE(e.mentions.size() == 2);
  CHECK(e.mentions[0].offset == 15);
  CHECK(e.mentions[0].length == 7);
}

TEST_CASE("results are ok, failed or an exception with or without its suffix") {
  CHECK(parsed("requests(result=ok).count > 5").filters.result == ResultFilter::ok);
  CHECK(parsed("requests(result=failed).count == 0").filters.result == ResultFilter::failed);
  for (const char* name : {"AccessDenied", "AccessDeniedException"}) {
    const Expectation e = parsed(std::string("requests(result=") + name + ").count == 0");
    CHECK(e.filters.result == ResultFilter::named);
    CHECK(e.filters.exception == events::Exception::ACCESS_DENIED);
  }
  const Expectation e = parsed("kms.calls(result=KMSInvalidState, op=Decrypt).count == 3");
  CHECK(e.filters.kms_error == events::KmsError::KMS_INVALID_STATE);
  CHECK(e.filters.kms_operation == events::KmsOperation::DECRYPT);
  CHECK(e.limit.count == 3);
}

TEST_CASE("rates have a window and a unit") {
  const Expectation e = parsed("kms.calls(op=Decrypt).rate.max < 500/s");
  CHECK(e.statistic == Statistic::rate_max);
  CHECK(e.window == 1'000'000'000);
  CHECK(e.limit.rate == 500.0);
  const Expectation wide = parsed("requests.rate.max(1m) >= 120/m");
  CHECK(wide.window == 60'000'000'000);
  CHECK(wide.limit.rate == 2.0);
}

TEST_CASE("moments are steps, times since the start, or dates") {
  const Expectation e = parsed("requests(after=90s, before=2026-01-01T02:00:00Z).first >= disable");
  CHECK(e.filters.after->kind == Moment::Kind::since_start);
  CHECK(e.filters.after->nanoseconds == 90'000'000'000);
  CHECK(e.filters.before->kind == Moment::Kind::absolute);
  CHECK(e.filters.before->nanoseconds == 1'767'232'800'000'000'000);
  CHECK(e.limit.moment.step == "disable");
  CHECK(parsed("requests.last < 2h").limit.moment.nanoseconds == 7'200'000'000'000);
}

TEST_CASE("tables and keys have a name and a state") {
  const Expectation table = parsed("table(Orders).status == ACTIVE");
  CHECK(table.subject == "Orders");
  CHECK(table.statistic == Statistic::status);
  CHECK(table.limit.word == "ACTIVE");
  CHECK(parsed("table(name=Orders).status != NONE").comparison == Comparison::not_equal);
  CHECK(parsed("key(OrdersKey).state == PendingDeletion").limit.word == "PendingDeletion");
}

TEST_CASE("a table is asked about at a moment, by statistics of every kind") {
  const Expectation at = parsed("table(Orders, at=30m).status == UPDATING");
  REQUIRE(at.filters.at);
  CHECK(at.filters.at->kind == Moment::Kind::since_start);
  CHECK(at.filters.at->nanoseconds == 1'800'000'000'000);
  CHECK(parsed("table(Orders, at=switch).sse_status == UPDATING").filters.at->step == "switch");
  CHECK(parsed("table(Orders).items >= 3").limit.count == 3);
  CHECK(parsed("table(Orders).replica_status == CREATION_FAILED").limit.word == "CREATION_FAILED");
  const Expectation key = parsed("table(Orders).key == OrdersKey");
  CHECK(key.limit.word == "OrdersKey");
  REQUIRE(key.mentions.size() == 2);
  CHECK(key.mentions[1].kind == Expectation::Mention::Kind::key);
  CHECK(parsed("table(Orders).key == owned").mentions.size() == 1);
  CHECK(parsed("table(Orders).key != none").mentions.size() == 1);
  CHECK(parsed("table(Orders).inaccessible_since == none").limit.kind == Limit::Kind::word);
  CHECK(parsed("table(Orders).inaccessible_since <= 2h").limit.moment.nanoseconds ==
        7'200'000'000'000);
  for (const char* statistic : {"partitions", "backups", "leaked_sort_keys"}) {
    CHECK(parsed(std::string("table(Orders).") + statistic + " == 1").limit.count == 1);
  }
}

TEST_CASE("indexes, streams and answers have their own measures") {
  const Expectation index = parsed("index(Orders/by-author, at=1h).status == CREATING");
  CHECK(index.measure == Measure::index);
  CHECK(index.subject == "Orders");
  CHECK(index.index == "by-author");
  REQUIRE(index.mentions.size() == 1);
  CHECK(index.mentions[0].name == "Orders");
  CHECK(index.mentions[0].length == 6);
  CHECK(parsed("index(Orders/by-author).entries == 4").statistic == Statistic::entries);
  CHECK(parsed("stream(Orders).records > 2").limit.count == 2);
  CHECK(parsed("shown(step=look).status == ARCHIVED").limit.word == "ARCHIVED");
  CHECK(parsed("returned(step=query) == 5").statistic == Statistic::count);
  CHECK(parsed("returned(step=query).scanned == 9").statistic == Statistic::scanned);
  CHECK(parsed("same(step=a, step=b).decrypted").statistic == Statistic::decrypted);
  CHECK(parsed("outcome(step=a) == TransactionCanceled").limit.word ==
        "TransactionCanceledException");
}

TEST_CASE("what a table or an index cannot be is explained") {
  const auto message = [](const std::string& line) {
    const auto result = parse_expectation(line);
    REQUIRE_FALSE(result.has_value());
    return result.error().message + "; " + result.error().hint;
  };
  CHECK(message("index(Orders).status == ACTIVE") ==
        "'Orders' names no index; write Table/index-name");
  CHECK(message("table(Orders).sse_status == DISABLED").starts_with("no SSE status 'DISABLED'; "));
  CHECK(message("table(Orders).key < OrdersKey") == "keys have no order; write == or !=");
  CHECK(message("table(Orders).inaccessible_since < none") ==
        "states have no order; write == or !=");
  CHECK(message("table(Orders).items == many") == "items is a whole number, this is 'many'; ");
  CHECK(message("index(Orders/a).status == ARCHIVED").starts_with("no index status 'ARCHIVED'; "));
}

TEST_CASE("an invariant has no statistic and no limit") {
  const Expectation e = parsed("invariant(no_iv_reuse)");
  CHECK(e.invariant == Invariant::no_iv_reuse);
  CHECK_FALSE(e.compared);
}

TEST_CASE("the other filters arrive") {
  const Expectation e =
      parsed("requests(op=Scan, table=Orders, workload=web, connection=3).count == 1");
  CHECK(e.filters.operation == events::DataOperation::SCAN);
  CHECK(e.filters.table == "Orders");
  CHECK(e.filters.connection == 3);
  const Expectation kms = parsed("kms.calls(key=OrdersKey, caller=app).count == 1");
  CHECK(kms.filters.key == "OrdersKey");
  CHECK(kms.filters.caller == "app");
}

TEST_CASE("space does not matter and nought needs no unit") {
  CHECK(parsed("  exposure( after = 1h ) .max <= 0").limit.nanoseconds == 0);
}

TEST_CASE("a measure of a study has no limit") {
  const auto e = parse_measure("detection(after=revoke).mean");
  REQUIRE(e.has_value());
  CHECK(e->measure == Measure::detection);
  CHECK_FALSE(e->compared);
  CHECK_FALSE(parse_measure("detection(after=revoke).mean < 5m").has_value());
}

TEST_CASE("the words of checks are those of the schema, in its order") {
  CHECK(exception_names().size() + 1 == enumerants<events::Exception>());
  CHECK(kms_error_names().size() + 1 == enumerants<events::KmsError>());
  CHECK(data_operation_names().size() == enumerants<events::DataOperation>());
  CHECK(kms_operation_names().size() == enumerants<events::KmsOperation>());
  CHECK(key_state_names().size() == enumerants<events::KeyState>());
  CHECK(table_status_names().size() == enumerants<events::TableStatus>());
  CHECK(replica_status_names().size() == enumerants<events::ReplicaStatus>());
  CHECK(name_of(events::KmsError::INVALID_CIPHERTEXT) == "InvalidCiphertextException");
  CHECK(name_of(events::Exception::INTERNAL_SERVER_ERROR) == "InternalServerError");
  CHECK(name_of(events::KmsOperation::RE_ENCRYPT) == "ReEncrypt");
  for (const MeasureRow& row : measure_rows()) CHECK(name_of(row.measure) == row.name);
}

TEST_CASE("no line of text breaks the parser") {
  const std::string_view seed = "kms.calls(op=Decrypt, after=revoke).rate.max(1m) < 500/s";
  for (std::size_t i = 0; i <= seed.size(); ++i) {
    for (const char c : std::string_view("(),.=<>!: \0x9", 13)) {
      std::string line(seed.substr(0, i));
      line += c;
      line += seed.substr(i);
      const auto result = parse_expectation(line);
      if (!result) CHECK(result.error().offset <= line.size());
    }
    (void)parse_expectation(seed.substr(0, i));
  }
}

}  // namespace tablekey::scenarios::expectation_test
