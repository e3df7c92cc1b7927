// Goal: every operator and every way to qualify it, as kms.md 6.4 says. Method: one statement
// with the condition under test, asked with a context.
#include "model/iam/condition.h"

#include <catch2/catch.hpp>

#include "tests/model/iam/request_fixture.h"

namespace tablekey::model::iam::condition_test {
namespace {

/// Whether a statement with that Condition block applies to the request.
bool holds(std::string_view block, RequestFixture& request,
           std::string_view version = "2012-10-17") {
  std::string text = R"({"Version": ")";
  text.append(version).append(R"(", "Statement": {"Effect": "Allow", "Principal": "*",
      "Action": "*", "Resource": "*", "Condition": )");
  const Policy policy =
      policy_of(text.append(block).append("}}"), PolicyKind::key, PolicyRules::stored);
  return decide(request.get(), &policy).allowed();
}

/// With the request's value of `k:x`.
bool with_value(std::string_view block, std::string_view value) {
  RequestFixture request;
  return holds(block, request.with("k:x", value));
}

bool with_values(std::string_view block, std::vector<std::string> values) {
  RequestFixture request;
  return holds(block, request.with_many("k:x", std::move(values)));
}

bool without_value(std::string_view block) {
  RequestFixture request;
  return holds(block, request);
}

/// `{"<op>": {"k:x": <value>}}`
std::string block(std::string_view op, std::string_view value) {
  std::string text = "{\"";
  return text.append(op).append(R"(": {"k:x": )").append(value).append("}}");
}

}  // namespace

TEST_CASE("each operator compares as its family does") {
  struct Row {
    std::string_view op, value, fits, differs;
  };
  const auto row = GENERATE(
      Row{"StringEquals", R"("a*")", "a*", "ab"}, Row{"StringEquals", R"("a")", "a", "A"},
      Row{"StringEqualsIgnoreCase", R"("aB")", "Ab", "abc"},
      Row{"StringLike", R"("a*c")", "abc", "Abc"}, Row{"StringEquals", "5", "5", "5.0"},
      Row{"NumericEquals", "5", "5.0", "6"}, Row{"NumericLessThan", R"("10")", "9", "10"},
      Row{"NumericLessThanEquals", "10", "10", "10.01"}, Row{"NumericGreaterThan", "-1", "0", "-1"},
      Row{"NumericGreaterThanEquals", "1e1", "10", "9"},
      Row{"DateEquals", R"("2024-03-05T12:00Z")", "1709640000", "1709640001"},
      Row{"DateLessThan", R"("2024-03-05")", "2024-03-04T23:59:59Z", "2024-03-05T00:00:00Z"},
      Row{"DateLessThanEquals", R"("2024-03-05")", "2024-03-05T00:00:00Z", "2024-03-05T00:00:01Z"},
      Row{"DateGreaterThan", R"("2024-03-05")", "2024-03-05T00:00:00.1Z", "2024-03-05"},
      Row{"DateGreaterThanEquals", "0", "1970-01-01", "-1"}, Row{"Bool", "true", "TRUE", "false"},
      Row{"Bool", R"("False")", "false", "no"}, Row{"BinaryEquals", R"("YQ==")", "YQ", "Yg=="},
      Row{"IpAddress", R"("203.0.113.0/24")", "203.0.113.9", "203.0.114.9"},
      Row{"ArnLike", R"("arn:aws:iam::*:role/A*")", "arn:aws:iam::1:role/App",
          "arn:aws:iam:x:1:role/App"},
      Row{"ArnEquals", R"("arn:*:iam::1:role/App")", "arn:aws:iam::1:role/App", "x"});
  INFO(row.op << " " << row.value);
  CHECK(with_value(block(row.op, row.value), row.fits));
  CHECK(!with_value(block(row.op, row.value), row.differs));
  CHECK(!without_value(block(row.op, row.value)));
  CHECK(without_value(block(std::string(row.op) + "IfExists", row.value)));
  CHECK(!with_value(block(std::string(row.op) + "IfExists", row.value), row.differs));
}

