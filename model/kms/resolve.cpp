// Looking up what a request names. What does not exist and what may not be known to exist are told
// apart here, before anyone asks who may do what.
#include "model/kms/resolve.h"

#include <fmt/format.h>

#include <algorithm>

#include "events/text.h"
#include "model/iam/denial.h"
#include "model/kms/alias_index.h"
#include "model/kms/authorize.h"
#include "model/kms/blob.h"
#include "model/kms/key_text.h"
#include "model/kms/names.h"
#include "model/kms/step_grants.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace {

using events::KmsError;
using Operation = events::KmsOperation;
using events::text;

// ---- keys ----

bool is_there(const Deciding& d, std::uint32_t key) {
  const KmsKey& found = at(d.state.keys, key);
  return found.created && !found.deleted && found.visible_at <= d.now;
}

/// The key of that id in that account and Region, which need not be there yet, or any more.
std::uint32_t key_of_id(const State& state, std::uint32_t realm, std::string_view id) {
  const ScenarioView& scenario = state.scenario();
  std::uint32_t gone = kNone;
  for (std::uint32_t key = 0; key < scenario.key_ids.size(); ++key) {
    if (scenario.key_realms[key] != realm || scenario.key_ids[key] != id) continue;
    if (state.keys[key].created && !state.keys[key].deleted) return key;
    gone = key;
  }
  return gone;
}

/// One key named by one parameter of a request.
class Naming {
 public:
  Naming(const Deciding& d, const KmsRequest& request, KeyForms forms, std::string_view parameter)
      : d_(d), request_(request), forms_(forms), parameter_(parameter) {}

  Refusal find(events::KeyReference::Reader reference) {
    const ScenarioView& scenario = d_.state.scenario();
    switch (reference.which()) {
      case events::KeyReference::NONE:
        return validation_error(parameter_, "Member must not be null");
      case events::KeyReference::ARN: {
        const std::uint32_t named = reference.getArn();
        const std::uint32_t realm = at(scenario.key_realms, named);
        return by_arn(scenario.realm_region(realm), scenario.realm_account(realm),
                      scenario.key_ids[named]);
      }
      case events::KeyReference::ID:
        return by_id(request_.realm, at(scenario.key_ids, reference.getId()));
      case events::KeyReference::TEXT:
        return by_text(text(reference.getText()));
    }
    return {};
  }

  std::uint32_t key = kNone, alias = kNone;

 private:
  Refusal by_text(std::string_view named) {
    if (named.empty()) {
      return validation_error(parameter_, "Member must have length greater than or equal to 1");
    }
    if (named.size() > 2048) {
      return validation_error(parameter_, "Member must have length less than or equal to 2048");
    }
    const KeyText parsed = parse_key_text(named);
    switch (parsed.form) {
      case KeyTextForm::key_id:
        return by_id(request_.realm, parsed.name);
      case KeyTextForm::key_arn:
        return by_arn(parsed.region, parsed.account, parsed.name);
      case KeyTextForm::alias_name:
        if (forms_ == KeyForms::id_or_arn) return invalid_id(named);
        return by_alias(request_.realm, parsed.name);
      case KeyTextForm::alias_arn:
        if (forms_ == KeyForms::id_or_arn) return invalid_arn(named);
        return by_alias_arn(parsed);
      case KeyTextForm::malformed_arn:
        return invalid_arn(named);
      case KeyTextForm::malformed:
        break;
    }
    return invalid_id(named);
  }

  static Refusal invalid_id(std::string_view named) {
    return refusal(KmsError::NOT_FOUND, fmt::format("Invalid keyId '{}'", named));
  }
  static Refusal invalid_arn(std::string_view named) {
    return refusal(KmsError::INVALID_ARN, fmt::format("Invalid arn {}", named));
  }

  Refusal by_id(std::uint32_t realm, std::string_view id) {
    const ScenarioView& scenario = d_.state.scenario();
    const std::uint32_t found = key_of_id(d_.state, realm, id);
    if (found != kNone && is_there(d_, found)) {
      key = found;
      return {};
    }
    return unknown_key(
        key_arn_text(scenario.realm_region(realm), scenario.realm_account(realm), id));
  }

