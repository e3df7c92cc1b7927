// The words, in the order of their enumerations.
#include "scenarios/expectation_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "model/dynamodb/names.h"
#include "model/kms/names.h"

namespace tablekey::scenarios {
namespace {

constexpr auto kFilterNames = std::to_array<std::string_view>(
    {"result", "op", "workload", "table", "key", "caller", "connection", "after", "before", "name",
     "step", "outcome", "account", "at", "via", "window", "region"});
constexpr auto kComparisons = std::to_array<std::string_view>({"==", "!=", "<", "<=", ">", ">="});
constexpr auto kInvariants = std::to_array<std::string_view>(
    {"plaintext_table_key_never_in_trace", "no_iv_reuse", "no_gone_material_used",
     "every_live_data_key_under_current_version"});
// In the order of ViaFilter, without `any`.
constexpr auto kVias = std::to_array<std::string_view>({"hit", "miss", "delayed", "stale"});
// TableStatus, dynamodb.md 1.1; NONE: there is no such table.
constexpr auto kTableStatuses = std::to_array<std::string_view>(
    {"CREATING", "UPDATING", "ACTIVE", "DELETING", "INACCESSIBLE_ENCRYPTION_CREDENTIALS",
     "ARCHIVING", "ARCHIVED", "REPLICATION_NOT_AUTHORIZED", "NONE"});
// SSEStatus, dynamodb.md 2.2; NONE: there is no SSEDescription.
constexpr auto kSseStatuses = std::to_array<std::string_view>({"ENABLED", "UPDATING", "NONE"});
// IndexStatus, dynamodb.md 1.1; NONE: there is no such index.
constexpr auto kIndexStatuses =
    std::to_array<std::string_view>({"CREATING", "UPDATING", "DELETING", "ACTIVE", "NONE"});
// KeyState, in the order of events::KeyState.
constexpr auto kKeyStates = std::to_array<std::string_view>(
    {"Enabled", "Disabled", "PendingDeletion", "Deleted", "PendingImport", "Unavailable",
     "Creating", "Updating", "PendingReplicaDeletion"});
// The words of KMS and DynamoDB are the model's, value by value.
template <class Enum, Enum last>
auto words(std::string_view (*name)(Enum)) {
  std::array<std::string_view, static_cast<std::size_t>(last) + 1> all;
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = name(static_cast<Enum>(i));
  return all;
}
using events::KmsError;
using events::KmsOperation;
const auto kKmsErrors = [] {
  auto all = words<KmsError, KmsError::NOT_AUTHORIZED>(model::kms::exception_name);
  all[0] = "ok";
  return all;
}();
const auto kKmsOperations =
    words<KmsOperation, KmsOperation::UPDATE_CUSTOM_KEY_STORE>(model::kms::operation_name);
using events::DataOperation;
using events::Exception;
const auto kExceptions = [] {
  auto all = words<Exception, Exception::SERVICE_UNAVAILABLE>(model::dynamodb::exception_name);
  all[0] = "ok";
  return all;
}();
const auto kDataOperations =
    words<DataOperation, DataOperation::GET_SHARD_ITERATOR>(model::dynamodb::operation_name);
using events::ReplicaStatus;
const auto kReplicaStatuses =
    words<ReplicaStatus, ReplicaStatus::NONE>(model::dynamodb::status_name);
constexpr auto kIamErrors =
    std::to_array<std::string_view>({"ok", "AccessDeniedException", "NoSuchEntityException",
                                     "MalformedPolicyDocumentException", "LimitExceededException"});
constexpr std::string_view kSuccess = "success";

std::string_view without_suffix(std::string_view name) {
  constexpr std::string_view kSuffix = "Exception";
  if (name.ends_with(kSuffix)) name.remove_suffix(kSuffix.size());
  return name;
}

// As people write them in a check.
template <class Words>
std::vector<std::string_view> short_list(const Words& words, std::size_t from) {
  std::vector<std::string_view> names;
  for (std::size_t i = from; i < words.size(); ++i) names.push_back(without_suffix(words[i]));
  return names;
}

template <class Words>
std::vector<std::string_view> list(const Words& words) {
  return {words.begin(), words.end()};
}

// The enumerant of a word; the first word of results, `ok`, is not one of them.
template <class Enum, class Words>
std::optional<Enum> named(const Words& words, std::string_view name, std::size_t from) {
  for (std::size_t i = from; i < words.size(); ++i) {
    if (without_suffix(words[i]) == without_suffix(name)) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

template <class Words, class Enum>
std::string_view at(const Words& words, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < words.size() ? words[index] : std::string_view("?");
}

}  // namespace

std::string_view word_of(FilterName name) { return at(kFilterNames, name); }

std::vector<std::string_view> via_names() { return list(kVias); }
std::vector<std::string_view> invariant_names() { return list(kInvariants); }
std::vector<std::string_view> table_status_names() { return list(kTableStatuses); }
std::vector<std::string_view> key_state_names() { return list(kKeyStates); }
std::vector<std::string_view> sse_status_names() { return list(kSseStatuses); }
std::vector<std::string_view> index_status_names() { return list(kIndexStatuses); }
std::vector<std::string_view> replica_status_names() { return list(kReplicaStatuses); }

std::vector<std::string_view> limit_words(Measure measure, Statistic statistic) {
  switch (statistic) {
    case Statistic::status:
      return measure == Measure::index ? index_status_names() : table_status_names();
    case Statistic::state:
      return key_state_names();
    case Statistic::sse_status:
      return sse_status_names();
    case Statistic::replica_status:
      return replica_status_names();
    default:
      return {};
  }
}

std::string_view limit_words_are(Measure measure, Statistic statistic) {
  switch (statistic) {
    case Statistic::status:
      return measure == Measure::index ? "index status" : "table status";
    case Statistic::sse_status:
      return "SSE status";
    case Statistic::replica_status:
      return "replica status";
    default:
      return "key state";
  }
}

std::vector<std::string_view> exception_names() { return short_list(kExceptions, 1); }
std::vector<std::string_view> kms_error_names() { return short_list(kKmsErrors, 1); }
std::vector<std::string_view> outcome_names() {
  std::vector<std::string_view> names = {kSuccess};
  const auto add = [&](const std::vector<std::string_view>& more) {
    for (const std::string_view name : more) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  };
  add(short_list(kKmsErrors, 1));
  add(short_list(kExceptions, 1));
  add(short_list(kIamErrors, 1));
  return names;
}
std::vector<std::string_view> data_operation_names() { return list(kDataOperations); }
std::vector<std::string_view> kms_operation_names() { return list(kKmsOperations); }

std::optional<events::Exception> exception_named(std::string_view name) {
  return named<events::Exception>(kExceptions, name, 1);
}
std::optional<events::KmsError> kms_error_named(std::string_view name) {
  return named<events::KmsError>(kKmsErrors, name, 1);
}
std::string_view outcome_named(std::string_view name) {
  if (name == kSuccess) return kSuccess;
  if (const auto error = kms_error_named(name)) return name_of(*error);
  if (const auto exception = exception_named(name)) return name_of(*exception);
  const auto error = named<events::IamError>(kIamErrors, name, 1);
  return error ? name_of(*error) : std::string_view();
}
std::optional<events::DataOperation> data_operation_named(std::string_view name) {
  return named<events::DataOperation>(kDataOperations, name, 0);
}
std::optional<events::KmsOperation> kms_operation_named(std::string_view name) {
  return named<events::KmsOperation>(kKmsOperations, name, 0);
}

std::string_view name_of(Comparison comparison) { return at(kComparisons, comparison); }
std::string_view name_of(Invariant invariant) { return at(kInvariants, invariant); }
std::string_view name_of(events::Exception exception) { return at(kExceptions, exception); }
std::string_view name_of(events::KmsError error) { return at(kKmsErrors, error); }
std::string_view name_of(events::IamError error) { return at(kIamErrors, error); }
std::string_view name_of(events::DataOperation operation) { return at(kDataOperations, operation); }
std::string_view name_of(events::KmsOperation operation) { return at(kKmsOperations, operation); }

}  // namespace tablekey::scenarios
