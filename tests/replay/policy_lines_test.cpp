// Goal: every record has one line of answer, right where the corpus says what is right, and no
// record disturbs another. Method: the independent corpus (which lies beside the repository;
// without it these tests say that they were skipped), and broken records of every sort.
#include "replay/policy_lines.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace tablekey::replay::policy_lines_test {
namespace {

using Json = nlohmann::json;

std::vector<std::string> corpus(const std::string& file) {
  std::ifstream in(std::string(TABLEKEY_SHARED_DIR) + "/corpus/policy/" + file);
  if (!in) WARN("skipped: no corpus (" + file + ")");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

Json answered(const std::string& record, std::uint64_t number = 1) {
  const LineAnswer answer = answer_line(record, number);
  CHECK_FALSE(answer.json.contains('\n'));
  const Json json = Json::parse(answer.json);
  CHECK(json.contains("error") == !answer.readable);
  return json;
}

std::set<Json> as_set(const Json& list) { return {list.begin(), list.end()}; }

void check_case(const Json& row, const Json& line) {
  CHECK(line.at("kind") == row.at("expect").at("kind"));
  CHECK(as_set(line.at("matched")) == as_set(row.at("expect").at("matched")));
}

void check_grants(const Json& row, const Json& line) {
  const Json& expect = row.at("expect");
  if (row.at("kind") == "validate") {
    CHECK(line.at("verdict") == expect.at("verdict"));
    if (expect.contains("reason")) CHECK(line.at("reason") == expect.at("reason"));
    return;
  }
  CHECK(line.at("kind") == expect.at("kind"));
  CHECK(as_set(line.at("grants")) == as_set(expect.at("grants")));
}

void check_document(const Json& row, const Json& line) {
  const std::string wanted = row.at("verdict");
  const std::string given = line.at("verdict");
  CHECK(std::set<std::string>{"accepted", "malformed", "limit", "rejected"}.contains(given));
  CHECK((given == "accepted") == line.at("message").get<std::string>().empty());
  if (wanted == "rejected") {
    CHECK(given != "accepted");
  } else if (wanted != "any") {
    CHECK(given == wanted);
  }
}

void check_all(const std::string& file, void (*check)(const Json&, const Json&)) {
  for (const std::string& text : corpus(file)) {
    const Json row = Json::parse(text);
    const Json line = answered(text);
    INFO(row.at("id") << " " << line.dump());
    CHECK(line.at("id") == row.at("id"));
    REQUIRE_FALSE(line.contains("error"));
    check(row, line);
  }
}

constexpr const char* kCaller = R"("principal": "arn:aws:iam::111122223333:user/alice")";

std::string question(const std::string& rest) {
  return std::string(R"({"id": "q", "request": {)") + kCaller + R"(, "action": "kms:Decrypt"}, )" +
         rest + "}";
}

}  // namespace

TEST_CASE("every case of the corpus has its decision and its statements", "[corpus]") {
  check_all("cases.jsonl", check_case);
}

TEST_CASE("every hostile case has its decision and its statements", "[corpus]") {
  check_all("hostile.jsonl", check_case);
}

TEST_CASE("every grant case has its decision and its grants, or its verdict", "[corpus]") {
  check_all("grants.jsonl", check_grants);
}

TEST_CASE("every malformed text has its verdict", "[corpus]") {
  check_all("malformed.jsonl", check_document);
}

TEST_CASE("what a record expects is not looked at", "[corpus]") {
  for (const char* file : {"grants.jsonl", "malformed.jsonl", "hostile.jsonl"}) {
    for (const std::string& text : corpus(file)) {
      Json row = Json::parse(text);
      const Json line = answered(text);
      for (const char* secret : {"expect", "verdict", "aws_error", "tags", "note", "class"}) {
        row.erase(secret);
      }
      if (row.contains("key_policy")) continue;  // dumping changes offsets in messages
      CHECK(answered(row.dump()) == line);
    }
  }
}

TEST_CASE("a record that is not JSON has the line's number and the place") {
  const Json line = answered(R"({"id": "a", )", 17);
  CHECK(line.at("id").is_null());
  CHECK(line.at("line") == 17);
  CHECK(line.at("error") == "byte 13: not JSON: the text ends where a key in quotes belongs");
}

TEST_CASE("a record that lacks a field has its id and what is missing") {
  CHECK(answered(R"({"id": "a"})").at("error") ==
        "byte 1: neither 'request' nor 'document' is there");
  CHECK(answered(R"({"id": "a"})").at("id") == "a");
  CHECK(answered(R"({"id": 7, "request": {}})").at("id") == 7);
  CHECK(answered(R"({"id": "a", "kind": "validate", "request": {)" + std::string(kCaller) +
                 R"(, "action": "kms:CreateGrant"}})")
            .at("error") == "$.request: 'grant' is missing; the grant to be made");
  CHECK(answered("[1]").at("error") == "byte 1: a list where an object belongs");
  CHECK(answered("7", 3).at("line") == 3);
}

TEST_CASE("a record without an id has its line's number") {
  const Json line =
      answered(R"({"request": {)" + std::string(kCaller) + R"(, "action": "kms:Decrypt"}})", 5);
  CHECK(line.at("id").is_null());
  CHECK(line.at("line") == 5);
  CHECK(line.at("kind") == "implicit_deny");
}

TEST_CASE("a policy that cannot be evaluated is an error with its path") {
  const Json line = answered(question(R"("key_policy": {"Statement": [{"Effect": "no"}]})"));
  CHECK(line.at("id") == "q");
  CHECK(line.at("error").get<std::string>().starts_with("$.key_policy"));
}

TEST_CASE("a key that comes twice in a policy is seen, though the record is JSON") {
  const Json line = answered(
      R"({"id": "d", "policy": "identity", "document":)"
      R"("{\"Version\": \"2012-10-17\", \"Version\": \"2012-10-17\", \"Statement\": []}"})");
  CHECK(line.at("verdict") == "malformed");
  const Json evaluated = answered(question(
      R"("key_policy": {"Version": "2012-10-17", "Version": "2008-10-17", "Statement": []})"));
  CHECK(evaluated.contains("error"));
}

TEST_CASE("a document may come as base64, padded or not") {
  CHECK(answered(R"({"id": 1, "policy": "key", "document_base64": "e30="})").at("verdict") ==
        "malformed");
  CHECK(answered(R"({"id": 1, "policy": "key", "document_base64": "e30"})").at("verdict") ==
        "malformed");
  CHECK(answered(R"({"id": 1, "policy": "key", "document_base64": "e3=0"})").contains("error"));
  CHECK(answered(R"({"id": 1, "policy": "bucket", "document": "{}"})").at("error") ==
        "$.policy: 'bucket' is no kind of policy; write key or identity");
}

TEST_CASE("a text too large is a limit, and a character too far is rejected") {
  Json row = {{"id", "x"}, {"policy", "key"}};
  row["document"] = std::string(32'769, ' ');
  CHECK(answered(row.dump()).at("verdict") == "limit");
  row["document"] =
      R"({"Version": "2012-10-17", "Statement": [{"Sid": "x—y", "Effect": "Allow", "Principal": "*",
          "Action": "kms:*", "Resource": "*"}]})";
  const Json line = answered(row.dump());
  CHECK(line.at("verdict") == "rejected");
  CHECK(line.at("message").get<std::string>().starts_with("ValidationException: "));
}

TEST_CASE("a hostile record is answered like any other") {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK(answered(question(R"("key_policy": )" + deep)).contains("error"));
  CHECK(answered(question(R"("note": )" + deep)).at("kind") == "implicit_deny");
  CHECK(answered(R"({"id": )" + deep + "}").at("id").is_null());
  const std::string wide = std::string(1 << 20, 'x');
  CHECK(answered(question(R"("note": ")" + wide + "\"")).at("kind") == "implicit_deny");
  CHECK(answered(question(R"("note": "\ud800")")).at("kind") == "implicit_deny");
  CHECK(answered(std::string("{\"id\": \"\0\"}", 11)).contains("error"));
}

TEST_CASE("a line that was too long to be kept has an answer") {
  const LineAnswer answer = refuse_long_line(9, 100);
  CHECK_FALSE(answer.readable);
  CHECK(answer.json == R"({"id":null,"line":9,"error":"the line is longer than 100 bytes"})");
}

}  // namespace tablekey::replay::policy_lines_test
