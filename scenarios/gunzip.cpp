#include "scenarios/gunzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace tablekey::scenarios {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window; a gzip header is asked for

// Unpacks one member from the front of `packed` to the end of `text`, and drops it from `packed`.
std::expected<void, GunzipError> unpack_member(std::string_view& packed, std::size_t most,
                                               std::string& text) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return std::unexpected(GunzipError::damaged);
  std::vector<unsigned char> bytes(packed.begin(), packed.end());
  stream.next_in = bytes.data();
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::vector<unsigned char> out(1U << 16);
  int status = Z_OK;
  while (status == Z_OK && text.size() <= most) {
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    status = inflate(&stream, Z_NO_FLUSH);
    const std::size_t made = out.size() - stream.avail_out;
    text.append(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(made));
    if (status == Z_OK && made == 0) status = Z_DATA_ERROR;  // nothing left to read: cut short
  }
  packed.remove_prefix(packed.size() - stream.avail_in);
  inflateEnd(&stream);
  if (text.size() > most) return std::unexpected(GunzipError::too_large);
  if (status != Z_STREAM_END) return std::unexpected(GunzipError::damaged);
  return {};
}

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

std::expected<std::string, GunzipError> gunzip(std::string_view packed, std::size_t most) {
  if (packed.size() > std::min<std::size_t>(most, std::numeric_limits<uInt>::max())) {
    return std::unexpected(GunzipError::too_large);
  }
  std::string text;
  while (!packed.empty()) {
    if (!is_gzip(packed)) return std::unexpected(GunzipError::damaged);
    if (auto done = unpack_member(packed, most, text); !done) {
      return std::unexpected(done.error());
    }
  }
  return text;
}

}  // namespace tablekey::scenarios
