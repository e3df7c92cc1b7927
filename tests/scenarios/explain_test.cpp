// Goal: explain tells who does what and when, and every setting with its source. Method: one
// scenario with something of everything; its story is compared as a whole, its settings by the
// table.
#include <catch2/catch.hpp>

#include "model/settings.h"
#include "tests/scenarios/loading.h"

namespace tablekey::scenarios::testing::explain_test {
namespace {

const std::string kStory = kHead + R"(
description: A story.
model: { kms: { latency: 5ms }, table_key_cache: { ttl: 5m } }
workload:
  - name: web
    principal: App
    table: Orders
    connections: 4
    arrivals: { process: poisson, rate: 2/s }
  - name: ramp
    principal: Lead
    table: Events
    stages: [{ duration: 1h, target: 10/s }, { duration: 2h, target: 10/s }]
    operations: { GetItem: 50%, Query: 50% }
    popularity: { zipf: 1.5 }
    connection_lifetime: { requests: 1 }
    from: 1h
    to: 5h
timeline:
  - { at: 10m, do: sts:AssumeRole, role: App, session: user01 }
  - { at: 1h, do: kms:DisableKey, key: Key, id: off }
  - { every: 1h, from: 2h, to: 4h, do: net:CloseConnections, workload: web, share: 25% }
  - { at: 2h, do: kms:RevokeGrant, table: Orders }
  - { at: 3h, do: kms:ScheduleKeyDeletion, key: Other, PendingWindowInDays: 7 }
  - { at: 3h, do: kms:Decrypt, table: Orders, as: user01 }
  - { at: 4h, do: dynamodb:UpdateTable, table: Orders, key: alias/aws/dynamodb }
  - { at: 4h, do: dynamodb:PutItem, table: Orders, item: { id: a }, as: Lead }
  - { at: 5h, do: dynamodb:DeleteTable, table: Orders }
expect:
  - { name: quick, check: exposure(after=off).max <= 5m, severity: warn }
  - invariant(no_iv_reuse)
)" + kWorld;

}  // namespace

TEST_CASE("a scenario is told in sentences") {
  const Loaded loaded(kStory);
  const std::string told = explain(loaded.scenario());
  const std::string other = text(loaded.scenario().getKeys()[1].getKeyId());
  const std::string managed = text(loaded.scenario().getKeys()[3].getKeyId());
  CHECK(
      told.substr(0, told.find("\nSettings")) ==
      "test\nA story.\n\n"
      "Simulated from 2026-01-01T00:00:00Z for 6h in account 111122223333, Region eu-west-1. "
      "Seed 7, profile seed.\n\n"
      "What exists\n"
      "  Role app.\n"
      "  User Lead.\n"
      "  Key Key, customer managed, id 1234abcd-12ab-34cd-56ef-1234567890ab.\n"
      "  Key Other, customer managed, id " +
          other +
          ".\n"
          "  The AWS owned key of DynamoDB, which nobody can revoke.\n"
          "  The AWS managed key alias/aws/dynamodb, id " +
          managed +
          ".\n"
          "  Table orders: partition key id (S); encrypted under Key; created at the start by app; "
          "starts with 100 items of 400 B.\n"
          "  Table events: partition key at (S), sort key n (N); encrypted under the AWS owned "
          "key; "
          "created at the start by Lead; starts with 30 items of 400 B, 10 to a partition key.\n\n"
          "Who uses it\n"
          "  web: app on orders over 4 connections; Poisson requests, 2/s in all, on average one "
          "every "
          "2s on each connection; GetItem 100%; all items alike.\n"
          "  ramp: Lead on events over 1 connection; evenly spaced requests, 0/s in all at first, "
          "then "
          "over 1h to 10/s, then for 2h 10/s; GetItem 50%, Query 50%; items by Zipf's law with "
          "exponent "
          "1.5, from 1h, until 5h, a new connection after 1 request.\n\n"
          "What happens\n"
          "  10m          sts:AssumeRole app, session user01\n"
          "  1h           the operator (permissions not checked): kms:DisableKey on Key  (off)\n"
          "  2h to 4h, 3 times net:CloseConnections 25% of web\n"
          "  2h           the operator (permissions not checked): kms:RevokeGrant on Key, all "
          "grants for "
          "table orders\n"
          "  3h           the operator (permissions not checked): kms:ScheduleKeyDeletion on "
          "Other, "
          "waiting 7 days\n"
          "  3h           app/user01: kms:Decrypt, the wrapped table key of orders, with the "
          "encryption context of orders\n"
          "  4h           the operator (permissions not checked): dynamodb:UpdateTable orders to "
          "the AWS "
          "managed key alias/aws/dynamodb\n"
          "  4h           Lead: dynamodb:PutItem on orders, {\"id\":{\"S\":\"a\"}}\n"
          "  5h           the operator (permissions not checked): dynamodb:DeleteTable orders\n\n"
          "What must hold\n"
          "  quick: exposure(after=off).max <= 5m  (a warning only)\n"
          "  invariant(no_iv_reuse)\n");
}

TEST_CASE("every setting is told with its value, meaning and source, and marked where it was set") {
  const std::string told = explain(Loaded(kStory).scenario());
  for (const model::SettingRow& row : model::settings_table()) {
    INFO(row.path);
    CHECK(told.find(std::string(row.path) + " = ") != std::string::npos);
    CHECK(told.find(std::string(row.meaning)) != std::string::npos);
    CHECK(told.find(std::string(row.source)) != std::string::npos);
  }
  CHECK(told.find(
            "* model.kms.latency = constant(5ms)  (default lognormal(median=6ms, p99=40ms))\n") !=
        std::string::npos);
  CHECK(told.find("* model.table_key_cache.ttl = 5m  (the default)\n") != std::string::npos);
  CHECK(told.find("  model.kms.propagation = ") != std::string::npos);
}

}  // namespace tablekey::scenarios::testing::explain_test
