// Goal: CreateGrant takes what kms.md 5.1 allows and refuses the rest with AWS's exception. Method:
// one good draft, and one change a check.
#include "model/kms/grant_making.h"

#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "tests/model/kms/grant_fixture.h"

namespace tablekey::model::kms::grant_making_test {
namespace {

using Change = std::function<void(GrantDraft&)>;

const GrantKeyTypes kSymmetric = GrantKeyTypes::of("SYMMETRIC_DEFAULT", "");

GrantDraft good() {
  GrantDraft draft;
  draft.grantee = std::string(kAlice);
  draft.operations = {"Decrypt", "GenerateDataKey"};
  return draft;
}

/// The fault of the good draft after a change.
std::optional<GrantFault> fault(const Change& change, GrantKeyTypes types = kSymmetric) {
  GrantDraft draft = good();
  change(draft);
  const auto made = make_grant(draft, types);
  if (made) return std::nullopt;
  CHECK_FALSE(made.error().message.empty());
  CHECK_FALSE(made.error().reason.empty());
  return made.error().fault;
}

GrantRefusal refusal(const Change& change, GrantKeyTypes types = kSymmetric) {
  GrantDraft draft = good();
  change(draft);
  const auto made = make_grant(draft, types);
  REQUIRE_FALSE(made);
  return made.error();
}

std::optional<GrantFault> fault_of_grantee(std::string_view text) {
  return fault([&](GrantDraft& draft) { draft.grantee = std::string(text); });
}

GrantDraft for_service() {
  GrantDraft draft = good();
  draft.grantee.reset();
  draft.grantee_service = "dynamodb.amazonaws.com";
  draft.source_arn = "arn:aws:dynamodb:us-west-2:111122223333:table/Books";
  draft.retiring = std::string(kAppRole);
  return draft;
}

}  // namespace

TEST_CASE("a good draft becomes terms with operations as a set and pairs in order") {
  GrantDraft draft = good();
  draft.operations = {"GenerateDataKey", "Decrypt", "Decrypt"};
  draft.subset = GrantDraft::Pairs{{"b", "2"}, {"a", "1"}};
  draft.name = "books:2018/a_b-c";
  draft.retiring = std::string(kAppRole);
  const auto made = make_grant(draft, kSymmetric);
  REQUIRE(made);
  CHECK(made->grantee == kAlice);
  CHECK(made->retiring == kAppRole);
  CHECK(made->operations ==
        GrantOperations{GrantOperation::decrypt, GrantOperation::generate_data_key});
  CHECK(made->constraint == GrantConstraint::subset);
  CHECK(made->pairs == Pairs{{"a", "1"}, {"b", "2"}});
  CHECK(made->name == "books:2018/a_b-c");
}

TEST_CASE("a grantee is the ARN of an account, user, role, federated user or session") {
  for (const char* text :
       {"arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/path/alice",
        "arn:aws:iam::111122223333:role/service/App", "arn:aws-cn:iam::111122223333:role/App",
        "arn:aws:sts::111122223333:federated-user/Bob",
        "arn:aws:sts::111122223333:assumed-role/App/s1"}) {
    INFO(text);
    CHECK_FALSE(fault_of_grantee(text));
  }
  for (const char* text :
       {"", "*", "alice", "111122223333", "AIDAEXAMPLEALICE0001", "arn:aws:iam::111122223333:*",
        "arn:aws:iam::111122223333:user/*", "arn:aws:iam::111122223333:role/",
        "arn:aws:iam::1234:user/alice", "arn:aws:s3:::bucket", "dynamodb.amazonaws.com",
        "arn:aws:sts::111122223333:assumed-role/App"}) {
    INFO(text);
    CHECK(fault_of_grantee(text) == GrantFault::grantee_form);
  }
}

TEST_CASE("a grantee is no group and no organisation") {
  for (const char* text :
       {"arn:aws:iam::111122223333:group/Admins",
        "arn:aws:organizations::111122223333:organization/o-exampleorgid",
        "arn:aws:organizations::111122223333:ou/o-exampleorgid/ou-examplerootid111-exampleouid111",
        "o-exampleorgid"}) {
    INFO(text);
    CHECK(fault_of_grantee(text) == GrantFault::grantee_is_a_group);
  }
  const GrantRefusal refused =
      refusal([](GrantDraft& draft) { draft.grantee = "arn:aws:iam::111122223333:group/Admins"; });
  CHECK(refused.exception == "InvalidArnException");
  CHECK(refused.message ==
        "ARN does not refer to a valid principal: arn:aws:iam::111122223333:group/Admins");
  CHECK(refused.reason == "grantee-is-a-group-or-organization");
}

TEST_CASE("a service that calls may put a service principal where others put an ARN") {
  const auto as_service = [](GrantDraft& draft) {
    draft.service_internal = true;
    draft.grantee = "dynamodb.us-west-2.amazonaws.com";
    draft.retiring = "dynamodb.us-west-2.amazonaws.com";
  };
  CHECK_FALSE(fault(as_service));
  CHECK(fault([](GrantDraft& draft) { draft.grantee = "dynamodb.us-west-2.amazonaws.com"; }) ==
        GrantFault::grantee_form);
  CHECK(fault([](GrantDraft& draft) { draft.retiring = "dynamodb.us-west-2.amazonaws.com"; }) ==
        GrantFault::retiring_form);
}

TEST_CASE("there is one grantee and at most one retiring principal") {
  CHECK(fault([](GrantDraft& draft) { draft.grantee.reset(); }) == GrantFault::grantee_missing);
  CHECK(fault([](GrantDraft& draft) { draft.grantee_service = "dynamodb.amazonaws.com"; }) ==
        GrantFault::grantee_twice);
  CHECK(fault([](GrantDraft& draft) {
          draft.retiring = std::string(kAppRole);
          draft.retiring_service = "dynamodb.amazonaws.com";
        }) == GrantFault::retiring_twice);
  CHECK(fault([](GrantDraft& draft) {
          draft.retiring = "arn:aws:iam::111122223333:group/Admins";
        }) == GrantFault::retiring_is_a_group);
  CHECK_FALSE(fault([](GrantDraft& draft) { draft.retiring = std::string(kOtherRoot); }));
}

TEST_CASE("a service as grantee needs a SourceArn and someone who may retire the grant") {
  const auto made = make_grant(for_service(), kSymmetric);
  REQUIRE(made);
  CHECK(made->grantee_service == "dynamodb.amazonaws.com");
  GrantDraft draft = for_service();
  draft.retiring.reset();
  CHECK(make_grant(draft, kSymmetric).error().fault == GrantFault::service_without_retiring);
  draft.retiring_service = "dynamodb.amazonaws.com";
  CHECK(make_grant(draft, kSymmetric));
  draft.source_arn.reset();
  CHECK(make_grant(draft, kSymmetric).error().fault == GrantFault::service_without_source_arn);
  draft = for_service();
  draft.grantee_service = std::string(kAlice);
  CHECK(make_grant(draft, kSymmetric).error().fault == GrantFault::service_form);
}

TEST_CASE("operations are some of those that grants know, each spelt as the API does") {
  CHECK(fault([](GrantDraft& draft) { draft.operations.clear(); }) ==
        GrantFault::operations_missing);
  for (const char* name : {"", "decrypt", "DECRYPT", "ListGrants", "ReEncrypt", "*"}) {
    INFO(name);
    CHECK(fault([&](GrantDraft& draft) { draft.operations.emplace_back(name); }) ==
          GrantFault::operation_unknown);
  }
  const GrantRefusal refused = refusal([](GrantDraft& draft) { draft.operations = {"EnableKey"}; });
  CHECK(refused.exception == "ValidationException");
  CHECK(refused.message ==
        "1 validation error detected: Value '[EnableKey]' at 'operations' failed to satisfy "
        "constraint: Member must satisfy constraint: [Member must satisfy enum value set: "
        "[Decrypt, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, ReEncryptFrom, "
        "ReEncryptTo, Sign, Verify, GetPublicKey, CreateGrant, RetireGrant, DescribeKey, "
        "GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext, GenerateMac, VerifyMac, "
        "DeriveSharedSecret]]");
}

TEST_CASE("operations suit the type of the key") {
  const auto with = [](const char* operation) {
    return [operation](GrantDraft& draft) { draft.operations = {operation}; };
  };
  CHECK(fault(with("Sign")) == GrantFault::operation_unsuitable);
  CHECK_FALSE(fault(with("Sign"), GrantKeyTypes::of("RSA_2048", "")));
  CHECK(fault(with("Sign"), GrantKeyTypes::of("RSA_2048", "ENCRYPT_DECRYPT")) ==
        GrantFault::operation_unsuitable);
  CHECK(fault(with("GenerateDataKey"), GrantKeyTypes::of("RSA_2048", "")) ==
        GrantFault::operation_unsuitable);
  CHECK_FALSE(fault(with("GenerateMac"), GrantKeyTypes::only(GrantKeyType::mac)));
  CHECK_FALSE(fault(with("DescribeKey"), GrantKeyTypes::only(GrantKeyType::key_agreement)));
}

TEST_CASE("a context constraint is one, and on a symmetric encryption key") {
  const auto subset = [](GrantDraft& draft) { draft.subset = GrantDraft::Pairs{{"a", "1"}}; };
  const auto equals = [](GrantDraft& draft) { draft.equals = GrantDraft::Pairs{{"a", "1"}}; };
  CHECK_FALSE(fault(subset));
  CHECK_FALSE(fault(equals));
  for (const char* spec : {"RSA_2048", "HMAC_256", "ECC_NIST_P256"}) {
    CHECK(fault(subset, GrantKeyTypes::of(spec, "")) == GrantFault::constraint_on_this_key);
  }
  const GrantRefusal both = refusal([&](GrantDraft& draft) {
    subset(draft);
    draft.equals = GrantDraft::Pairs{};
  });
  CHECK(both.fault == GrantFault::constraint_twice);
  CHECK(both.message == "More than one constraint supplied");
}

TEST_CASE("a constraint has eight pairs at most, each value 384 characters") {
  const auto pairs = [](std::size_t count, const std::string& value) {
    return [count, value](GrantDraft& draft) {
      GrantDraft::Pairs list;
      for (std::size_t i = 0; i < count; ++i) list.emplace_back("k" + std::to_string(i), value);
      draft.equals = list;
    };
  };
  CHECK_FALSE(fault(pairs(8, "v")));
  CHECK(fault(pairs(9, "v")) == GrantFault::pairs_too_many);
  CHECK_FALSE(fault(pairs(1, std::string(384, 'v'))));
  CHECK(fault(pairs(1, std::string(385, 'v'))) == GrantFault::pair_value_too_long);
  std::string umlauts;
  for (int i = 0; i < 384; ++i) umlauts += "\xc3\xa4";
  CHECK_FALSE(fault(pairs(1, umlauts)));  // characters, not bytes
  CHECK(fault(pairs(1, umlauts + "x")) == GrantFault::pair_value_too_long);
  CHECK_FALSE(fault(pairs(1, "")));
}

TEST_CASE("SourceArn is an ARN or a pattern of one, on any key") {
  const auto with = [](const char* arn) {
    return [arn](GrantDraft& draft) {
      draft.operations = {"DescribeKey"};
      draft.source_arn = arn;
    };
  };
  CHECK_FALSE(fault(with("arn:aws:dynamodb:us-west-2:111122223333:table/Books")));
  CHECK_FALSE(
      fault(with("arn:aws:dynamodb:*:111122223333:table/*"), GrantKeyTypes::of("HMAC_256", "")));
  for (const char* arn : {"", "*", "table/Books", "arn:aws:dynamodb"}) {
    INFO(arn);
    CHECK(fault(with(arn)) == GrantFault::source_arn_form);
  }
}

TEST_CASE("a Name has 1 to 256 of the characters that the model allows") {
  const auto named = [](const std::string& name) {
    return [name](GrantDraft& draft) { draft.name = name; };
  };
  CHECK_FALSE(fault(named(std::string(256, 'n'))));
  CHECK_FALSE(fault(named("aZ09:/_-")));
  CHECK(fault(named(std::string(257, 'n'))) == GrantFault::name_form);
  for (const char* name : {"", "a b", "a.b", "\xc3\xa4"}) {
    INFO(name);
    CHECK(fault(named(name)) == GrantFault::name_form);
  }
  CHECK(refusal(named("a b")).message ==
        "1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member "
        "must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$");
}

TEST_CASE("of a pair that comes twice the last one counts") {
  GrantDraft draft = good();
  draft.equals = GrantDraft::Pairs{{"a", "1"}, {"b", "2"}, {"a", "3"}};
  CHECK(make_grant(draft, kSymmetric)->pairs == Pairs{{"a", "3"}, {"b", "2"}});
}

TEST_CASE("a listed grant is taken as it is") {
  GrantDraft draft = good();
  draft.grantee = "AROAEXAMPLEAPP00001";
  draft.operations = {"Decrypt", "SomethingNew"};
  draft.name = "";
  const GrantTerms terms = grant_as_listed(draft);
  CHECK(terms.grantee == "AROAEXAMPLEAPP00001");
  CHECK(terms.operations == GrantOperations{GrantOperation::decrypt});
}

}  // namespace tablekey::model::kms::grant_making_test
