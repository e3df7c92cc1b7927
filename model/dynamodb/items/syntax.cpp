// A recursive descent over the tokens. At an opening parenthesis a condition and an operand look
// alike, so both are read by the same functions, and whoever needs a condition asks for one.
#include "model/dynamodb/items/syntax.h"

#include <fmt/format.h>

#include <utility>

#include "model/dynamodb/items/utf8.h"

namespace tablekey::model::items {
namespace {

// Parentheses and NOTs inside one another. A lawful expression cannot have more: each level of
// parentheses that is not redundant holds an operator, and there are at most 300 of those.
constexpr std::size_t kDepthMax = 2 * kOperatorsMax + 2;

bool is_comparator(TokenKind kind) {
  return kind >= TokenKind::equal && kind <= TokenKind::greater_or_equal;
}

// Functions that give a node give kNoNode where they have noted an error.
class Parser {
 public:
  Parser(std::string_view text, ExpressionKind kind) {
    syntax_.kind = kind;
    syntax_.text = text;
    syntax_.tokens = tokenize(text, kind);
  }

  std::expected<Syntax, ExpressionError> run() {
    const bool read = syntax_.kind == ExpressionKind::update       ? update()
                      : syntax_.kind == ExpressionKind::projection ? projection()
                                                                   : whole_condition();
    if (!read || !expect(TokenKind::end)) return std::unexpected(std::move(error_));
    return std::move(syntax_);
  }

 private:
  [[nodiscard]] TokenKind kind(std::uint32_t ahead = 0) const {
    const std::size_t at = next_ + std::size_t{ahead};
    return at < syntax_.tokens.size() ? syntax_.tokens[at].kind : TokenKind::end;
  }
  [[nodiscard]] bool is(TokenKind wanted) const { return kind() == wanted; }
  bool take(TokenKind wanted) {
    if (!is(wanted)) return false;
    ++next_;
    return true;
  }
  bool expect(TokenKind wanted) {
    if (!is(wanted)) return fail();
    if (wanted != TokenKind::end) ++next_;
    return true;
  }
  bool fail();
  NodeIndex fail_node() {
    fail();
    return kNoNode;
  }
  bool fail_with(ExpressionError error) {
    error_ = std::move(error);
    return false;
  }

  NodeIndex make(SyntaxKind made, std::uint32_t token, std::uint32_t first,
                 std::vector<NodeIndex> children = {}) {
    syntax_.nodes.push_back({made, token, first, next_ - 1, std::move(children)});
    return static_cast<NodeIndex>(syntax_.nodes.size() - 1);
  }

  bool whole_condition();
  bool update();
  bool section_actions(SyntaxSection& section);
  bool action(TokenKind keyword, SyntaxAction& action);
  bool projection();

  NodeIndex any();  // a condition or an operand
  NodeIndex conjunction();
  NodeIndex negation();
  NodeIndex comparison();
  NodeIndex between(NodeIndex operand);
  NodeIndex in(NodeIndex operand);
  NodeIndex primary();
  NodeIndex parenthesised();
  NodeIndex operand();
  NodeIndex call();
  NodeIndex path();
  NodeIndex set_value();
  // One or more, with commas between them.
  bool operands(std::vector<NodeIndex>& out);
  // `node` stands where only a condition may.
  bool require_condition(NodeIndex node);
  bool require_operand(NodeIndex node);

