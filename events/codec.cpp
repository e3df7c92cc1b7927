#include "events/codec.h"

#include <fmt/format.h>
#include <zstd.h>

namespace tablekey::events {
namespace {

constexpr int kLevel = 1;  // higher levels cost time and gain nothing on event chunks

}  // namespace

struct Compressor::Context {
  ZSTD_CCtx* zstd = ZSTD_createCCtx();
  Context() { law(zstd != nullptr, "there is memory for a compressor"); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { ZSTD_freeCCtx(zstd); }
};

Compressor::Compressor() : context_(std::make_unique<Context>()) {}
Compressor::~Compressor() = default;

Bytes Compressor::compress(Bytes raw) {
  if (raw.empty()) return {};
  const std::size_t bound = ZSTD_compressBound(raw.size());
  if (buffer_.size() < bound) buffer_.resize(bound);
  const std::size_t length = ZSTD_compressCCtx(context_->zstd, buffer_.data(), buffer_.size(),
                                               raw.data(), raw.size(), kLevel);
  law(ZSTD_isError(length) == 0, "a payload can be compressed into its bound");
  if (length >= raw.size()) return {};
  return Bytes(buffer_).first(length);
}

Result<std::vector<std::uint64_t>> decompress(Bytes stored, std::uint64_t raw_length,
                                              std::uint64_t length_max) {
  if (raw_length > length_max) {
    return fail(Error::Kind::limit, fmt::format("a frame would take {} bytes of memory, more than "
                                                "the limit of {}",
                                                raw_length, length_max));
  }
  if (ZSTD_getFrameContentSize(stored.data(), stored.size()) != raw_length) {
    return fail(Error::Kind::content, "a compressed frame is not as long as its header says");
  }
  std::vector<std::uint64_t> words((raw_length + 7) / 8);
  const std::size_t length =
      ZSTD_decompress(words.data(), raw_length, stored.data(), stored.size());
  if (ZSTD_isError(length) != 0 || length != raw_length) {
    return fail(Error::Kind::content, "a compressed frame does not decompress");
  }
  return words;
}

}  // namespace tablekey::events
