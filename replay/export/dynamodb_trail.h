// What CloudTrail records of DynamoDB itself: calls of its control plane, and, where a trail asks
// for data events, requests for data (the guide's "Logging DynamoDB operations by using AWS
// CloudTrail"). Elements are in camel case, keys' values as they are, other attributes by name
// only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "replay/export/cloudtrail_record.h"

namespace tablekey::replay::cloudtrail {

/// One request to DynamoDB, as a record needs it.
struct TableRequest {
  std::int64_t time = 0;      ///< ns
  std::uint64_t number = 0;   ///< of the event
  std::string_view name;      ///< eventName
  std::uint32_t session = 0;  ///< 1 + session; 0: the operator
  std::string account;        ///< of the table, or the caller's
  std::string region;
  bool read_only = false;
  bool data = false;  ///< a data event
  std::string error, message;
  Json parameters, elements, resources;
};

class DynamoDbTrail {
 public:
  using Write = std::function<void(const Json&)>;
  DynamoDbTrail(bool data_events, Write write)
      : data_events_(data_events), write_(std::move(write)) {}

  void event(const model::State& after, events::Event::Reader event, std::uint64_t number);
  /// Requests whose admission the run did not live to see are recorded as accepted.
  void finish();

 private:
  void table_event(const model::State& after, events::Event::Reader event, std::uint64_t number);
  void refused(const model::State& after, events::Event::Reader event, std::uint64_t number);
  void answered(const model::State& after, events::Event::Reader event, std::uint64_t number);
  void data_event(const model::State& after, events::Event::Reader event, std::uint64_t number);
  void admitted(std::uint32_t table);
  void wait(const model::State& after, std::uint32_t table, const TableRequest& request);
  void write(const model::State& after, const TableRequest& request);

  bool data_events_;
  Write write_;
  /// Records of requests that KMS has yet to admit, by the table that they make or change.
  std::map<std::uint32_t, Json> waiting_;
};

// ---- elements (dynamodb_elements.cpp, dynamodb_parameters.cpp, dynamodb_data_elements.cpp) ----
/// A key as the caller named it; empty: not at all.
std::string named_key(const model::State& state, events::KeyReference::Reader reference);
Json index_element(events::SecondaryIndex::Reader index, bool local);
Json throughput(std::uint32_t read, std::uint32_t write);
/// MaxReadRequestUnits and MaxWriteRequestUnits; 0: not given.
Json request_limits(std::uint32_t reads, std::uint32_t writes);
Json tag_list(capnp::List<events::Pair>::Reader tags);
/// BillingMode with its throughput.
void add_billing(Json& object, bool provisioned, std::uint32_t read, std::uint32_t write);
/// TableDescription as a response has it.
Json table_description(const model::State& state, std::uint32_t table);
Json table_resources(const model::State& state, const std::vector<std::uint32_t>& tables);
Json creation_parameters(const model::State& state, std::uint32_t table);
Json sse_parameters(const model::State& state, events::SseSpecification::Reader sse);
/// UpdateTable of SSE alone, which names the key.
Json switch_parameters(const model::State& state, std::uint32_t table, std::uint32_t key);
Json control_parameters(const model::State& state, events::TableCall::Reader call);
Json control_elements(const model::State& state, events::ControlAnswered::Reader answered,
                      events::TableCall::Reader call);

/// A data event; nothing for other events.
std::optional<TableRequest> data_request(const model::State& state, events::Event::Reader event);

// ---- identities (cloudtrail_identity.cpp) ----
/// The account of a session, 1 + session; 0: `otherwise`.
std::string session_account(const model::State& state, std::uint32_t session,
                            const std::string& otherwise);
/// userIdentity of a caller; 0: the root user of `account`. `foreign`: as another account sees it.
Json caller_identity(const model::State& state, std::uint32_t session, const std::string& account,
                     bool foreign);

}  // namespace tablekey::replay::cloudtrail
