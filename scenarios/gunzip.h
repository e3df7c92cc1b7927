// gzip (RFC 1952), in which AWS delivers CloudTrail's files.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace tablekey::scenarios {

[[nodiscard]] bool is_gzip(std::string_view bytes);

enum class GunzipError {
  too_large,  ///< it unpacks to more than `most` bytes
  damaged,    ///< it is cut short, or its checksum is wrong
};

/// The text in it; several members one after the other are one text.
[[nodiscard]] std::expected<std::string, GunzipError> gunzip(std::string_view packed,
                                                             std::size_t most);

}  // namespace tablekey::scenarios
