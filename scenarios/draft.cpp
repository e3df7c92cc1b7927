// Names, implicit keys and the policies that AWS writes itself.
#include "scenarios/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "crypto/sha256.h"

namespace tablekey::scenarios {
namespace {

template <class Items, class Matches>
std::uint32_t index_where(const Items& items, const Matches& matches) {
  const auto found = std::find_if(items.begin(), items.end(), matches);
  return found == items.end() ? kNone : static_cast<std::uint32_t>(found - items.begin());
}

// Of the scenario's own account and Region by its plain name; of others with theirs.
std::string local_id(const Draft& draft, std::string_view name, const Whereabouts& where) {
  if (where.account == draft.account && where.region == draft.region) return std::string(name);
  if (where.account == draft.account) return fmt::format("{} in {}", name, where.region);
  return fmt::format("{} of {} in {}", name, where.account, where.region);
}

DraftKey described_key(const Draft& draft, std::string logical_id, const Whereabouts& where) {
  DraftKey key;
  key.logical_id = std::move(logical_id);
  key.account = where.account;
  key.region = where.region;
  key.key_id = derived_key_id(draft.seed, key.account, key.region, key.logical_id);
  key.arn = key_arn(key.region, key.account, key.key_id);
  return key;
}

std::uint32_t add_key(Draft& draft, DraftKey key) {
  draft.keys.push_back(std::move(key));
  return static_cast<std::uint32_t>(draft.keys.size() - 1);
}

std::uint32_t implicit_key(Draft& draft, events::Key::Manager manager, std::string_view logical_id,
                           const Whereabouts& where) {
  const std::uint32_t present = index_where(draft.keys, [&](const DraftKey& key) {
    return key.manager == manager && key.account == where.account && key.region == where.region;
  });
  if (present != kNone) return present;
  DraftKey key = described_key(draft, local_id(draft, logical_id, where), where);
  key.manager = manager;
  if (manager == events::Key::Manager::AWS) {
    key.policy = managed_key_policy(where.account, where.region);
    key.description = "Default key that protects my DynamoDB data when no other key is defined";
    key.aliases.emplace_back(kManagedAlias);
  } else {
    key.description = "AWS owned key of DynamoDB";
  }
  return add_key(draft, std::move(key));
}

// The first `count` digits.
std::string hexadecimal(const crypto::Digest& digest, std::size_t count) {
  std::string text;
  for (const std::uint8_t byte : digest) text += fmt::format("{:02x}", byte);
  return text.substr(0, count);
}

}  // namespace

std::uint32_t find_principal(const Draft& draft, std::string_view name) {
  const std::uint32_t by_id = index_where(
      draft.principals, [&](const DraftPrincipal& one) { return one.logical_id == name; });
  if (by_id != kNone) return by_id;
  return index_where(draft.principals, [&](const DraftPrincipal& one) {
    return one.name == name || one.arn == name;
  });
}

std::uint32_t find_key(const Draft& draft, std::string_view name) {
  const std::uint32_t by_id =
      index_where(draft.keys, [&](const DraftKey& one) { return one.logical_id == name; });
  if (by_id != kNone) return by_id;
  return index_where(draft.keys, [&](const DraftKey& one) {
    if (one.manager == events::Key::Manager::OWNED) return false;
    if (one.key_id == name || one.arn == name) return true;
    return std::any_of(one.aliases.begin(), one.aliases.end(), [&](const std::string& alias) {
      return alias == name || name == fmt::format("arn:{}:kms:{}:{}:{}", partition_of(one.region),
                                                  one.region, one.account, alias);
    });
  });
}

std::uint32_t find_table(const Draft& draft, std::string_view name) {
  const std::uint32_t by_id =
      index_where(draft.tables, [&](const DraftTable& one) { return one.logical_id == name; });
  if (by_id != kNone) return by_id;
  return index_where(draft.tables, [&](const DraftTable& one) {
    return one.name == name || table_arn(one) == name;
  });
}

std::uint32_t find_workload(const Draft& draft, std::string_view name) {
  return index_where(draft.workloads, [&](const DraftWorkload& one) { return one.name == name; });
}

std::uint32_t find_store(const Draft& draft, std::string_view name) {
  const std::uint32_t by_id =
      index_where(draft.stores, [&](const DraftKeyStore& one) { return one.logical_id == name; });
  if (by_id != kNone) return by_id;
  return index_where(draft.stores,
                     [&](const DraftKeyStore& one) { return one.id == name || one.name == name; });
}

const DraftManagedPolicy* find_managed_policy(const Draft& draft, std::string_view name) {
  const auto found = std::ranges::find_if(
      draft.managed_policies,
      [&](const DraftManagedPolicy& one) { return one.logical_id == name || one.arn == name; });
  return found == draft.managed_policies.end() ? nullptr : &*found;
}

std::optional<Occurrence> find_step(const Draft& draft, std::string_view id) {
  for (const DraftStep& step : draft.steps) {
    if (step.id.empty()) continue;
    if (step.id == id) return Occurrence{&step, 0};
    if (!step.numbered || !id.starts_with(step.id)) continue;
    for (std::string_view rest = id.substr(step.id.size()); rest.starts_with('-');) {
      rest.remove_prefix(1);
      std::uint32_t number = 0;
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
      const bool whole = error == std::errc{} && end == rest.data() + rest.size();
      if (whole && rest[0] != '0' && number >= 2 && number <= step.times) {
        return Occurrence{&step, number - 1};
      }
      break;
    }
  }
  return std::nullopt;
}

std::string DraftStep::id_of(std::uint32_t occurrence) const {
  if (id.empty() || !numbered || occurrence == 0) return id;
  return fmt::format("{}-{}", id, occurrence + 1);
}

KmsCall KmsCall::make(events::KmsOperation operation) {
  constexpr std::uint32_t kFirstSegmentWords = 128;  // most calls fit; the default is 1,024
  KmsCall made;
  made.message = std::make_shared<capnp::MallocMessageBuilder>(kFirstSegmentWords);
  made.message->initRoot<events::KmsCall>().setOperation(operation);
  return made;
}

std::uint32_t material_named(Draft& draft, std::string_view name) {
  const std::uint32_t present =
      index_where(draft.materials, [&](const std::string& one) { return one == name; });
  if (present != kNone) return present;
  draft.materials.emplace_back(name);
  return static_cast<std::uint32_t>(draft.materials.size() - 1);
}

std::uint32_t root_user(Draft& draft, std::string_view account) {
  const std::uint32_t present = index_where(draft.principals, [&](const DraftPrincipal& one) {
    return one.kind == events::Principal::Kind::ROOT && one.account == account;
  });
  if (present != kNone) return present;
  DraftPrincipal root;
  root.kind = events::Principal::Kind::ROOT;
  root.arn = fmt::format("arn:{}:iam::{}:root", partition_of(draft.region), account);
  root.logical_id = account == draft.account ? "root" : root.arn;
  root.name = "root";
  root.account = account;
  draft.principals.push_back(std::move(root));
  return static_cast<std::uint32_t>(draft.principals.size() - 1);
}

std::uint32_t managed_key(Draft& draft) {
  return managed_key(draft, {draft.account, draft.region});
}

std::uint32_t managed_key(Draft& draft, const Whereabouts& where) {
  return implicit_key(draft, events::Key::Manager::AWS, kManagedLogicalId, where);
}

std::uint32_t owned_key(Draft& draft, const Whereabouts& where) {
  return implicit_key(draft, events::Key::Manager::OWNED, kOwnedLogicalId, where);
}

std::uint32_t stand_in_key(Draft& draft, std::string_view name, const Whereabouts& where) {
  const std::string id = local_id(draft, name, where);
  const std::uint32_t present =
      index_where(draft.keys, [&](const DraftKey& key) { return key.logical_id == id; });
  if (present != kNone) return present;
  DraftKey key = described_key(draft, id, where);
  key.policy = default_key_policy(where.account, where.region);
  key.description = "stands for a key that is not in this scenario";
  return add_key(draft, std::move(key));
}

std::string table_arn(const DraftTable& table) {
  return fmt::format("arn:{}:dynamodb:{}:{}:table/{}", partition_of(table.region), table.region,
                     table.account, table.name);
}

std::string derived_key_id(std::uint64_t seed, std::string_view account, std::string_view region,
                           std::string_view logical_id) {
  crypto::Digest digest = crypto::sha256(crypto::bytes_of(
      fmt::format("tablekey/keyid/{}/{}/{}/{}", seed, account, region, logical_id)));
  digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0f) | 0x40);  // version 4
  digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3f) | 0x80);  // RFC 4122 variant
  std::string id = hexadecimal(digest, 32);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) id.insert(dash, 1, '-');
  return id;
}

