// A text of a policy that is compared with a text of the request: with or without wildcards, with
// or without policy variables, in any case or exactly, and for ARNs part by part. One matcher does
// all of it. It never looks back further than the last `*`, which suffices for these patterns, so
// the cost is at most the product of the two lengths whatever a hostile pattern holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/iam/context.h"

namespace tablekey::model::iam {

class TextPattern {
 public:
  /// What in the text has a meaning beyond itself.
  struct Syntax {
    bool wildcards = false;  ///< `*` and `?`.
    bool variables = false;  ///< `${key}`, `${key, 'default'}`, `${*}`, `${?}`, `${$}`.
  };

  enum class Compare : std::uint8_t {
    exact,     ///< Byte by byte.
    any_case,  ///< Without regard to case (fold.h).
    /// Byte by byte; both texts have the six parts of an ARN, and no wildcard reaches over the
    /// colon between two of them (kms.md 6.4).
    arn,
  };

  TextPattern() = default;
  static TextPattern compile(std::string_view text, Syntax syntax);

  /// The pattern that is this one followed by `tail`.
  TextPattern followed_by(TextPattern tail) &&;

  /// False where a variable cannot be resolved: a key that is absent and has no default, or one
  /// with several values (kms.md 6.4). A resolved value stands for itself; its stars are stars.
  bool matches(std::string_view text, Compare compare, Context context) const;

  /// Whether this is `*` alone.
  bool is_everything() const;

  struct Token {
    enum class Kind : std::uint8_t { literal, any_run, any_one, variable };
    Kind kind = Kind::literal;
    std::string text;      ///< The literal, or the variable's key folded.
    std::string fallback;  ///< The variable's default.
    bool has_fallback = false;
  };

 private:
  void add_literal(std::string_view text);

  std::vector<Token> tokens_;
};

}  // namespace tablekey::model::iam
