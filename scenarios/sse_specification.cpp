// The combinations of SSESpecification, and the keys that it names.
#include "scenarios/sse_specification.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/kms_words.h"
#include "scenarios/map_reader.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using ReferenceKind = DraftKeyReference::Kind;

// The key that an alias or an ARN of one means at a place; kNone if the scenario has none there.
std::uint32_t key_at(const Draft& draft, std::string_view text, const Whereabouts& where) {
  for (std::uint32_t key = 0; key < draft.keys.size(); ++key) {
    const DraftKey& one = draft.keys[key];
    if (one.account != where.account || one.region != where.region) continue;
    if (std::ranges::find(one.aliases, text) != one.aliases.end()) return key;
  }
  return find_key(draft, text);
}

bool is_managed_alias(std::string_view text, const Whereabouts& where) {
  if (text == kManagedAlias) return true;
  return text == fmt::format("arn:{}:kms:{}:{}:{}", partition_of(where.region), where.region,
                             where.account, kManagedAlias);
}

// The key that a reference comes to: kNone if it is none of the scenario's.
std::uint32_t key_of(const DraftKeyReference& reference, const Whereabouts& where, Draft& draft) {
  if (reference.kind == ReferenceKind::none) return kNone;
  if (reference.kind != ReferenceKind::text) return reference.key;
  if (is_managed_alias(reference.text, where)) return managed_key(draft, where);
  return key_at(draft, reference.text, where);
}

// DynamoDB encrypts under symmetric keys of its own Region (kms.md 1.1.3).
bool is_suitable(const Node& node, std::uint32_t key, const Whereabouts& where, const Draft& draft,
                 Diagnostics& diagnostics) {
  if (key == kNone) return false;
  const DraftKey& found = draft.keys[key];
  if (found.spec != events::KeySpec::SYMMETRIC_DEFAULT) {
    diagnostics.warning(node.place,
                        fmt::format("DynamoDB wants a symmetric key, '{}' is {}",
                                    printable(found.logical_id), name_of(found.spec)),
                        "it will answer with InternalServerError");
    return false;
  }
  if (found.region == where.region) return true;
  diagnostics.warning(node.place,
                      fmt::format("DynamoDB wants a key of its own Region, '{}' is in {}",
                                  printable(found.logical_id), found.region),
                      "it will answer with ValidationException");
  return false;
}

void warn_unknown(const Node& node, const std::string& text, const Draft& draft,
                  Diagnostics& diagnostics) {
  std::vector<std::string_view> names;
  for (const DraftKey& key : draft.keys) {
    names.push_back(key.logical_id);
    names.insert(names.end(), key.aliases.begin(), key.aliases.end());
  }
  std::string hint = did_you_mean(text, names);
  if (hint.empty()) hint = "KMS will know no such key";
  diagnostics.warning(
      node.place, fmt::format("no KMS key '{}' here; it goes as it is written", printable(text)),
      std::move(hint));
}

}  // namespace

DraftKeyReference read_key_name(const Node& node, std::string_view field, const Whereabouts& where,
                                Draft& draft, Diagnostics& diagnostics) {
  DraftKeyReference reference;
  const std::string* text = read_text(node, field, diagnostics);
  if (text == nullptr) return reference;
  if (has_stand_in(node) && find_key(draft, *text) == kNone) {
    reference.kind = ReferenceKind::arn;
    reference.key = stand_in_key(draft, *text, where);
    return reference;
  }
  const auto names = [&](const DraftKey& one) {
    if (!node.resource.empty()) return one.logical_id == node.resource;
    return one.logical_id == *text || one.arn == *text || one.key_id == *text;
  };
  const auto found = std::ranges::find_if(draft.keys, names);
  if (found != draft.keys.end()) {
    reference.kind = found->key_id == *text ? ReferenceKind::id : ReferenceKind::arn;
    reference.key = static_cast<std::uint32_t>(found - draft.keys.begin());
    return reference;
  }
  const auto alias = std::ranges::find_if(draft.aliases, [&](const DraftAlias& one) {
    return one.logical_id == *text || one.logical_id == node.resource;
  });
  reference.kind = ReferenceKind::text;
  reference.text = alias == draft.aliases.end() ? *text : alias->name;
  const bool known = !node.resource.empty() || is_managed_alias(reference.text, where) ||
                     key_at(draft, reference.text, where) != kNone;
  if (!known) warn_unknown(node, *text, draft, diagnostics);
  return reference;
}

