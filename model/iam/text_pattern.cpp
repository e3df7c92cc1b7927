#include "model/iam/text_pattern.h"

#include <iterator>
#include <optional>
#include <utility>

#include "model/iam/characters.h"

namespace tablekey::model::iam {
namespace {

using Token = TextPattern::Token;
using Compare = TextPattern::Compare;

/// Colons between the six parts of an ARN; the sixth part may hold more.
constexpr unsigned kArnColons = 5;

/// A `${...}` at the front of a text, and how many bytes it takes there.
struct Reference {
  Token token;
  std::size_t length = 0;
};

/// `, 'default'}` after the key; the default ends at the first `'}`.
std::optional<Reference> read_default(std::string_view text, std::size_t comma) {
  std::size_t open = comma + 1;
  while (open < text.size() && text[open] == ' ') ++open;
  if (open == text.size() || text[open] != '\'') return std::nullopt;
  const std::size_t close = text.find("'}", open + 1);
  if (close == std::string_view::npos) return std::nullopt;
  Reference reference;
  reference.token.fallback = text.substr(open + 1, close - open - 1);
  reference.token.has_fallback = true;
  reference.length = close + 2;
  return reference;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// Reads the reference that `text` begins with; nothing where it is not one and so is plain text.
std::optional<Reference> read_reference(std::string_view text) {
  if (!text.starts_with("${")) return std::nullopt;
  const std::size_t end = text.find_first_of(",}", 2);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view key = text.substr(2, end - 2);
  Reference reference;
  if (text[end] == ',') {
    const auto with_default = read_default(text, end);
    if (!with_default) return std::nullopt;
    reference = *with_default;
  } else {
    reference.length = end + 1;
    if (key == "*" || key == "?" || key == "$") {
      reference.token.text = key;
      return reference;
    }
  }
  reference.token.kind = Token::Kind::variable;
  reference.token.text = folded(trimmed(key));
  return reference;
}

/// What a variable stands for in this request; nothing where it cannot be resolved.
std::optional<std::string_view> resolve(const Token& token, Context context) {
  const ContextEntry* entry = find(context, token.text);
  if (entry == nullptr) {
    if (token.has_fallback) return token.fallback;
    return std::nullopt;
  }
  if (entry->multivalued) return std::nullopt;
  return entry->value;
}

class Matcher {
 public:
  Matcher(const std::vector<Token>& tokens, std::string_view text, Compare compare, Context context)
      : tokens_(tokens), text_(text), compare_(compare), context_(context) {}

  bool run() {
    if (!possible()) return false;
    now_.literal = literal_of(0);
    while (true) {
      if (now_.token == tokens_.size()) {
        if (now_.at == text_.size()) return ends_well();
        if (!retry()) return false;
      } else if (!step() && !retry()) {
        return false;
      }
    }
  }

 private:
  /// Where the comparison stands: in the pattern, in the text, and how many colons of the text
  /// lie behind.
  struct Place {
    std::size_t token = 0;
    std::string_view literal;  ///< What is left of a literal or resolved token.
    std::size_t at = 0;
    unsigned colons = 0;
  };

  /// Every variable resolves, and the text is long enough for what must be in it.
  bool possible() const {
    std::size_t needed = 0;
    for (const Token& token : tokens_) {
      if (token.kind == Token::Kind::any_run) continue;
      if (token.kind == Token::Kind::variable) {
        const auto value = resolve(token, context_);
        if (!value) return false;
        needed += value->size();
      } else {
        needed += token.kind == Token::Kind::any_one ? 1 : token.text.size();
      }
      if (needed > text_.size()) return false;
    }
    return true;
  }

  std::string_view literal_of(std::size_t index) const {
    if (index >= tokens_.size()) return {};
    const Token& token = tokens_[index];
    if (token.kind == Token::Kind::literal) return token.text;
    if (token.kind == Token::Kind::variable) return resolve(token, context_).value_or("");
    return {};
  }

  void next_token() {
    ++now_.token;
    now_.literal = literal_of(now_.token);
  }

  /// Takes one token, or says that it does not fit here.
  bool step() {
    switch (tokens_[now_.token].kind) {
      case Token::Kind::any_run:
        next_token();
        star_ = now_;
        return true;
      case Token::Kind::any_one:
        if (!skip_one(now_)) return false;
        next_token();
        return true;
      default:
        if (!take_literal()) return false;
        next_token();
        return true;
    }
  }

  bool take_literal() {
    char before = '\0';
    for (const char c : now_.literal) {
      if (now_.at == text_.size() || !same(c, before, now_.at)) return false;
      if (c == ':') ++now_.colons;
      ++now_.at;
      before = c;
    }
    return true;
  }

  bool same(char c, char before, std::size_t at) const {
    if (c == text_[at]) return true;
    return compare_ == Compare::any_case &&
           fold(c, before) == fold(text_[at], at == 0 ? '\0' : text_[at - 1]);
  }

  /// Moves over one character of the text, if a wildcard may stand for it.
  bool skip_one(Place& place) const {
    if (place.at == text_.size()) return false;
    if (text_[place.at] == ':') {
      if (compare_ == Compare::arn && place.colons < kArnColons) return false;
      ++place.colons;
    }
    ++place.at;
    while (place.at < text_.size() && is_continuation(text_[place.at])) ++place.at;
    return true;
  }

  /// Lets the last `*` stand for one character more and goes on behind it.
  bool retry() {
    if (!star_ || !skip_one(*star_)) return false;
    now_ = *star_;
    return true;
  }

  bool ends_well() const { return compare_ != Compare::arn || now_.colons >= kArnColons; }

  const std::vector<Token>& tokens_;
  std::string_view text_;
  Compare compare_;
  Context context_;
  Place now_;
  std::optional<Place> star_;
};

}  // namespace

TextPattern TextPattern::compile(std::string_view text, Syntax syntax) {
  TextPattern pattern;
  while (!text.empty()) {
    if (syntax.variables) {
      if (auto reference = read_reference(text)) {
        text.remove_prefix(reference->length);
        if (reference->token.kind == Token::Kind::literal) {
          pattern.add_literal(reference->token.text);
        } else {
          pattern.tokens_.push_back(std::move(reference->token));
        }
        continue;
      }
    }
    const char c = text.front();
    if (syntax.wildcards && c == '*') {
      const bool repeated =
          !pattern.tokens_.empty() && pattern.tokens_.back().kind == Token::Kind::any_run;
      if (!repeated) pattern.tokens_.push_back({Token::Kind::any_run, {}, {}, false});
    } else if (syntax.wildcards && c == '?') {
      pattern.tokens_.push_back({Token::Kind::any_one, {}, {}, false});
    } else {
      pattern.add_literal(text.substr(0, 1));
    }
    text.remove_prefix(1);
  }
  return pattern;
}

TextPattern TextPattern::followed_by(TextPattern tail) && {
  tokens_.insert(tokens_.end(), std::make_move_iterator(tail.tokens_.begin()),
                 std::make_move_iterator(tail.tokens_.end()));
  return std::move(*this);
}

bool TextPattern::matches(std::string_view text, Compare compare, Context context) const {
  const bool literal = tokens_.size() == 1 && tokens_[0].kind == Token::Kind::literal;
  if (literal && compare != Compare::arn) {
    const std::string_view own = tokens_[0].text;
    return compare == Compare::exact ? own == text : equal_folded(own, text);
  }
  return Matcher(tokens_, text, compare, context).run();
}

bool TextPattern::is_everything() const {
  return tokens_.size() == 1 && tokens_[0].kind == Token::Kind::any_run;
}

void TextPattern::add_literal(std::string_view text) {
  if (tokens_.empty() || tokens_.back().kind != Token::Kind::literal) tokens_.emplace_back();
  tokens_.back().text += text;
}

}  // namespace tablekey::model::iam