  Syntax syntax_;
  std::uint32_t next_ = 0;
  std::size_t depth_ = 0;
  ExpressionError error_;
};

bool Parser::fail() {
  const std::vector<Token>& tokens = syntax_.tokens;
  const Token& token = tokens[next_];
  const std::size_t begin = next_ > 0 ? tokens[next_ - 1].start : 0;
  const Token& after = next_ + 1 < tokens.size() ? tokens[next_ + 1] : token;
  const std::size_t end = after.start + after.length;
  const std::string_view text = syntax_.text;
  const std::string_view shown = token.kind == TokenKind::end
                                     ? std::string_view("<EOF>")
                                     : text.substr(token.start, token.length);
  error_ = syntax_.error_at_token(next_, fmt::format("Syntax error; token: \"{}\", near: \"{}\"",
                                                     shown, text.substr(begin, end - begin)));
  return false;
}

bool Parser::require_condition(NodeIndex node) {
  if (node == kNoNode) return false;
  const SyntaxKind made = syntax_.nodes[syntax_.bare(node)].kind;
  const bool operand = made == SyntaxKind::path || made == SyntaxKind::value;
  // A call may be either; whether it is in its place is a question of meaning. Parentheses around
  // one have been read as parentheses around a condition.
  return !operand || fail();
}

bool Parser::require_operand(NodeIndex node) {
  if (node == kNoNode) return false;
  const SyntaxKind made = syntax_.nodes[syntax_.bare(node)].kind;
  return made == SyntaxKind::path || made == SyntaxKind::value || made == SyntaxKind::call ||
         fail();
}

bool Parser::whole_condition() {
  syntax_.root = any();
  return require_condition(syntax_.root);
}

NodeIndex Parser::any() {
  const std::uint32_t first = next_;
  NodeIndex left = conjunction();
  if (left == kNoNode || !is(TokenKind::or_)) return left;
  if (!require_condition(left)) return kNoNode;
  while (is(TokenKind::or_)) {
    const std::uint32_t token = next_++;
    const NodeIndex right = conjunction();
    if (!require_condition(right)) return kNoNode;
    left = make(SyntaxKind::or_, token, first, {left, right});
  }
  return left;
}

NodeIndex Parser::conjunction() {
  const std::uint32_t first = next_;
  NodeIndex left = negation();
  if (left == kNoNode || !is(TokenKind::and_)) return left;
  if (!require_condition(left)) return kNoNode;
  while (is(TokenKind::and_)) {
    const std::uint32_t token = next_++;
    const NodeIndex right = negation();
    if (!require_condition(right)) return kNoNode;
    left = make(SyntaxKind::and_, token, first, {left, right});
  }
  return left;
}

NodeIndex Parser::negation() {
  if (!is(TokenKind::not_)) return comparison();
  if (++depth_ > kDepthMax) {
    fail_with(syntax_.error_at_token(next_, "The expression is nested too deeply"));
    return kNoNode;
  }
  const std::uint32_t token = next_++;
  const NodeIndex inner = negation();
  --depth_;
  if (!require_condition(inner)) return kNoNode;
  return make(SyntaxKind::not_, token, token, {inner});
}

NodeIndex Parser::comparison() {
  const std::uint32_t first = next_;
  const NodeIndex left = primary();
  if (left == kNoNode) return left;
  const bool follows = is_comparator(kind()) || is(TokenKind::between) || is(TokenKind::in);
  if (!follows) return left;
  if (!require_operand(left)) return kNoNode;
  if (is(TokenKind::between)) return between(left);
  if (is(TokenKind::in)) return in(left);
  const std::uint32_t token = next_++;
  const NodeIndex right = operand();
  if (right == kNoNode) return right;
  return make(SyntaxKind::comparison, token, first, {left, right});
}

NodeIndex Parser::between(NodeIndex tested) {
  const std::uint32_t first = syntax_.nodes[tested].first, token = next_++;
  const NodeIndex lower = operand();
  if (lower == kNoNode || !expect(TokenKind::and_)) return kNoNode;
  const NodeIndex upper = operand();
  if (upper == kNoNode) return kNoNode;
  return make(SyntaxKind::between, token, first, {tested, lower, upper});
}

NodeIndex Parser::in(NodeIndex tested) {
  const std::uint32_t first = syntax_.nodes[tested].first, token = next_++;
  std::vector<NodeIndex> children = {tested};
  if (!expect(TokenKind::left_paren) || !operands(children) || !expect(TokenKind::right_paren)) {
    return kNoNode;
  }
  return make(SyntaxKind::in, token, first, std::move(children));
}

NodeIndex Parser::primary() { return is(TokenKind::left_paren) ? parenthesised() : operand(); }

NodeIndex Parser::parenthesised() {
  if (++depth_ > kDepthMax) {
    fail_with(syntax_.error_at_token(next_, "The expression is nested too deeply"));
    return kNoNode;
  }
  const std::uint32_t first = next_++;
  const NodeIndex inner = syntax_.kind == ExpressionKind::update ? set_value() : any();
  --depth_;
  if (inner == kNoNode || !expect(TokenKind::right_paren)) return kNoNode;
  const NodeIndex node = make(SyntaxKind::paren, first, first, {inner});
  if (syntax_.nodes[inner].kind == SyntaxKind::paren) {
    fail_with(syntax_.error_at_node(node, "The expression has redundant parentheses;"));
    return kNoNode;
  }
  return node;
}

NodeIndex Parser::operand() {
  const std::uint32_t token = next_;
  switch (kind()) {
    case TokenKind::value:
      ++next_;
      return make(SyntaxKind::value, token, token);
    case TokenKind::left_paren: {
      const NodeIndex node = parenthesised();
      return require_operand(node) ? node : kNoNode;
    }
    case TokenKind::identifier:
      return kind(1) == TokenKind::left_paren ? call() : path();
    case TokenKind::name:
      return path();
    default:
      return fail_node();
  }
}

bool Parser::operands(std::vector<NodeIndex>& out) {
  do {
    const NodeIndex node = operand();
    if (node == kNoNode) return false;
    out.push_back(node);
  } while (take(TokenKind::comma));
  return true;
}

NodeIndex Parser::call() {
  if (++depth_ > kDepthMax) {
    fail_with(syntax_.error_at_token(next_, "The expression is nested too deeply"));
    return kNoNode;
  }
  const std::uint32_t token = next_;
  next_ += 2;
  std::vector<NodeIndex> children;
  if (!operands(children) || !expect(TokenKind::right_paren)) return kNoNode;
  --depth_;
  return make(SyntaxKind::call, token, token, std::move(children));
}

NodeIndex Parser::path() {
  const std::uint32_t first = next_;
  if (!take(TokenKind::identifier) && !take(TokenKind::name)) return fail_node();
  while (true) {
    if (take(TokenKind::dot)) {
      if (!take(TokenKind::identifier) && !take(TokenKind::name)) return fail_node();
    } else if (take(TokenKind::left_bracket)) {
      if (!expect(TokenKind::integer) || !expect(TokenKind::right_bracket)) return kNoNode;
    } else {
      return make(SyntaxKind::path, first, first);
    }
  }
}

NodeIndex Parser::set_value() {
  const std::uint32_t first = next_;
  const NodeIndex left = is(TokenKind::left_paren) ? parenthesised() : operand();
  if (left == kNoNode || (!is(TokenKind::plus) && !is(TokenKind::minus))) return left;
  if (!require_operand(left)) return kNoNode;
  const std::uint32_t token = next_++;
  const NodeIndex right = operand();
  if (right == kNoNode) return right;
  return make(SyntaxKind::arithmetic, token, first, {left, right});
}

bool Parser::action(TokenKind keyword, SyntaxAction& action) {
  action.path = path();
  if (action.path == kNoNode) return false;
  if (keyword == TokenKind::remove) return true;
  if (keyword == TokenKind::set) {
    if (!expect(TokenKind::equal)) return false;
    action.value = set_value();
    return action.value != kNoNode;
  }
  if (!is(TokenKind::value)) return fail();
  action.value = operand();
  return true;
}

bool Parser::section_actions(SyntaxSection& section) {
  const TokenKind keyword = syntax_.tokens[section.token].kind;
  do {
    if (!action(keyword, section.actions.emplace_back())) return false;
  } while (take(TokenKind::comma));
  return true;
}

bool Parser::update() {
  do {
    if (kind() < TokenKind::set || kind() > TokenKind::delete_) return fail();
    SyntaxSection section;
    section.token = next_++;
    if (!section_actions(section)) return false;
    syntax_.sections.push_back(std::move(section));
  } while (!is(TokenKind::end));
  return true;
}

bool Parser::projection() {
  do {
    const NodeIndex node = path();
    if (node == kNoNode) return false;
    syntax_.paths.push_back(node);
  } while (take(TokenKind::comma));
  return true;
}

ExpressionError whole_error(ExpressionKind kind, std::size_t position, std::string_view message) {
  return {fmt::format("Invalid {}: {}", expression_name(kind), message), position, 0};
}

}  // namespace

std::string_view Syntax::token_text(std::uint32_t token) const {
  return std::string_view(text).substr(tokens[token].start, tokens[token].length);
}

NodeIndex Syntax::bare(NodeIndex node) const {
  while (nodes[node].kind == SyntaxKind::paren) node = nodes[node].children[0];
  return node;
}

ExpressionError Syntax::error_at_node(NodeIndex node, std::string_view message) const {
  const Token &first = tokens[nodes[node].first], &last = tokens[nodes[node].last];
  return {fmt::format("Invalid {}: {}", expression_name(kind), message), first.start,
          last.start + last.length - first.start};
}

ExpressionError Syntax::error_at_token(std::uint32_t token, std::string_view message) const {
  return {fmt::format("Invalid {}: {}", expression_name(kind), message), tokens[token].start,
          tokens[token].length};
}

std::expected<Syntax, ExpressionError> parse_syntax(std::string_view text, ExpressionKind kind) {
  if (text.empty()) {
    return std::unexpected(whole_error(kind, 0, "The expression can not be empty;"));
  }
  if (text.size() > kExpressionBytesMax) {
    return std::unexpected(whole_error(
        kind, 0,
        fmt::format("Expression size has exceeded the maximum allowed size; expression size: {}",
                    text.size())));
  }
  if (const std::size_t valid = utf8_valid_length(text); valid != text.size()) {
    return std::unexpected(whole_error(kind, valid, "The expression is not UTF-8"));
  }
  return Parser(text, kind).run();
}

}  // namespace tablekey::model::items
