// Decimal text and billionths, without a floating number in between.
#include "model/money.h"

#include <fmt/format.h>

#include <algorithm>

namespace tablekey::model {
namespace {

constexpr std::size_t kDecimals = 9;
constexpr std::int64_t kDollar = 1'000'000'000;
constexpr std::int64_t kDollarsMax = 1'000'000'000;

bool all_digits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::int64_t number_of(std::string_view digits) {
  std::int64_t number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return number;
}

}  // namespace

std::expected<Money, std::string> parse_money(std::string_view text) {
  const auto wrong = [&] {
    return std::unexpected(fmt::format("expected an amount such as $0.03, found '{}'", text));
  };
  std::string_view rest = text;
  if (rest.starts_with('$')) rest.remove_prefix(1);
  const std::size_t point = std::min(rest.find('.'), rest.size());
  const std::string_view whole = rest.substr(0, point);
  std::string decimals(rest.substr(std::min(point + 1, rest.size())));
  const bool bare_point = point < rest.size() && decimals.empty();
  if (whole.empty() || bare_point || whole.size() > 10 || decimals.size() > kDecimals) {
    return wrong();
  }
  if (!all_digits(whole) || !all_digits(decimals)) return wrong();
  decimals.append(kDecimals - decimals.size(), '0');
  if (number_of(whole) > kDollarsMax) return wrong();
  return Money{number_of(whole) * kDollar + number_of(decimals)};
}

std::string print(const Money& money) {
  std::string text =
      fmt::format("${}.{:09}", money.nanodollars / kDollar, money.nanodollars % kDollar);
  const std::size_t point = text.find('.');
  while (text.size() > point + 3 && text.back() == '0') text.pop_back();
  return text;
}

}  // namespace tablekey::model