TEST_CASE("each negated operator holds where its positive twin does not, and without the key") {
  struct Row {
    std::string_view op, value, equal, other;
  };
  const auto row = GENERATE(
      Row{"StringNotEquals", R"(["a", "b"])", "b", "c"},
      Row{"StringNotEqualsIgnoreCase", R"("a")", "A", "b"},
      Row{"StringNotLike", R"("a*")", "ab", "b"}, Row{"NumericNotEquals", "5", "5.00", "x"},
      Row{"DateNotEquals", "0", "1970-01-01", "1"},
      Row{"NotIpAddress", R"("10.0.0.0/8")", "10.1.1.1", "::1"},
      Row{"ArnNotEquals", R"("arn:aws:iam::1:*")", "arn:aws:iam::1:x", "arn:aws:iam::2:x"},
      Row{"ArnNotLike", R"("arn:aws:iam::1:*")", "arn:aws:iam::1:x", "y"});
  INFO(row.op);
  CHECK(!with_value(block(row.op, row.value), row.equal));
  CHECK(with_value(block(row.op, row.value), row.other));
  CHECK(without_value(block(row.op, row.value)));
  CHECK(without_value(block(std::string(row.op) + "IfExists", row.value)));
}

TEST_CASE("values are alternatives, keys and operators are all required") {
  CHECK(with_value(block("StringEquals", R"(["a", "b"])"), "b"));
  CHECK(!with_value(block("StringEquals", "[]"), "b"));
  CHECK(with_value(block("StringNotEquals", "[]"), "b"));
  RequestFixture request;
  request.with("k:x", "1").with("k:y", "2");
  CHECK(holds(R"({"StringEquals": {"k:x": "1", "k:y": "2"}})", request));
  CHECK(!holds(R"({"StringEquals": {"k:x": "1", "k:y": "3"}})", request));
  CHECK(!holds(R"({"StringEquals": {"k:x": "1"}, "StringLike": {"k:y": "3*"}})", request));
  CHECK(holds("{}", request));
}

TEST_CASE("condition keys are compared without regard to case, colons and all") {
  RequestFixture request;
  request.with("KMS:encryptioncontext:aws:dynamodb:TABLENAME", "Books");
  CHECK(holds(R"({"StringEquals": {"kms:EncryptionContext:aws:dynamodb:tableName": "Books"}})",
              request));
  CHECK(!holds(R"({"StringEquals": {"kms:EncryptionContext:aws:dynamodb:tableName": "books"}})",
               request));
}

TEST_CASE("Null asks whether the key is there") {
  CHECK(without_value(block("Null", "true")));
  CHECK(!without_value(block("Null", "\"false\"")));
  CHECK(with_value(block("Null", "\"false\""), "x"));
  CHECK(!with_value(block("Null", "true"), "x"));
  CHECK(with_values(block("Null", "true"), {}));
  CHECK(with_value(block("Null", "[true, false]"), "x"));
}

TEST_CASE("ForAllValues wants every value to fit and is content with none") {
  const std::string like = block("ForAllValues:StringLike", R"(["a*", "b"])");
  CHECK(with_values(like, {"a1", "b"}));
  CHECK(!with_values(like, {"a1", "c"}));
  CHECK(with_values(like, {}));
  CHECK(without_value(like));
  CHECK(with_value(like, "ax"));
  const std::string unlike = block("ForAllValues:StringNotLike", R"(["a*", "b"])");
  CHECK(with_values(unlike, {"c", "d"}));
  CHECK(!with_values(unlike, {"c", "a"}));
  CHECK(without_value(unlike));
}

