// Goal: wildcards, variables, case and the parts of an ARN compare as kms.md 6.2 and 6.4 say.
// Method: examples, and for wildcards every pattern and text of a small size against a slow
// obvious matcher.
#include "model/iam/text_pattern.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace tablekey::model::iam::text_pattern_test {
namespace {

using Compare = TextPattern::Compare;

bool like(std::string_view pattern, std::string_view text, Compare compare = Compare::exact) {
  return TextPattern::compile(pattern, {.wildcards = true}).matches(text, compare, {});
}

bool with_variables(std::string_view pattern, std::string_view text, Context context) {
  return TextPattern::compile(pattern, {.wildcards = true, .variables = true})
      .matches(text, Compare::exact, context);
}

bool obviously_like(std::string_view pattern, std::string_view text, unsigned free_colons) {
  if (pattern.empty()) return text.empty();
  const bool fits = !text.empty() && (text[0] != ':' || free_colons == 0);
  const unsigned left =
      !text.empty() && text[0] == ':' && free_colons > 0 ? free_colons - 1 : free_colons;
  if (pattern[0] == '*') {
    return obviously_like(pattern.substr(1), text, free_colons) ||
           (fits && obviously_like(pattern, text.substr(1), free_colons));
  }
  if (text.empty()) return false;
  if (pattern[0] == '?') {
    return fits && obviously_like(pattern.substr(1), text.substr(1), free_colons);
  }
  return pattern[0] == text[0] && obviously_like(pattern.substr(1), text.substr(1), left);
}

/// Every text over the alphabet up to that length.
std::vector<std::string> all_texts(std::string_view alphabet, std::size_t length_max) {
  std::vector<std::string> texts = {""};
  for (std::size_t begin = 0, length = 0; length < length_max; ++length) {
    const std::size_t end = texts.size();
    for (; begin < end; ++begin) {
      for (const char c : alphabet) texts.push_back(texts[begin] + c);
    }
  }
  return texts;
}

}  // namespace

TEST_CASE("a star stands for any run and a question mark for one character") {
  CHECK(like("kms:ReEncrypt*", "kms:ReEncryptFrom"));
  CHECK(like("dynamodb.*.amazonaws.com", "dynamodb.us-west-2.amazonaws.com"));
  CHECK(!like("dynamodb.*.amazonaws.com", "s3.us-west-2.amazonaws.com"));
  CHECK(like("a?c", "abc"));
  CHECK(!like("a?c", "ac"));
  CHECK(like("a?c",
             "a\xc3\xa9"
             "c"));
  CHECK(like("?", "\xf0\x9f\x94\x91"));
  CHECK(!like("??", "\xf0\x9f\x94\x91"));
  CHECK(like("*", ""));
  CHECK(!like("", "a"));
}

TEST_CASE("small patterns match as a recursive matcher says") {
  const auto texts = all_texts("ab:", 5);
  // Millions of pairs: the ones that differ are collected rather than each one asserted.
  std::vector<std::string> differing;
  for (const std::string& pattern : all_texts("ab*?", 5)) {
    for (const std::string& text : texts) {
      if (like(pattern, text) != obviously_like(pattern, text, 0)) {
        differing.push_back(pattern + " " + text);
      }
    }
  }
  CHECK(differing.empty());
}

TEST_CASE("wildcards of an ARN stay between its first five colons") {
  const auto tails = all_texts("a:*?", 4);
  const auto texts = all_texts("a:", 5);
  for (const std::string& tail : tails) {
    for (const std::string& text : texts) {
      const std::string pattern = "a*:*:*:*" + tail;
      const std::string arn = "aa:a::" + text;
      const bool enough = std::ranges::count(arn, ':') >= 5;
      const bool expected = enough && obviously_like(pattern, arn, 5);
      if (like(pattern, arn, Compare::arn) != expected) FAIL(pattern << " " << arn);
    }
  }
  CHECK(like("arn:aws:*:*:*:*", "arn:aws:logs:us-west-2:111122223333:log-group:/app/x:*",
             Compare::arn));
  CHECK(!like("arn:aws:sns:*:topic:x", "arn:aws:sns:us-west-2:444455556666:topic:x", Compare::arn));
  CHECK(!like("*", "plain text", Compare::arn));
}

TEST_CASE("patterns made to backtrack are answered") {
  std::string stars;
  for (int i = 0; i < 2000; ++i) stars += "*a";
  CHECK(!like(stars + "b", std::string(8000, 'a')));
  CHECK(like(stars, std::string(8000, 'a')));
  CHECK(!like("*" + std::string(4000, 'a') + "b", std::string(8000, 'a')));
  CHECK(!like(std::string(4000, '*') + "b", std::string(8000, 'a')));
}

TEST_CASE("case is ignored for the letters a policy may hold") {
  const auto same = [](std::string_view a, std::string_view b) {
    return TextPattern::compile(a, {}).matches(b, Compare::any_case, {});
  };
  CHECK(same("KMS:decrypt", "kms:Decrypt"));
  CHECK(same("\xc3\x89t\xc3\xa9", "\xc3\xa9T\xc3\x89"));
  CHECK(!same("\xc3\x97", "\xc3\xb7"));
  CHECK(!same("kms:Decrypt", "kms:Decrypts"));
  CHECK(like("KMS:*crypt", "kms:Decrypt", Compare::any_case));
}

TEST_CASE("a variable stands for the request's value, whose stars are only stars") {
  const std::vector<ContextEntry> context = {ContextEntry::one("aws:username", "al*ce"),
                                             ContextEntry::one("aws:PrincipalTag/Team", "red")};
  CHECK(with_variables("user/${aws:username}", "user/al*ce", context));
  CHECK(!with_variables("user/${aws:username}", "user/alice", context));
  CHECK(with_variables("${AWS:UserName}-${aws:principaltag/team}", "al*ce-red", context));
  CHECK(with_variables("*${aws:username}*", "xxal*ceyy", context));
  CHECK(with_variables("*${aws:username}?", "al*al*ce!", context));
}

TEST_CASE("a variable that cannot be resolved matches nothing") {
  const std::vector<std::string_view> teams = {"red"};
  const std::vector<ContextEntry> context = {ContextEntry::many("aws:TagKeys", teams)};
  CHECK(!with_variables("${aws:username}", "", context));
  CHECK(!with_variables("*${aws:username}*", "anything", context));
  CHECK(!with_variables("${aws:TagKeys}", "red", context));
  CHECK(!with_variables("${aws:TagKeys}", "", context));
  CHECK(!with_variables("${Account}", "Account", context));
}

TEST_CASE("a default stands in for an absent key only") {
  const std::vector<ContextEntry> context = {ContextEntry::one("aws:username", "bob")};
  CHECK(with_variables("${aws:PrincipalTag/team, 'none'}", "none", context));
  CHECK(with_variables("${aws:PrincipalTag/team,'a}b'}", "a}b", context));
  CHECK(with_variables("${aws:username, 'none'}", "bob", context));
  CHECK(!with_variables("${aws:username, 'none'}", "none", context));
}

TEST_CASE("escapes are the characters themselves and broken references plain text") {
  CHECK(with_variables("a${*}b${?}${$}", "a*b?$", {}));
  CHECK(!with_variables("a${*}b", "axb", {}));
  CHECK(with_variables("${aws:username", "${aws:username", {}));
  CHECK(with_variables("$x{}", "$x{}", {}));
  CHECK(like("${*}", "${abc}"));
}

}  // namespace tablekey::model::iam::text_pattern_test
