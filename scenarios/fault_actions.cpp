// What breaks in KMS, in DynamoDB or between them, for a while or until the end: the same fields in
// a step of the timeline and in `faults`.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "model/settings.h"
#include "scenarios/actions.h"
#include "scenarios/characters.h"
#include "scenarios/expectation_words.h"
#include "scenarios/kms_words.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using FaultKind = events::Fault::Kind;

// After which DynamoDB gives up a call of KMS that gets no answer.
constexpr sim::Duration kTimeoutStandard = sim::Duration::seconds(2);

class FaultReader {
 public:
  FaultReader(ActionContext& context, FaultKind kind) : context_(context) { fault_.kind = kind; }
  std::optional<StepAction> read();

 private:
  void read_error();
  void read_operation();
  void read_places();
  void read_store();
  void read_exception();
  void read_share_of_all();
  void read_routers();
  // What the kind cannot do without.
  void require_parts();

  ActionContext& context_;
  KmsFault fault_;
};

void FaultReader::read_error() {
  const Node* node = context_.reader.get("error");
  if (fault_.kind == FaultKind::REGION_FAILURE) return read_exception();
  if (fault_.kind == FaultKind::OUTAGE || fault_.kind == FaultKind::BROWN_OUT) {
    fault_.error = events::KmsError::KMS_INTERNAL;
  }
  if (fault_.kind == FaultKind::KEY_STORE)
    fault_.store_error = events::ConnectionError::NETWORK_ERRORS;
  if (node == nullptr) return;
  if (fault_.kind == FaultKind::KEY_STORE) {
    std::vector<std::string_view> words(connection_error_names().begin() + 1,
                                        connection_error_names().end());
    const auto choice = read_choice(*node, "error", words, context_.diagnostics);
    if (choice) fault_.store_error = static_cast<events::ConnectionError>(*choice + 1);
    return;
  }
  static constexpr events::KmsError kErrors[] = {events::KmsError::KMS_INTERNAL,
                                                 events::KmsError::KEY_UNAVAILABLE,
                                                 events::KmsError::DEPENDENCY_TIMEOUT};
  std::vector<std::string_view> words;
  for (const events::KmsError error : kErrors) words.push_back(name_of(error));
  const auto choice = read_choice(*node, "error", words, context_.diagnostics);
  if (choice) fault_.error = kErrors[*choice];
}

// What DynamoDB's clients get; its calls of KMS give what an outage gives.
void FaultReader::read_exception() {
  static constexpr events::Exception kExceptions[] = {events::Exception::SERVICE_UNAVAILABLE,
                                                      events::Exception::INTERNAL_SERVER_ERROR};
  fault_.error = events::KmsError::KMS_INTERNAL;
  fault_.exception = kExceptions[0];
  const Node* node = context_.reader.get("error");
  if (node == nullptr) return;
  std::vector<std::string_view> words;
  for (const events::Exception exception : kExceptions) words.push_back(name_of(exception));
  const auto choice = read_choice(*node, "error", words, context_.diagnostics);
  if (choice) fault_.exception = kExceptions[*choice];
}

void FaultReader::read_operation() {
  if (fault_.kind == FaultKind::NEIGHBOUR) fault_.operation = "Decrypt";
  const Node* node = context_.reader.get("operation");
  if (node == nullptr) return;
  const auto choice = read_choice(*node, "operation", kms_operation_names(), context_.diagnostics);
  if (choice) fault_.operation = kms_operation_names()[*choice];
}

void FaultReader::read_places() {
  Diagnostics& diagnostics = context_.diagnostics;
  if (fault_.kind == FaultKind::NEIGHBOUR) fault_.account = context_.draft.account;
  if (const Node* node = context_.reader.get("account")) {
    const std::string* text = read_text(*node, "account", diagnostics);
    if (text != nullptr && !is_account(*text)) {
      diagnostics.error(node->place,
                        fmt::format("account must be 12 digits, this is '{}'", printable(*text)));
    } else if (text != nullptr) {
      fault_.account = *text;
    }
  }
  fault_.region = context_.draft.region;
  if (const Node* node = context_.reader.get("region")) {
    const std::string* text = read_text(*node, "region", diagnostics);
    if (text != nullptr && !is_region(*text)) {
      diagnostics.error(node->place, fmt::format("'{}' is no Region", printable(*text)),
                        "for example eu-west-1");
    } else if (text != nullptr) {
      fault_.region = *text;
    }
  }
}

