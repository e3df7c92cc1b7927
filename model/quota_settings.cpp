// One row a quota: its figure of 2025-26, and that of 2022 for the classic era.
#include "model/quota_settings.h"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <utility>

#include "model/settings.h"

namespace tablekey::model {
namespace quota_rows {
namespace {

using Operation = events::KmsOperation;
using Result = std::expected<void, std::string>;

struct Figure {
  std::string_view path;
  std::size_t index;
  std::string_view modern, classic;
  std::string_view meaning;
};

constexpr std::size_t group(Quota quota) { return quota_index(quota); }
constexpr std::size_t own(Operation operation) { return own_quota(operation); }

constexpr std::array kFigures{
    Figure{"model.kms.quota.cancel_key_deletion", own(Operation::CANCEL_KEY_DELETION), "5/s", "5/s",
           "CancelKeyDeletion requests"},
    Figure{"model.kms.quota.connect_custom_key_store", own(Operation::CONNECT_CUSTOM_KEY_STORE),
           "5/s", "5/s", "ConnectCustomKeyStore requests"},
    Figure{"model.kms.quota.create_alias", own(Operation::CREATE_ALIAS), "5/s", "5/s",
           "CreateAlias requests"},
    Figure{"model.kms.quota.create_custom_key_store", own(Operation::CREATE_CUSTOM_KEY_STORE),
           "5/s", "5/s", "CreateCustomKeyStore requests"},
    Figure{"model.kms.quota.create_grant", own(Operation::CREATE_GRANT), "50/s", "50/s",
           "CreateGrant requests"},
    Figure{"model.kms.quota.create_key", own(Operation::CREATE_KEY), "5/s", "5/s",
           "CreateKey requests"},
    Figure{"model.kms.quota.custom_key_store", group(Quota::custom_key_store), "1800/s", "1800/s",
           "requests to the keys of one custom key store, which count against both quotas"},
    Figure{"model.kms.quota.data_key_pair_ecc", group(Quota::pair_ecc), "100/s", "25/s",
           "data key pairs of ECC or SM2; in 2022 P384 had 10 and P521 5"},
    Figure{"model.kms.quota.data_key_pair_rsa_2048", group(Quota::pair_rsa_2048), "20/s", "1/s",
           "data key pairs of RSA_2048"},
    Figure{"model.kms.quota.data_key_pair_rsa_3072", group(Quota::pair_rsa_3072), "4/s", "0.5/s",
           "data key pairs of RSA_3072"},
    Figure{"model.kms.quota.data_key_pair_rsa_4096", group(Quota::pair_rsa_4096), "1/s", "0.1/s",
           "data key pairs of RSA_4096"},
    Figure{"model.kms.quota.delete_alias", own(Operation::DELETE_ALIAS), "15/s", "15/s",
           "DeleteAlias requests"},
    Figure{"model.kms.quota.delete_custom_key_store", own(Operation::DELETE_CUSTOM_KEY_STORE),
           "5/s", "5/s", "DeleteCustomKeyStore requests"},
    Figure{"model.kms.quota.delete_imported_key_material",
           own(Operation::DELETE_IMPORTED_KEY_MATERIAL), "15/s", "5/s",
           "DeleteImportedKeyMaterial requests"},
    Figure{"model.kms.quota.describe_custom_key_stores", own(Operation::DESCRIBE_CUSTOM_KEY_STORES),
           "5/s", "5/s", "DescribeCustomKeyStores requests"},
    Figure{"model.kms.quota.describe_key", own(Operation::DESCRIBE_KEY), "2000/s", "2000/s",
           "DescribeKey requests"},
    Figure{"model.kms.quota.disable_key", own(Operation::DISABLE_KEY), "5/s", "5/s",
           "DisableKey requests"},
    Figure{"model.kms.quota.disable_key_rotation", own(Operation::DISABLE_KEY_ROTATION), "5/s",
           "5/s", "DisableKeyRotation requests"},
    Figure{"model.kms.quota.disconnect_custom_key_store",
           own(Operation::DISCONNECT_CUSTOM_KEY_STORE), "5/s", "5/s",
           "DisconnectCustomKeyStore requests"},
    Figure{"model.kms.quota.ecc", group(Quota::ecc), "1000/s", "300/s",
           "requests that use ECC or SM2 keys"},
    Figure{"model.kms.quota.enable_key", own(Operation::ENABLE_KEY), "5/s", "5/s",
           "EnableKey requests"},
    Figure{"model.kms.quota.enable_key_rotation", own(Operation::ENABLE_KEY_ROTATION), "15/s",
           "15/s", "EnableKeyRotation requests"},
    Figure{"model.kms.quota.get_key_last_usage", own(Operation::GET_KEY_LAST_USAGE), "5/s", "5/s",
           "GetKeyLastUsage requests"},
    Figure{"model.kms.quota.get_key_policy", own(Operation::GET_KEY_POLICY), "1000/s", "1000/s",
           "GetKeyPolicy requests"},
    Figure{"model.kms.quota.get_key_rotation_status", own(Operation::GET_KEY_ROTATION_STATUS),
           "1000/s", "1000/s", "GetKeyRotationStatus requests"},
    Figure{"model.kms.quota.get_parameters_for_import", own(Operation::GET_PARAMETERS_FOR_IMPORT),
           "1/s", "0.25/s", "GetParametersForImport requests"},
    Figure{"model.kms.quota.get_public_key", own(Operation::GET_PUBLIC_KEY), "2000/s", "2000/s",
           "GetPublicKey requests"},
    Figure{"model.kms.quota.import_key_material", own(Operation::IMPORT_KEY_MATERIAL), "15/s",
           "5/s", "ImportKeyMaterial requests"},
    Figure{"model.kms.quota.list_aliases", own(Operation::LIST_ALIASES), "500/s", "500/s",
           "ListAliases requests"},
    Figure{"model.kms.quota.list_grants", own(Operation::LIST_GRANTS), "100/s", "100/s",
           "ListGrants requests"},
    Figure{"model.kms.quota.list_key_policies", own(Operation::LIST_KEY_POLICIES), "100/s", "100/s",
           "ListKeyPolicies requests"},
    Figure{"model.kms.quota.list_key_rotations", own(Operation::LIST_KEY_ROTATIONS), "100/s",
           "100/s", "ListKeyRotations requests"},
    Figure{"model.kms.quota.list_keys", own(Operation::LIST_KEYS), "500/s", "500/s",
           "ListKeys requests"},
    Figure{"model.kms.quota.list_resource_tags", own(Operation::LIST_RESOURCE_TAGS), "2000/s",
           "2000/s", "ListResourceTags requests"},
    Figure{"model.kms.quota.list_retirable_grants", own(Operation::LIST_RETIRABLE_GRANTS), "100/s",
           "100/s", "ListRetirableGrants requests"},
    Figure{"model.kms.quota.ml_dsa", group(Quota::ml_dsa), "1000/s", "1000/s",
           "requests that use ML-DSA keys"},
    Figure{"model.kms.quota.put_key_policy", own(Operation::PUT_KEY_POLICY), "15/s", "15/s",
           "PutKeyPolicy requests"},
    Figure{"model.kms.quota.replicate_key", own(Operation::REPLICATE_KEY), "5/s", "5/s",
           "ReplicateKey requests"},
    Figure{"model.kms.quota.retire_grant", own(Operation::RETIRE_GRANT), "50/s", "30/s",
           "RetireGrant requests"},
    Figure{"model.kms.quota.revoke_grant", own(Operation::REVOKE_GRANT), "50/s", "30/s",
           "RevokeGrant requests"},
    Figure{"model.kms.quota.rotate_key_on_demand", own(Operation::ROTATE_KEY_ON_DEMAND), "5/s",
           "5/s", "RotateKeyOnDemand requests"},
    Figure{"model.kms.quota.rsa", group(Quota::rsa), "1000/s", "500/s",
           "requests that use RSA keys"},
    Figure{"model.kms.quota.schedule_key_deletion", own(Operation::SCHEDULE_KEY_DELETION), "15/s",
           "15/s", "ScheduleKeyDeletion requests"},
    Figure{"model.kms.quota.symmetric", group(Quota::symmetric), "10000/s", "5500/s",
           "requests of symmetric cryptography in a Region that has no larger quota"},
    Figure{"model.kms.quota.symmetric_large", group(Quota::symmetric_large), "100000/s", "50000/s",
           "the same in us-east-1, us-west-2 and eu-west-1"},
    Figure{"model.kms.quota.symmetric_medium", group(Quota::symmetric_medium), "20000/s", "10000/s",
           "the same in us-east-2, ap-southeast-1 and -2, ap-northeast-1, eu-central-1, eu-west-2"},
    Figure{"model.kms.quota.tag_resource", own(Operation::TAG_RESOURCE), "10/s", "10/s",
           "TagResource requests"},
    Figure{"model.kms.quota.untag_resource", own(Operation::UNTAG_RESOURCE), "5/s", "5/s",
           "UntagResource requests"},
    Figure{"model.kms.quota.update_alias", own(Operation::UPDATE_ALIAS), "5/s", "5/s",
           "UpdateAlias requests"},
    Figure{"model.kms.quota.update_custom_key_store", own(Operation::UPDATE_CUSTOM_KEY_STORE),
           "5/s", "5/s", "UpdateCustomKeyStore requests"},
    Figure{"model.kms.quota.update_key_description", own(Operation::UPDATE_KEY_DESCRIPTION), "5/s",
           "5/s", "UpdateKeyDescription requests"},
    Figure{"model.kms.quota.update_primary_region", own(Operation::UPDATE_PRIMARY_REGION), "5/s",
           "5/s", "UpdatePrimaryRegion requests"},
    Figure{"model.kms.request_quota", group(Quota::all), "none", "none",
           "KMS requests of all kinds together that an account may send in a Region"},
};

// Thousandths a second, of `10000/s`, `0.25/s`, `15/m`, `none`.
std::expected<std::uint32_t, std::string> parse(std::string_view text) {
  if (text == "none") return kUnlimited;
  const auto wrong = [&] {
    return std::unexpected(
        fmt::format("expected a rate such as 1000/s, or none, found '{}'", text));
  };
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !(number >= 0 && number <= 1e6)) return wrong();
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const double seconds = unit == "/s" ? 1 : unit == "/m" ? 60 : unit == "/h" ? 3600 : 0;
  if (seconds == 0) return wrong();
  return static_cast<std::uint32_t>(number * 1000 / seconds + 0.5);
}

std::string print(std::uint32_t thousandths) {
  if (thousandths == kUnlimited) return "none";
  if (thousandths % 1000 == 0) return fmt::format("{}/s", thousandths / 1000);
  std::string text = fmt::format("{}.{:03}", thousandths / 1000, thousandths % 1000);
  while (text.back() == '0') text.pop_back();
  return text + "/s";
}

template <std::size_t row>
Result set_quota(Settings& settings, std::string_view text) {
  const auto figure = parse(text);
  if (!figure) return std::unexpected(figure.error());
  settings.quotas.thousandths[kFigures[row].index] = *figure;
  settings.quotas.given[kFigures[row].index] = true;
  return {};
}

template <std::size_t row>
std::string get_quota(const Settings& settings) {
  return print(settings.quotas.thousandths[kFigures[row].index]);
}

template <std::size_t... row>
constexpr std::array<SettingRow, sizeof...(row)> make_rows(std::index_sequence<row...>) {
  return {SettingRow{kFigures[row].path, SettingKind::rate, kFigures[row].modern, "",
                     kFigures[row].meaning,
                     "documented, a second, for each account and Region (kms.md 8.1)", true,
                     set_quota<row>, get_quota<row>}...};
}

constexpr auto kRows = make_rows(std::make_index_sequence<kFigures.size()>());

}  // namespace
}  // namespace quota_rows

void QuotaFigures::resolve(bool classic_era) {
  for (const quota_rows::Figure& figure : quota_rows::kFigures) {
    if (given[figure.index]) continue;
    thousandths[figure.index] =
        quota_rows::parse(classic_era ? figure.classic : figure.modern).value();
  }
}

std::span<const SettingRow> quota_settings() { return quota_rows::kRows; }

}  // namespace tablekey::model
