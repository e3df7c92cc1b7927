// Goal: evaluation allocates nothing, as design.md 7 asks. Method: count the calls of operator new
// in this test program around an evaluation that uses every kind of comparison.
#include <catch2/catch.hpp>

#include "tests/model/iam/request_fixture.h"
#include "tests/support/counted_allocations.h"

#ifdef TABLEKEY_COUNTS_ALLOCATIONS

namespace tablekey::model::iam {

using test::allocations;

TEST_CASE("an evaluation with every kind of comparison allocates nothing") {
  const Policy key = policy_of(R"({"Version": "2012-10-17", "Statement": [
      {"Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:user/alice",
       "111122223333"]}, "Action": "kms:*", "Resource": "*"},
      {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:De*",
       "Resource": "arn:aws:kms:*:111122223333:key/${aws:PrincipalTag/key}", "Condition": {
         "StringLike": {"kms:ViaService": "dynamodb.*.amazonaws.com"},
         "StringEqualsIgnoreCase": {"aws:username": "${aws:username, 'nobody at all, really'}"},
         "NumericLessThan": {"aws:MultiFactorAuthAge": "3600.5"},
         "DateGreaterThan": {"aws:CurrentTime": "2018-02-14T00:00:00Z"},
         "IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]},
         "BinaryEquals": {"k:bytes": "QmluYXJ5VmFsdWVJbkJhc2U2NA=="},
         "ArnLike": {"aws:SourceArn": "arn:aws:dynamodb:*:${aws:PrincipalAccount}:table/*"},
         "ForAllValues:StringLike": {"kms:EncryptionContextKeys": "aws:dynamodb:*"},
         "Bool": {"aws:SecureTransport": "true"}, "Null": {"kms:GrantOperations": "true"}}}]})");
  const Policy identity = policy_of(R"({"Version": "2012-10-17", "Statement":
      {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}})",
                                    PolicyKind::identity);
  const Policy* identities[] = {&identity};
  RequestFixture request;
  request.with("aws:PrincipalTag/key", "1234abcd-12ab-34cd-56ef-1234567890ab")
      .with("kms:ViaService", "dynamodb.us-west-2.amazonaws.com")
      .with("aws:username", "a name that is too long for a small string")
      .with("aws:MultiFactorAuthAge", "3600")
      .with("aws:CurrentTime", "2018-02-14T00:15:15.250Z")
      .with("aws:SourceIp", "2001:db8::1")
      .with("k:bytes", "QmluYXJ5VmFsdWVJbkJhc2U2NA")
      .with("aws:PrincipalAccount", kTestAccount)
      .with("aws:SourceArn", "arn:aws:dynamodb:us-west-2:111122223333:table/Books")
      .with_many("kms:EncryptionContextKeys",
                 {"aws:dynamodb:tableName", "aws:dynamodb:subscriberId"})
      .with("aws:SecureTransport", "true");
  const Request& asked = request.get();
  PolicySet policies{.key_policy = &key, .identities = identities};
  const Policy* const everything[] = {&key};
  policies.boundary = &identity;
  policies.session_policies = identities;
  policies.scps = identities;
  policies.rcps = everything;
  policies.endpoint_policy = &key;
  const std::size_t before = allocations;
  const Decision decision = evaluate(asked, policies);
  const std::size_t after = allocations;
  CHECK(decision.by == DecidedBy::identity_policy);
  CHECK(after == before);
  CHECK(explain(asked, policies).decision == decision);
  CHECK(allocations > after);
}

}  // namespace tablekey::model::iam

#endif
