// Steps that break something on KMS's side, for a while or until the end.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/actions.h"
#include "scenarios/characters.h"
#include "scenarios/expectation_words.h"
#include "scenarios/kms_words.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using Kind = events::Fault::Kind;

class FaultReader {
 public:
  FaultReader(ActionContext& context, Kind kind) : context_(context) { fault_.kind = kind; }
  std::optional<StepAction> read();

 private:
  void read_error();
  void read_operation();
  void read_places();
  void read_store();
  // What the kind cannot do without.
  void require_parts();

  ActionContext& context_;
  KmsFault fault_;
};

void FaultReader::read_error() {
  const Node* node = context_.reader.get("error");
  if (fault_.kind == Kind::OUTAGE) fault_.error = events::KmsError::KMS_INTERNAL;
  if (fault_.kind == Kind::KEY_STORE) fault_.store_error = events::ConnectionError::NETWORK_ERRORS;
  if (node == nullptr) return;
  if (fault_.kind == Kind::KEY_STORE) {
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

void FaultReader::read_operation() {
  if (fault_.kind == Kind::NEIGHBOUR) fault_.operation = "Decrypt";
  const Node* node = context_.reader.get("operation");
  if (node == nullptr) return;
  const auto choice = read_choice(*node, "operation", kms_operation_names(), context_.diagnostics);
  if (choice) fault_.operation = kms_operation_names()[*choice];
}

void FaultReader::read_places() {
  Diagnostics& diagnostics = context_.diagnostics;
  if (fault_.kind == Kind::NEIGHBOUR) fault_.account = context_.draft.account;
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
  if (fault_.kind != Kind::KEY_STORE) return;
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

void FaultReader::require_parts() {
  if (fault_.kind == Kind::LATENCY) {
    const Node* node = context_.reader.require("latency", "for example latency: 2s");
    const auto latency =
        node == nullptr ? std::nullopt : read_duration(*node, "latency", context_.diagnostics);
    if (latency) fault_.latency = latency->count();
  }
  if (fault_.kind == Kind::NEIGHBOUR) {
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
  if (const Node* node = context_.reader.get("share")) {
    fault_.share_millionths = read_share(*node, "share", context_.diagnostics).value_or(0);
  }
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
  return FaultReader(context, static_cast<Kind>(action.variant)).read();
}

}  // namespace tablekey::scenarios
