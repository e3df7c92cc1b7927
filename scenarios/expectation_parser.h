// The parser of checks: a small hand-written one, since its messages are its purpose. Positions are
// byte offsets into the line. expectation.cpp reads the measure and its filters,
// expectation_limits.cpp what stands behind them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/expectation.h"
#include "scenarios/expectation_words.h"

namespace tablekey::scenarios {

// Thrown inside the parser only.
struct ExpectationFailure {
  ExpectationError error;
};

struct ExpectationToken {
  std::string_view text;
  std::size_t offset = 0;
};

class ExpectationParser {
 public:
  using Token = ExpectationToken;
  explicit ExpectationParser(std::string_view line) : line_(line) {}
  Expectation parse(bool compared);

 private:
  [[noreturn]] void fail(std::size_t offset, std::size_t length, std::string message,
                         std::string hint = {}) const;
  [[noreturn]] void fail(const Token& at, std::string message, std::string hint = {}) const {
    fail(at.offset, at.text.size(), std::move(message), std::move(hint));
  }
  void skip_space();
  [[nodiscard]] bool at(char c);
  void expect(char c, std::string_view after);
  Token word(std::string_view stops);

  const MeasureRow& read_measure();
  void read_arguments(const MeasureRow& row);
  void check_arguments(const MeasureRow& row, const std::vector<std::string_view>& seen);
  void read_argument(const MeasureRow& row, std::vector<std::string_view>& seen);
  void read_filter(FilterName name, const Token& value, const MeasureRow& row);
  void read_positional(const MeasureRow& row, const Token& value);
  void read_result(const Token& value, const MeasureRow& row);
  void read_step(const Token& value, const MeasureRow& row);
  void read_account(const Token& value);
  void read_via(const Token& value);
  [[nodiscard]] std::string_view outcome(const Token& value, bool failed_too) const;
  void read_operation(const Token& value, const MeasureRow& row);
  Moment moment(const Token& value);
  void read_statistic(const MeasureRow& row);
  [[nodiscard]] bool find_statistic(const MeasureRow& row, const Token& name);
  [[nodiscard]] bool read_quantile(std::string_view text);
  [[nodiscard]] std::string statistic_text() const;
  void read_window();
  void set_window(const Token& window, std::string_view example);
  Token quoted();
  void read_comparison(const MeasureRow& row);
  void read_limit(const Token& value);
  void read_count_limit(const Token& value);
  void read_rate_limit(const Token& value);
  void read_duration_limit(const Token& value);
  void read_word_limit(const Token& value);
  void read_money_limit(const Token& value);
  void read_ratio_limit(const Token& value);
  void read_number_limit(const Token& value);
  void read_key_limit(const Token& value);
  void read_moment_or_nothing(const Token& value);
  void mention(Expectation::Mention::Kind kind, const Token& name);

  std::string_view line_;
  std::size_t next_ = 0;
  Token window_;  // of `window=`, if it is given
  Expectation out_;
};

}  // namespace tablekey::scenarios
