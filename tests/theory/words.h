// The name of a family as a set of words: `churn_idle.exp_mean` is churn, idle, exp, mean. Rules,
// arrivals and quantities are told by words, so that a combination that nobody has seen before is
// one that is known in its parts.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace tablekey::theory {

class Words {
 public:
  /// Of a family, and of the parameter `rule`, if there is one.
  Words(std::string_view family, std::string_view rule);

  bool has(std::string_view word) const { return words_.contains(word); }
  /// Whether one of several words for the same thing is there.
  bool any(std::initializer_list<std::string_view> words) const;
  bool all(std::initializer_list<std::string_view> words) const;

 private:
  void add(std::string_view text);
  std::set<std::string, std::less<>> words_;
};

}  // namespace tablekey::theory
