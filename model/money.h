// Amounts of money, exact to a billionth of a dollar: what prices and bills are counted in.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace tablekey::model {

/// US dollars, in billionths.
struct Money {
  std::int64_t nanodollars = 0;
  auto operator<=>(const Money&) const = default;
};

/// Reads `$0.03`; the sign may be missing, at most nine decimals. Error: a sentence.
std::expected<Money, std::string> parse_money(std::string_view text);

/// `$0.03`, `$1.00`, `$0.000003`: two decimals, and more where they are not nought.
std::string print(const Money& money);

}  // namespace tablekey::model