void FaultReader::read_store() {
  if (fault_.kind != FaultKind::KEY_STORE) return;
  const Node* node = context_.reader.require("store");
  if (node == nullptr) return;
  const std::string* text = read_text(*node, "store", context_.diagnostics);
  if (text == nullptr) return;
  fault_.store = find_store(context_.draft, node->resource.empty() ? *text : node->resource);
  if (fault_.store != kNone) return;
  std::vector<std::string_view> names;
  for (const DraftKeyStore& one : context_.draft.stores) names.push_back(one.logical_id);
  context_.diagnostics.error(node->place,
                             fmt::format("store: no custom key store '{}'", printable(*text)),
                             did_you_mean(*text, names));
}

// Of calls or of routers; of all, unless it says otherwise.
void FaultReader::read_share_of_all() {
  const Node* node = fault_.kind == FaultKind::BROWN_OUT
                         ? context_.reader.require("share", "for example share: 30%")
                         : context_.reader.get("share");
  if (node == nullptr) return;
  fault_.share_millionths = read_share(*node, "share", context_.diagnostics).value_or(0);
}

// How many routers the scenario begins with.
std::uint64_t routers_of(const Draft& draft) {
  static constexpr const char* kPath = "model.routers.count";
  for (const auto* settings : {&draft.settings, &draft.profile_settings}) {
    const auto found = settings->find(kPath);
    if (found != settings->end()) return std::strtoull(found->second.c_str(), nullptr, 10);
  }
  return model::Settings::defaults().routers;
}

void FaultReader::read_routers() {
  const Node* node = context_.reader.get("routers");
  if (node == nullptr) return;
  Diagnostics& diagnostics = context_.diagnostics;
  if (const Node* share = context_.reader.get("share")) {
    diagnostics.error(share->place, "a fault names its routers, or a share of all of them");
  }
  if (!node->is_sequence() || node->items.empty()) {
    diagnostics.error(node->place, "routers must be a list of numbers", "for example [0, 2]");
    return;
  }
  const std::uint64_t all = routers_of(context_.draft);
  for (const Node& item : node->items) {
    const auto router = read_count(item, "routers", {}, diagnostics);
    if (router && *router >= all) {
      diagnostics.error(item.place, fmt::format("routers: there is no router {}", *router),
                        fmt::format("model.routers.count is {}; they are numbered from 0", all));
    } else if (router) {
      fault_.routers.push_back(static_cast<std::uint32_t>(*router));
    }
  }
}

void FaultReader::require_parts() {
  const auto longer_by = [&](std::string_view field, std::string_view example) {
    const Node* node = context_.reader.require(field, std::string(example));
    const auto latency =
        node == nullptr ? std::nullopt : read_duration(*node, field, context_.diagnostics);
    if (latency) fault_.latency = latency->count();
  };
  if (fault_.kind == FaultKind::LATENCY || fault_.kind == FaultKind::BROWN_OUT) {
    longer_by("latency", "for example latency: 2s");
  }
  if (fault_.kind == FaultKind::PROPAGATION) longer_by("delay", "for example delay: 5m");
  if (fault_.kind == FaultKind::PARTITION) {
    fault_.timeout = kTimeoutStandard.count();
    const Node* node = context_.reader.get("timeout");
    const auto timeout =
        node == nullptr ? std::nullopt : read_duration(*node, "timeout", context_.diagnostics);
    if (timeout) fault_.timeout = timeout->count();
  }
  if (fault_.kind == FaultKind::NEIGHBOUR) {
    const Node* node = context_.reader.require("rate", "for example rate: 9990/s");
    const auto rate =
        node == nullptr ? std::nullopt : read_rate(*node, "rate", context_.diagnostics);
    if (rate) fault_.rate = *rate;
  }
}

std::optional<StepAction> FaultReader::read() {
  const std::size_t before = context_.diagnostics.errors();
  if (const Node* node = context_.reader.get("duration")) {
    const auto duration = read_duration(*node, "duration", context_.diagnostics);
    if (duration && duration->count() == 0) {
      context_.diagnostics.error(node->place, "duration must be longer than 0s",
                                 "without it the fault lasts to the end");
    }
    if (duration) fault_.duration = duration->count();
  }
  read_share_of_all();
  read_routers();
  read_error();
  read_operation();
  read_places();
  read_store();
  require_parts();
  if (context_.diagnostics.errors() != before) return std::nullopt;
  return fault_;
}

}  // namespace

std::optional<StepAction> compile_fault(ActionContext& context, const Action& action) {
  return FaultReader(context, static_cast<FaultKind>(action.variant)).read();
}

}  // namespace tablekey::scenarios
