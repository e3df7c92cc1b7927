// Loading texts in tests: a head, resources that most tests share, and a scenario that must come
// out.
#pragma once

#include <catch2/catch.hpp>

#include <string>

#include "scenarios/load.h"

namespace tablekey::scenarios::testing {

inline const std::string kHead = "tablekey: 1\nname: test\nseed: 7\nuntil: 6h\n";

inline const std::string kWorld = R"(
Resources:
  App:
    Type: AWS::IAM::Role
    Properties: { RoleName: app, Path: /service/ }
  Lead:
    Type: AWS::IAM::User
  Key:
    Type: AWS::KMS::Key
    Metadata: { tablekey: { KeyId: 1234abcd-12ab-34cd-56ef-1234567890ab } }
  Other:
    Type: AWS::KMS::Key
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      SSESpecification: { SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !Ref Key }
  Events:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: events
      KeySchema: [{ AttributeName: at, KeyType: HASH }, { AttributeName: n, KeyType: RANGE }]
      AttributeDefinitions:
        - { AttributeName: at, AttributeType: S }
        - { AttributeName: n, AttributeType: N }
    Metadata: { tablekey: { Items: 30, Collection: 10 } }
)";

// A scenario that loads; its reader holds as long as this.
class Loaded {
 public:
  explicit Loaded(const std::string& source, const LoadOptions& options = {})
      : result_(load(source, "test.yaml", options)) {
    INFO(result_.diagnostics.render(false));
    REQUIRE(result_.ok());
  }
  [[nodiscard]] events::Scenario::Reader scenario() const { return result_.scenario(); }
  [[nodiscard]] const LoadResult& result() const { return result_; }

 private:
  LoadResult result_;
};

inline std::string text(capnp::Text::Reader value) { return {value.cStr(), value.size()}; }

// What load says about a text that may be wrong.
inline std::string said(const std::string& source) {
  return load(source, "test.yaml").diagnostics.render(false);
}

}  // namespace tablekey::scenarios::testing