  Refusal by_arn(std::string_view region, std::string_view account, std::string_view id) {
    if (Refusal elsewhere = wrong_region(region)) return elsewhere;
    if (!is_key_id(id)) return invalid_id(id);
    const std::string arn = key_arn_text(region, account, id);
    const std::uint32_t realm = realm_of(account);
    if (realm == kNone) return hidden(arn);
    const std::uint32_t found = key_of_id(d_.state, realm, id);
    if (found == kNone || !is_there(d_, found)) return hidden_or(account, arn, unknown_key(arn));
    key = found;
    return {};
  }

  Refusal by_alias(std::uint32_t realm, std::string_view name) {
    const ScenarioView& scenario = d_.state.scenario();
    const std::uint32_t found = find_alias(d_.state, realm, name);
    const std::string& account = scenario.realm_account(realm);
    if (found == kNone) {
      const std::string arn = alias_arn(d_.state, realm, name);
      return hidden_or(account, arn,
                       refusal(KmsError::NOT_FOUND, fmt::format("Alias {} is not found.", arn)));
    }
    const std::uint32_t target = at(d_.state.aliases, found).key;
    if (target == kNone || !is_there(d_, target)) {
      return unknown_key(target == kNone ? std::string(name) : d_.state.key_arn(target));
    }
    key = target;
    alias = found;
    return {};
  }

  Refusal by_alias_arn(const KeyText& parsed) {
    if (Refusal elsewhere = wrong_region(parsed.region)) return elsewhere;
    const std::uint32_t realm = realm_of(parsed.account);
    if (realm != kNone) return by_alias(realm, parsed.name);
    return hidden(fmt::format("arn:{}:kms:{}:{}:{}", partition_of(parsed.region), parsed.region,
                              parsed.account, parsed.name));
  }

  Refusal wrong_region(std::string_view region) const {
    if (region == request_.region(d_.state)) return {};
    return refusal(KmsError::NOT_FOUND, fmt::format("Invalid arn {}", region));
  }

  static Refusal unknown_key(const std::string& arn) {
    return refusal(KmsError::NOT_FOUND, fmt::format("Key '{}' does not exist", arn));
  }

  /// The account at the endpoint's Region; kNone: the scenario knows no such account.
  std::uint32_t realm_of(std::string_view account) const {
    const ScenarioView& scenario = d_.state.scenario();
    const std::uint32_t index = scenario.account_index(account);
    const std::uint32_t region = scenario.region_index(request_.region(d_.state));
    return index == kNone || region == kNone ? kNone : scenario.realm(index, region);
  }

  // Another account's caller must not learn what exists (kms.md 2.5).
  Refusal hidden_or(std::string_view account, const std::string& arn, Refusal plain) const {
    const bool own = account == d_.state.scenario().realm_account(request_.realm);
    return own || request_.session == 0 ? plain : hidden(arn);
  }
  Refusal hidden(const std::string& arn) const {
    return refusal(KmsError::ACCESS_DENIED,
                   denial_on(d_.state, request_, operation_name(request_.operation), arn));
  }

  const Deciding& d_;
  const KmsRequest& request_;
  KeyForms forms_;
  std::string_view parameter_;
};

Refusal name_key(const Deciding& d, KmsRequest& request, const OperationRow& row) {
  Naming naming(d, request, row.forms, "keyId");
  if (Refusal refusal = naming.find(request.parameters.getKeyId())) return refusal;
  request.key = naming.key;
  request.alias = naming.alias;
  return {};
}

bool names_key(const KmsRequest& request) { return !request.parameters.getKeyId().isNone(); }

// ---- ciphertexts ----

Refusal masked() {
  return {KmsError::ACCESS_DENIED, std::string(iam::kMaskedDenialText), events::Decider::KEY_STATE,
          kNone};
}

std::span<const std::uint8_t> referenced(const State& state, events::BlobReference::Reader blob) {
  switch (blob.which()) {
    case events::BlobReference::STEP:
      if (blob.getStep() < state.results.size()) return state.results[blob.getStep()].blob;
      return {};
    case events::BlobReference::TABLE: {
      const auto& families = state.scenario().families;
      const Table& table = at(state.tables, at(families, blob.getTable()).first_table);
      if (table.keys.empty()) return {};
      return table.keys.back().blob;
    }
    case events::BlobReference::BYTES:
      return {blob.getBytes().begin(), blob.getBytes().size()};
    default:
      return {};
  }
}

