// Policies by name: those of dynamodb.md 4.3, and the systems of 4.5 as far as their rule is known.
#include <array>
#include <span>

#include "model/dynamodb/cache/figures.h"

namespace tablekey::model {
namespace {

constexpr auto kPolicies = std::to_array<CachePolicyRow>({
    {"idle-connection", "ends when a connection has not used it for ttl",
     "the seed's words (dynamodb.md 4.3)", "scope=connection idle_timeout=ttl"},
    {"fixed-connection", "ends ttl after its Decrypt, for each connection",
     "measured (dynamodb.md 4.2, 4.3)", "scope=connection max_age=ttl"},
    {"idle-principal", "ends when a principal has not used it for ttl",
     "the text of 2018-05 (dynamodb.md 4.1, 4.3)", "scope=principal idle_timeout=ttl"},
    {"fixed-principal", "ends ttl after its Decrypt, for each principal", "dynamodb.md 4.3",
     "scope=principal max_age=ttl"},
    {"fixed-caller", "ends ttl after its Decrypt, for each principal in each session",
     "the wording of about 2024 (dynamodb.md 4.1, 4.3)", "scope=caller max_age=ttl"},
    {"static-stable", "is renewed every ttl behind the requests, and serves on while KMS is down",
     "routers as published in 2022 (dynamodb.md 4.1, 4.3)",
     "scope=router authorization=principal refresh_after=ttl max_age=12h stale_max=12h"},
    {"router-shared", "ends ttl after its Decrypt, for each router and principal",
     "dynamodb.md 4.3", "scope=router authorization=principal max_age=ttl"},
    {"none", "is not cached: every request asks KMS", "dynamodb.md 4.3", "scope=none"},
    {"bounded", "ends after ttl, 1,000 uses or 1 GB, whichever is first", "dynamodb.md 4.3",
     "scope=connection max_age=ttl max_uses=1000 max_bytes=1000000000"},
    {"grace", "ends ttl after its Decrypt, with 500 ms in which one request renews it",
     "dynamodb.md 4.3, 4.5", "scope=connection max_age=ttl grace=500ms"},
    {"storm", "ends ttl after its Decrypt, renewed in the last 10 s by one request a second",
     "dynamodb.md 4.3, 4.5", "scope=connection max_age=ttl storm_grace=10s coalesce=false"},
    {"process-lifetime", "stays as long as its connection", "dynamodb.md 4.5", "scope=connection"},
    // systems of dynamodb.md 4.5
    {"keyspaces", "Amazon Keyspaces", "dynamodb.md 4.5", "scope=connection idle_timeout=5m"},
    {"dax", "DynamoDB Accelerator: read when the cluster starts, never again", "dynamodb.md 4.5",
     "scope=router"},
    {"aws-encryption-sdk",
     "the caching materials manager of the AWS Encryption SDK; max age is the user's choice (ttl)",
     "dynamodb.md 4.5", "scope=principal max_age=ttl max_uses=4294967296"},
    {"most-recent-provider", "the DynamoDB Encryption Client's old MostRecentProvider",
     "dynamodb.md 4.5", "scope=principal"},
    {"caching-most-recent-provider", "the DynamoDB Encryption Client's CachingMostRecentProvider",
     "dynamodb.md 4.5", "scope=principal max_age=ttl grace=500ms capacity=1000"},
    {"hierarchical-keyring", "the hierarchical keyring with its storm-tracking cache",
     "dynamodb.md 4.5", "scope=principal max_age=ttl storm_grace=10s capacity=1000 coalesce=false"},
    {"s3-bucket-key", "S3 Bucket Keys: for each session; the time is not published (ttl)",
     "dynamodb.md 4.5", "scope=caller max_age=ttl"},
    {"ebs", "EBS: until the volume is detached", "dynamodb.md 4.5", "scope=router"},
    {"rds", "RDS and Aurora: while the instance runs", "dynamodb.md 4.5", "scope=router"},
    {"workmail", "Amazon WorkMail", "dynamodb.md 4.5", "scope=caller max_age=1m"},
    {"mongodb-csfle", "MongoDB client-side field level and queryable encryption", "dynamodb.md 4.5",
     "scope=principal max_age=1m"},
    {"scylladb", "ScyllaDB's KMS provider", "dynamodb.md 4.5", "scope=router max_age=10m"},
    {"cockroachdb", "CockroachDB: until the node restarts", "dynamodb.md 4.5", "scope=router"},
    {"vault-auto-unseal", "Vault and OpenBao: until the process restarts", "dynamodb.md 4.5",
     "scope=router"},
    {"tink-envelope", "Tink's KMS envelope AEAD: one call an operation", "dynamodb.md 4.5",
     "scope=none"},
});

}  // namespace

std::span<const CachePolicyRow> cache_policies() { return kPolicies; }

}  // namespace tablekey::model
