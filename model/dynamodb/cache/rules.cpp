// The tables of cache rules: the only lists of them.
#include <array>

#include "model/dynamodb/cache/rule.h"

namespace tablekey::model {

std::span<const CacheRule* const> cache_rules() {
  static constexpr std::array<const CacheRule*, 5> kRules = {
      &kMaxUsesRule, &kMaxBytesRule, &kIdleRule, &kMaxAgeRule, &kGraceEndRule};
  return kRules;
}

std::span<const RenewalRule* const> renewal_rules() {
  static constexpr std::array<const RenewalRule*, 4> kRules = {
      &kGraceRule, &kStormRule, &kRefreshAheadRule, &kEarlyRefreshRule};
  return kRules;
}

}  // namespace tablekey::model
