// Custom key stores (kms.md 1.7), as the rest of KMS meets them: a store that is not there, not
// connected, or connected and yet not working.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/kms/operation.h"

namespace tablekey::model::kms {

/// The store that the request names by CustomKeyStoreId: index into State::stores, kNone where its
/// account has no such store in the Region that is called.
std::uint32_t named_store(const State& state, const KmsRequest& request);

/// Why CreateKey and GenerateRandom cannot use the store that the request names:
/// CustomKeyStoreNotFoundException, CustomKeyStoreInvalidStateException unless it is CONNECTED,
/// KMSInvalidStateException if it is and does not work.
Refusal store_refusal(const State& state, const KmsRequest& request);

/// KMSInvalidStateException where a key's store is CONNECTED and does not work: to be asked by
/// every cryptographic operation once the key's state has let it pass (kms.md 1.7).
Refusal broken_store_refusal(const State& state, std::uint32_t key);

/// The entity of a store's own draws; their ordinal is CustomKeyStore::changes.
std::uint64_t store_entity(const State& state, std::uint32_t store);

/// When the keys of a store that connects or disconnects now follow it on the data plane: after a
/// delay of its own, and never before an earlier change of one of them (kms.md 10).
std::int64_t keys_follow_at(const Deciding& d, std::uint32_t store);

/// "CONNECTED", "USER_NOT_FOUND", …: as the API spells them; "" for none.
std::string_view connection_state_name(events::ConnectionState state);
std::string_view connection_error_name(events::ConnectionError error);

}  // namespace tablekey::model::kms
