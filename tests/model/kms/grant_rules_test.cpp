// Goal: a grant allows what kms.md 5.2 says and nothing else, may be the parent of what is no wider
// than itself, and is retired by those of 5.5. Method: one rule a test, with its near misses.
#include "model/kms/grant_rules.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/model/kms/grant_fixture.h"

namespace tablekey::model::kms::grant_rules_test {
namespace {

using enum GrantOperation;
using enum GrantConstraint;

constexpr std::string_view kTable = "arn:aws:dynamodb:us-west-2:111122223333:table/Books";

}  // namespace

TEST_CASE("a grant is of one key: a sibling in another Region has its own grants") {
  const GrantTerms terms = grant_of({decrypt});
  GrantUse use = use_of(decrypt);
  CHECK(mismatch(view_of(terms), use) == GrantMismatch::none);
  use.key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  CHECK(mismatch(view_of(terms), use) == GrantMismatch::key);
  CHECK(grant_allows({&terms, {}, {}}, use));  // whoever looks among the key's own grants
}

TEST_CASE("a grant allows its operations, each half of ReEncrypt is its own") {
  const GrantTerms terms = grant_of({decrypt, re_encrypt_from});
  CHECK(grant_allows(view_of(terms), use_of(decrypt)));
  CHECK(grant_allows(view_of(terms), use_of(re_encrypt_from)));
  CHECK(mismatch(view_of(terms), use_of(re_encrypt_to)) == GrantMismatch::operation);
  CHECK(mismatch(view_of(terms), use_of(encrypt)) == GrantMismatch::operation);
}

TEST_CASE("a user is granted by ARN or unique id, in its own case and account") {
  CHECK(is_principal(kAlice, user(kAlice)));
  CHECK(is_principal("AIDAEXAMPLEALICE0001", user(kAlice, kGrantAccount, "AIDAEXAMPLEALICE0001")));
  CHECK_FALSE(is_principal("AIDAEXAMPLEALICE0001", user(kAlice)));
  CHECK_FALSE(is_principal(kAlice, user("arn:aws:iam::111122223333:user/Alice")));
  CHECK_FALSE(is_principal(kAlice, user("arn:aws:iam::444455556666:user/alice", kOtherAccount)));
  CHECK_FALSE(is_principal("", user(kAlice)));
}

TEST_CASE("a role is granted with every session of it, a session alone") {
  const GrantCaller caller = session(kAppSession, kAppRole, kGrantAccount, "AROAEXAMPLEAPP00001");
  CHECK(is_principal(kAppRole, caller));
  CHECK(is_principal(kAppSession, caller));
  CHECK(is_principal("AROAEXAMPLEAPP00001", caller));
  CHECK_FALSE(is_principal("arn:aws:sts::111122223333:assumed-role/App/s2", caller));
  CHECK_FALSE(is_principal("arn:aws:iam::111122223333:role/service/App", caller));
  CHECK_FALSE(is_principal("arn:aws:iam::444455556666:role/App", caller));
  CHECK(is_principal("arn:aws:iam::111122223333:role/service/App",
                     session(kAppSession, "arn:aws:iam::111122223333:role/service/App")));
}

TEST_CASE("an account is granted with everyone in it, and services are in none") {
  for (const std::string_view account : {kRoot, kGrantAccount}) {
    CHECK(is_principal(account, root(kRoot, kGrantAccount)));
    CHECK(is_principal(account, user(kAlice)));
    CHECK(is_principal(account, session(kAppSession, kAppRole)));
    CHECK_FALSE(is_principal(account, root(kOtherRoot, kOtherAccount)));
    CHECK_FALSE(is_principal(account, service("dynamodb.amazonaws.com")));
  }
  CHECK_FALSE(is_principal("arn:aws-cn:iam::111122223333:root", user(kAlice)));
  CHECK_FALSE(is_principal("arn:aws:sts::111122223333:root", user(kAlice)));
  CHECK_FALSE(is_principal(kAlice, root(kRoot, kGrantAccount)));
}

TEST_CASE("a federated user is granted by its own ARN") {
  const std::string_view bob = "arn:aws:sts::111122223333:federated-user/Bob";
  CHECK(is_principal(bob, user(bob)));
  CHECK_FALSE(is_principal("arn:aws:sts::111122223333:federated-user/bob", user(bob)));
}

TEST_CASE("a service is granted by either of its names, in either field") {
  const GrantCaller caller = service("dynamodb.amazonaws.com", "dynamodb.us-west-2.amazonaws.com");
  GrantTerms terms = grant_of({decrypt}, none, {}, "dynamodb.us-west-2.amazonaws.com");
  CHECK(is_grantee(terms, caller));
  CHECK_FALSE(is_grantee(terms, service("dynamodb.amazonaws.com")));
  CHECK_FALSE(is_grantee(terms, service("dynamodb.eu-west-1.amazonaws.com")));
  terms.grantee.clear();
  terms.grantee_service = "dynamodb.amazonaws.com";
  CHECK(is_grantee(terms, caller));
  CHECK_FALSE(is_grantee(terms, user("dynamodb.amazonaws.com")));
}

TEST_CASE("EncryptionContextEquals wants exactly its pairs, in any order and their own case") {
  const GrantTerms terms = grant_of({decrypt}, equals, {{"a", "1"}, {"b", "2"}});
  const auto allows = [&](const ContextOfRequest& context) {
    return grant_allows(view_of(terms), use_of(decrypt, context));
  };
  CHECK(allows({{"a", "1"}, {"b", "2"}}));
  CHECK(allows({{"b", "2"}, {"a", "1"}}));
  CHECK_FALSE(allows({{"a", "1"}}));
  CHECK_FALSE(allows({{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  CHECK_FALSE(allows({{"A", "1"}, {"b", "2"}}));
  CHECK_FALSE(allows({{"a", "1"}, {"b", "2 "}}));
  CHECK_FALSE(allows({}));
  CHECK(mismatch(view_of(terms), use_of(decrypt)) == GrantMismatch::encryption_context);
}

TEST_CASE("EncryptionContextSubset wants at least its pairs") {
  const GrantTerms terms = grant_of({encrypt}, subset, {{"a", "1"}, {"b", "2"}});
  const auto allows = [&](const ContextOfRequest& context) {
    return grant_allows(view_of(terms), use_of(encrypt, context));
  };
  CHECK(allows({{"a", "1"}, {"b", "2"}}));
  CHECK(allows({{"c", "3"}, {"b", "2"}, {"a", "1"}}));
  CHECK_FALSE(allows({{"a", "1"}}));
  CHECK_FALSE(allows({{"a", "1"}, {"b", "3"}, {"c", "3"}}));
  CHECK_FALSE(allows({{"a", "2"}, {"b", "1"}}));
  CHECK_FALSE(allows({}));
}

TEST_CASE("a constraint of no pairs: Equals wants an empty context, Subset wants nothing") {
  const GrantTerms exact = grant_of({decrypt}, equals);
  const GrantTerms at_least = grant_of({decrypt}, subset);
  const ContextOfRequest some = {{"a", "1"}};
  CHECK(grant_allows(view_of(exact), use_of(decrypt)));
  CHECK_FALSE(grant_allows(view_of(exact), use_of(decrypt, some)));
  CHECK(grant_allows(view_of(at_least), use_of(decrypt)));
  CHECK(grant_allows(view_of(at_least), use_of(decrypt, some)));
}

TEST_CASE("context constraints are ignored for DescribeKey and RetireGrant only") {
  for (const GrantConstraint constraint : {equals, subset}) {
    const GrantTerms terms = grant_of({describe_key, retire_grant, decrypt, generate_data_key},
                                      constraint, {{"a", "1"}});
    CHECK(grant_allows(view_of(terms), use_of(describe_key)));
    CHECK(grant_allows(view_of(terms), use_of(retire_grant)));
    CHECK_FALSE(grant_allows(view_of(terms), use_of(decrypt)));
    CHECK_FALSE(grant_allows(view_of(terms), use_of(generate_data_key)));
  }
}

TEST_CASE("SourceArn is held against the calling service's resource, but not for RetireGrant") {
  GrantTerms terms = grant_of({decrypt, describe_key, retire_grant});
  terms.source_arn = "arn:aws:dynamodb:*:111122223333:table/Boo?s";
  GrantUse use = use_of(decrypt);
  CHECK(mismatch(view_of(terms), use) == GrantMismatch::source_arn);
  use.source_arn = kTable;
  CHECK(grant_allows(view_of(terms), use));
  use.operation = describe_key;
  CHECK(grant_allows(view_of(terms), use));
  use.source_arn = "arn:aws:dynamodb:us-west-2:111122223333:table/Magazines";
  CHECK_FALSE(grant_allows(view_of(terms), use));
  use.operation = retire_grant;
  CHECK(grant_allows(view_of(terms), use));
}

TEST_CASE("an ARN is compared part by part, and no wildcard reaches over a colon") {
  CHECK(arn_like(kTable, kTable));
  CHECK(arn_like("arn:*:dynamodb:*:*:table/*", kTable));
  CHECK(arn_like("arn:aws:dynamodb:us-w?st-2:111122223333:*", kTable));
  CHECK_FALSE(arn_like("arn:aws:*", kTable));
  CHECK_FALSE(arn_like("arn:aws:dynamodb:*:table/Books", kTable));
  CHECK_FALSE(arn_like("*", kTable));
  CHECK_FALSE(arn_like("arn:aws:dynamodb:us-west-2:111122223333:table/books", kTable));
  CHECK_FALSE(arn_like(kTable, ""));
  CHECK(arn_like("arn:aws:s3:::*", "arn:aws:s3:::a:b:c"));
}

TEST_CASE("both grants of a ReEncrypt have the same SourceArn") {
  GrantTerms source = grant_of({re_encrypt_from});
  GrantTerms destination = grant_of({re_encrypt_to});
  CHECK(may_serve_together(source, destination));
  source.source_arn = kTable;
  CHECK_FALSE(may_serve_together(source, destination));
  destination.source_arn = kTable;
  CHECK(may_serve_together(source, destination));
}

TEST_CASE("under a grant one may grant what it allows, and no more") {
  const GrantTerms parent = grant_of({decrypt, generate_data_key, create_grant});
  const auto under = [&](GrantOperations operations) {
    const GrantTerms child = grant_of(operations, none, {}, kAppRole);
    GrantUse use = use_of(create_grant);
    use.child = &child;
    return mismatch(view_of(parent), use);
  };
  CHECK(under({decrypt}) == GrantMismatch::none);
  CHECK(under({decrypt, generate_data_key, create_grant}) == GrantMismatch::none);
  CHECK(under({decrypt, encrypt}) == GrantMismatch::child_operations);
  CHECK(under({retire_grant}) == GrantMismatch::child_operations);
  const GrantTerms childless = grant_of({decrypt});
  CHECK(mismatch(view_of(childless), use_of(create_grant)) == GrantMismatch::operation);
}

TEST_CASE("a child grant is at least as strict as its parent") {
  const Pairs one = {{"a", "1"}};
  const Pairs two = {{"a", "1"}, {"b", "2"}};
  const auto stricter = [](GrantConstraint child, const Pairs& child_pairs, GrantConstraint parent,
                           const Pairs& parent_pairs) {
    return at_least_as_strict(grant_of({decrypt}, child, child_pairs),
                              grant_of({decrypt}, parent, parent_pairs));
  };
  CHECK(stricter(none, {}, none, {}));
  CHECK(stricter(subset, one, none, {}));
  CHECK(stricter(equals, one, none, {}));
  CHECK(stricter(subset, one, subset, one));
  CHECK(stricter(subset, two, subset, one));
  CHECK(stricter(equals, one, subset, one));
  CHECK(stricter(equals, two, subset, one));
  CHECK(stricter(equals, two, equals, two));
  CHECK_FALSE(stricter(none, {}, subset, one));
  CHECK_FALSE(stricter(none, {}, equals, one));
  CHECK_FALSE(stricter(subset, one, subset, two));
  CHECK_FALSE(stricter(subset, {{"a", "2"}}, subset, one));
  CHECK_FALSE(stricter(subset, one, equals, one));
  CHECK_FALSE(stricter(subset, two, equals, one));
  CHECK_FALSE(stricter(equals, two, equals, one));
  CHECK_FALSE(stricter(equals, one, equals, two));
}

TEST_CASE("a child's SourceArn is its parent's, or one that the parent's takes in") {
  const auto stricter = [](std::string_view child, std::string_view parent) {
    GrantTerms inner = grant_of({decrypt});
    GrantTerms outer = inner;
    inner.source_arn = child;
    outer.source_arn = parent;
    return at_least_as_strict(inner, outer);
  };
  const std::string_view tables = "arn:aws:dynamodb:*:111122223333:table/*";
  CHECK(stricter(kTable, ""));
  CHECK(stricter("", ""));
  CHECK(stricter(kTable, kTable));
  CHECK(stricter(kTable, tables));
  CHECK(stricter("arn:aws:dynamodb:us-*:111122223333:table/B*", tables));
  CHECK(stricter(tables, tables));
  CHECK_FALSE(stricter("", kTable));
  CHECK_FALSE(stricter(tables, kTable));
  CHECK_FALSE(stricter("arn:aws:dynamodb:*:111122223333:table/*",
                       "arn:aws:dynamodb:*:111122223333:table/?"));
}

TEST_CASE("a CreateGrant that names no grant needs a parent that constrains nothing") {
  const GrantTerms open = grant_of({create_grant});
  const GrantTerms constrained = grant_of({create_grant}, subset, {{"a", "1"}});
  CHECK(grant_allows(view_of(open), use_of(create_grant)));
  CHECK(mismatch(view_of(constrained), use_of(create_grant)) == GrantMismatch::child_constraints);
}

TEST_CASE("a grant is retired by its retiring principal, of either kind") {
  GrantTerms terms = grant_of({decrypt});
  terms.retiring = kAppRole;
  const GrantCaller app = session(kAppSession, kAppRole);
  CHECK(retire_authority(view_of(terms), app, false) == RetireAuthority::retiring_principal);
  CHECK(retire_authority(view_of(terms), user(kAlice), false) == RetireAuthority::none);
  terms.retiring.clear();
  terms.retiring_service = "dynamodb.amazonaws.com";
  CHECK(retire_authority(view_of(terms), service("dynamodb.amazonaws.com"), false) ==
        RetireAuthority::retiring_principal);
  CHECK(retire_authority(view_of(terms), app, false) == RetireAuthority::none);
}

TEST_CASE("a grant is retired by its grantee if RetireGrant is among the operations") {
  const GrantTerms without = grant_of({decrypt});
  const GrantTerms with = grant_of({decrypt, retire_grant}, equals, {{"a", "1"}});
  CHECK(retire_authority(view_of(without), user(kAlice), false) == RetireAuthority::none);
  CHECK(retire_authority(view_of(with), user(kAlice), false) == RetireAuthority::grantee);
  CHECK(retire_authority(view_of(with), session(kAppSession, kAppRole), false) ==
        RetireAuthority::none);
}

TEST_CASE("a grant is retired by the account that made it, which may delegate that in IAM") {
  const GrantTerms terms = grant_of({decrypt}, none, {}, kAppRole);
  CHECK(retire_authority(view_of(terms), root(kRoot, kGrantAccount), false) ==
        RetireAuthority::issuing_account);
  CHECK(retire_authority(view_of(terms), root(kOtherRoot, kOtherAccount), false) ==
        RetireAuthority::none);
  CHECK(retire_authority(view_of(terms), user(kAlice), false) == RetireAuthority::none);
  CHECK(retire_authority(view_of(terms), user(kAlice), true) == RetireAuthority::delegated);
  CHECK(retire_authority({&terms, kGrantKey, kRoot}, user(kAlice), true) ==
        RetireAuthority::delegated);
  const GrantCaller other = user("arn:aws:iam::444455556666:user/bob", kOtherAccount);
  CHECK(retire_authority(view_of(terms), other, true) == RetireAuthority::none);
}

TEST_CASE("a retiring account is its root, and whom it delegates to") {
  GrantTerms terms = grant_of({decrypt});
  terms.retiring = kOtherRoot;
  const GrantCaller other = user("arn:aws:iam::444455556666:user/bob", kOtherAccount);
  CHECK(retire_authority(view_of(terms), root(kOtherRoot, kOtherAccount), false) ==
        RetireAuthority::retiring_principal);
  CHECK(retire_authority(view_of(terms), other, false) == RetireAuthority::none);
  CHECK(retire_authority(view_of(terms), other, true) == RetireAuthority::delegated);
}

TEST_CASE("a CreateGrant is a repetition if it has a Name and all else is the same") {
  GrantTerms first = grant_of({decrypt, encrypt}, subset, {{"a", "1"}, {"b", "2"}});
  CHECK_FALSE(is_repetition(first, first));
  first.name = "retry-me";
  GrantTerms second = first;
  CHECK(is_repetition(first, second));
  second.operations = {encrypt, decrypt};
  CHECK(is_repetition(first, second));
  const auto differs = [&](auto change) {
    GrantTerms changed = first;
    change(changed);
    return !is_repetition(first, changed);
  };
  CHECK(differs([](GrantTerms& terms) { terms.name = "another"; }));
  CHECK(differs([](GrantTerms& terms) { terms.operations = {decrypt}; }));
  CHECK(differs([](GrantTerms& terms) { terms.constraint = equals; }));
  CHECK(differs([](GrantTerms& terms) { terms.pairs[0].second = "2"; }));
  CHECK(differs([](GrantTerms& terms) { terms.grantee = kAppRole; }));
  CHECK(differs([](GrantTerms& terms) { terms.retiring = kAppRole; }));
  CHECK(differs([](GrantTerms& terms) { terms.source_arn = kTable; }));
}

TEST_CASE("what does not fit is named as the API names it") {
  CHECK(name(GrantMismatch::operation) == "Operations");
  CHECK(name(GrantMismatch::grantee) == "GranteePrincipal");
  CHECK(name(GrantMismatch::source_arn) == "Constraints.SourceArn");
  CHECK(name(RetireAuthority::issuing_account) == "issuing account");
}

}  // namespace tablekey::model::kms::grant_rules_test
