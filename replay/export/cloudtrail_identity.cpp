// userIdentity (kms.md 9.2), and what is drawn for a record because AWS makes it up.
#include <fmt/format.h>

#include "crypto/bytes.h"
#include "crypto/sha256.h"
#include "model/dynamodb/errors.h"
#include "model/law.h"
#include "replay/export/cloudtrail_record.h"
#include "replay/export/dynamodb_trail.h"
#include "sim/time.h"

namespace tablekey::replay::cloudtrail {
namespace {

constexpr std::string_view kDomain = ".amazonaws.com";

crypto::Digest drawn(std::uint64_t seed, std::string_view what) {
  const std::string material = fmt::format("tablekey/cloudtrail/{}/{}", seed, what);
  return crypto::sha256(crypto::bytes_of(material));
}

/// A session with the principal that it is of.
struct Who {
  const model::State& state;
  std::uint32_t index;
  const model::Session& session;
  events::Principal::Reader principal;

  std::string account() const { return principal.getAccount().cStr(); }
  const std::string& unique_id() const {
    return model::at(state.scenario().principal_ids, session.principal);
  }
  const std::string& arn() const {
    return model::at(state.scenario().principal_arns, session.principal);
  }
  std::string principal_id() const {
    switch (principal.getKind()) {
      case events::Principal::Kind::ROLE:
        return fmt::format("{}:{}", unique_id(), session.name);
      case events::Principal::Kind::USER:
        return unique_id();
      default:
        return account();
    }
  }
};

Who who(const model::State& state, std::uint32_t session) {
  const model::Session& described = model::at(state.sessions, session);
  return {state, session, described,
          model::at(state.scenario().reader().getPrincipals(), described.principal)};
}

// The id of the access key that signed: the scenario's, else one in AWS's form. Temporary
// credentials begin with ASIA, a user's own with AKIA.
std::string access_key_id(const Who& caller, bool temporary) {
  if (!caller.session.access_key_id.empty()) return caller.session.access_key_id;
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const crypto::Digest digest =
      drawn(caller.state.scenario().seed,
            fmt::format("accessKeyId/{}/{}", caller.state.session_arn(caller.index),
                        caller.session.created.nanoseconds()));
  std::string id = temporary ? "ASIA" : "AKIA";
  for (std::size_t i = 0; i < 16; ++i) id += kAlphabet[digest[i] % kAlphabet.size()];
  return id;
}

Json root_identity(const std::string& account) {
  Json identity;
  identity["type"] = "Root";
  identity["principalId"] = account;
  identity["arn"] = fmt::format("arn:aws:iam::{}:root", account);
  identity["accountId"] = account;
  return identity;
}

Json role_identity(const Who& caller) {
  Json identity;
  identity["type"] = "AssumedRole";
  identity["principalId"] = caller.principal_id();
  identity["arn"] = caller.state.session_arn(caller.index);
  identity["accountId"] = caller.account();
  identity["accessKeyId"] = access_key_id(caller, true);
  Json& context = identity["sessionContext"];
  context["attributes"]["mfaAuthenticated"] = "false";
  context["attributes"]["creationDate"] = record_time(caller.session.created.nanoseconds());
  Json& issuer = context["sessionIssuer"];
  issuer["type"] = "Role";
  issuer["principalId"] = caller.unique_id();
  issuer["arn"] = caller.arn();
  issuer["accountId"] = caller.account();
  issuer["userName"] = caller.principal.getName().cStr();
  return identity;
}

Json user_only_identity(const Who& caller) {
  Json identity;
  identity["type"] = "IAMUser";
  identity["principalId"] = caller.unique_id();
  identity["arn"] = caller.arn();
  identity["accountId"] = caller.account();
  identity["accessKeyId"] = access_key_id(caller, false);
  identity["userName"] = caller.principal.getName().cStr();
  return identity;
}

// What the owner of a key is told of a caller from another account.
Json foreign_identity(const std::string& principal_id, const std::string& account) {
  Json identity;
  identity["type"] = "AWSAccount";
  identity["principalId"] = principal_id;
  identity["accountId"] = account;
  return identity;
}

Json session_identity(const Who& caller) {
  switch (caller.principal.getKind()) {
    case events::Principal::Kind::ROLE:
      return role_identity(caller);
    case events::Principal::Kind::USER:
      return user_only_identity(caller);
    default:
      return root_identity(caller.account());
  }
}

std::string with_domain(std::string_view service) {
  if (service.empty()) return std::string("dynamodb") + std::string(kDomain);
  if (service.ends_with(kDomain)) return std::string(service);
  return std::string(service) + std::string(kDomain);
}

}  // namespace

std::string service_of(const Call& call) {
  const auto answered = call.answered();
  if (answered.getAsService()) return with_domain(call.parameters().getService().cStr());
  if (answered.getViaService()) return with_domain(call.parameters().getViaService().cStr());
  return {};
}

std::string caller_account(const Call& call) {
  const auto answered = call.answered();
  if (answered.getAsService()) return {};
  if (answered.getCaller() != 0) return who(call.state, answered.getCaller() - 1).account();
  return call.has_key() ? key_account(call.state, call.key()) : call.state.scenario().account;
}

// A step without a caller is the account's own hand: its root user.
Json user_identity(const Call& call, const Copy& copy) {
  const auto answered = call.answered();
  Json identity;
  if (answered.getAsService()) {
    identity["type"] = "AWSService";
  } else if (answered.getCaller() == 0) {
    identity = root_identity(caller_account(call));
  } else {
    const Who caller = who(call.state, answered.getCaller() - 1);
    identity = copy.foreign ? foreign_identity(caller.principal_id(), caller.account())
                            : session_identity(caller);
  }
  if (const std::string service = service_of(call); !service.empty()) {
    identity["invokedBy"] = service;
  }
  return identity;
}

std::string session_account(const model::State& state, std::uint32_t session,
                            const std::string& otherwise) {
  return session == 0 ? otherwise : who(state, session - 1).account();
}

Json caller_identity(const model::State& state, std::uint32_t session, const std::string& account,
                     bool foreign) {
  if (session == 0) return root_identity(account);
  const Who caller = who(state, session - 1);
  return foreign ? foreign_identity(caller.principal_id(), caller.account())
                 : session_identity(caller);
}

Json internal_identity(const std::string& account) {
  Json identity;
  identity["accountId"] = account;
  identity["invokedBy"] = kInternal;
  return identity;
}

std::string drawn_uuid(const model::State& state, std::uint64_t number, std::string_view purpose) {
  const crypto::Digest digest = drawn(state.scenario().seed, fmt::format("{}/{}", purpose, number));
  const std::uint64_t high = crypto::load_big_endian<8>(digest.data());
  const std::uint64_t low = crypto::load_big_endian<8>(digest.data() + 8);
  constexpr std::uint64_t kVersionBits = 0xf000, kVersion4 = 0x4000;
  constexpr std::uint64_t kVariantBits = std::uint64_t{3} << 62, kVariant = std::uint64_t{2} << 62;
  return model::dynamodb::uuid((high & ~kVersionBits) | kVersion4,
                               (low & ~kVariantBits) | kVariant);
}

}  // namespace tablekey::replay::cloudtrail
