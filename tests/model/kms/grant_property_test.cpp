// Goal: laws of grants that hold whatever they say (kms.md 5.2). Method: grants and requests drawn
// from few keys, values and operations, so that they often fit.
#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "model/kms/grant_making.h"
#include "tests/model/kms/grant_fixture.h"

namespace tablekey::model::kms::grant_property_test {
namespace {

using enum GrantOperation;

const std::vector<std::string> kKeys = {"a", "b", "c"};
const std::vector<std::string> kValues = {"", "1", "2"};
const std::vector<std::string> kSources = {"",
                                           "arn:aws:dynamodb:us-west-2:111122223333:table/Books",
                                           "arn:aws:dynamodb:us-west-2:111122223333:table/B*",
                                           "arn:aws:dynamodb:*:111122223333:table/?ooks",
                                           "arn:aws:dynamodb:*:*:table/*",
                                           "arn:aws:s3:::bucket"};

Pairs draw_pairs() {
  Pairs pairs;
  for (const std::string& key : kKeys) {
    if (*rc::gen::arbitrary<bool>()) pairs.emplace_back(key, *rc::gen::elementOf(kValues));
  }
  return pairs;
}

GrantTerms draw_grant() {
  GrantTerms terms = grant_of(GrantOperations::from_bits(*rc::gen::arbitrary<std::uint32_t>()));
  terms.operations.add(create_grant);
  terms.constraint =
      *rc::gen::element(GrantConstraint::none, GrantConstraint::equals, GrantConstraint::subset);
  if (terms.constraint != GrantConstraint::none) terms.pairs = draw_pairs();
  terms.source_arn = *rc::gen::elementOf(kSources);
  return terms;
}

/// A child of the grant, often: the grant with something taken away or added.
GrantTerms draw_child(const GrantTerms& parent) {
  GrantTerms child = *rc::gen::arbitrary<bool>() ? draw_grant() : parent;
  const auto kept = *rc::gen::arbitrary<std::uint32_t>();
  child.operations = GrantOperations::from_bits(child.operations.bits() & kept);
  child.operations.add(create_grant);
  if (*rc::gen::arbitrary<bool>()) child.constraint = GrantConstraint::equals;
  if (*rc::gen::arbitrary<bool>() && child.constraint != GrantConstraint::none) {
    std::map<std::string, std::string> pairs(child.pairs.begin(), child.pairs.end());
    pairs.emplace(*rc::gen::elementOf(kKeys), *rc::gen::elementOf(kValues));
    child.pairs = {pairs.begin(), pairs.end()};
  }
  if (*rc::gen::arbitrary<bool>()) child.source_arn = *rc::gen::elementOf(kSources);
  return child;
}

bool may_be_child(const GrantTerms& child, const GrantTerms& parent) {
  GrantUse use = use_of(create_grant);
  use.source_arn = parent.source_arn;  // fits itself, so that only the child is looked at
  use.child = &child;
  return grant_allows(view_of(parent), use);
}

/// A request that fits a grant often: its pairs with a change, an operation that it allows.
struct DrawnUse {
  explicit DrawnUse(const GrantTerms& near) : pairs(near.pairs) {
    if (*rc::gen::inRange(0, 4) == 0) pairs = draw_pairs();
    if (*rc::gen::inRange(0, 4) == 0 && !pairs.empty()) pairs.pop_back();
    if (near.source_arn.empty() || *rc::gen::inRange(0, 4) == 0) {
      source = *rc::gen::elementOf(kSources);
    } else if (near.source_arn.contains("dynamodb")) {
      source = kSources[3];
    }
    std::vector<GrantOperation> allowed;
    near.operations.for_each([&](GrantOperation one) { allowed.push_back(one); });
    operation = *rc::gen::elementOf(allowed);
  }

  Pairs pairs;
  std::string source;
  GrantOperation operation{};

