// From KmsAnswered to a record. The parts that differ by operation stand in cloudtrail_elements.
#include "replay/export/cloudtrail.h"

#include <nlohmann/json.hpp>

#include "model/dynamodb/errors.h"
#include "replay/export/cloudtrail_record.h"
#include "replay/steps.h"
#include "sim/time.h"

namespace tablekey::replay {
namespace {

using Json = nlohmann::ordered_json;

// CloudTrail gives whole seconds (kms.md 9.1).
std::string event_time(std::int64_t nanoseconds) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  std::int64_t second = nanoseconds / kSecond;
  if (nanoseconds % kSecond < 0) --second;
  return sim::print(sim::Time::from_nanoseconds(second * kSecond));
}

Json head(const cloudtrail::Call& call, Json identity, std::string_view name,
          std::string_view source, std::string_view agent) {
  Json record;
  record["eventVersion"] = "1.05";
  record["userIdentity"] = std::move(identity);
  record["eventTime"] = event_time(call.time);
  record["eventSource"] = "kms.amazonaws.com";
  record["eventName"] = name;
  record["awsRegion"] = cloudtrail::region_of(call);
  record["sourceIPAddress"] = source;
  record["userAgent"] = agent;
  return record;
}

Json api_record(const cloudtrail::Call& call) {
  const auto answered = call.answered();
  const bool by_service = answered.getAsService() || answered.getViaService();
  Json record = head(call, cloudtrail::user_identity(call), cloudtrail::event_name(call),
                     by_service ? cloudtrail::kService : cloudtrail::kDirectAddress,
                     by_service ? cloudtrail::kService : cloudtrail::kDirectAgent);
  if (answered.getError() != events::KmsError::NONE) cloudtrail::add_error(record, call);
  record["requestParameters"] = cloudtrail::request_parameters(call);
  record["responseElements"] = cloudtrail::response_elements(call);
  if (answered.getOperation() == events::KmsOperation::RETIRE_GRANT) {
    record["additionalEventData"] = cloudtrail::retired_grant(call);
  }
  record["requestID"] = model::dynamodb::uuid(answered.getRequestHigh(), answered.getRequestLow());
  record["eventID"] = cloudtrail::drawn_uuid(call, "eventID");
  record["readOnly"] = cloudtrail::read_only(answered.getOperation());
  record["resources"] = cloudtrail::resources(call);
  record["eventType"] = "AwsApiCall";
  record["recipientAccountId"] = cloudtrail::account_of(call);
  // A request that the service's own account made is delivered there too (kms.md 9.3).
  if (answered.getAsService())
    record["sharedEventID"] = cloudtrail::drawn_uuid(call, "sharedEventID");
  return record;
}

// KMS's own act at the end of the waiting period (kms.md 9.7).
Json deletion_record(const cloudtrail::Call& call) {
  Json identity;
  identity["accountId"] = cloudtrail::account_of(call);
  identity["invokedBy"] = "AWS Internal";
  Json record = head(call, std::move(identity), "DeleteKey", "AWS Internal", "AWS Internal");
  record["requestParameters"] = nullptr;
  record["responseElements"] = nullptr;
  record["eventID"] = cloudtrail::drawn_uuid(call, "eventID");
  record["readOnly"] = false;
  record["resources"] = cloudtrail::resources(call);
  record["eventType"] = "AwsServiceEvent";
  record["recipientAccountId"] = cloudtrail::account_of(call);
  return record;
}

bool owned(const model::State& state, std::uint32_t key) {
  return key != model::kNone &&
         state.scenario().reader().getKeys()[key].getManager() == events::Key::Manager::OWNED;
}

}  // namespace

CloudTrailExport::CloudTrailExport(Sink sink) : sink_(std::move(sink)) { sink_("{\"Records\":["); }
CloudTrailExport::~CloudTrailExport() = default;

void CloudTrailExport::event(const model::State& after, events::Event::Reader event,
                             std::uint64_t number) {
  if (!steps_) steps_ = std::make_unique<Steps>(after.scenario());
  cloudtrail::Call call{after, event, number, event.getTime(), steps_->event(event, number)};
  if (event.isKmsAnswered()) {
    if (!owned(after, event.getKmsAnswered().getKey())) write(api_record(call));
  } else if (event.isKeyDeleted()) {
    write(deletion_record(call));
  }
}

void CloudTrailExport::write(const nlohmann::ordered_json& record) {
  sink_(records_ == 0 ? "\n" : ",\n");
  sink_(record.dump());
  ++records_;
}

void CloudTrailExport::finish() { sink_("\n]}\n"); }

}  // namespace tablekey::replay