// The ciphertext as the step sends it, with what the step does to it.
void take_blob(const State& state, KmsRequest& request) {
  const events::BlobReference::Reader blob = request.parameters.getBlob();
  request.blob = referenced(state, blob);
  if (blob.getFlipBit() == 0 && blob.getTruncateTo() >= request.blob.size()) return;
  request.altered.assign(request.blob.begin(), request.blob.end());
  if (blob.getTruncateTo() < request.altered.size()) request.altered.resize(blob.getTruncateTo());
  const std::uint32_t bit = blob.getFlipBit() - 1;
  if (blob.getFlipBit() != 0 && bit / 8 < request.altered.size()) {
    request.altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
  }
  request.blob = request.altered;
}

bool ignores_ciphertext(const KmsRequest& request) {
  return request.parameters.getIgnoreCiphertext() && request.parameters.getDryRun();
}

Refusal find_by_blob(const Deciding& d, KmsRequest& request, const OperationRow& row) {
  if (ignores_ciphertext(request)) return name_key(d, request, row);
  take_blob(d.state, request);
  if (names_key(request)) {
    if (Refusal refusal = name_key(d, request, row)) return refusal;
    request.named = request.key;
    request.key = kNone;
  }
  const auto header = parse_blob(request.blob);
  if (!header) {
    return {KmsError::INVALID_CIPHERTEXT, "", events::Decider::CRYPTOGRAPHY, kNone};
  }
  request.key = key_of_blob(d, request, header->key_id);
  return request.key == kNone ? masked() : Refusal();
}

Refusal find_two_keys(const Deciding& d, KmsRequest& request, const OperationRow& row) {
  Naming destination(d, request, row.forms, "destinationKeyId");
  if (Refusal refusal = destination.find(request.parameters.getDestinationKeyId())) return refusal;
  request.destination = destination.key;
  return find_by_blob(d, request, row);
}

// ---- aliases and grants ----

Refusal find_alias_subject(const Deciding& d, KmsRequest& request, const OperationRow& row) {
  const std::string_view name = text(request.parameters.getAliasName());
  if (row.operation != Operation::CREATE_ALIAS) {
    request.alias = find_alias(d.state, request.realm, name);
    if (request.alias == kNone) {
      return refusal(KmsError::NOT_FOUND, fmt::format("Alias {} is not found.",
                                                      alias_arn(d.state, request.realm, name)));
    }
    const std::uint32_t target = at(d.state.aliases, request.alias).key;
    if (row.operation == Operation::DELETE_ALIAS) {
      request.key = target;
      return {};
    }
    request.destination = target;
  }
  Naming naming(d, request, KeyForms::id_or_arn, "targetKeyId");
  Refusal refusal = naming.find(request.parameters.getKeyId());
  request.key = naming.key;
  return refusal;
}

Refusal find_by_grant(const Deciding& d, KmsRequest& request, const OperationRow& row) {
  if (names_key(request)) {
    if (Refusal refusal = name_key(d, request, row)) return refusal;
  }
  if (Refusal refusal = find_grant(d, request)) return refusal;
  if (request.key != kNone) return {};
  return validation_error("keyId", "Member must not be null");
}

// A key is found by KeyId, or where the step only says which grant it means, through that.
Refusal find_key(const Deciding& d, KmsRequest& request, const OperationRow& row) {
  if (!request.parameters.getGrant().isNone()) return find_by_grant(d, request, row);
  return name_key(d, request, row);
}

// Whether the key is in another Region than the one whose endpoint is called. An AWS owned key is
// DynamoDB's own, which has one wherever it needs it.
bool is_elsewhere(const State& state, const KmsRequest& request) {
  const events::Key::Reader key = described(state, request.key);
  return key.getManager() != events::Key::Manager::OWNED &&
         text(key.getRegion()) != request.region(state);
}

// The calls of DynamoDB come with their key; it may be gone by now.
Refusal check_given_key(const Deciding& d, const KmsRequest& request, const OperationRow& row) {
  if (request.key != kNone && row.subject != Subject::blob && is_elsewhere(d.state, request)) {
    return refusal(
        KmsError::NOT_FOUND,
        fmt::format("Invalid arn {}", text(described(d.state, request.key).getRegion())));
  }
  if (request.key != kNone && is_there(d, request.key)) return {};
  if (row.subject == Subject::blob || row.subject == Subject::two_keys) return masked();
  return refusal(KmsError::NOT_FOUND,
                 fmt::format("Key '{}' does not exist",
                             request.key == kNone ? std::string() : d.state.key_arn(request.key)));
}

std::string_view service_of(std::string_view name) { return name.substr(0, name.find('.')); }

