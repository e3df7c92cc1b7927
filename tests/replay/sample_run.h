// What the tests of whole runs have in common: scenarios that make small worlds do everything they
// can, and runs of them into trace files, whole or stopped anywhere.
#pragma once

#include <capnp/message.h>
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/writer.h"
#include "replay/recorded.h"
#include "replay/run.h"
#include "scenarios/load.h"
#include "tests/events/sample.h"

namespace tablekey::replay::sample {

using events::sample::File;
using events::sample::read_file;
using events::sample::TempFolder;
using events::sample::write_file;

inline constexpr std::uint64_t kAllTurns = std::numeric_limits<std::uint64_t>::max();

// Three tables under two customer keys and an AWS owned one, with everything that may happen to
// them: writes of given and generated values, ranges, a denial, a move to another key, a deletion,
// connections that close.
inline constexpr std::string_view kBusy = R"yaml(tablekey: 1
name: busy
seed: 11
until: 40m
start: 2026-01-01T00:00:00Z
Resources:
  App:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [
        {Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]}
  First: &key
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy: {Version: "2012-10-17", Statement: [{Sid: use, Effect: Allow, Principal: "*",
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey",
                 "kms:CreateGrant", "kms:RetireGrant"], Resource: "*",
        Condition: {StringLike: {"kms:ViaService": "dynamodb.*.amazonaws.com"}}}]}
  Second: *key
  Orders:
    Type: AWS::DynamoDB::Table
    Metadata: { tablekey: { Items: 60, ItemSize: 300 } }
    Properties: &table
      TableName: Orders
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      StreamSpecification: { StreamViewType: NEW_IMAGE }
      SSESpecification: {SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt First.Arn}
  Users:
    Type: AWS::DynamoDB::Table
    Metadata: { tablekey: { Items: 20, ItemSize: 200 } }
    Properties:
      TableName: Users
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      SSESpecification: {SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt Second.Arn}
  Log:
    Type: AWS::DynamoDB::Table
    Metadata: { tablekey: { Items: 5, ItemSize: 100 } }
    Properties:
      TableName: Log
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
workload:
  - name: web
    principal: !Ref App
    table: !Ref Orders
    connections: 9
    arrivals: { process: poisson, rate: 1/s }
    operations: { GetItem: 60%, Query: 10%, PutItem: 20%, DeleteItem: 10% }
    connection_lifetime: { duration: 11m }
  - name: people
    principal: !Ref App
    table: !Ref Users
    connections: 4
    arrivals: { process: constant, every: 40s }
    operations: { GetItem: 50%, PutItem: 50% }
  - name: audit
    principal: !Ref App
    table: !Ref Log
    connections: 2
    arrivals: { process: poisson, rate: 6/m }
    operations: { Scan: 50%, PutItem: 50% }
timeline:
  - { at: 3m, do: dynamodb:PutItem, table: !Ref Orders,
      item: { id: book-1, title: a value that stands in the scenario file } }
  - { at: 4m, do: dynamodb:GetItem, table: !Ref Orders, key: { id: book-1 } }
  - { at: 8m, do: dynamodb:UpdateTable, table: !Ref Orders, key: !Ref Second }
  - { at: 15m, do: kms:DisableKey, key: !Ref Second }
  - { at: 17m, do: net:CloseConnections, workload: web, share: 50% }
  - { at: 19m, do: kms:EnableKey, key: !Ref Second }
  - { at: 24m, do: dynamodb:DeleteItem, table: !Ref Orders, key: { id: book-1 } }
  - { at: 28m, do: dynamodb:DeleteTable, table: !Ref Log }
  - { at: 33m, do: kms:RevokeGrant, table: !Ref Users }
)yaml";

// Requests alone, as many a second as are asked for: a run as long as a test wants it.
inline std::string busy_reads(std::uint64_t per_second, std::string_view until,
                              std::uint64_t items = 40,
                              std::string_view operations = "GetItem: 90%, PutItem: 10%") {
  return fmt::format(R"yaml(tablekey: 1
name: reads
seed: 7
until: {}
start: 2026-01-01T00:00:00Z
Resources:
  App:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app
      AssumeRolePolicyDocument: {{Version: "2012-10-17", Statement: [
        {{Effect: Allow, Action: sts:AssumeRole,
          Principal: {{Service: ecs-tasks.amazonaws.com}}}}]}}
  Table:
    Type: AWS::DynamoDB::Table
    Metadata: {{ tablekey: {{ Items: {}, ItemSize: 400 }} }}
    Properties:
      TableName: Table
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      SSESpecification: {{SSEEnabled: true}}
workload:
  - name: web
    principal: !Ref App
    table: !Ref Table
    connections: 40
    arrivals: {{ process: poisson, rate: {}/s }}
    operations: {{ {} }}
)yaml",
                     until, items, per_second, operations);
}

// A scenario that was read, and the identity frame of its runs.
struct Scenario {
  std::unique_ptr<model::ScenarioView> view;
  std::vector<std::uint64_t> identity;
  std::uint32_t events_per_chunk = 0;
};

inline Scenario load(std::string_view source, std::uint32_t events_per_chunk = 512,
                     const std::vector<model::DefaultOverride>& defaults = {}) {
  const scenarios::LoadResult loaded = scenarios::load(source, "sample.yaml");
  if (!loaded.ok()) throw std::runtime_error(loaded.diagnostics.render(false));
  Scenario scenario;
  scenario.view = model::ScenarioView::make(loaded.scenario(), defaults).value();
  scenario.identity =
      make_identity({loaded.scenario(), std::string(source), "sample.yaml", {}, events_per_chunk},
                    *scenario.view);
  scenario.events_per_chunk = events_per_chunk;
  return scenario;
}

// Turns until nothing is left or `turns` have been taken in the whole run.
inline void turn(Run& run, std::uint64_t turns = kAllTurns) {
  while (run.turns() < turns && run.run_slice(turns - run.turns(), sim::Time::max())) {
  }
}

inline std::unique_ptr<events::TraceWriter> writer_of(const std::filesystem::path& path,
                                                      const Scenario& scenario,
                                                      events::WriterOptions options = {}) {
  options.background = false;
  auto writer = events::TraceWriter::create(path, options).value();
  writer->identity(bytes_of(scenario.identity));
  return writer;
}

// Writes the trace of the first `turns` events, closed as it ended.
inline void record(const std::filesystem::path& path, const Scenario& scenario,
                   std::uint64_t turns = kAllTurns, const events::WriterOptions& options = {}) {
  const auto writer = writer_of(path, scenario, options);
  Run run(*scenario.view, *writer, scenario.events_per_chunk);
  turn(run, turns);
  run.cut();
  writer->close(run.next_due() ? events::Closing::interrupted : events::Closing::finished).value();
}

}  // namespace tablekey::replay::sample
