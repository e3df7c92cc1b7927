// From an event to its records. The parts that differ by operation stand in the files beside.
#include "replay/export/cloudtrail.h"

#include <capnp/message.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/dynamodb/errors.h"
#include "model/kms/names.h"
#include "model/kms/operation.h"
#include "model/law.h"
#include "replay/export/cloudtrail_record.h"
#include "replay/export/cloudtrail_service.h"
#include "replay/export/dynamodb_trail.h"
#include "sim/time.h"

namespace tablekey::replay {
namespace cloudtrail {
namespace {

using Operation = events::KmsOperation;

constexpr std::size_t kDataBytesMax = 28 * 1024;

/// What the head of a record says besides the time.
struct Head {
  std::string_view name;
  std::string region, source, agent;
};

Json head(const Manner& manner, Json identity, std::int64_t time, const Head& from) {
  Json record;
  record["eventVersion"] = manner.version;
  record["userIdentity"] = std::move(identity);
  record["eventTime"] = record_time(time);
  record["eventSource"] = kKms;
  record["eventName"] = from.name;
  record["awsRegion"] = from.region;
  record["sourceIPAddress"] = from.source;
  record["userAgent"] = from.agent;
  return record;
}

void add_elements(Json& record, Json parameters, Json elements, Json data) {
  cap_element(parameters, kElementBytesMax);
  cap_element(elements, kElementBytesMax);
  cap_element(data, kDataBytesMax);
  record["requestParameters"] = std::move(parameters);
  record["responseElements"] = std::move(elements);
  if (!data.is_null()) record["additionalEventData"] = std::move(data);
}

void add_kind(Json& record, const Manner& manner, std::string_view type,
              const std::string& account) {
  record["eventType"] = type;
  if (manner.categories) record["managementEvent"] = true;
  record["recipientAccountId"] = account;
}

std::string condition_of(const Call& call, std::string_view name, std::string_view standard) {
  for (const auto condition : call.parameters().getConditions()) {
    if (std::string_view(condition.getName().cStr()) == name) return condition.getValue().cStr();
  }
  return std::string(standard);
}

Head record_head(const Call& call) {
  const std::string service = service_of(call);
  Head head{model::kms::operation_name(call.operation()), region_of(call), service, service};
  if (service.empty()) {
    head.source = condition_of(call, "aws:SourceIp", kDirectAddress);
    head.agent = condition_of(call, "aws:UserAgent", kInternal);
  }
  return head;
}

Json tls_details(const std::string& region) {
  Json details;
  details["tlsVersion"] = "TLSv1.3";
  details["cipherSuite"] = "TLS_AES_128_GCM_SHA256";
  details["clientProvidedHostHeader"] = "kms." + region + ".amazonaws.com";
  return details;
}

std::string event_id(const Call& call, std::size_t copy) {
  return drawn_uuid(call.state, call.number,
                    copy == 0 ? "eventID" : "eventID" + std::to_string(copy));
}

Json api_record(const Call& call, const Copy& copy) {
  const auto answered = call.answered();
  const Manner& manner = call.manner;
  const Head from = record_head(call);
  Json record = head(manner, user_identity(call, copy), call.event.getTime(), from);
  if (call.failed()) add_error(record, call);
  add_elements(record, request_parameters(call), response_elements(call), additional_data(call));
  record["requestID"] = model::dynamodb::uuid(answered.getRequestHigh(), answered.getRequestLow());
  record["eventID"] = event_id(call, copy.number);
  record["readOnly"] = model::kms::operation_row(call.operation()).read_only;
  if (Json list = resources(call); !list.is_null()) record["resources"] = std::move(list);
  add_kind(record, manner, "AwsApiCall", copy.account);
  if (copy.shared && manner.shared_ids) {
    record["sharedEventID"] = drawn_uuid(call.state, call.number, "sharedEventID");
  }
  if (manner.categories) record["eventCategory"] = "Management";
  if (manner.tls && service_of(call).empty()) record["tlsDetails"] = tls_details(from.region);
  return record;
}

/// The record of an operation of two Regions in its second one, which KMS makes on behalf of the
/// caller there (kms.md 1.8, 9.4).
Json second_record(const Call& call, std::uint32_t key, std::string_view name, Json parameters,
                   Json elements, const Copy& copy) {
  const std::string service(kKms);
  Json identity = user_identity(call, copy);
  identity["invokedBy"] = kKms;
  Json record = head(call.manner, std::move(identity), call.event.getTime(),
                     {name, key_region(call.state, key), service, service});
  add_elements(record, std::move(parameters), std::move(elements), nullptr);
  record["requestID"] = drawn_uuid(call.state, call.number, "requestID");
  record["eventID"] = event_id(call, copy.number + 100);
  record["readOnly"] = false;
  record["resources"] = Json::array({key_resource(call.state, key, call.manner)});
  add_kind(record, call.manner, "AwsApiCall", copy.account);
  if (call.manner.categories) record["eventCategory"] = "Management";
  return record;
}

Json service_record(const model::State& state, events::Event::Reader event, std::uint64_t number,
                    const Manner& manner, const Act& act) {
  const std::string account = key_account(state, act.key), internal(kInternal);
  Json record = head(manner, internal_identity(account), event.getTime(),
                     {act.name, key_region(state, act.key), internal, internal});
  add_elements(record, nullptr, act.elements, act.data);
  if (act.call) record["requestID"] = drawn_uuid(state, number, "requestID");
  record["eventID"] = drawn_uuid(state, number, "eventID");
  record["readOnly"] = false;
  record["resources"] = Json::array({key_resource(state, act.key, manner)});
  add_kind(record, manner, act.call ? "AwsApiCall" : "AwsServiceEvent", account);
  if (manner.service_details && !act.details.is_null()) {
    record["serviceEventDetails"] = act.details;
  }
  if (manner.categories) record["eventCategory"] = "Management";
  return record;
}

bool owned(const model::State& state, std::uint32_t key) {
  return key != model::kNone &&
         model::kms::described(state, key).getManager() == events::Key::Manager::OWNED;
}

// Successful calls are in the trails of the caller and of the owners of keys, denied ones in the
// caller's alone (kms.md 9.6); a service's own trail is none of the scenario's accounts.
std::vector<Copy> copies_of(const Call& call) {
  const std::string caller = caller_account(call);
  std::vector<std::string> accounts;
  const auto add = [&](const std::string& account) {
    if (std::find(accounts.begin(), accounts.end(), account) == accounts.end()) {
      accounts.push_back(account);
    }
  };
  if (!caller.empty()) add(caller);
  const bool told = caller.empty() || !call.failed();
  if (told && call.has_key()) add(key_account(call.state, call.key()));
  if (told && call.destination() != model::kNone) {
    add(key_account(call.state, call.destination()));
  }
  if (accounts.empty()) add(call.state.scenario().account);
  const bool shared = caller.empty() || accounts.size() > 1;
  std::vector<Copy> copies;
  for (const std::string& account : accounts) {
    copies.push_back({account, !caller.empty() && account != caller, shared, copies.size()});
  }
  return copies;
}

bool is_recorded(const Call& call) {
  if (owned(call.state, call.key()) || owned(call.state, call.destination())) return false;
  const events::KmsError error = call.answered().getError();
  const bool unheard =
      error == events::KmsError::THROTTLING || error == events::KmsError::VALIDATION;
  return !unheard || call.state.settings().trail_throttled;
}

/// The key whose Region has the second record of a call of two Regions; kNone: there is none.
std::uint32_t second_key(const Call& call) {
  if (call.failed()) return model::kNone;
  if (call.operation() == Operation::REPLICATE_KEY && call.effect().isKeyMade()) {
    return call.effect().getKeyMade().getKey();
  }
  if (call.operation() != Operation::UPDATE_PRIMARY_REGION || !call.has_key()) return model::kNone;
  const std::string_view region = call.parameters().getReplicaRegion().cStr();
  for (const std::uint32_t member : model::kms::key_set(call.state, call.key())) {
    if (key_region(call.state, member) == region) return member;
  }
  return model::kNone;
}

Json second_record(const Call& call, std::uint32_t key, const Copy& copy) {
  if (call.operation() == Operation::REPLICATE_KEY) {
    Json elements;
    elements["keyMetadata"] = key_metadata(call.state, key, call.manner);
    return second_record(call, key, "CreateKey", creation_parameters(call), std::move(elements),
                         copy);
  }
  return second_record(call, key, "UpdatePrimaryRegion", request_parameters(call), nullptr, copy);
}

}  // namespace

events::KmsCall::Reader Call::parameters() const {
  if (!from_step()) return {};
  const auto step = model::at(state.scenario().reader().getSteps(), effect().getStep() - 1);
  model::law(step.isKms(), "an answer to a step is one to a call of KMS");
  return step.getKms();
}

std::uint32_t Call::key() const {
  if (effect().isKeyMade() && operation() == Operation::CREATE_KEY) {
    return effect().getKeyMade().getKey();
  }
  return answered().getKey();
}

std::uint32_t Call::destination() const {
  return operation() == Operation::RE_ENCRYPT ? effect().getDestinationKey() : model::kNone;
}

}  // namespace cloudtrail

CloudTrailRecords::CloudTrailRecords(Take take, std::string account, bool data_events)
    : take_(std::move(take)),
      account_(std::move(account)),
      dynamodb_(std::make_unique<cloudtrail::DynamoDbTrail>(
          data_events, [this](const nlohmann::ordered_json& record) { write(record); })) {}
CloudTrailRecords::~CloudTrailRecords() = default;

void CloudTrailRecords::event(const model::State& after, events::Event::Reader event,
                              std::uint64_t number) {
  const model::Settings& settings = after.settings();
  const sim::Time delivered = sim::Time::from_nanoseconds(event.getTime()) + settings.trail_delay;
  if (delivered > after.scenario().until) return;
  // A later era may deliver faster; what is delivered later has been sent later all the same.
  delivered_ = std::max(delivered_, delivered.nanoseconds());
  dynamodb_->event(after, event, number);
  if (event.isKmsAnswered()) return answered(after, event, number);
  if (event.isKeyPolled()) return polled(after, event, number);
  const cloudtrail::Manner& manner = cloudtrail::manner_at(settings, event.getTime());
  const auto act = cloudtrail::act_of(after, event, manner);
  if (act && !cloudtrail::owned(after, act->key))
    write(cloudtrail::service_record(after, event, number, manner, *act));
}

void CloudTrailRecords::answered(const model::State& after, events::Event::Reader event,
                                 std::uint64_t number) {
  const cloudtrail::Call call{after, event, number,
                              cloudtrail::manner_at(after.settings(), event.getTime())};
  if (!cloudtrail::is_recorded(call)) return;
  const std::vector<cloudtrail::Copy> copies = cloudtrail::copies_of(call);
  for (const cloudtrail::Copy& copy : copies) write(cloudtrail::api_record(call, copy));
  if (const std::uint32_t key = cloudtrail::second_key(call); key != model::kNone) {
    write(cloudtrail::second_record(call, key, copies.front()));
  }
}

// One event tells the whole of a poll. To KMS it is a DescribeKey like any other, unless the router
// was cut off and it never came there.
void CloudTrailRecords::polled(const model::State& after, events::Event::Reader event,
                               std::uint64_t number) {
  const auto poll = event.getKeyPolled();
  const bool lost = poll.getError() == events::KmsError::DEPENDENCY_TIMEOUT &&
                    poll.getDecidedBy() == events::Decider::FAULT;
  if (lost) return;
  capnp::MallocMessageBuilder message;
  auto call = message.initRoot<events::Event>();
  call.setTime(event.getTime());
  call.setCause(event.getCause());
  auto answer = call.initKmsAnswered();
  answer.setOperation(cloudtrail::Operation::DESCRIBE_KEY);
  answer.setKey(poll.getKey());
  answer.setTable(poll.getTable());
  answer.setError(poll.getError());
  answer.setDecidedBy(poll.getDecidedBy());
  answer.setDecider(model::kNone);
  answer.setRequestHigh(poll.getRequestHigh());
  answer.setRequestLow(poll.getRequestLow());
  answer.setAsService(poll.getAsService());
  answered(after, call.asReader(), number);
}

void CloudTrailRecords::write(const nlohmann::ordered_json& record) {
  if (!account_.empty() && record["recipientAccountId"] != account_) return;
  take_(record, delivered_);
  ++records_;
}

void CloudTrailRecords::finish() { dynamodb_->finish(); }

CloudTrailExport::CloudTrailExport(Sink sink, std::string account, bool data_events)
    : sink_(std::move(sink)),
      source_(
          [this](const nlohmann::ordered_json& record, std::int64_t) {
            sink_(any_ ? ",\n" : "\n");
            sink_(record.dump());
            any_ = true;
          },
          std::move(account), data_events) {
  sink_("{\"Records\":[");
}

void CloudTrailExport::finish() {
  source_.finish();
  sink_("\n]}\n");
}

}  // namespace tablekey::replay
