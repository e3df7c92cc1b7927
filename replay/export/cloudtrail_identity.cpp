// userIdentity (kms.md 9.2), and what is drawn for a record because AWS makes it up.
#include <fmt/format.h>

#include "crypto/bytes.h"
#include "crypto/sha256.h"
#include "model/dynamodb/errors.h"
#include "replay/export/cloudtrail_record.h"
#include "sim/time.h"

namespace tablekey::replay::cloudtrail {
namespace {

crypto::Digest drawn(std::uint64_t seed, std::string_view what) {
  const std::string material = fmt::format("tablekey/cloudtrail/{}/{}", seed, what);
  return crypto::sha256(crypto::bytes_of(material));
}

// The id of the access key that signed: the scenario's, else one in AWS's form. Temporary
// credentials begin with ASIA, a user's own with AKIA.
std::string access_key_id(const model::State& state, std::uint32_t session, bool temporary) {
  const model::Session& described = state.sessions[session];
  if (!described.access_key_id.empty()) return described.access_key_id;
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const crypto::Digest digest =
      drawn(state.scenario().seed, fmt::format("accessKeyId/{}/{}", state.session_arn(session),
                                               described.created.nanoseconds()));
  std::string id = temporary ? "ASIA" : "AKIA";
  for (std::size_t i = 0; i < 16; ++i) id += kAlphabet[digest[i] % kAlphabet.size()];
  return id;
}

std::string whole_second(sim::Time time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return sim::print(sim::Time::from_nanoseconds(time.nanoseconds() / kSecond * kSecond));
}

Json root_identity(const std::string& account) {
  Json identity;
  identity["type"] = "Root";
  identity["principalId"] = account;
  identity["arn"] = fmt::format("arn:aws:iam::{}:root", account);
  identity["accountId"] = account;
  return identity;
}

Json role_identity(const model::State& state, std::uint32_t session,
                   events::Principal::Reader principal) {
  const model::Session& described = state.sessions[session];
  const std::string& id = state.scenario().principal_ids[described.principal];
  Json identity;
  identity["type"] = "AssumedRole";
  identity["principalId"] = fmt::format("{}:{}", id, described.name);
  identity["arn"] = state.session_arn(session);
  identity["accountId"] = principal.getAccount().cStr();
  identity["accessKeyId"] = access_key_id(state, session, true);
  Json& context = identity["sessionContext"];
  context["attributes"]["mfaAuthenticated"] = "false";
  context["attributes"]["creationDate"] = whole_second(described.created);
  Json& issuer = context["sessionIssuer"];
  issuer["type"] = "Role";
  issuer["principalId"] = id;
  issuer["arn"] = state.scenario().principal_arns[described.principal];
  issuer["accountId"] = principal.getAccount().cStr();
  issuer["userName"] = principal.getName().cStr();
  return identity;
}

Json user_only_identity(const model::State& state, std::uint32_t session,
                        events::Principal::Reader principal) {
  const model::Session& described = state.sessions[session];
  Json identity;
  identity["type"] = "IAMUser";
  identity["principalId"] = state.scenario().principal_ids[described.principal];
  identity["arn"] = state.scenario().principal_arns[described.principal];
  identity["accountId"] = principal.getAccount().cStr();
  identity["accessKeyId"] = access_key_id(state, session, false);
  identity["userName"] = principal.getName().cStr();
  return identity;
}

Json session_identity(const model::State& state, std::uint32_t session) {
  const auto principal =
      state.scenario().reader().getPrincipals()[state.sessions[session].principal];
  switch (principal.getKind()) {
    case events::Principal::Kind::ROLE:
      return role_identity(state, session, principal);
    case events::Principal::Kind::USER:
      return user_only_identity(state, session, principal);
    default:
      return root_identity(principal.getAccount().cStr());
  }
}

}  // namespace

// A step without a caller is the account's own hand: its root user.
Json user_identity(const Call& call) {
  const auto answered = call.answered();
  Json identity;
  if (answered.getAsService()) {
    identity["type"] = "AWSService";
  } else if (answered.getCaller() == 0) {
    identity = root_identity(call.state.scenario().account);
  } else {
    identity = session_identity(call.state, answered.getCaller() - 1);
  }
  if (answered.getAsService() || answered.getViaService()) identity["invokedBy"] = kService;
  return identity;
}

std::string account_of(const Call& call) {
  if (call.key() == model::kNone) return call.state.scenario().account;
  return call.state.scenario().reader().getKeys()[call.key()].getAccount().cStr();
}

std::string region_of(const Call& call) {
  if (call.key() == model::kNone) return call.state.scenario().region;
  return call.state.scenario().reader().getKeys()[call.key()].getRegion().cStr();
}

std::string drawn_uuid(const Call& call, std::string_view purpose) {
  const crypto::Digest digest =
      drawn(call.state.scenario().seed, fmt::format("{}/{}", purpose, call.number));
  const std::uint64_t high = crypto::load_big_endian<8>(digest.data());
  const std::uint64_t low = crypto::load_big_endian<8>(digest.data() + 8);
  constexpr std::uint64_t kVersionBits = 0xf000, kVersion4 = 0x4000;
  constexpr std::uint64_t kVariantBits = std::uint64_t{3} << 62, kVariant = std::uint64_t{2} << 62;
  return model::dynamodb::uuid((high & ~kVersionBits) | kVersion4,
                               (low & ~kVariantBits) | kVariant);
}

}  // namespace tablekey::replay::cloudtrail
