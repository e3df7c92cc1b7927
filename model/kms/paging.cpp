// Reading Limit and Marker.
#include "model/kms/paging.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace tablekey::model::kms {
namespace {

std::optional<std::uint32_t> first_row(const KmsRequest& request) {
  const std::string_view marker(request.parameters.getMarker());
  if (marker.empty()) return 0;
  std::uint32_t row = 0;
  const auto [end, error] = std::from_chars(marker.data(), marker.data() + marker.size(), row);
  if (error != std::errc{} || end != marker.data() + marker.size()) return std::nullopt;
  return row;
}

Refusal invalid_marker() {
  return refusal(events::KmsError::INVALID_MARKER, "The marker is invalid.");
}

}  // namespace

Refusal check_page(const KmsRequest& request, PageLimits limits) {
  if (request.parameters.getHasLimit()) {
    const std::int32_t limit = request.parameters.getLimit();
    if (limit < 1) {
      return validation_error("limit", "Member must have value greater than or equal to 1");
    }
    if (limit > limits.max) {
      return validation_error(
          "limit", fmt::format("Member must have value less than or equal to {}", limits.max));
    }
  }
  if (!first_row(request)) return invalid_marker();
  return {};
}

std::expected<Page, Refusal> page_of(const KmsRequest& request, PageLimits limits,
                                     std::uint32_t total) {
  const std::uint32_t first = first_row(request).value_or(0);
  if (first > total) return std::unexpected(invalid_marker());
  const std::int32_t limit =
      request.parameters.getHasLimit() ? request.parameters.getLimit() : limits.standard;
  Page page{first, std::min(static_cast<std::uint32_t>(limit), total - first), false};
  page.truncated = page.first + page.rows < total;
  return page;
}

void set_listed(events::KmsEffect::Builder effect, const Page& page) {
  auto listed = effect.initListed();
  listed.setRows(page.rows);
  listed.setTruncated(page.truncated);
}

}  // namespace tablekey::model::kms
