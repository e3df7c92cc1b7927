// Goal: what a step got serves later ones, from the file to the outcome: iterators of streams, a
// backup, an export; and the requests of clients that encrypt, each opening what is its own.
// Method: scenarios as text, run to their end, held to their own expectations and to their own
// trace again.
#include <catch2/catch.hpp>

#include "replay/metrics/metrics.h"
#include "tests/replay/sample_run.h"
#include "tests/support/small_scenario.h"

namespace step_results_test {

namespace {

using namespace tablekey;

/// Runs a scenario and requires what it expects; the bytes of its trace.
replay::sample::File run_and_hold(const std::string& source) {
  const scenarios::LoadResult loaded = scenarios::load(source, "story.yaml");
  INFO(loaded.diagnostics.render(false));
  REQUIRE(loaded.ok());
  const auto view = model::ScenarioView::make(loaded.scenario());
  if (!view) FAIL(view.error());
  replay::ExpectationSet expectations(**view);
  const auto world = test::run_world(**view, {&expectations});
  for (const replay::Outcome& outcome : expectations.finish(world->state())) {
    INFO(outcome.check << ": " << outcome.measured << " " << outcome.note);
    CHECK(outcome.met == replay::Met::met);
  }
  replay::sample::TempFolder folder;
  replay::sample::record(folder / "story.tk", replay::sample::load(source));
  return replay::sample::read_file(folder / "story.tk");
}

constexpr std::string_view kTable = R"yaml(
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
)yaml";

TEST_CASE("iterators, backups and exports are named by the steps that got them") {
  const std::string source = R"yaml(tablekey: 1
name: results
until: 3h
Resources:
  Notes:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: Notes
      StreamSpecification: { StreamViewType: NEW_IMAGE }
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true })yaml" +
                             std::string(kTable) + R"yaml(
timeline:
  - { at: 1m, do: dynamodb:PutItem, table: Notes, item: { id: a } }
  - { at: 2m, id: begin, do: dynamodb:GetShardIterator, table: Notes,
      ShardIteratorType: TRIM_HORIZON }
  - { at: 2m, id: newest, do: dynamodb:GetShardIterator, table: Notes, ShardIteratorType: LATEST }
  - { at: 3m, do: dynamodb:PutItem, table: Notes, item: { id: b } }
  - { at: 4m, id: first, do: dynamodb:GetRecords, ShardIterator: !GetAtt begin.ShardIterator,
      Limit: 1 }
  - { at: 4m, id: second, do: dynamodb:GetRecords, ShardIterator: !GetAtt first.NextShardIterator }
  - { at: 4m, id: late, do: dynamodb:GetRecords, ShardIterator: !GetAtt newest.ShardIterator }
  - { at: 20m, id: expired, do: dynamodb:GetRecords, ShardIterator: !GetAtt begin.ShardIterator }
  - { at: 20m, id: next-expired, do: dynamodb:GetRecords,
      ShardIterator: !GetAtt second.NextShardIterator }
  - { at: 21m, id: at, do: dynamodb:GetShardIterator, table: Notes,
      ShardIteratorType: AT_SEQUENCE_NUMBER, SequenceNumber: !GetAtt late.SequenceNumber }
  - { at: 22m, id: again, do: dynamodb:GetRecords, ShardIterator: !GetAtt at.ShardIterator }
  - { at: 23m, id: short, do: dynamodb:GetRecords, table: Notes, ShardIteratorType: TRIM_HORIZON }
  - { at: 50m, id: short-next, do: dynamodb:GetRecords, table: Notes,
      ShardIterator: !GetAtt short.NextShardIterator }

  - { at: 1h, id: saved, do: dynamodb:CreateBackup, table: Notes, BackupName: saved }
  - { at: 61m, id: described, do: dynamodb:DescribeBackup, BackupArn: !GetAtt saved.BackupArn }
  - { at: 61m, id: restored, do: dynamodb:RestoreTableFromBackup,
      BackupArn: !GetAtt saved.BackupArn, TargetTableName: NotesAgain }
  - { at: 2h, id: dropped, do: dynamodb:DeleteBackup, BackupArn: !GetAtt saved.BackupArn }
  - { at: 2h, id: gone, do: dynamodb:RestoreTableFromBackup, BackupArn: !GetAtt saved.BackupArn,
      TargetTableName: NotesOnceMore }
  - { at: 2h, id: out, do: dynamodb:ExportTableToPointInTime, table: Notes, S3Bucket: archive }
  - { at: 2h, id: exported, do: dynamodb:DescribeExport, ExportArn: !GetAtt out.ExportArn }
  - { at: 2h, id: unknown, do: dynamodb:DescribeExport,
      ExportArn: "arn:aws:dynamodb:eu-west-1:111122223333:table/Notes/export/0" }
