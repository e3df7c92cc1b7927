// The counts of a run for its verdict: requests and what became of them, KMS calls by operation and
// result, tables, and what KMS costs.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

#include "replay/metrics/cost.h"
#include "replay/observer.h"

namespace tablekey::replay {

class RunSummary : public Observer {
 public:
  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;

  std::uint64_t events = 0;
  std::uint64_t served = 0, failed = 0;
  /// Of the requests that were served.
  std::uint64_t hits = 0, misses = 0, delayed_hits = 0, stale = 0;
  std::map<events::DataOperation, std::uint64_t> served_by_operation;
  std::map<events::Exception, std::uint64_t> failed_by_exception;
  std::map<events::Miss, std::uint64_t> key_requests_by_cause;  ///< why KMS had to be asked
  std::map<std::pair<events::KmsOperation, events::KmsError>, std::uint64_t> kms_calls;
  CostMeter cost;
  /// What the service did under its grants, by job: its own Decrypts.
  std::map<events::ServiceJob, std::uint64_t> service_key_requests;
  std::uint64_t control_answered = 0, control_refused = 0;  ///< other calls of the control plane
  std::map<std::pair<events::TableOperation, events::Exception>, std::uint64_t> control_calls;
  std::uint64_t tables_created = 0, tables_refused = 0, tables_deleted = 0, switches = 0;

  std::uint64_t requests() const { return served + failed; }  ///< answered
  std::uint64_t kms_calls_total() const;

  /// A few aligned lines for a person.
  std::string text(const model::State& end) const;
  /// One JSON object. Keys are AWS's names.
  nlohmann::ordered_json json(const model::State& end) const;

 private:
  void serve(events::DataOperation operation, events::Access via);
  void fail(events::Exception exception);
  void answer(events::DataAnswered::Reader answered);
  void count_table_event(events::Event::Reader event);
};

}  // namespace tablekey::replay
