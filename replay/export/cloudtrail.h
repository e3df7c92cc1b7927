// The AWS CloudTrail document of a run: {"Records": […]}, records and their key order as in the
// seed's samples (kms.md 9.1-9.7, event version 1.05). KMS writes one record for each request it
// decided, failed ones included; calls on AWS owned keys leave none in the customer's trail.
//
// Records are written as they come, so that the export needs the same memory for any run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "replay/observer.h"

namespace tablekey::replay {

class Steps;

/// One file of a trail. Feed it every event from number 0 on, then call finish().
class CloudTrailExport : public Observer {
 public:
  /// Takes the next piece of the document.
  using Sink = std::function<void(std::string_view)>;

  explicit CloudTrailExport(Sink sink);
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
  std::unique_ptr<Steps> steps_;
  std::uint64_t records_ = 0;
};

}  // namespace tablekey::replay
