// A file of cases: for each one its family, its parameters and, for comparison only, the value that
// the theory gives (the form of the validation table of cache-theory.md 10).
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tablekey::theory {

/// What a case lacks, or what nothing here can make of it; one sentence.
struct CaseError {
  std::string message;
};

/// The parameters of a case. They are asked for by name; one that is missing throws CaseError.
class Parameters {
 public:
  void set(std::string name, double value) { numbers_[std::move(name)] = value; }
  void set(std::string name, std::string value) { words_[std::move(name)] = std::move(value); }

  bool has(std::string_view name) const;
  double number(std::string_view name) const;
  double number_or(std::string_view name, double standard) const;
  /// The first of several names for the same thing.
  double one_of(std::initializer_list<std::string_view> names) const;
  std::string word_or(std::string_view name, std::string standard) const;

 private:
  std::map<std::string, double, std::less<>> numbers_;
  std::map<std::string, std::string, std::less<>> words_;
};

/// How an estimate is compared with the exact value.
struct Tolerance {
  std::string model;    ///< clt, binomial, quantile, exact, approx, formula
  double relative = 0;  ///< allowed on top of the standard error
};

struct Case {
  std::string id;
  std::string family;
  Parameters parameters;
  std::optional<double> expected;
  Tolerance tolerance;
};

/// Reads the text of such a file. The error says what is wrong with it.
std::expected<std::vector<Case>, std::string> read_cases(const std::string& text);

}  // namespace tablekey::theory
