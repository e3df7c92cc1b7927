// What a scenario says about clients that encrypt items (dynamodb.md 8), as requests ask for
// it: which they are, what their library refuses at once, which key they use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/clients/answer.h"
#include "model/clients/encryption/failure.h"
#include "scenario.capnp.h"

namespace tablekey::model {

/// Whether a request's items pass through an encryptor.
bool encrypts(events::DataCall::Reader call);
/// Whether a client encrypts what such a request sends, or decrypts what it returns.
bool encrypts_writes(events::DataOperation operation);
bool decrypts_reads(events::DataOperation operation);
/// Whether a request makes the next version of its encryptor's material, and nothing else.
bool makes_material(events::DataCall::Reader call);
/// Whether a step's request goes through a caching provider.
bool caches_keys(events::Scenario::Reader scenario, events::Step::Reader step);
events::ItemEncryptor::Reader encryptor_of(const State& state, events::DataCall::Reader call);

/// What the library refuses of a request before it looks at items; NONE: nothing.
Refused client_refusal(const State& state, events::DataCall::Reader call);
/// A failure of the client's own as an answer shows it: DynamoDB has no exception for it, so that
/// the library's stands in the message.
Refused client_failure(const encryption::Error& error);

/// The KMS key that the encryptor names, for a caller with this session (1 + session; 0: the
/// operator); kNone: there is none of that name.
std::uint32_t client_key(const State& state, events::ItemEncryptor::Reader encryptor,
                         std::uint32_t session);
/// The request goes on with what KMS answered to its client's call.
void take_client_answer(Request& request, const Call& call);

// ---- caching providers -------------------------------------------------------------------------

/// Whether a client with it reads items that nobody encrypted.
bool reads_plaintext(events::ItemEncryptor::Reader encryptor);
/// Whether a table starts without its generated items, which are in the clear: a workload's client
/// encrypts there and could not read them.
bool starts_without_items(const State& state, std::uint32_t family);
/// The table that holds the provider's keys; kNone: the encryptor caches none.
std::uint32_t key_store_of(const State& state, std::uint32_t encryptor);
/// The highest version of its material that is in the key store.
std::optional<std::uint64_t> newest_version(const State& state, std::uint32_t encryptor);
/// The version whose record lies there as this item; nullopt: it is no such record.
std::optional<std::uint64_t> version_at(const State& state, std::uint32_t encryptor,
                                        std::uint32_t item);

}  // namespace tablekey::model
