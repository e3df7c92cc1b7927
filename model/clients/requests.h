// Requests with all their parameters: those of the timeline (Step.request), a workload's whose
// client encrypts, and its updates, batches and transactions. Each becomes one DataAnswered, after
// the keys of all tables that it names were obtained, one after the other.
#pragma once

#include <cstdint>

#include <optional>

#include "model/clients/encryption/kms_call.h"
#include "model/clients/serving.h"

namespace tablekey::model {

/// The Decrypt that it waited for was answered: the next table's key is asked for, or it is
/// answered.
void continue_request(Deciding& d, const Request& request, std::uint32_t version,
                      events::KmsError error, Uuid request_id);

/// What an open call of purpose `client` asks: its context and its ciphertext are a function of the
/// request and of the items as they are. nullopt: what it was to open is gone.
std::optional<encryption::KmsCall> client_kms_call(Deciding& d, const Call& call);

/// A workload's request whose client encrypts its items has arrived.
void decide_client_request(Deciding& d, const Serving& s);

/// A workload's UpdateItem, BatchGetItem, BatchWriteItem, TransactGetItems or TransactWriteItems,
/// with generated values; its key is at hand.
void serve_generated(Deciding& d, const Serving& s);

}  // namespace tablekey::model