std::string derived_multi_region_key_id(std::uint64_t seed, std::string_view account,
                                        std::string_view logical_id) {
  const std::string name = fmt::format("tablekey/mrkid/{}/{}/{}", seed, account, logical_id);
  return "mrk-" + hexadecimal(crypto::sha256(crypto::bytes_of(name)), 32);
}

std::string derived_store_id(std::uint64_t seed, std::string_view account, std::string_view region,
                             std::string_view logical_id) {
  const std::string name =
      fmt::format("tablekey/cksid/{}/{}/{}/{}", seed, account, region, logical_id);
  return "cks-" + hexadecimal(crypto::sha256(crypto::bytes_of(name)), 17);
}

std::string partition_of(std::string_view region) {
  if (region.starts_with("cn-")) return "aws-cn";
  return region.starts_with("us-gov-") ? "aws-us-gov" : "aws";
}

std::string key_arn(std::string_view region, std::string_view account, std::string_view key_id) {
  return fmt::format("arn:{}:kms:{}:{}:key/{}", partition_of(region), region, account, key_id);
}

std::string managed_key_policy(std::string_view account, std::string_view region) {
  constexpr std::string_view kUse =
      R"("Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*",)"
      R"("kms:CreateGrant","kms:DescribeKey"],"Resource":"*")";
  std::string json = R"({"Version":"2012-10-17","Id":"auto-dynamodb-1","Statement":[)";
  json += R"({"Sid":"Allow access through Amazon DynamoDB for all principals in the account that )"
          R"(are authorized to use Amazon DynamoDB","Effect":"Allow","Principal":{"AWS":"*"},)";
  json += kUse;
  json += fmt::format(R"(,"Condition":{{"StringEquals":{{"kms:CallerAccount":"{}",)"
                      R"("kms:ViaService":"dynamodb.{}.amazonaws.com"}}}}}},)",
                      account, region);
  json += fmt::format(
      R"({{"Sid":"Allow direct access to key metadata to the account","Effect":"Allow",)"
      R"("Principal":{{"AWS":"arn:{}:iam::{}:root"}},)"
      R"("Action":["kms:Describe*","kms:Get*","kms:List*","kms:RevokeGrant"],"Resource":"*"}},)",
      partition_of(region), account);
  json += R"({"Sid":"Allow DynamoDB Service with service principal name dynamodb.amazonaws.com to )"
          R"(describe the key directly","Effect":"Allow",)"
          R"("Principal":{"Service":"dynamodb.amazonaws.com"},)"
          R"("Action":["kms:Describe*","kms:Get*","kms:List*"],"Resource":"*"}]})";
  return json;
}

std::string default_key_policy(std::string_view account, std::string_view region) {
  return fmt::format(
      R"({{"Version":"2012-10-17","Id":"key-default-1","Statement":[)"
      R"({{"Sid":"Enable IAM User Permissions","Effect":"Allow",)"
      R"("Principal":{{"AWS":"arn:{}:iam::{}:root"}},"Action":"kms:*","Resource":"*"}}]}})",
      partition_of(region), account);
}

}  // namespace tablekey::scenarios
