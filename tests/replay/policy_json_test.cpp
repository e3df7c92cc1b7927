// Goal: records are taken apart as written, and only JSON is. Method: small texts of every kind,
// each refused one beside its nearest good one, and texts as deep and long as they come.
#include "replay/policy_json.h"

#include <catch2/catch.hpp>
#include <string>

namespace tablekey::replay::policy_json_test {
namespace {

bool is_json(std::string_view text) { return read_json_text(text).has_value(); }

JsonProblem problem_of(std::string_view text) {
  const auto read = read_json_text(text);
  REQUIRE_FALSE(read);
  return read.error();
}

}  // namespace

TEST_CASE("what RFC 8259 calls JSON is taken, and nothing else") {
  for (const char* text : {"null", " true ", "false", "0", "-0.5e+7", "1e999", "\"\"",
                           "\"\\u00e9\\n\\\"\"", "\"\xc3\xa9\"", "[]", "[1, [2], {}]", "{}",
                           R"({"a": {"b": [null]}, "c": 1})", "\t[\r\n1\n]\n", "\"\\ud800\""}) {
    INFO(text);
    CHECK(is_json(text));
  }
  for (const char* text : {"",          " ",
                           "nul",       "nulll",
                           "True",      "01",
                           "1.",        ".5",
                           "-",         "1e",
                           "+1",        "\"",
                           "\"\\x\"",   "\"\\u12g4\"",
                           "\"\n\"",    "\"\xff\"",
                           "\"\xc3\"",  "\"\xed\xa0\x80\"",
                           "[",         "[1",
                           "[1,]",      "[,1]",
                           "[1 2]",     "]",
                           "{",         "{\"a\"}",
                           "{\"a\":}",  "{\"a\":1,}",
                           "{a:1}",     "{1:2}",
                           "{\"a\":1]", "[1}",
                           "{} {}",     "[] x",
                           "// a\n{}",  "'a'",
                           "NaN",       "\xef\xbb\xbf{}"}) {
    INFO(text);
    CHECK_FALSE(is_json(text));
  }
}

TEST_CASE("a fault has its place and says what belongs there") {
  CHECK(problem_of(R"({"a": 1, b})").offset == 9);
  CHECK(problem_of(R"({"a": 1, b})").message == "not JSON: a key in quotes belongs here");
  CHECK(problem_of("[1").message == "not JSON: the text ends where ',' or ']' belongs");
  CHECK(problem_of("{} {}").message == "not JSON: more text after the JSON value");
  CHECK(problem_of("{} {}").offset == 3);
}

TEST_CASE("parts are the text as it was written, with their place and path") {
  const std::string text =
      R"( {"policy" : { "A":[1,2 ],"A":3 } ,"x\u0041":[ {"y":"z, ]}"} ,null]} )";
  const auto whole = read_json_text(text);
  REQUIRE(whole);
  const auto members = members_of(*whole);
  REQUIRE(members);
  REQUIRE(members->size() == 2);
  CHECK(members->at(0).key == "policy");
  CHECK(members->at(0).value.raw == R"({ "A":[1,2 ],"A":3 })");
  CHECK(members->at(0).value.path == "$.policy");
  CHECK(members->at(1).key == "xA");
  const auto items = items_of(members->at(1).value);
  REQUIRE(items);
  REQUIRE(items->size() == 2);
  CHECK(items->at(0).raw == R"({"y":"z, ]}"})");
  CHECK(items->at(0).path == "$.xA[0]");
  CHECK(text.substr(items->at(1).offset, 4) == "null");
  CHECK(items->at(1).is_null());
}

TEST_CASE("a key that comes twice is a problem where it comes again") {
  const std::string text = R"({"a": 1, "b": 2, "\u0061": 3})";
  const auto members = members_of(*read_json_text(text));
  REQUIRE_FALSE(members);
  CHECK(members.error().message == "'a' comes twice");
  CHECK(members.error().offset == 17);
}

TEST_CASE("a part of another kind than expected is a problem") {
  const auto whole = read_json_text("[1]");
  CHECK(members_of(*whole).error().message == "a list where an object belongs");
  CHECK(text_of(*whole).error().message == "a list where a text belongs");
  CHECK(items_of(*read_json_text("true")).error().message == "a boolean where a list belongs");
  CHECK(text_of(*read_json_text("\"\\ud83d\\udd11\"")).value() == "\xf0\x9f\x94\x91");
}

TEST_CASE("depth and length cost no more than their bytes") {
  const std::size_t depth = 200'000;
  const std::string nested = std::string(depth, '[') + std::string(depth, ']');
  const auto whole = read_json_text(nested);
  REQUIRE(whole);
  CHECK(whole->raw.size() == 2 * depth);
  CHECK(items_of(*whole)->size() == 1);
  CHECK_FALSE(is_json(std::string(depth, '[')));
  std::string wide = "[0";
  for (std::size_t i = 0; i < kJsonPartsMax; ++i) wide += ",0";
  CHECK(items_of(*read_json_text(wide + "]")).error().message == "it has more than 100000 parts");
}

TEST_CASE("a place counts lines and characters from one") {
  const std::string text = "{\n  \"\xc3\xa4\": x";
  const TextPlace place = place_of(text, text.size() - 1);
  CHECK(place.line == 2);
  CHECK(place.column == 8);
  CHECK(place_of(text, 0).line == 1);
  CHECK(place_of(text, 0).column == 1);
}

}  // namespace tablekey::replay::policy_json_test
