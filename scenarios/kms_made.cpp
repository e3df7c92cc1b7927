// Keys and custom key stores that a call makes. They are in the scenario from the start, so that
// other steps can name them; the model brings them into being when the call gets there. What the
// call asked for stays in its own parameters, since it may be wrong.
#include <fmt/format.h>

#include "events/text.h"
#include "scenarios/kms_call.h"
#include "scenarios/kms_words.h"
#include "scenarios/pairs.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using events::string_of;

// The keys of all occurrences alike.
template <class Change>
void each_made_key(CallReader& reader, const Change& change) {
  const std::uint32_t first = reader.made.first_key;
  for (std::uint32_t i = 0; i < reader.context.step.times; ++i)
    change(reader.draft().keys[first + i]);
}

void set_policy_and_tags(CallReader& reader, DraftKey& key) {
  key.policy = string_of(reader.call.getPolicy().asReader());
  if (key.policy.empty()) key.policy = default_key_policy(key.account, key.region);
  key.description = string_of(reader.call.getDescription().asReader());
  key.tags = get_pairs(reader.call.getTags().asReader());
}

}  // namespace

void read_xks_key_id(CallReader& reader, const Node& node, std::string_view field) {
  const std::string* id = read_text(node, field, reader.diagnostics());
  if (id == nullptr || reader.made.first_key == kNone) return;
  each_made_key(reader, [&](DraftKey& key) { key.xks_key_id = *id; });
}

void read_store_type(CallReader& reader, const Node& node, std::string_view field) {
  const auto choice =
      read_choice(node, field, {"AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"}, reader.diagnostics());
  if (!choice || reader.made.first_store == kNone) return;
  for (std::uint32_t i = 0; i < reader.context.step.times; ++i) {
    reader.draft().stores[reader.made.first_store + i].type =
        static_cast<events::CustomKeyStore::Type>(*choice);
  }
}

void settle_created_key(CallReader& reader) {
  if (reader.made.first_key == kNone) return;
  const auto spec = key_spec_named(string_of(reader.call.getNewKeySpec().asReader()));
  const auto usage = key_usage_named(string_of(reader.call.getKeyUsage().asReader()));
  const auto origin = origin_named(string_of(reader.call.getOrigin().asReader()));
  each_made_key(reader, [&](DraftKey& key) {
    key.spec = spec.value_or(key.spec);
    key.usage = usage.value_or(usages_of(key.spec).front());
    key.origin = origin.value_or(key.origin);
    key.multi_region = reader.call.getMultiRegion();
    key.store = reader.call.getStore();
    set_policy_and_tags(reader, key);
  });
}

void settle_replica(CallReader& reader) {
  if (reader.made.first_key == kNone) return;
  const auto named = reader.call.getKeyId().asReader();
  std::uint32_t primary = named.isArn() ? named.getArn() : named.isId() ? named.getId() : kNone;
  // Of another key KMS makes no replica, so there is nothing to take over.
  if (primary != kNone && !reader.draft().keys[primary].multi_region) primary = kNone;
  if (primary != kNone && primary >= reader.made.first_key) {
    reader.diagnostics().error(
        reader.context.step.place,
        fmt::format("'{}' is made further down", reader.draft().keys[primary].logical_id),
        "put the step that makes it above this one");
    return;
  }
  each_made_key(reader, [&](DraftKey& key) {
    set_policy_and_tags(reader, key);
    if (primary == kNone) return;
    const DraftKey& original = reader.draft().keys[primary];
    key.multi_region = true;
    key.primary = primary;
    key.spec = original.spec;
    key.usage = original.usage;
    key.origin = original.origin;
  });
}

void settle_created_store(CallReader& reader) {
  if (reader.made.first_store == kNone) return;
  for (std::uint32_t i = 0; i < reader.context.step.times; ++i) {
    DraftKeyStore& store = reader.draft().stores[reader.made.first_store + i];
    store.name = string_of(reader.call.getNewStoreName().asReader());
    store.cluster_id = string_of(reader.call.getCloudHsmClusterId().asReader());
  }
}

}  // namespace tablekey::scenarios