  bool allowed_by(const GrantTerms& grant, const GrantTerms* child = nullptr) const {
    const ContextOfRequest context(pairs.begin(), pairs.end());
    GrantUse use = use_of(operation, context);
    use.source_arn = source;
    use.child = child;
    return grant_allows(view_of(grant), use);
  }
};

GrantDraft draft_of(const std::vector<std::string>& operations, const Pairs& pairs) {
  GrantDraft draft;
  draft.grantee = std::string(kAlice);
  draft.operations = operations;
  draft.subset = pairs;
  draft.name = "same";
  return draft;
}

}  // namespace

TEST_CASE("what a child grant allows, its parent allows") {
  rc::prop("whatever the two say", [] {
    const GrantTerms parent = draw_grant();
    const GrantTerms child = draw_child(parent);
    RC_PRE(may_be_child(child, parent));
    const DrawnUse use(child);
    const GrantTerms grandchild = draw_child(child);
    RC_CLASSIFY(use.allowed_by(child, &grandchild), "the child allows");
    if (use.allowed_by(child, &grandchild)) RC_ASSERT(use.allowed_by(parent, &grandchild));
  });
}

TEST_CASE("a grandchild could be a child: being no wider is transitive") {
  rc::prop("whatever the three say", [] {
    const GrantTerms parent = draw_grant();
    const GrantTerms child = draw_child(parent);
    const GrantTerms grandchild = draw_child(child);
    RC_PRE(may_be_child(child, parent) && may_be_child(grandchild, child));
    RC_ASSERT(may_be_child(grandchild, parent));
    RC_ASSERT(at_least_as_strict(grandchild, parent));
  });
}

TEST_CASE("a grant may be its own child") {
  rc::prop("whatever it says", [] {
    const GrantTerms one = draw_grant();
    RC_ASSERT(may_be_child(one, one));
  });
}

TEST_CASE("a subset constraint with more pairs never allows more") {
  rc::prop("whatever the request", [] {
    GrantTerms fewer = draw_grant();
    fewer.constraint = GrantConstraint::subset;
    GrantTerms more = fewer;
    std::map<std::string, std::string> pairs(fewer.pairs.begin(), fewer.pairs.end());
    pairs.emplace(*rc::gen::elementOf(kKeys), *rc::gen::elementOf(kValues));
    more.pairs = {pairs.begin(), pairs.end()};
    const DrawnUse use(more);
    RC_CLASSIFY(use.allowed_by(more, &more), "the stricter one allows");
    if (use.allowed_by(more, &more)) RC_ASSERT(use.allowed_by(fewer, &more));
  });
}

TEST_CASE("Equals never allows what Subset of the same pairs does not") {
  rc::prop("whatever the request", [] {
    GrantTerms exact = draw_grant();
    exact.constraint = GrantConstraint::equals;
    GrantTerms at_least = exact;
    at_least.constraint = GrantConstraint::subset;
    const DrawnUse use(exact);
    RC_CLASSIFY(use.allowed_by(exact, &exact), "the stricter one allows");
    if (use.allowed_by(exact, &exact)) RC_ASSERT(use.allowed_by(at_least, &exact));
  });
}

TEST_CASE("the order of operations, of a constraint's pairs and of a context never matters") {
  rc::prop("whatever they are", [] {
    const std::vector<std::string> operations = {"Decrypt", "Encrypt", "CreateGrant"};
    const Pairs pairs = draw_pairs();
    auto other_operations = operations;
    auto other_pairs = pairs;
    if (*rc::gen::arbitrary<bool>()) std::ranges::reverse(other_operations);
    std::ranges::rotate(other_pairs, other_pairs.begin() + (other_pairs.empty() ? 0 : 1));
    const GrantKeyTypes types = GrantKeyTypes::only(GrantKeyType::symmetric_encryption);
    const auto one = make_grant(draft_of(operations, pairs), types);
    const auto other = make_grant(draft_of(other_operations, other_pairs), types);
    RC_ASSERT(one && other && is_repetition(*one, *other));
    DrawnUse use(*one);
    const bool allowed = use.allowed_by(*one);
    std::ranges::reverse(use.pairs);
    RC_ASSERT(use.allowed_by(*other) == allowed);
  });
}

}  // namespace tablekey::model::kms::grant_property_test
