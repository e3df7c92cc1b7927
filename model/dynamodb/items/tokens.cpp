// The characters of an expression, put together to tokens. What begins no token is a token too, a
// bad one: the grammar complains of it where it stands.
#include <array>
#include <utility>

#include "model/dynamodb/items/syntax.h"

namespace tablekey::model::items {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

struct Keyword {
  std::string_view word;
  TokenKind kind;
};
constexpr std::array kConditionWords = {
    Keyword{"AND", TokenKind::and_}, Keyword{"OR", TokenKind::or_}, Keyword{"NOT", TokenKind::not_},
    Keyword{"BETWEEN", TokenKind::between}, Keyword{"IN", TokenKind::in}};
constexpr std::array kUpdateWords = {
    Keyword{"SET", TokenKind::set}, Keyword{"REMOVE", TokenKind::remove},
    Keyword{"ADD", TokenKind::add}, Keyword{"DELETE", TokenKind::delete_}};
constexpr std::array kSymbols = {Keyword{"<>", TokenKind::unequal},
                                 Keyword{"<=", TokenKind::less_or_equal},
                                 Keyword{">=", TokenKind::greater_or_equal},
                                 Keyword{"=", TokenKind::equal},
                                 Keyword{"<", TokenKind::less},
                                 Keyword{">", TokenKind::greater},
                                 Keyword{"(", TokenKind::left_paren},
                                 Keyword{")", TokenKind::right_paren},
                                 Keyword{"[", TokenKind::left_bracket},
                                 Keyword{"]", TokenKind::right_bracket},
                                 Keyword{",", TokenKind::comma},
                                 Keyword{".", TokenKind::dot},
                                 Keyword{"+", TokenKind::plus},
                                 Keyword{"-", TokenKind::minus}};

bool same_word(std::string_view text, std::string_view keyword) {
  if (text.size() != keyword.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    const char upper =
        letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
    if (upper != keyword[i]) return false;
  }
  return true;
}

template <class Words>
TokenKind word_kind(std::string_view text, const Words& words) {
  for (const Keyword& keyword : words) {
    if (same_word(text, keyword.word)) return keyword.kind;
  }
  return TokenKind::identifier;
}

TokenKind word_kind(std::string_view text, ExpressionKind kind) {
  if (kind == ExpressionKind::projection) return TokenKind::identifier;
  return kind == ExpressionKind::update ? word_kind(text, kUpdateWords)
                                        : word_kind(text, kConditionWords);
}

std::size_t run_length(std::string_view text, std::size_t from, bool (*belongs)(char)) {
  std::size_t end = from;
  while (end < text.size() && belongs(text[end])) ++end;
  return end - from;
}

// The token at `at`, where no white space is.
Token token_at(std::string_view text, std::size_t at, ExpressionKind kind) {
  const char first = text[at];
  if (is_letter(first)) {
    const std::size_t length = run_length(text, at, is_word);
    return {word_kind(text.substr(at, length), kind), at, length};
  }
  if (first == '#' || first == ':') {
    const std::size_t length = 1 + run_length(text, at + 1, is_word);
    if (length == 1) return {TokenKind::bad, at, 1};
    return {first == '#' ? TokenKind::name : TokenKind::value, at, length};
  }
  if (first == '0') return {TokenKind::integer, at, 1};
  if (is_digit(first)) return {TokenKind::integer, at, run_length(text, at, is_digit)};
  for (const Keyword& symbol : kSymbols) {
    if (text.substr(at).starts_with(symbol.word)) return {symbol.kind, at, symbol.word.size()};
  }
  // A whole character, so that an error shows it whole.
  std::size_t length = 1;
  while (at + length < text.size() &&
         (static_cast<unsigned char>(text[at + length]) & 0xC0) == 0x80) {
    ++length;
  }
  return {TokenKind::bad, at, length};
}

}  // namespace

std::vector<Token> tokenize(std::string_view text, ExpressionKind kind) {
  std::vector<Token> tokens;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r') {
      ++at;
      continue;
    }
    tokens.push_back(token_at(text, at, kind));
    at += tokens.back().length;
  }
  tokens.push_back({TokenKind::end, text.size(), 0});
  return tokens;
}

}  // namespace tablekey::model::items
