// The figures of KMS's request quotas as settings (kms.md 8.1): those of groups that share one, and
// those of operations that have their own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "event.capnp.h"

namespace tablekey::model {

struct SettingRow;

/// What has a quota. Operations with one of their own follow: see own_quota().
enum class Quota : std::uint8_t {
  all,  ///< every request of an account in a Region; unlimited unless set
  symmetric,
  symmetric_medium,
  symmetric_large,
  rsa,
  ecc,
  ml_dsa,
  pair_ecc,
  pair_rsa_2048,
  pair_rsa_3072,
  pair_rsa_4096,
  custom_key_store,
  first_own,
};

inline constexpr std::size_t kQuotas =
    static_cast<std::size_t>(Quota::first_own) +
    static_cast<std::size_t>(events::KmsOperation::UPDATE_CUSTOM_KEY_STORE) + 1;

constexpr std::size_t quota_index(Quota quota) { return static_cast<std::size_t>(quota); }
constexpr std::size_t own_quota(events::KmsOperation operation) {
  return quota_index(Quota::first_own) + static_cast<std::size_t>(operation);
}

inline constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();

/// Quotas in thousandths of a request a second, by quota_index() and own_quota(): some are as low
/// as one request in ten seconds.
struct QuotaFigures {
  std::array<std::uint32_t, kQuotas> thousandths{};
  std::array<bool, kQuotas> given{};  ///< set by the scenario; else the era's figure

  /// Figures that were not given become those of the era.
  void resolve(bool classic_era);
};

/// The rows of the table of settings that are about quotas, in any order.
std::span<const SettingRow> quota_settings();

}  // namespace tablekey::model
