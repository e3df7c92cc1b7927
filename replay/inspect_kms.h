// The parts of inspect's document that are KMS's and IAM's: keys with their materials, rotation,
// aliases and tags; grants with their terms; custom key stores; what principals may do; what eats
// into quotas; faults that last.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

#include "model/state.h"

namespace tablekey::replay {

using Json = nlohmann::ordered_json;

Json key_document(const model::State& state, std::uint32_t key);
/// `now`: when its usability is judged.
Json grant_document(const model::State& state, const model::Grant& grant, sim::Time now);
/// Custom key stores that exist.
Json stores_document(const model::State& state);
/// Principals that have a policy, or had one.
Json principals_document(const model::State& state);
/// Requests counted in the windows of `now`, by account, Region and quota; those of none are left
/// out.
Json quotas_document(const model::State& state, sim::Time now);
Json faults_document(const model::State& state);
/// A key by its logical id.
std::string key_label(const model::State& state, std::uint32_t key);

}  // namespace tablekey::replay
