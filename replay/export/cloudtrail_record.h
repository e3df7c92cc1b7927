// The elements of a CloudTrail record that depend on who called what (kms.md 9.2-9.6).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::replay::cloudtrail {

using Json = nlohmann::ordered_json;

inline constexpr std::string_view kService = "dynamodb.amazonaws.com";
/// A direct call: an address that is reserved for documentation (RFC 5737), the console's agent.
inline constexpr std::string_view kDirectAddress = "192.0.2.0";
inline constexpr std::string_view kDirectAgent = "AWS Internal";

/// One event that leaves a record: KmsAnswered or KeyDeleted.
struct Call {
  const model::State& state;  ///< after the event
  events::Event::Reader event;
  std::uint64_t number = 0;
  std::int64_t time = 0;              ///< ns
  std::optional<std::uint32_t> step;  ///< the step of the timeline that called KMS itself

  events::Event::KmsAnswered::Reader answered() const { return event.getKmsAnswered(); }
  std::uint32_t key() const {
    return event.isKeyDeleted() ? event.getKeyDeleted().getKey() : answered().getKey();
  }
};

Json user_identity(const Call& call);
/// errorCode, and errorMessage where the API has one.
void add_error(Json& record, const Call& call);
std::string_view event_name(const Call& call);
Json request_parameters(const Call& call);
Json response_elements(const Call& call);
Json retired_grant(const Call& call);
Json resources(const Call& call);
bool read_only(events::KmsOperation operation);

/// Owner and Region of the key, the scenario's where there is no key.
std::string account_of(const Call& call);
std::string region_of(const Call& call);

/// A UUID that AWS would make up: version 4 in form, drawn from (seed, event number, purpose).
std::string drawn_uuid(const Call& call, std::string_view purpose);

}  // namespace tablekey::replay::cloudtrail
