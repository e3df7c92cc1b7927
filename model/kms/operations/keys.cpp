// CreateKey, DescribeKey and what changes a key as a whole: its state, description and tags; and
// what lists them (kms.md 1.2, 1.10, 2.2, 3.2).
#include <fmt/format.h>

#include <array>
#include <set>

#include "crypto/bytes.h"
#include "model/kms/blob.h"
#include "model/kms/key_changes.h"
#include "model/kms/names.h"
#include "model/kms/new_key.h"
#include "model/kms/operation.h"
#include "model/kms/paging.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace keys {
namespace {

using events::KmsError;
using Operation = events::KmsOperation;

constexpr PageLimits kKeyPages{100, 1000};
constexpr PageLimits kTagPages{50, 50};
constexpr std::int32_t kWindowMin = 7, kWindowMax = 30, kModelWindowMax = 365;

// ---- CreateKey ----

void make(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const std::uint32_t key = request.parameters.getNewKey();
  const KeyId id = raw_key_id(at(d.state.scenario().key_ids, key)).value();
  auto made = effect.initKeyMade();
  made.setKey(key);
  made.setKeyIdHigh(crypto::load_big_endian<8>(id.data()));
  made.setKeyIdLow(crypto::load_big_endian<8>(id.data() + 8));
  if (const auto first = d.vault.first_material(key)) {
    made.setMaterialId(capnp::Data::Reader(first->id.data(), first->id.size()));
    made.setKeyCheckValue(first->key_check_value);
  }
  made.setVisibleAt(
      visible_at(d, request, events::Change::KEY_CREATION, key, d.settings().kms_propagation));
}

// ---- the state of a key ----

// The state that apply() will find, once it has changed the same facts.
void change_state(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  KmsKey facts = d.state.keys[request.key];
  switch (request.operation) {
    case Operation::ENABLE_KEY:
      facts.enabled = true;
      break;
    case Operation::SCHEDULE_KEY_DELETION:
      facts.pending_deletion = true;
      break;
    case Operation::CANCEL_KEY_DELETION:
      facts.pending_deletion = facts.enabled = false;  // a key that is saved is disabled
      break;
    default:
      facts.enabled = false;
      break;
  }
  auto change = effect.initKeyState();
  change.setState(derived_state(d.state, request.key, facts));
  // A primary's waiting period starts when its last replica is gone (kms.md 1.8).
  if (change.getState() == events::KeyState::PENDING_DELETION) {
    const auto days = static_cast<std::int64_t>(deletion_window(request.parameters));
    change.setDeletionDate((d.now + sim::Duration::hours(24) * days).nanoseconds());
  }
  change.setVisibleAt(visible_at(d, request, events::Change::KEY_STATE, request.key,
                                 d.settings().kms_key_state_propagation));
}

Refusal validate_window(const Deciding&, const KmsRequest& request) {
  if (!request.parameters.getHasPendingWindow()) return {};
  const std::int32_t days = request.parameters.getPendingWindowInDays();
  if (days >= kWindowMin && days <= kWindowMax) return {};
  if (days >= 1 && days <= kModelWindowMax) {
    return refusal(KmsError::VALIDATION, "PendingWindowInDays must be between 7 and 30");
  }
  return validation_error("pendingWindowInDays",
                          days < 1 ? "Member must have value greater than or equal to 1"
                                   : "Member must have value less than or equal to 365");
}

Refusal validate_description(const Deciding&, const KmsRequest& request) {
  if (request.parameters.getDescription().size() <= kDescriptionMax) return {};
  return validation_error("description", "Member must have length less than or equal to 8192");
}

// ---- tags ----

Refusal validate_tag_keys(const Deciding&, const KmsRequest& request) {
  if (request.parameters.getTagKeys().size() != 0) return {};
  return validation_error("tagKeys", "Member must not be null");
}

Refusal check_tag(Deciding& d, KmsRequest& request) {
  if (Refusal refusal = check_tags(request.parameters)) return refusal;
  std::vector<Tag> tags = d.state.keys[request.key].tags;
  change_tags(tags, Operation::TAG_RESOURCE, request.parameters);
  return tags.size() <= kTagsMax ? Refusal() : refusal(KmsError::TAG, "Too many tags");
}

Refusal check_untag(Deciding&, KmsRequest& request) {
  for (const auto name : request.parameters.getTagKeys()) {
    if (Refusal refusal = check_tag_name(std::string_view(name))) return refusal;
  }
  return {};
}

void change_settings(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const bool tags = request.operation != Operation::UPDATE_KEY_DESCRIPTION;
  effect.initKeySettings().setVisibleAt(tags ? visible_at(d, request, events::Change::TAGS,
                                                          request.key,
                                                          d.settings().kms_alias_propagation)
                                             : d.now.nanoseconds());
}

// ---- lists ----

Refusal validate_tag_page(const Deciding&, const KmsRequest& request) {
  return check_page(request, kTagPages);
}
Refusal validate_key_page(const Deciding&, const KmsRequest& request) {
  return check_page(request, kKeyPages);
}

std::uint32_t tags_of(const Deciding& d, const KmsRequest& request) {
  return static_cast<std::uint32_t>(d.state.keys[request.key].tags.size());
}

// AWS managed keys are among them, AWS owned ones are not (kms.md 1.1, 3.2).
std::uint32_t keys_of(const Deciding& d, const KmsRequest& request) {
  std::uint32_t count = 0;
  for (std::uint32_t key = 0; key < d.state.keys.size(); ++key) {
    const KmsKey& found = d.state.keys[key];
    if (d.state.scenario().key_realms[key] == request.realm && found.created && !found.deleted &&
        found.visible_at <= d.now &&
        described(d.state, key).getManager() != events::Key::Manager::OWNED) {
      ++count;
    }
  }
  return count;
}

template <const PageLimits& limits, std::uint32_t (*rows)(const Deciding&, const KmsRequest&)>
Refusal check_list(Deciding& d, KmsRequest& request) {
  const auto page = page_of(request, limits, rows(d, request));
  return page ? Refusal() : page.error();
}
template <const PageLimits& limits, std::uint32_t (*rows)(const Deciding&, const KmsRequest&)>
void list(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  set_listed(effect, page_of(request, limits, rows(d, request)).value());
}

// ---- rows ----

OperationRow row(Operation operation, std::uint32_t quota) {
  OperationRow made;
  made.operation = operation;
  made.name = operation_name(operation);
  made.quota_default = quota;
  return made;
}

OperationRow changing(Operation operation, std::uint32_t quota,
                      void (*effect)(Deciding&, const KmsRequest&, events::KmsEffect::Builder)) {
  OperationRow made = row(operation, quota);
  made.read_only = false;
  made.ends_aws_managed = true;
  made.effect = effect;
  return made;
}

std::vector<OperationRow> make_rows() {
  OperationRow creating = changing(Operation::CREATE_KEY, 5, make);
  creating.subject = Subject::account;
  creating.ends_aws_managed = false;
  creating.validate = validate_new_key;
  creating.check = check_new_key;

  OperationRow describing = row(Operation::DESCRIBE_KEY, 2000);
  describing.forms = KeyForms::any;
  describing.cross_account = describing.tokens = true;
  describing.grantable = GrantOperation::describe_key;

  OperationRow scheduling = changing(Operation::SCHEDULE_KEY_DELETION, 15, change_state);
  scheduling.validate = validate_window;

  OperationRow redescribing = changing(Operation::UPDATE_KEY_DESCRIPTION, 5, change_settings);
  redescribing.validate = validate_description;

  OperationRow tagging = changing(Operation::TAG_RESOURCE, 10, change_settings);
  tagging.check = check_tag;

  OperationRow untagging = changing(Operation::UNTAG_RESOURCE, 5, change_settings);
  untagging.validate = validate_tag_keys;
  untagging.check = check_untag;

  OperationRow listing_tags = row(Operation::LIST_RESOURCE_TAGS, 2000);
  listing_tags.validate = validate_tag_page;
  listing_tags.check = check_list<kTagPages, tags_of>;
  listing_tags.effect = list<kTagPages, tags_of>;

  OperationRow listing_keys = row(Operation::LIST_KEYS, 500);
  listing_keys.subject = Subject::account;
  listing_keys.validate = validate_key_page;
  listing_keys.check = check_list<kKeyPages, keys_of>;
  listing_keys.effect = list<kKeyPages, keys_of>;

  return {creating,
          describing,
          changing(Operation::ENABLE_KEY, 5, change_state),
          changing(Operation::DISABLE_KEY, 5, change_state),
          scheduling,
          changing(Operation::CANCEL_KEY_DELETION, 5, change_state),
          redescribing,
          tagging,
          untagging,
          listing_tags,
          listing_keys,
          row(Operation::GET_KEY_LAST_USAGE, 5)};
}

}  // namespace
}  // namespace keys

std::span<const OperationRow> key_operations() {
  static const std::vector<OperationRow> rows = keys::make_rows();
  return rows;
}

}  // namespace tablekey::model::kms
