// ExportTableToPointInTime, DescribeExport, ListExports (dynamodb.md 6, 7.4). The archived copy is
// read, so no capacity is used; the caller must be able to use the table's key, and the bucket's
// where that is a KMS key.
#include <algorithm>
#include <string_view>

#include "model/draws.h"
#include "model/dynamodb/backup_requests.h"
#include "model/dynamodb/recovery.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace exports {
namespace {

using events::Exception;
using Operation = events::KmsOperation;

bool with_key(const TableRequest& request) {
  const std::string_view algorithm = request.parameters.getS3SseAlgorithm().cStr();
  return algorithm == "KMS" && !request.parameters.getS3SseKmsKeyId().isNone();
}

std::uint32_t bucket_key(const Deciding& d, const TableRequest& request) {
  if (!with_key(request)) return kNone;
  return named_key(d.state, request.parameters.getS3SseKmsKeyId(), request.table);
}

TableRefusal validate(const Deciding&, const TableRequest& request) {
  if (request.parameters.getS3Bucket().size() == 0) return invalid("S3Bucket is required");
  const std::string_view algorithm = request.parameters.getS3SseAlgorithm().cStr();
  if (algorithm != "" && algorithm != "AES256" && algorithm != "KMS") {
    return invalid("S3SseAlgorithm must be AES256 or KMS");
  }
  if (algorithm != "KMS" && !request.parameters.getS3SseKmsKeyId().isNone()) {
    return invalid("S3SseKmsKeyId can not be specified if S3SseAlgorithm is not KMS");
  }
  return {};
}

TableRefusal check(const Deciding& d, const TableRequest& request) {
  if (TableRefusal refused = backup_source_refusal(d, request, false)) return refused;
  const Lifecycle lifecycle = d.state.tables[request.table].lifecycle;
  if (lifecycle != Lifecycle::live) return table_not_found(d, request);
  if (TableRefusal refused = no_recovery_refusal(d, request)) return refused;
  const auto time = sim::Time::from_nanoseconds(request.parameters.getRestoreTime());
  const bool outside = time < earliest_restorable(d.state, request.table, d.now) || time > d.now;
  if (time != sim::Time() && outside) {
    return refusal(Exception::INVALID_EXPORT_TIME,
                   "The specified ExportTime is outside of the point in time recovery window.");
  }
  if (with_key(request) && bucket_key(d, request) == kNone) {
    return key_not_found(d, request, request.parameters.getS3SseKmsKeyId());
  }
  return {};
}

// First the table's key, then the bucket's.
KmsNeed need(const Deciding& d, const TableRequest& request) {
  if (request.call == nullptr) {
    const KmsNeed first = table_key_need(d.state, request.table);
    if (first.key != kNone) return first;
  } else if (request.call->operation == Operation::GENERATE_DATA_KEY) {
    return {};
  }
  KmsNeed second;
  second.operation = Operation::GENERATE_DATA_KEY;
  second.key = bucket_key(d, request);
  second.table = request.table;
  return second;
}

void start(Deciding& d, const TableRequest& request, events::ControlAnswered::Builder event) {
  const auto time = request.parameters.getRestoreTime();
  const std::size_t number = d.state.exports.size();
  auto started = event.getEffect().initExportStarted();
  started.setExport(static_cast<std::uint32_t>(number));
  started.setDuration(d.settings()
                          .dynamodb.export_duration
                          .sample_duration(draw(d.random, d.state.table_entity(request.table),
                                                Draw::export_duration, number))
                          .count());
  started.setAt(time == 0 ? d.now.nanoseconds() : time);
  started.setKey(bucket_key(d, request));
}

TableRefusal check_described(const Deciding& d, const TableRequest& request) {
  const auto reference = request.parameters.getBackup();
  const bool known = reference.isStep() && reference.getStep() < d.state.results.size() &&
                     d.state.results[reference.getStep()].exported != kNone;
  if (known) return {};
  return refusal(Exception::EXPORT_NOT_FOUND, "The specified export was not found.");
}

void describe(Deciding&, const TableRequest&, events::ControlAnswered::Builder event) {
  set_listed(event, 1);
}

void list(Deciding& d, const TableRequest& request, events::ControlAnswered::Builder event) {
  set_listed(event, static_cast<std::size_t>(
                        std::ranges::count_if(d.state.exports, [&](const Export& made) {
                          return request.table == kNone || made.table == request.table;
                        })));
}

}  // namespace
}  // namespace exports

const TableOperationRow& export_row() {
  static const TableOperationRow row{
      .operation = events::TableOperation::EXPORT_TABLE_TO_POINT_IN_TIME,
      .validate = exports::validate,
      .check = exports::check,
      .kms = exports::need,
      .effect = exports::start};
  return row;
}

const TableOperationRow& describe_export_row() {
  static const TableOperationRow row{.operation = events::TableOperation::DESCRIBE_EXPORT,
                                     .check = exports::check_described,
                                     .effect = exports::describe};
  return row;
}

const TableOperationRow& list_exports_row() {
  static const TableOperationRow row{.operation = events::TableOperation::LIST_EXPORTS,
                                     .effect = exports::list};
  return row;
}

}  // namespace tablekey::model::dynamodb
