// A small study for tests: one key that is disabled, connections that read under it, two axes.
#pragma once

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "scenarios/load.h"

namespace tablekey::replay::sample {

inline constexpr std::string_view kStudyWorld = R"yaml(tablekey: 1
name: small
seed: 5
until: 40m
start: 2026-01-01T00:00:00Z
Resources:
  App:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [
        {Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]}
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy: {Version: "2012-10-17", Statement: [{Sid: use, Effect: Allow, Principal: "*",
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey",
                 "kms:CreateGrant", "kms:RetireGrant"], Resource: "*"}]}
  Orders:
    Type: AWS::DynamoDB::Table
    Metadata: { tablekey: { Items: 5, ItemSize: 100 } }
    Properties:
      TableName: Orders
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      SSESpecification: {SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt Key.Arn}
workload:
  - name: web
    principal: !Ref App
    table: !Ref Orders
    connections: 4
    arrivals: { process: poisson, rate: 3/m }
    operations: { GetItem: 100% }
timeline:
  - { at: 20m, do: kms:DisableKey, id: disable, key: !Ref Key }
)yaml";

/// The world with a `study:` behind it.
inline std::string study_text(std::string_view study) {
  return std::string(kStudyWorld) + "study:\n" + std::string(study);
}

/// The study of a text that must be one.
inline scenarios::Study load_study(const std::string& text,
                                   const scenarios::LoadOptions& options = {}) {
  scenarios::LoadResult loaded = scenarios::load(text, "small.yaml", options);
  INFO(loaded.diagnostics.render(false));
  REQUIRE(loaded.ok());
  REQUIRE(loaded.study.has_value());
  return std::move(*loaded.study);
}

inline constexpr std::string_view kGrid = R"yaml(
  repeat: 3
  matrix:
    model.table_key_cache.ttl: [1m, 5m, 10m]
    workload.web.connections: [1, 4]
  measure:
    - kms.calls(op=Decrypt).count
    - exposure(after=disable).max
)yaml";

}  // namespace tablekey::replay::sample