TEST_CASE("ForAnyValue wants one value that fits") {
  const std::string like = block("ForAnyValue:StringLike", R"(["a*", "b"])");
  CHECK(with_values(like, {"c", "b"}));
  CHECK(!with_values(like, {"c", "d"}));
  CHECK(!with_values(like, {}));
  CHECK(!without_value(like));
  CHECK(without_value(block("ForAnyValue:StringLikeIfExists", R"("a")")));
  const std::string unlike = block("ForAnyValue:StringNotLike", R"("a*")");
  CHECK(with_values(unlike, {"a", "c"}));
  CHECK(!with_values(unlike, {"a", "ab"}));
  CHECK(!without_value(unlike));
}

TEST_CASE("without a set operator several values fit when one does, and differ when all do") {
  CHECK(with_values(block("StringEquals", R"("a")"), {"b", "a"}));
  CHECK(!with_values(block("StringNotEquals", R"("a")"), {"b", "a"}));
  CHECK(with_values(block("StringNotEquals", R"("a")"), {"b", "c"}));
  CHECK(!with_values(block("StringEquals", R"("a")"), {}));
}

TEST_CASE("a value the operator cannot read equals nothing") {
  CHECK(!with_value(block("NumericEquals", R"("five")"), "five"));
  CHECK(with_value(block("NumericNotEquals", R"("five")"), "5"));
  CHECK(!with_value(block("IpAddress", R"("2001:db8::/129")"), "2001:db8::1"));
  CHECK(with_value(block("NotIpAddress", R"("300.1.1.1/8")"), "1.1.1.1"));
  CHECK(!with_value(block("Bool", R"("yes")"), "yes"));
  CHECK(with_value(block("NumericEquals", R"(["five", "5"])"), "5"));
}

TEST_CASE("variables in values come with version 2012-10-17 only") {
  RequestFixture request;
  request.with("k:x", "team-red").with("aws:PrincipalTag/team", "red");
  const std::string equals = block("StringEquals", R"("team-${aws:PrincipalTag/team}")");
  CHECK(holds(equals, request));
  CHECK(!holds(equals, request, "2008-10-17"));
  const std::string unresolved = block("StringNotEquals", R"("${aws:PrincipalTag/none}")");
  CHECK(holds(unresolved, request));
  CHECK(!holds(block("StringEquals", R"("${aws:PrincipalTag/none}")"), request));
  CHECK(holds(block("StringEquals", R"(["${aws:PrincipalTag/none}", "team-red"])"), request));
  CHECK(holds(block("StringEqualsIgnoreCase", R"("TEAM-${aws:PrincipalTag/team}")"), request));
}

TEST_CASE("a variable may stand for parts of an ARN or for all of it") {
  RequestFixture request;
  request.with("k:x", "arn:aws:iam::111122223333:role/App")
      .with("aws:PrincipalAccount", "111122223333")
      .with("aws:PrincipalArn", "arn:aws:iam::111122223333:role/App");
  CHECK(holds(block("ArnLike", R"("arn:aws:iam::${aws:PrincipalAccount}:role/*")"), request));
  CHECK(holds(block("ArnEquals", R"("${aws:PrincipalArn}")"), request));
}

TEST_CASE("an operator's name is taken apart and unknown ones are not") {
  const auto op = ConditionOperator::parse("ForAnyValue:StringNotLikeIfExists");
  REQUIRE(op);
  CHECK(op->comparison == Comparison::string_like);
  CHECK(op->set == SetOperator::for_any_value);
  CHECK(op->negated);
  CHECK(op->if_exists);
  const auto name = GENERATE("", "IfExists", "StringEqual", "stringequals", "NullIfExists",
                             "ForAllValues:ForAnyValue:StringEquals", "ForAnyValue::StringEquals",
                             "ForAllValues:", "StringEqualsIfExistsIfExists", "Regex");
  INFO(name);
  CHECK(!ConditionOperator::parse(name));
}

}  // namespace tablekey::model::iam::condition_test
