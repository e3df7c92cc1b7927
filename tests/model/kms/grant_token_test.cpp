// Goal: tokens and ids of grants have the form of kms.md 5.3 and 1.3. Method: a token computed by
// hand from its parts, and texts that are nearly one.
#include "model/kms/grant_token.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "crypto/sha256.h"

namespace tablekey::model::kms::grant_token_test {
namespace {

const std::string kId = "51979d711f0cf4e3e6dd25ce591490743617668bbb98257e7fcea1f784624a43";

}  // namespace

TEST_CASE("a token is base64 of a digest of its grant and number, and of zeros") {
  const std::string hashed = "tablekey.gt.v1" + kId + std::string("\0\0\0\0\0\0\1\2", 8);
  const crypto::Digest digest = crypto::sha256(crypto::bytes_of(hashed));
  const std::string token = grant_token(kId, 0x102);
  REQUIRE(token.size() == 128);
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (const char c : token) {
    const std::size_t digit = alphabet.find(c);
    REQUIRE(digit != std::string::npos);
    for (int bit = 5; bit >= 0; --bit) bits += (digit >> bit & 1U) != 0 ? '1' : '0';
  }
  for (std::size_t i = 0; i < 96; ++i) {
    const auto byte = static_cast<unsigned>(std::stoi(bits.substr(8 * i, 8), nullptr, 2));
    CHECK(byte == (i < digest.size() ? digest[i] : 0U));
  }
}

TEST_CASE("every call has a fresh token, and each is of its grant") {
  std::set<std::string> tokens;
  for (std::uint64_t issue = 0; issue < 20; ++issue) {
    const std::string token = grant_token(kId, issue);
    CHECK(is_well_formed_token(token));
    CHECK(is_token_of(token, kId, 20));
    CHECK(is_token_of(token, kId, issue + 1));
    CHECK_FALSE(is_token_of(token, kId, issue));
    tokens.insert(token);
  }
  CHECK(tokens.size() == 20);
  CHECK_FALSE(is_token_of(grant_token(std::string(64, '0'), 0), kId, 20));
}

TEST_CASE("what is not exactly a token is malformed") {
  const std::string token = grant_token(kId, 0);
  const auto changed = [&](std::size_t at, char to) {
    std::string text = token;
    text[at] = to;
    return text;
  };
  for (const std::string& text :
       {std::string(), token.substr(1), token + "A", token + "=", changed(5, '-'), changed(5, ' '),
        changed(127, 'B'), changed(60, '/'), std::string(128, '=')}) {
    INFO(text);
    CHECK_FALSE(is_well_formed_token(text));
    CHECK_FALSE(is_token_of(text, kId, 5));
  }
}

TEST_CASE("a well-formed token of no grant is of no grant") {
  const std::string nobodys = grant_token("nobody", 0);
  CHECK(is_well_formed_token(nobodys));
  CHECK_FALSE(is_token_of(nobodys, kId, 100));
}

TEST_CASE("a grant id is 64 lower-case digits, the API takes 1 to 128 characters") {
  std::array<std::uint8_t, 32> id{};
  id[0] = 0xab;
  id[31] = 0x0f;
  CHECK(grant_id_text(id) == "ab" + std::string(60, '0') + "0f");
  CHECK(is_well_formed_grant_id(kId));
  CHECK(is_well_formed_grant_id("x"));
  CHECK_FALSE(is_well_formed_grant_id(""));
  CHECK_FALSE(is_well_formed_grant_id(std::string(129, 'a')));
}

}  // namespace tablekey::model::kms::grant_token_test
