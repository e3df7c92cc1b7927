// Requests whose items their clients encrypt (dynamodb.md 8), those of the timeline and those of
// workloads alike. A step's is known by its step, a workload's by its home: the connection that it
// came on, and its number there. It may go on over the connection to a caching provider's key
// store, and comes back.
#pragma once

#include <capnp/message.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/decide.h"
#include "model/dynamodb/items/attribute_value.h"

namespace tablekey::model {

/// The encryptor that such a request of the connection's workload passes through; kNone: none.
std::uint32_t workload_encryptor(const State& state, std::uint32_t connection,
                                 events::DataOperation operation);
/// Whether a request goes its way with all its parameters, and can ask KMS more than once: a step's
/// Step.request, or a workload's whose client encrypts.
bool is_full_request(const State& state, const Request& request);

/// Who sends it (1 + identity; 0: the operator), and what it passes through; kNone: nothing.
std::uint32_t sender_of(const State& state, const Request& request);
std::uint32_t encryptor_behind(const State& state, const Request& request);
/// The caching provider behind it, as ScenarioView::providers lists them; kNone: there is none.
std::uint32_t provider_of(const State& state, const Request& request);
/// What tells a request that loads a provider's keys from all others; never 0.
std::uint64_t loader_mark(const Request& request);
/// Whether it makes the next version of its encryptor's material, and nothing else.
bool makes_material(const State& state, const Request& request);

/// The name of the draws of its client, and the place of those of its next KMS call.
std::string client_draws(const State& state, const Request& request);
std::uint64_t client_entity(const State& state, const Request& request);
std::uint64_t client_ordinal(const Request& request);
/// The name of the draws of the client that made these keys.
std::string client_draws(const State& state, const ClientMaterial& material);
/// What the client asks KMS next, if it asks. Of a caching provider that follows from what its key
/// store holds.
events::KmsOperation client_operation(const State& state, const Request& request);

/// The parameters of a workload's request, as a step would give them.
std::unique_ptr<capnp::MallocMessageBuilder> generated_call(const Deciding& d,
                                                            const Request& request);
/// The items that a workload's request names: the drawn one, and of a batch the others.
std::vector<std::uint32_t> generated_items(const Deciding& d, std::uint32_t connection,
                                           std::uint64_t ordinal, std::uint32_t item,
                                           events::DataOperation operation);
/// The value that a workload's client puts as this item before it encrypts: that of the request
/// alone, however long KMS takes and whatever others write meanwhile.
items::AttributeMap generated_value_of(const Deciding& d, const Request& request,
                                       std::uint32_t item);

}  // namespace tablekey::model
