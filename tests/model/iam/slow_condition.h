// The comparisons of kms.md 6.4 in the slow evaluator: texts with variables and wildcards, numbers,
// dates, addresses, bytes.
#pragma once

#include <string>
#include <vector>

#include "tests/model/iam/slow_evaluator.h"

namespace tablekey::slow {

/// One character of a pattern, once variables are replaced.
struct PatternChar {
  enum Kind { literal, any_run, any_one };
  Kind kind = literal;
  char32_t c = 0;
};
using Pattern = std::vector<PatternChar>;

/// The pattern of a policy's text; nothing where a variable cannot be resolved.
std::optional<Pattern> pattern_of(const std::string& text, bool wildcards, bool variables,
                                  const Asked& asked);

bool like(const Pattern& pattern, const std::string& text, bool ignore_case);

/// Part by part, as ARNs are compared.
bool arn_like(const Pattern& pattern, const std::string& text);

std::string lower(const std::string& text);

/// The key of the request, in any case; null where it is absent.
const AskedKey* find_key(const Asked& asked, const std::string& name);

/// Whether a value of the request fits a value of the policy under an operator without prefix,
/// suffix and negation, such as `NumericLessThan`.
bool fits(const std::string& plain, const std::string& wanted, const std::string& has,
          const Asked& asked, bool variables);

}  // namespace tablekey::slow
