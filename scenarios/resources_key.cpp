// AWS::KMS::Key and AWS::KMS::ReplicaKey. What CloudFormation itself would refuse is an error here.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/key_identity.h"
#include "scenarios/kms_words.h"
#include "scenarios/material_name.h"
#include "scenarios/pairs.h"
#include "scenarios/policy.h"
#include "scenarios/resources.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using model::iam::PolicyKind;

constexpr std::uint32_t kRotationPeriodStandard = 365;  // days; kms.md 4.3

bool is_key_id(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

bool is_multi_region_key_id(std::string_view text) {
  return text.size() == 36 && text.starts_with("mrk-") &&
         text.substr(4).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// A policy may name principals of this account that the scenario does not have: AWS refuses such a
// policy when it is put (kms.md 6.7).
void check_principals(const std::string& json, const Node& document, const Draft& draft,
                      Diagnostics& diagnostics) {
  const auto policy = model::iam::Policy::compile(json, PolicyKind::key);
  if (!policy) return;
  const std::string role =
      fmt::format("arn:{}:iam::{}:role/", partition_of(draft.region), draft.account);
  const std::string user =
      fmt::format("arn:{}:iam::{}:user/", partition_of(draft.region), draft.account);
  for (const std::string_view principal : policy->aws_principals()) {
    const bool ours = principal.starts_with(role) || principal.starts_with(user);
    if (!ours || find_principal(draft, principal) != kNone) continue;
    diagnostics.warning(
        document.place,
        fmt::format("the policy names {}, which is not in Resources", printable(principal)),
        "AWS refuses a policy with a principal that does not exist");
  }
}

// The properties that both types of key have.
class KeyReader {
 public:
  KeyReader(Stack& stack, const Resource& resource, Draft& draft)
      : draft_(draft),
        diagnostics_(stack.diagnostics()),
        properties_(resolved_properties(stack, resource)),
        metadata_(resolved_metadata(stack, resource)),
        reader_(property_reader(stack, resource, properties_)),
        ours_(metadata_reader(stack, resource, metadata_)) {
    key_.logical_id = resource.logical_id;
    key_.account = account_of(stack, resource);
    key_.region = region_of(stack, resource);
  }
  void read_common(const Identity& identity);
  void read_kind();
  void read_rotation();
  void read_material();
  void read_store();
  // The primary of a replica.
  bool read_primary();
  void add() { draft_.keys.push_back(std::move(key_)); }

 private:
  void read_usage();

  Draft& draft_;
  Diagnostics& diagnostics_;
  Node properties_, metadata_;
  MapReader reader_, ours_;
  DraftKey key_;
};

void KeyReader::read_common(const Identity& identity) {
  check_place(ours_, diagnostics_);
  key_.key_id = identity.ref;
  key_.arn = identity.attributes.at("Arn");
  if (const Node* node = reader_.get("Description")) {
    const std::string* text = read_text(*node, "Description", diagnostics_);
    if (text != nullptr) key_.description = *text;
    if (key_.description.size() > 8192) {
      diagnostics_.error(node->place, "Description has at most 8192 characters");
    }
  }
  if (const Node* node = reader_.get("Enabled")) {
    key_.enabled = read_boolean(*node, "Enabled", diagnostics_).value_or(true);
  }
  if (const Node* node = reader_.get("PendingWindowInDays")) {
    (void)read_count(*node, "PendingWindowInDays", {7, 30}, diagnostics_);
  }
  if (const Node* node = reader_.get("BypassPolicyLockoutSafetyCheck")) {
    (void)read_boolean(*node, "BypassPolicyLockoutSafetyCheck", diagnostics_);
  }
  if (const Node* node = reader_.get("Tags")) {
    key_.tags = read_tags(*node, "Tags", diagnostics_).value_or(std::vector<TextPair>());
  }
  if (const Node* node = reader_.get("KeyPolicy")) {
    key_.policy =
        read_policy(*node, "KeyPolicy", PolicyKind::key, false, diagnostics_).value_or("");
    check_principals(key_.policy, *node, draft_, diagnostics_);
  } else {
    key_.policy = default_key_policy(key_.account, key_.region);
  }
}

void KeyReader::read_usage() {
  const std::vector<events::KeyUsage> usages = usages_of(key_.spec);
  key_.usage = usages.front();
  const Node* node = reader_.get("KeyUsage");
  if (node == nullptr) {
    if (key_.spec == events::KeySpec::SYMMETRIC_DEFAULT) return;
    diagnostics_.error(reader_.place(),
                       fmt::format("a key of spec {} needs KeyUsage", name_of(key_.spec)),
                       fmt::format("for example KeyUsage: {}", name_of(usages.front())));
    return;
  }
  const auto choice = read_choice(*node, "KeyUsage", key_usage_names(), diagnostics_);
  if (!choice) return;
  key_.usage = static_cast<events::KeyUsage>(*choice);
  if (std::ranges::find(usages, key_.usage) != usages.end()) return;
  std::vector<std::string_view> names;
  for (const events::KeyUsage usage : usages) names.push_back(name_of(usage));
  diagnostics_.error(node->place,
                     fmt::format("KeyUsage {} is not compatible with KeySpec {}",
                                 name_of(key_.usage), name_of(key_.spec)),
                     fmt::format("write {}", one_of(names)));
}

void KeyReader::read_kind() {
  if (const Node* node = reader_.get("KeySpec")) {
    const auto choice = read_choice(*node, "KeySpec", key_spec_names(), diagnostics_);
    if (choice) key_.spec = static_cast<events::KeySpec>(*choice);
  }
  read_usage();
  if (const Node* node = reader_.get("Origin")) {
    const auto choice = read_choice(*node, "Origin", origin_names(), diagnostics_);
    if (choice) key_.origin = static_cast<events::Origin>(*choice);
  }
  if (const Node* node = reader_.get("MultiRegion")) {
    key_.multi_region = read_boolean(*node, "MultiRegion", diagnostics_).value_or(false);
  }
}

void KeyReader::read_rotation() {
  const Node* enable = reader_.get("EnableKeyRotation");
  const Node* period = reader_.get("RotationPeriodInDays");
  std::uint32_t days = kRotationPeriodStandard;
  if (period != nullptr) {
    const auto count = read_count(*period, "RotationPeriodInDays", {90, 2560}, diagnostics_);
    days = static_cast<std::uint32_t>(count.value_or(days));
  }
  if (enable == nullptr) return;
  if (!read_boolean(*enable, "EnableKeyRotation", diagnostics_).value_or(false)) return;
  const bool can =
      key_.spec == events::KeySpec::SYMMETRIC_DEFAULT && key_.origin == events::Origin::AWS_KMS;
  if (!can) {
    diagnostics_.error(enable->place,
                       "only symmetric keys with material from KMS rotate by themselves");
    return;
  }
  key_.rotation_period_in_days = days;
}

void KeyReader::read_material() {
  const Node* node = ours_.get("Material");
  if (node == nullptr) return;
  if (key_.origin != events::Origin::EXTERNAL) {
    diagnostics_.error(node->place, "only a key of Origin EXTERNAL has imported material");
    return;
  }
  key_.material = read_material_name(*node, "Material", draft_, diagnostics_).value_or(kNone);
}

// A key in a custom store has the store's origin, with or without saying so.
void KeyReader::read_store() {
  const bool outside = key_.origin == events::Origin::AWS_CLOUD_HSM ||
                       key_.origin == events::Origin::EXTERNAL_KEY_STORE;
  const Node* node = ours_.get("CustomKeyStore");
  if (node == nullptr) {
    if (!outside) return;
    diagnostics_.error(
        reader_.get("Origin")->place,
        fmt::format("a key of Origin {} is in a custom key store", name_of(key_.origin)),
        "name it in Metadata.tablekey.CustomKeyStore");
    return;
  }
  const std::string* text = read_text(*node, "CustomKeyStore", diagnostics_);
  if (text == nullptr) return;
  key_.store = find_store(draft_, node->resource.empty() ? *text : node->resource);
  if (key_.store == kNone) {
    std::vector<std::string_view> names;
    for (const DraftKeyStore& one : draft_.stores) names.push_back(one.logical_id);
    diagnostics_.error(node->place, fmt::format("no custom key store '{}'", printable(*text)),
                       did_you_mean(*text, names));
    return;
  }
  const bool hsm = draft_.stores[key_.store].type == events::CustomKeyStore::Type::AWS_CLOUD_HSM;
  const auto origin = hsm ? events::Origin::AWS_CLOUD_HSM : events::Origin::EXTERNAL_KEY_STORE;
  if (reader_.get("Origin") != nullptr && key_.origin != origin) {
    diagnostics_.error(reader_.get("Origin")->place,
                       fmt::format("a key in this store has Origin {}", name_of(origin)));
  }
  key_.origin = origin;
  if (key_.spec != events::KeySpec::SYMMETRIC_DEFAULT || key_.multi_region) {
    diagnostics_.error(node->place, "a custom key store holds symmetric single-Region keys only");
  }
  if (const Node* id = ours_.get("XksKeyId")) {
    const std::string* xks = read_text(*id, "XksKeyId", diagnostics_);
    if (xks != nullptr) key_.xks_key_id = *xks;
  }
}

bool KeyReader::read_primary() {
  const Node* node = reader_.require("PrimaryKeyArn");
  if (node == nullptr) return false;
  key_.primary = read_key(*node, "PrimaryKeyArn", draft_, diagnostics_);
  if (key_.primary == kNone) return false;
  const DraftKey& primary = draft_.keys[key_.primary];
  if (!primary.multi_region || primary.primary != kNone) {
    diagnostics_.error(
        node->place,
        fmt::format("'{}' is no multi-Region primary key", printable(primary.logical_id)),
        "it needs MultiRegion: true");
    return false;
  }
  const bool taken = std::ranges::any_of(draft_.keys, [&](const DraftKey& other) {
    return other.key_id == primary.key_id && other.region == key_.region;
  });
  if (taken) {
    diagnostics_.error(node->place,
                       fmt::format("this multi-Region key is already in {}", key_.region),
                       "Metadata: { tablekey: { Region: us-east-1 } } says where the replica is");
    return false;
  }
  key_.multi_region = true;
  key_.spec = primary.spec;
  key_.usage = primary.usage;
  key_.origin = primary.origin;
  key_.material = primary.material;
  return true;
}

}  // namespace

Identity key_identity(const std::string& account, const std::string& region, std::string key_id) {
  Identity identity;
  identity.ref = key_id;
  identity.attributes["Arn"] = key_arn(region, account, key_id);
  identity.attributes["KeyId"] = std::move(key_id);
  return identity;
}

std::string pinned_key_id(Stack& stack, const Resource& resource, const Node* pinned,
                          const std::string& derived) {
  if (pinned == nullptr) return derived;
  const Node value = stack.resolve(*pinned);
  const std::string* text = read_text(value, "KeyId", stack.diagnostics());
  if (text == nullptr) return derived;
  const bool multi_region = derived.starts_with("mrk-");
  if (multi_region ? is_multi_region_key_id(*text) : is_key_id(*text)) return *text;
  stack.diagnostics().error(
      value.place,
      fmt::format("KeyId of '{}' must be {}", printable(resource.logical_id),
                  multi_region ? "mrk- and 32 hexadecimal digits" : "a UUID in lower case"),
      multi_region ? "for example mrk-1234abcd12ab34cd56ef1234567890ab"
                   : "for example 1234abcd-12ab-34cd-56ef-1234567890ab");
  return derived;
}

Identity identify_key(Stack& stack, const Resource& resource) {
  const Node* pinned = resource.metadata == nullptr ? nullptr : resource.metadata->find("KeyId");
  const std::string account = account_of(stack, resource), region = region_of(stack, resource);
  const std::string multi_region = naming_property(stack, resource, "MultiRegion");
  const bool multi = multi_region == "true" || multi_region == "True" || multi_region == "TRUE";
  const std::uint64_t seed = stack.environment().seed;
  const std::string derived = multi
                                  ? derived_multi_region_key_id(seed, account, resource.logical_id)
                                  : derived_key_id(seed, account, region, resource.logical_id);
  return key_identity(account, region, pinned_key_id(stack, resource, pinned, derived));
}

// A replica has its primary's key id.
Identity identify_replica(Stack& stack, const Resource& resource) {
  const std::string account = account_of(stack, resource);
  const std::string arn = naming_property(stack, resource, "PrimaryKeyArn");
  const std::size_t slash = arn.rfind('/');
  return key_identity(
      account, region_of(stack, resource),
      slash == std::string::npos
          ? derived_multi_region_key_id(stack.environment().seed, account, resource.logical_id)
          : arn.substr(slash + 1));
}

void compile_key(Stack& stack, Resource& resource, Draft& draft) {
  const Identity* identity = stack.identity(resource);
  if (identity == nullptr) return;
  KeyReader reader(stack, resource, draft);
  reader.read_common(*identity);
  reader.read_kind();
  reader.read_store();
  reader.read_rotation();
  reader.read_material();
  reader.add();
}

void compile_replica(Stack& stack, Resource& resource, Draft& draft) {
  const Identity* identity = stack.identity(resource);
  if (identity == nullptr) return;
  KeyReader reader(stack, resource, draft);
  reader.read_common(*identity);
  if (reader.read_primary()) reader.add();
}

}  // namespace tablekey::scenarios
