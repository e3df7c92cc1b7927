// The elements of a CloudTrail record that depend on who called what, and on the version of the
// record (kms.md 9). cloudtrail.cpp puts them together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event.capnp.h"
#include "model/state.h"
#include "scenario.capnp.h"

namespace tablekey::replay::cloudtrail {

using Json = nlohmann::ordered_json;

/// KMS, where it acts for itself under its own name.
inline constexpr std::string_view kKms = "kms.amazonaws.com";
/// A direct call: an address that is reserved for documentation (RFC 5737), the console's agent.
inline constexpr std::string_view kDirectAddress = "192.0.2.0";
inline constexpr std::string_view kInternal = "AWS Internal";

/// What records of one version have (kms.md 9.1, 9.4, 9.5).
struct Manner {
  std::string_view version;
  bool resource_types = false;   ///< `type` of a resource; not in the records of 2014
  bool shared_ids = false;       ///< sharedEventID
  bool service_details = false;  ///< serviceEventDetails
  bool categories = false;       ///< managementEvent, eventCategory
  bool tls = false;              ///< tlsDetails
  bool algorithms = false;       ///< encryptionAlgorithm, whether it was given or not
  bool key_specs = false;        ///< keySpec, multiRegion beside customerMasterKeySpec
  bool answers_arn = false;      ///< calls without a result carry the key's ARN (since 2022-12)
  bool materials = false;        ///< ids of key materials
};

/// That of the setting `model.cloudtrail.event_version`; `dated` means the one in use at `time`
/// (ns).
const Manner& manner_at(const model::Settings& settings, std::int64_t time);

/// One event KmsAnswered, and what belongs to it.
struct Call {
  const model::State& state;  ///< after the event
  events::Event::Reader event;
  std::uint64_t number = 0;
  const Manner& manner;

  events::Event::KmsAnswered::Reader answered() const { return event.getKmsAnswered(); }
  events::KmsEffect::Reader effect() const { return answered().getEffect(); }
  events::KmsOperation operation() const { return answered().getOperation(); }
  bool failed() const { return answered().getError() != events::KmsError::NONE; }
  bool from_step() const { return effect().getStep() != 0; }
  /// The parameters of a step's call; those of DynamoDB's are not written down: all defaults.
  events::KmsCall::Reader parameters() const;
  /// The key that the call is about, or made; kNone: it is not known.
  std::uint32_t key() const;
  /// ReEncrypt's second key, or kNone.
  std::uint32_t destination() const;
  bool has_key() const { return key() != model::kNone; }
};

/// Whose copy of a record it is.
struct Copy {
  std::string account;
  bool foreign = false;    ///< the copy of a key's owner who is not the caller
  bool shared = false;     ///< other accounts have one too
  std::size_t number = 0;  ///< among the copies of one event
};

// ---- who (cloudtrail_identity.cpp) ----
/// The domain name of the service that calls, for itself or for somebody; empty: none does.
std::string service_of(const Call& call);
/// The caller's account: a session's; of a step without a caller the account whose key it is about;
/// empty for a service.
std::string caller_account(const Call& call);
Json user_identity(const Call& call, const Copy& copy);
/// KMS's own act.
Json internal_identity(const std::string& account);
/// A UUID that AWS would make up: version 4 in form, drawn from (seed, event number, purpose).
std::string drawn_uuid(const model::State& state, std::uint64_t number, std::string_view purpose);

// ---- what (cloudtrail_request.cpp, cloudtrail_response.cpp, cloudtrail_metadata.cpp) ----
Json request_parameters(const Call& call);
Json response_elements(const Call& call);
/// null where there is none.
Json additional_data(const Call& call);
/// errorCode, and errorMessage where the API has one.
void add_error(Json& record, const Call& call);
/// null where records of the operation have no such element.
Json resources(const Call& call);
Json key_resource(const model::State& state, std::uint32_t key, const Manner& manner);
Json key_metadata(const model::State& state, std::uint32_t key, const Manner& manner);
/// What CreateKey is asked for, as its record shows it: defaults filled in.
Json creation_parameters(const Call& call);
/// The encryption context that a request carries; null: none.
Json context_of(const Call& call, bool destination = false);

// ---- where ----
std::string key_account(const model::State& state, std::uint32_t key);
std::string key_region(const model::State& state, std::uint32_t key);
/// The Region whose endpoint was called.
std::string region_of(const Call& call);
std::string material_id(const model::State& state, std::uint32_t key, std::uint32_t material);
std::string grant_id(const model::State& state, std::uint32_t grant);

inline constexpr std::size_t kElementBytesMax = 100 * 1024;  // kms.md 9.1

// ---- texts (cloudtrail_text.cpp) ----
/// Whole seconds (kms.md 9.1).
std::string record_time(std::int64_t nanoseconds);
/// "Feb 14, 2018, 4:42:39 PM", the form of dates inside elements (kms.md 9.1).
std::string element_date(std::int64_t nanoseconds);
/// At most so many bytes, cut between characters.
std::string capped(std::string text, std::size_t bytes_max);
/// An element that is longer than CloudTrail takes is cut: its longest texts first.
void cap_element(Json& element, std::size_t bytes_max);

}  // namespace tablekey::replay::cloudtrail