namespace {

// What DynamoDB says to the combination, and where; nothing if it takes it.
struct Refusal {
  const Node* at;
  std::string_view why;
  std::string hint;
};

std::optional<Refusal> refusal_of(const DraftSse& sse, const Node* type, const Node* key) {
  const bool off = sse.has_enabled && !sse.enabled;
  if (off && type != nullptr) {
    return Refusal{type, "SSEType can not be specified if Enabled is false", ""};
  }
  if (off && key != nullptr) {
    return Refusal{key, "KMSMasterKeyId can not be specified if Enabled is false", ""};
  }
  if (sse.type == "AES256") return Refusal{type, "SSEType AES256 is not supported", "write KMS"};
  if (key != nullptr && type == nullptr && !key->reported) {
    return Refusal{key, "SSEType KMS is required if KMSMasterKeyId is specified",
                   "add SSEType: KMS"};
  }
  return std::nullopt;
}

}  // namespace

SseChoice read_sse_specification(const Node* node, const Whereabouts& where, Draft& draft,
                                 Diagnostics& diagnostics, bool key_follows) {
  SseChoice choice;
  const auto owned = [&] {
    choice.key = owned_key(draft, where);
    return choice;
  };
  if (node == nullptr) return owned();
  // SSEEnabled is CloudFormation's name of the field, Enabled the API's.
  MapReader reader(*node, "SSESpecification",
                   {"SSEEnabled", "Enabled", "SSEType", "KMSMasterKeyId"}, diagnostics,
                   Severity::warning);
  if (!reader.is_map()) return owned();
  choice.sse.given = true;
  const Node* enabled = reader.get("SSEEnabled");
  if (enabled == nullptr) enabled = reader.get("Enabled");
  if (enabled != nullptr) {
    const auto value = read_boolean(*enabled, "SSEEnabled", diagnostics);
    choice.sse.has_enabled = value.has_value();
    choice.sse.enabled = value.value_or(false);
  }
  const Node* type = reader.get("SSEType");
  if (type != nullptr) {
    const auto word = read_choice(*type, "SSEType", {"KMS", "AES256"}, diagnostics);
    if (word) choice.sse.type = *word == 0 ? "KMS" : "AES256";
  }
  const Node* key = reader.get("KMSMasterKeyId");
  if (key != nullptr) {
    choice.sse.key = read_key_name(*key, "KMSMasterKeyId", where, draft, diagnostics);
  }
  if (const auto refused = refusal_of(choice.sse, type, key)) {
    diagnostics.warning(refused->at->place,
                        fmt::format("One or more parameter values were invalid: {}", refused->why),
                        refused->hint.empty() ? "DynamoDB will refuse this" : refused->hint);
    return owned();
  }
  if (key != nullptr) {
    const std::uint32_t found = key_of(choice.sse.key, where, draft);
    if (!is_suitable(*key, found, where, draft, diagnostics)) return owned();
    choice.key = found;
  } else if (choice.sse.enabled || !choice.sse.type.empty()) {
    choice.key = key_follows ? kNone : managed_key(draft, where);
  } else {
    return owned();
  }
  return choice;
}

void add_sse_key(const Node& node, const Whereabouts& where, SseChoice& choice, Draft& draft,
                 Diagnostics& diagnostics) {
  choice.sse.given = true;
  choice.sse.key = read_key_name(node, "KMSMasterKeyId", where, draft, diagnostics);
  const std::uint32_t found = key_of(choice.sse.key, where, draft);
  if (is_suitable(node, found, where, draft, diagnostics)) choice.key = found;
  if (choice.key == kNone) choice.key = managed_key(draft, where);
}

std::uint32_t referred_key(const DraftKeyReference& reference, const Whereabouts& where,
                           Draft& draft) {
  return key_of(reference, where, draft);
}

void set_key_reference(const DraftKeyReference& from, events::KeyReference::Builder to) {
  switch (from.kind) {
    case ReferenceKind::none:
      return to.setNone();
    case ReferenceKind::arn:
      return to.setArn(from.key);
    case ReferenceKind::id:
      return to.setId(from.key);
    case ReferenceKind::text:
      return to.setText(from.text);
  }
}

void set_sse(const DraftSse& from, events::SseSpecification::Builder to) {
  to.setGiven(from.given);
  to.setHasEnabled(from.has_enabled);
  to.setEnabled(from.enabled);
  to.setSseType(from.type);
  set_key_reference(from.key, to.initKmsMasterKeyId());
}

}  // namespace tablekey::scenarios
