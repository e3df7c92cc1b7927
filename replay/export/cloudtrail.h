// The AWS CloudTrail document of a run: {"Records": […]}, records and their key order as in the
// seed's samples (kms.md 9). KMS writes one record for each request that it decided, failed ones
// included, and for what it does of itself; calls on AWS owned keys leave none in a customer's
// trail. DynamoDB writes one for each request to its control plane, and on request for data. A call
// on another account's key is in both accounts' trails; the document holds the trails
// of all accounts of the scenario, told apart by recipientAccountId, the caller's copy first.
//
// Records are written as they come, so that the export needs the same memory for any run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "replay/observer.h"

namespace tablekey::replay {

namespace cloudtrail {
class DynamoDbTrail;
}

/// One file of a trail. Feed it every event from number 0 on, then call finish().
class CloudTrailExport : public Observer {
 public:
  /// Takes the next piece of the document.
  using Sink = std::function<void(std::string_view)>;

  /// `account`: only its trail; empty: those of all. `data_events`: also what DynamoDB records of
  /// requests for items, which a trail has to ask for.
  explicit CloudTrailExport(Sink sink, std::string account = {}, bool data_events = false);
  ~CloudTrailExport() override;
  CloudTrailExport(const CloudTrailExport&) = delete;
  CloudTrailExport& operator=(const CloudTrailExport&) = delete;

  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;
  /// Closes the document.
  void finish();
  std::uint64_t records() const { return records_; }

 private:
  void write(const nlohmann::ordered_json& record);

  Sink sink_;
  std::string account_;
  std::unique_ptr<cloudtrail::DynamoDbTrail> dynamodb_;
  std::uint64_t records_ = 0;
};

}  // namespace tablekey::replay