expect:
  - returned(step=first) == 1
  - returned(step=second) == 1
  - returned(step=late) == 1
  - outcome(step=expired) == ExpiredIteratorException
  - outcome(step=next-expired) == ExpiredIteratorException
  - returned(step=again) == 1
  - returned(step=short) == 2
  - outcome(step=short-next) == success
  - outcome(step=saved) == success
  - outcome(step=described) == success
  - outcome(step=restored) == success
  - outcome(step=dropped) == success
  - outcome(step=gone) == BackupNotFoundException
  - outcome(step=exported) == success
  - outcome(step=unknown) == ExportNotFoundException
)yaml";
  CHECK(run_and_hold(source) == run_and_hold(source));
}

// One client of each provider; the fields that tell them apart.
const std::vector<std::pair<std::string, std::string>> kClients = {
    {"Direct", "Provider: DirectKms, KeyId: !GetAtt ItemKey.Arn"},
    {"Aes", "Provider: Wrapped, KeyName: one"},
    {"AesOther", "Provider: Wrapped, KeyName: two"},
    {"Rsa",
     "Provider: Wrapped, KeyName: one, "
     "WrappingAlgorithm: RSA/ECB/OAEPWithSHA-256AndMGF1Padding"},
    {"RsaOther",
     "Provider: Wrapped, KeyName: two, "
     "WrappingAlgorithm: RSA/ECB/OAEPWithSHA-256AndMGF1Padding"},
    {"Recent",
     "Provider: MostRecent, KeyName: one, KeyId: !GetAtt ItemKey.Arn, "
     "KeyStore: !Ref Keys, CacheTtl: 5m"},
    {"RecentOther",
     "Provider: MostRecent, KeyName: two, KeyId: !GetAtt ItemKey.Arn, "
     "KeyStore: !Ref Keys, CacheTtl: 5m"},
    {"Fixed", "Provider: Static, KeyName: one"},
    {"Sdk", "Provider: DirectKms, KeyId: !GetAtt ItemKey.Arn, Format: DatabaseEncryptionSdk"},
};

TEST_CASE("what a client of any provider seals is opened by its own kind and by no other") {
  std::string source = R"yaml(tablekey: 1
name: clients
until: 3h
Resources:
  ItemKey: { Type: AWS::KMS::Key }
  Notes:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: Notes)yaml" +
                       std::string(kTable) + R"yaml(
  Keys:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: Keys
      KeySchema: [{ AttributeName: N, KeyType: HASH }, { AttributeName: V, KeyType: RANGE }]
      AttributeDefinitions:
        - { AttributeName: N, AttributeType: S }
        - { AttributeName: V, AttributeType: N }
)yaml";
  std::string timeline = "timeline:\n", expect = "expect:\n";
  for (const auto& [name, properties] : kClients) {
    source +=
        fmt::format("  {}: {{ Type: Tablekey::DynamoDB::ItemEncryptor, Properties: {{ {} }} }}\n",
                    name, properties);
    timeline += fmt::format(
        "  - {{ at: 1h, id: put-{0}, do: dynamodb:PutItem, table: Notes, encryptor: {0}, item: {{ "
        "id: {0}, text: secret }} }}\n",
        name);
    expect += fmt::format("  - outcome(step=put-{}) == success\n", name);
  }
  int minute = 61;
  for (const auto& [sealed, ignored] : kClients) {
    for (const auto& [reader, other] : kClients) {
      timeline += fmt::format(
          "  - {{ at: {2}m, id: get-{0}-{1}, do: dynamodb:GetItem, table: Notes, encryptor: {1}, "
          "key: {{ id: {0} }} }}\n",
          sealed, reader, minute++);
      expect += fmt::format("  - outcome(step=get-{}-{}) == {}\n", sealed, reader,
                            sealed == reader ? "success" : "ValidationException");
    }
  }
  source += timeline + expect;
  CHECK(run_and_hold(source) == run_and_hold(source));
}

}  // namespace

}  // namespace step_results_test
