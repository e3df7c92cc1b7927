// From what a request names to what it is about: keys, aliases, grants, ciphertexts (kms.md 1.3).
#pragma once

#include <cstdint>

#include "model/kms/blob.h"
#include "model/kms/operation.h"

namespace tablekey::model::kms {

/// Fills in where a step's request comes from and which endpoint it goes to: service, realm, and
/// the table whose context it carries.
void address(const Deciding& d, KmsRequest& request);

/// The key that a ciphertext names, within the endpoint's Region (kms.md 7.4); kNone: none there.
std::uint32_t key_of_blob(const Deciding& d, const KmsRequest& request, const KeyId& id);

/// The account and Region that a call of DynamoDB counts for: the session's account, or, where
/// DynamoDB calls as itself, the key's (kms.md 8.1).
std::uint32_t realm_of_call(const State& state, const Call& call);

/// The same of the request that an answer answers.
std::uint32_t realm_of_answer(const State& state, const events::Event::KmsAnswered::Reader& answer);

/// The parameters of the step that an answer answers; all absent if it answers a call.
events::KmsCall::Reader parameters_of(const State& state,
                                      const events::Event::KmsAnswered::Reader& answer);

/// Finds what the request is about, or says how AWS answers that it cannot: NotFoundException,
/// InvalidArnException, InvalidCiphertextException of an unparsable blob, or the masking
/// AccessDeniedException (kms.md 2.5). The calls of DynamoDB come with their key.
Refusal resolve(const Deciding& d, KmsRequest& request, const OperationRow& row);

}  // namespace tablekey::model::kms
