// Goal: evaluation allocates nothing, as design.md 7 asks. Method: count the calls of operator new
// in this test program around an evaluation that uses every kind of comparison.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>

#include "tests/model/iam/request_fixture.h"

// AddressSanitizer brings an allocator of its own, with a check that ours would trip over.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TABLEKEY_FOREIGN_ALLOCATOR
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define TABLEKEY_FOREIGN_ALLOCATOR
#endif

#if !defined(TABLEKEY_FOREIGN_ALLOCATOR)

namespace {

// Tests run on one thread, so a plain counter is enough.
std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace tablekey::model::iam {

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
