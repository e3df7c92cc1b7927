#include "model/kms/grant_token.h"

#include <algorithm>
#include <optional>

#include "crypto/sha256.h"

namespace tablekey::model::kms {
namespace {

constexpr std::string_view kTokenLabel = "tablekey.gt.v1";
constexpr std::size_t kTokenBytes = 96;
constexpr std::size_t kTokenCharacters = kTokenBytes / 3 * 4;
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

using TokenBytes = std::array<std::uint8_t, kTokenBytes>;

TokenBytes token_bytes(std::string_view grant_id, std::uint64_t issue) {
  std::array<std::uint8_t, 8> number{};
  crypto::store_big_endian<8>(issue, number.data());
  crypto::Sha256 hash;
  hash.update(crypto::bytes_of(kTokenLabel));
  hash.update(crypto::bytes_of(grant_id));
  hash.update(number);
  TokenBytes token{};
  std::ranges::copy(hash.finish(), token.begin());
  return token;
}

/// 96 is a multiple of 3, so the text needs no padding of its own.
std::string to_base64(const TokenBytes& token) {
  std::string text;
  text.reserve(kTokenCharacters);
  for (std::size_t i = 0; i < token.size(); i += 3) {
    const std::uint32_t word = static_cast<std::uint32_t>(token[i]) << 16 |
                               static_cast<std::uint32_t>(token[i + 1]) << 8 | token[i + 2];
    for (unsigned shift = 24; shift != 0; shift -= 6) text += kBase64[word >> (shift - 6) & 63U];
  }
  return text;
}

std::optional<TokenBytes> from_base64(std::string_view text) {
  if (text.size() != kTokenCharacters) return std::nullopt;
  TokenBytes token{};
  for (std::size_t i = 0; i < token.size(); i += 3) {
    std::uint32_t word = 0;
    for (const char c : text.substr(i / 3 * 4, 4)) {
      const std::size_t digit = kBase64.find(c);
      if (digit == std::string_view::npos) return std::nullopt;
      word = word << 6 | static_cast<std::uint32_t>(digit);
    }
    token[i] = static_cast<std::uint8_t>(word >> 16);
    token[i + 1] = static_cast<std::uint8_t>(word >> 8);
    token[i + 2] = static_cast<std::uint8_t>(word);
  }
  return token;
}

}  // namespace

std::string grant_token(std::string_view grant_id, std::uint64_t issue) {
  return to_base64(token_bytes(grant_id, issue));
}

bool is_well_formed_token(std::string_view text) {
  const auto token = from_base64(text);
  return token && std::all_of(token->begin() + sizeof(crypto::Digest), token->end(),
                              [](std::uint8_t byte) { return byte == 0; });
}

bool is_token_of(std::string_view token, std::string_view grant_id, std::uint64_t issued) {
  const auto given = from_base64(token);
  if (!given) return false;
  for (std::uint64_t issue = 0; issue < issued; ++issue) {
    if (token_bytes(grant_id, issue) == *given) return true;
  }
  return false;
}

std::string grant_id_text(std::span<const std::uint8_t, 32> id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * id.size());
  for (const std::uint8_t byte : id) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15U];
  }
  return text;
}

bool is_well_formed_grant_id(std::string_view text) { return !text.empty() && text.size() <= 128; }

}  // namespace tablekey::model::kms
