// The pages of the List operations (kms.md 3.0): Limit, Marker, Truncated. A marker is opaque in
// AWS; ours is the number of the first row that the next page shows.
#pragma once

#include <cstdint>
#include <expected>

#include "model/kms/operation.h"

namespace tablekey::model::kms {

/// Rows that a List operation returns unless told otherwise, and at most.
struct PageLimits {
  std::int32_t standard = 50;
  std::int32_t max = 100;
};

/// ValidationException of a Limit outside 1 … max, InvalidMarkerException of a marker that is no
/// number. For the row's `validate`.
Refusal check_page(const KmsRequest& request, PageLimits limits);

/// One page of `total` rows.
struct Page {
  std::uint32_t first = 0;
  std::uint32_t rows = 0;
  bool truncated = false;
};
/// InvalidMarkerException of a marker behind the last row.
std::expected<Page, Refusal> page_of(const KmsRequest& request, PageLimits limits,
                                     std::uint32_t total);

/// Writes a page into the event.
void set_listed(events::KmsEffect::Builder effect, const Page& page);

}  // namespace tablekey::model::kms