// The account that a step's request counts for. The operator and a service have none of their own:
// theirs is that of the key they name.
std::uint32_t account_of(const State& state, std::uint32_t session, bool as_service,
                         events::KmsCall::Reader call) {
  const ScenarioView& scenario = state.scenario();
  if (session != 0 && !as_service) {
    return at(scenario.principal_accounts, at(state.sessions, session - 1).principal);
  }
  const events::KeyReference::Reader key = call.getKeyId();
  const std::uint32_t named = key.isArn() ? key.getArn() : key.isId() ? key.getId() : kNone;
  if (named == kNone) return scenario.account_index(scenario.account);
  return at(scenario.key_realms, named) / static_cast<std::uint32_t>(scenario.regions.size());
}

std::uint32_t realm_of_step(const State& state, std::uint32_t session, bool as_service,
                            events::KmsCall::Reader call) {
  const ScenarioView& scenario = state.scenario();
  const std::string_view region =
      call.getRegion().size() == 0 ? std::string_view(scenario.region) : text(call.getRegion());
  return scenario.realm(account_of(state, session, as_service, call),
                        scenario.region_index(region));
}

}  // namespace

std::uint32_t key_of_blob(const Deciding& d, const KmsRequest& request, const KeyId& id) {
  const ScenarioView& scenario = d.state.scenario();
  for (std::uint32_t key = 0; key < scenario.key_ids.size(); ++key) {
    if (scenario.realm_region(scenario.key_realms[key]) == request.region(d.state) &&
        is_there(d, key) && raw_key_id(scenario.key_ids[key]) == id) {
      return key;
    }
  }
  return kNone;
}

void address(const Deciding& d, KmsRequest& request) {
  const events::KmsCall::Reader call = request.parameters;
  request.via_service = call.getViaService().size() != 0;
  request.as_service = call.getService().size() != 0;
  if (request.via_service) request.service = service_of(text(call.getViaService()));
  if (request.as_service) request.service = service_of(text(call.getService()));
  request.realm = realm_of_step(d.state, request.session, request.as_service, call);
  if (call.getTable() != kNone) {
    request.table = at(d.state.scenario().families, call.getTable()).first_table;
  }
}

std::uint32_t realm_of_call(const State& state, const Call& call) {
  const ScenarioView& scenario = state.scenario();
  const std::uint32_t key_realm = at(scenario.key_realms, call.key);
  const auto regions = static_cast<std::uint32_t>(scenario.regions.size());
  // DynamoDB calls KMS in the table's Region, a client that encrypts by itself in its key's.
  const std::uint32_t region =
      call.table == kNone ? key_realm % regions : state.family(call.table).realm % regions;
  if (call.session == 0) return scenario.realm(key_realm / regions, region);
  return scenario.realm(
      at(scenario.principal_accounts, at(state.sessions, call.session - 1).principal), region);
}

std::uint32_t realm_of_answer(const State& state,
                              const events::Event::KmsAnswered::Reader& answer) {
  if (answer.getCall() != kNone) return realm_of_call(state, at(state.calls, answer.getCall()));
  return realm_of_step(state, answer.getCaller(), answer.getAsService(),
                       parameters_of(state, answer));
}

events::KmsCall::Reader parameters_of(const State& state,
                                      const events::Event::KmsAnswered::Reader& answer) {
  if (answer.getCall() != kNone || !answer.hasEffect()) return {};
  const std::uint32_t step = answer.getEffect().getStep();
  if (step == 0) return {};
  const auto described = at(state.scenario().reader().getSteps(), step - 1);
  law(described.isKms(), "an answer to a step answers one that calls KMS");
  return described.getKms();
}

Refusal resolve(const Deciding& d, KmsRequest& request, const OperationRow& row) {
  if (!request.from_step()) return check_given_key(d, request, row);
  if (row.tokens) {
    if (Refusal refusal = read_tokens(d, request)) return refusal;
  }
  switch (row.subject) {
    case Subject::key:
      return find_key(d, request, row);
    case Subject::blob:
      return find_by_blob(d, request, row);
    case Subject::two_keys:
      return find_two_keys(d, request, row);
    case Subject::grant:
      return find_by_grant(d, request, row);
    case Subject::alias:
      return find_alias_subject(d, request, row);
    case Subject::store:
    case Subject::account:
      break;
  }
  return {};
}

}  // namespace tablekey::model::kms
