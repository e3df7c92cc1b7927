// The rows. `table` is our shorthand for TableName of a table that must exist; with it goes a
// request to that table's own Region.
#include "scenarios/dynamodb_operations.h"

#include <map>

namespace tablekey::scenarios {

const std::vector<DynamoDbOperationRow>& table_operations() {
  static const std::vector<DynamoDbOperationRow> kRows = {
      {"dynamodb:CreateTable", "table/TableName*", ""},
      {"dynamodb:DeleteTable", "table/TableName*", ""},
      {"dynamodb:UpdateTable",
       "table/TableName* key SSESpecification BillingMode ProvisionedThroughput "
       "OnDemandThroughput WarmThroughput TableClass DeletionProtectionEnabled "
       "StreamSpecification AttributeDefinitions GlobalSecondaryIndexUpdates ReplicaUpdates",
       ""},
      {"dynamodb:DescribeTable", "table/TableName*", ""},
      {"dynamodb:ListTables", "Limit ExclusiveStartTableName", ""},
      {"dynamodb:UpdateTimeToLive", "table/TableName* TimeToLiveSpecification*", ""},
      {"dynamodb:DescribeTimeToLive", "table/TableName*", ""},
      {"dynamodb:UpdateContinuousBackups", "table/TableName* PointInTimeRecoverySpecification*",
       ""},
      {"dynamodb:DescribeContinuousBackups", "table/TableName*", ""},
      {"dynamodb:CreateBackup", "table/TableName* BackupName*", "BackupArn"},
      {"dynamodb:DeleteBackup", "BackupArn*", ""},
      {"dynamodb:DescribeBackup", "BackupArn*", ""},
      {"dynamodb:ListBackups", "table/TableName Limit BackupType", ""},
      {"dynamodb:RestoreTableFromBackup",
       "BackupArn* TargetTableName* SSESpecificationOverride BillingModeOverride "
       "ProvisionedThroughputOverride OnDemandThroughputOverride LocalSecondaryIndexOverride "
       "GlobalSecondaryIndexOverride",
       ""},
      {"dynamodb:RestoreTableToPointInTime",
       "table/SourceTableName/SourceTableArn* TargetTableName* UseLatestRestorableTime "
       "RestoreDateTime SSESpecificationOverride BillingModeOverride "
       "ProvisionedThroughputOverride OnDemandThroughputOverride LocalSecondaryIndexOverride "
       "GlobalSecondaryIndexOverride",
       ""},
      {"dynamodb:ExportTableToPointInTime",
       "table/TableArn* S3Bucket* ExportTime S3Prefix S3BucketOwner S3SseAlgorithm S3SseKmsKeyId "
       "ExportFormat ClientToken",
       "ExportArn"},
      {"dynamodb:DescribeExport", "ExportArn*", ""},
      {"dynamodb:ListExports", "table/TableArn Limit", ""},
      {"dynamodb:CreateGlobalTable", "GlobalTableName* ReplicationGroup*", ""},
      {"dynamodb:UpdateGlobalTable", "GlobalTableName* ReplicaUpdates*", ""},
      {"dynamodb:DescribeGlobalTable", "GlobalTableName*", ""},
      {"dynamodb:ListGlobalTables", "Limit RegionName", ""},
      {"dynamodb:UpdateContributorInsights",
       "table/TableName* ContributorInsightsAction* IndexName", ""},
      {"dynamodb:DescribeContributorInsights", "table/TableName* IndexName", ""},
      {"dynamodb:TagResource", "table/ResourceArn* Tags*", ""},
      {"dynamodb:UntagResource", "table/ResourceArn* TagKeys*", ""},
      {"dynamodb:ListTagsOfResource", "table/ResourceArn*", ""},
      {"dynamodb:ListStreams", "table/TableName Limit", ""},
      {"dynamodb:DescribeStream", "table/StreamArn* Limit", ""},
      {"dynamodb:DescribeLimits", "", ""},
      {"dynamodb:DescribeEndpoints", "", ""},
  };
  return kRows;
}

const std::vector<DynamoDbOperationRow>& data_operations() {
  static const std::vector<DynamoDbOperationRow> kRows = {
      {"dynamodb:GetItem",
       "table/TableName* key/Key* ProjectionExpression ExpressionAttributeNames ConsistentRead "
       "ReturnConsumedCapacity",
       ""},
      {"dynamodb:PutItem",
       "table/TableName* item/Item* ConditionExpression ExpressionAttributeNames "
       "ExpressionAttributeValues ReturnValues ReturnConsumedCapacity",
       ""},
      {"dynamodb:DeleteItem",
       "table/TableName* key/Key* ConditionExpression ExpressionAttributeNames "
       "ExpressionAttributeValues ReturnValues ReturnConsumedCapacity",
       ""},
      {"dynamodb:Query",
       "table/TableName* key/KeyConditionExpression* IndexName FilterExpression "
       "ProjectionExpression ExpressionAttributeNames ExpressionAttributeValues Select Limit "
       "ScanIndexForward ConsistentRead ExclusiveStartKey ReturnConsumedCapacity",
       "LastEvaluatedKey"},
      {"dynamodb:Scan",
       "table/TableName* IndexName FilterExpression ProjectionExpression "
       "ExpressionAttributeNames ExpressionAttributeValues Select Limit ConsistentRead "
       "ExclusiveStartKey Segment TotalSegments ReturnConsumedCapacity",
       "LastEvaluatedKey"},
      {"dynamodb:UpdateItem",
       "table/TableName* key/Key* UpdateExpression ConditionExpression ExpressionAttributeNames "
       "ExpressionAttributeValues ReturnValues ReturnConsumedCapacity",
       ""},
      {"dynamodb:BatchGetItem", "RequestItems* ReturnConsumedCapacity", ""},
      {"dynamodb:BatchWriteItem", "RequestItems* ReturnConsumedCapacity", ""},
      {"dynamodb:TransactGetItems", "TransactItems* ReturnConsumedCapacity", ""},
      {"dynamodb:TransactWriteItems", "TransactItems* ClientRequestToken ReturnConsumedCapacity",
       ""},
      {"dynamodb:GetRecords",
       "table/StreamArn/ShardIterator* ShardIteratorType Shard FormerStream Limit",
       "NextShardIterator SequenceNumber"},
      {"dynamodb:GetShardIterator",
       "table/StreamArn* ShardIteratorType* Shard SequenceNumber FormerStream", "ShardIterator"},
  };
  return kRows;
}

// Nothing is published about keys behind the first of these; the README's limits name the others.
const LeftOut* left_out(std::string_view action) {
  static constexpr LeftOut kKinesis{
      "Kinesis Data Streams destinations are not modelled",
      "DynamoDB's own stream is: UpdateTable with StreamSpecification"};
  static constexpr LeftOut kPartiQl{"PartiQL is not modelled",
                                    "the same request by its own operation is"};
  static constexpr LeftOut kImport{"imports are not modelled", "Items in a table's Metadata are"};
  static constexpr LeftOut kPolicy{"resource-based policies are not modelled", ""};
  static const std::map<std::string_view, const LeftOut*> kAll = {
      {"dynamodb:EnableKinesisStreamingDestination", &kKinesis},
      {"dynamodb:DisableKinesisStreamingDestination", &kKinesis},
      {"dynamodb:DescribeKinesisStreamingDestination", &kKinesis},
      {"dynamodb:UpdateKinesisStreamingDestination", &kKinesis},
      {"dynamodb:ExecuteStatement", &kPartiQl},
      {"dynamodb:BatchExecuteStatement", &kPartiQl},
      {"dynamodb:ExecuteTransaction", &kPartiQl},
      {"dynamodb:ImportTable", &kImport},
      {"dynamodb:DescribeImport", &kImport},
      {"dynamodb:ListImports", &kImport},
      {"dynamodb:PutResourcePolicy", &kPolicy},
      {"dynamodb:GetResourcePolicy", &kPolicy},
      {"dynamodb:DeleteResourcePolicy", &kPolicy},
  };
  const auto found = kAll.find(action);
  return found == kAll.end() ? nullptr : found->second;
}

const DynamoDbOperationRow* find_dynamodb_operation(std::string_view action) {
  for (const auto* rows : {&table_operations(), &data_operations()}) {
    for (const DynamoDbOperationRow& row : *rows) {
      if (row.name == action) return &row;
    }
  }
  return nullptr;
}

}  // namespace tablekey::scenarios
