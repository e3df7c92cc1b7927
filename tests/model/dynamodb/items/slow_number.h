// Numbers the long way round: digits in a fixed frame that is wide enough for every number that
// DynamoDB has, added and compared by hand. The measure of model/dynamodb/items/number.h.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace tablekey::model::items {

class SlowNumber {
 public:
  static constexpr std::size_t kWhole = 140, kFraction = 180;

  SlowNumber() : digits_(kWhole + kFraction, '0') {}

  /// Plain decimal text without an exponent.
  explicit SlowNumber(std::string_view text) : SlowNumber() {
    negative_ = text.starts_with('-');
    if (negative_) text.remove_prefix(1);
    const std::size_t point = std::min(text.find('.'), text.size());
    for (std::size_t i = 0; i < point; ++i) digits_[kWhole - point + i] = text[i];
    for (std::size_t i = point + 1; i < text.size(); ++i) digits_[kWhole + i - point - 1] = text[i];
    if (is_zero()) negative_ = false;
  }

  bool is_zero() const { return digits_.find_first_not_of('0') == std::string::npos; }

  /// Below zero, zero or above: the order of the two.
  int compare(const SlowNumber& other) const {
    if (negative_ != other.negative_) return negative_ ? -1 : 1;
    const int sizes = digits_.compare(other.digits_);
    return (sizes < 0 ? -1 : sizes > 0 ? 1 : 0) * (negative_ ? -1 : 1);
  }

  SlowNumber plus(const SlowNumber& other) const {
    SlowNumber sum;
    if (negative_ == other.negative_) {
      sum.negative_ = negative_;
      int carry = 0;
      for (std::size_t i = digits_.size(); i-- > 0;) {
        const int place = (digits_[i] - '0') + (other.digits_[i] - '0') + carry;
        sum.digits_[i] = static_cast<char>('0' + place % 10);
        carry = place / 10;
      }
      return sum;
    }
    const bool larger = digits_ >= other.digits_;
    const SlowNumber &big = larger ? *this : other, &small = larger ? other : *this;
    sum.negative_ = big.negative_;
    int borrow = 0;
    for (std::size_t i = digits_.size(); i-- > 0;) {
      int place = (big.digits_[i] - '0') - (small.digits_[i] - '0') - borrow;
      borrow = place < 0 ? 1 : 0;
      if (place < 0) place += 10;
      sum.digits_[i] = static_cast<char>('0' + place);
    }
    if (sum.is_zero()) sum.negative_ = false;
    return sum;
  }

  SlowNumber minus(SlowNumber other) const {
    if (!other.is_zero()) other.negative_ = !other.negative_;
    return plus(other);
  }

  std::string text() const {
    if (is_zero()) return "0";
    std::string whole = digits_.substr(0, kWhole), fraction = digits_.substr(kWhole);
    whole.erase(0, std::min(whole.find_first_not_of('0'), kWhole - 1));
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return (negative_ ? "-" : "") + whole + (fraction.empty() ? "" : "." + fraction);
  }

  /// From the first digit that is not 0 to the last.
  std::size_t significant() const {
    if (is_zero()) return 0;
    return digits_.find_last_not_of('0') - digits_.find_first_not_of('0') + 1;
  }
  /// Ten's power of the first digit that is not 0.
  int magnitude() const {
    return static_cast<int>(kWhole) - 1 - static_cast<int>(digits_.find_first_not_of('0'));
  }
  bool can_be_stored() const {
    return is_zero() || (significant() <= 38 && magnitude() <= 125 && magnitude() >= -130);
  }

 private:
  bool negative_ = false;
  std::string digits_;
};

}  // namespace tablekey::model::items
