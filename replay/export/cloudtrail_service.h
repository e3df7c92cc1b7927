// KMS's own acts, of which its trail tells without a caller (kms.md 9.7).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "replay/export/cloudtrail_record.h"

namespace tablekey::replay::cloudtrail {

struct Act {
  std::string_view name;  ///< eventName
  std::uint32_t key = 0;  ///< the one resource
  Json elements;          ///< responseElements
  Json data;              ///< additionalEventData; null: none
  Json details;           ///< serviceEventDetails; null: none
  bool call = false;      ///< recorded like an API call, with a requestID, as the guide's sample is
};

/// What the event is of KMS's own doing; nullopt: nothing that it records.
std::optional<Act> act_of(const model::State& state, events::Event::Reader event,
                          const Manner& manner);

}  // namespace tablekey::replay::cloudtrail
