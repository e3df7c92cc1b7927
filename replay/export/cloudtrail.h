// The AWS CloudTrail document of a run: {"Records": […]}, records and their key order as in the
// seed's samples (kms.md 9). KMS writes one record for each request that it decided, failed ones
// included, and for what it does of itself; calls on AWS owned keys leave none in a customer's
// trail. DynamoDB writes one for each request to its control plane, and on request for data. A call
// on another account's key is in both accounts' trails; the document holds the trails
// of all accounts of the scenario, told apart by recipientAccountId, the caller's copy first.
//
// A cache that polls the state of its key (model.table_key_cache, policy polling) asks as DynamoDB,
// under DynamoDB's grant: its DescribeKeys are management events of the service, read-only, in the
// trail of the key's account like the one that DynamoDB sends before a table is made (kms.md 9.8).
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

/// The records of a run, one after the other. Feed it every event from number 0 on, then call
/// finish().
class CloudTrailRecords : public Observer {
 public:
  /// Takes the next record, and when it is delivered (ns since the Unix epoch; never falls).
  using Take = std::function<void(const nlohmann::ordered_json& record, std::int64_t delivered)>;

  /// `account`: only its trail; empty: those of all. `data_events`: also what DynamoDB records of
  /// requests for items, which a trail has to ask for.
  explicit CloudTrailRecords(Take take, std::string account = {}, bool data_events = false);
  ~CloudTrailRecords() override;
  CloudTrailRecords(const CloudTrailRecords&) = delete;
  CloudTrailRecords& operator=(const CloudTrailRecords&) = delete;

  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;
  /// Hands over what still waited for an answer that the run did not live to see.
  void finish();
  std::uint64_t records() const { return records_; }

 private:
  void answered(const model::State& after, events::Event::Reader event, std::uint64_t number);
  void polled(const model::State& after, events::Event::Reader event, std::uint64_t number);
  void write(const nlohmann::ordered_json& record);

  Take take_;
  std::string account_;
  std::unique_ptr<cloudtrail::DynamoDbTrail> dynamodb_;
  std::uint64_t records_ = 0;
  std::int64_t delivered_ = 0;
};

/// The same as one document.
class CloudTrailExport : public Observer {
 public:
  /// Takes the next piece of the document.
  using Sink = std::function<void(std::string_view)>;

  explicit CloudTrailExport(Sink sink, std::string account = {}, bool data_events = false);

  void event(const model::State& after, events::Event::Reader event,
             std::uint64_t number) override {
    source_.event(after, event, number);
  }
  /// Closes the document.
  void finish();
  std::uint64_t records() const { return source_.records(); }

 private:
  Sink sink_;
  CloudTrailRecords source_;
  bool any_ = false;
};

}  // namespace tablekey::replay
