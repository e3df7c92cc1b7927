// From what a step calls a grant to the grant: what another step made, what DynamoDB holds for a
// table, or a text.
#include "model/kms/step_grants.h"

#include <fmt/format.h>

#include <charconv>

#include "model/kms/grant_token.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using Choice = events::GrantReference::Choice;
using Operation = events::KmsOperation;

std::optional<StepGrant> live_from(const State& state, const Table& table, std::uint32_t key,
                                   std::uint32_t position) {
  for (; position < table.grants.size(); ++position) {
    const Grant& grant = state.grants[table.grants[position]];
    if (!grant.ended && (key == kNone || grant.key == key)) {
      return StepGrant{table.grants[position], position};
    }
  }
  return std::nullopt;
}

std::optional<StepGrant> of_table(const State& state, events::GrantReference::Reader reference,
                                  std::uint32_t from) {
  const auto wanted = reference.getOfTable();
  const std::uint32_t first = at(state.scenario().families, wanted.getTable()).first_table;
  const Table& table = at(state.tables, first);
  auto found = live_from(state, table, wanted.getKey(), from);
  if (found && wanted.getChoice() == Choice::SECOND) {
    found = live_from(state, table, wanted.getKey(), found->position + 1);
  }
  return found;
}

/// What the step's CreateGrant made; kNone: nothing, or not yet.
std::uint32_t made_by(const State& state, std::uint32_t step) {
  return step < state.results.size() ? state.results[step].grant : kNone;
}

}  // namespace

std::optional<StepGrant> step_grant(const State& state, std::uint32_t step, std::uint32_t from) {
  const auto kms = at(state.scenario().reader().getSteps(), step).getKms();
  if (!kms.getGrant().isOfTable()) return std::nullopt;
  return of_table(state, kms.getGrant(), from);
}

std::optional<StepGrant> next_step_grant(const State& state, std::uint32_t step,
                                         std::uint32_t from) {
  const auto chosen = at(state.scenario().reader().getSteps(), step);
  if (!chosen.isKms()) return std::nullopt;
  const auto kms = chosen.getKms();
  const bool ends = kms.getOperation() == Operation::REVOKE_GRANT ||
                    kms.getOperation() == Operation::RETIRE_GRANT;
  if (!ends || !kms.getGrant().isOfTable()) return std::nullopt;
  if (kms.getGrant().getOfTable().getChoice() != Choice::ALL) return std::nullopt;
  const auto present = step_grant(state, step, from);
  if (!present) return std::nullopt;
  return step_grant(state, step, present->position + 1);
}

namespace kms {
namespace {

constexpr unsigned kTokensMax = 10;
constexpr std::size_t kTokenCharactersMax = 8'192;

Refusal invalid_token() {
  return refusal(events::KmsError::INVALID_GRANT_TOKEN, "The grant token is invalid.");
}

/// The grant whose token the text is. Only CreateGrant gives tokens, so it is a step's.
std::uint32_t grant_of_token(const State& state, std::string_view token) {
  for (std::uint32_t i = 0; i < state.grants.size(); ++i) {
    const Grant& grant = state.grants[i];
    if (grant.step != 0 && is_token_of(token, grant_id_text(grant.id), grant.tokens)) return i;
  }
  return kNone;
}

std::uint32_t grant_of_id(const State& state, std::uint32_t key, std::string_view id) {
  if (key == kNone || id.size() != 64) return kNone;
  // A key may have 50,000 grants: their first bytes are compared before their texts.
  unsigned head = 0;
  const auto read = std::from_chars(id.data(), id.data() + 2, head, 16);
  if (read.ptr != id.data() + 2) return kNone;
  for (const std::uint32_t index : at(state.keys, key).grants) {
    const Grant& grant = state.grants[index];
    if (grant.id[0] == head && grant_id_text(grant.id) == id) return index;
  }
  return kNone;
}

std::string_view grant_text(events::GrantReference::Reader reference) {
  return std::string_view(reference.getText());
}

/// The grant that a reference means as the id of one on `key`; kNone: there is none.
std::uint32_t referred(const Deciding& d, const KmsRequest& request,
                       events::GrantReference::Reader reference) {
  switch (reference.which()) {
    case events::GrantReference::STEP:
      return made_by(d.state, reference.getStep());
    case events::GrantReference::OF_TABLE: {
      const auto found = of_table(d.state, reference, static_cast<std::uint32_t>(request.ordinal));
      return found ? found->grant : kNone;
    }
    case events::GrantReference::TEXT:
      return grant_of_id(d.state, request.key, grant_text(reference));
    default:
      return kNone;
  }
}

/// The id as the caller gave it, as far as there is one.
std::string id_text(const Deciding& d, events::GrantReference::Reader reference,
                    std::uint32_t grant) {
  if (reference.isText()) return std::string(grant_text(reference));
  return grant == kNone ? std::string() : grant_id_text(d.state.grants[grant].id);
}

Refusal find_by_token(const Deciding& d, KmsRequest& request,
                      events::GrantReference::Reader reference) {
  if (reference.isText()) {
    if (!is_well_formed_token(grant_text(reference))) return invalid_token();
    request.grant = grant_of_token(d.state, grant_text(reference));
  } else {
    request.grant = referred(d, request, reference);
  }
  if (request.grant == kNone) return invalid_token();
  request.key = d.state.grants[request.grant].key;
  return {};
}

}  // namespace

Refusal find_grant(const Deciding& d, KmsRequest& request) {
  if (!request.from_step()) return {};
  const auto reference = request.parameters.getGrant();
  if (reference.isNone()) return {};
  if (reference.getToken()) return find_by_token(d, request, reference);
  if (reference.isText() && !is_well_formed_grant_id(grant_text(reference))) {
    return refusal(events::KmsError::INVALID_GRANT_ID, "The grant id is invalid.");
  }
  const std::uint32_t grant = referred(d, request, reference);
  if (grant != kNone && request.key == kNone) request.key = d.state.grants[grant].key;
  if (grant != kNone && d.state.grants[grant].key == request.key) request.grant = grant;
  const bool later = request.operation != Operation::RETIRE_GRANT && request.key != kNone;
  if (request.grant != kNone || later) return {};
  return refusal(events::KmsError::NOT_FOUND,
                 fmt::format("Grant ID {} not found", id_text(d, reference, grant)));
}

Refusal read_tokens(const Deciding& d, KmsRequest& request) {
  if (!request.from_step()) return {};
  const auto tokens = request.parameters.getGrantTokens();
  if (tokens.size() > kTokensMax) {
    return validation_error("grantTokens", "Member must have length less than or equal to 10");
  }
  for (const auto token : tokens) {
    if (!token.isText()) {
      const std::uint32_t grant = referred(d, request, token);
      if (grant == kNone) return invalid_token();
      request.tokens.push_back(grant);
      continue;
    }
    const std::string_view text = grant_text(token);
    if (text.empty() || text.size() > kTokenCharactersMax || !is_well_formed_token(text)) {
      return invalid_token();
    }
    const std::uint32_t grant = grant_of_token(d.state, text);
    if (grant != kNone) request.tokens.push_back(grant);
  }
  return {};
}

}  // namespace kms
}  // namespace tablekey::model
