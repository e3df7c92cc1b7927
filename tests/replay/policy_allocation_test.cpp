// Goal: comparing a request with a grant allocates nothing, since every simulated call under a
// grant does it. Method: count the calls of operator new in this test program around comparisons of
// every kind. It stands here because the model's test program counts already, for the policy
// engine.
#include <array>
#include <catch2/catch.hpp>

#include "tests/model/kms/grant_fixture.h"
#include "tests/support/counted_allocations.h"

#ifdef TABLEKEY_COUNTS_ALLOCATIONS

namespace tablekey::model::kms {

using test::allocations;

TEST_CASE("comparing requests with a grant allocates nothing") {
  using enum GrantOperation;
  GrantTerms parent = grant_of({decrypt, create_grant, retire_grant}, GrantConstraint::subset,
                               {{"aws:dynamodb:subscriberId", "111122223333"},
                                {"aws:dynamodb:tableName", "a table with a long enough name"}},
                               kRoot);
  parent.source_arn = "arn:aws:dynamodb:*:111122223333:table/*";
  const GrantTerms child = parent;
  const std::array<std::pair<std::string_view, std::string_view>, 2> context = {
      {{"aws:dynamodb:tableName", "a table with a long enough name"},
       {"aws:dynamodb:subscriberId", "111122223333"}}};
  GrantUse use = use_of(decrypt, context, session(kAppSession, kAppRole));
  use.source_arn = "arn:aws:dynamodb:us-west-2:111122223333:table/Books";
  use.child = &child;
  const std::size_t before = allocations;
  const bool decrypts = grant_allows(view_of(parent), use);
  use.operation = create_grant;
  const bool creates = grant_allows(view_of(parent), use);
  use.child = nullptr;
  const bool creates_nothing = grant_allows(view_of(parent), use);
  const RetireAuthority authority = retire_authority(view_of(parent), use.caller, true);
  const bool repeats = is_repetition(parent, child);
  const std::size_t after = allocations;
  CHECK(after == before);
  CHECK(decrypts);
  CHECK(creates);
  CHECK_FALSE(creates_nothing);
  CHECK(authority == RetireAuthority::grantee);
  CHECK_FALSE(repeats);
}

}  // namespace tablekey::model::kms

#endif
