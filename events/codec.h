// Compression of frame payloads. Nothing hashes compressed bytes: they differ between versions of
// the library.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "events/error.h"
#include "events/format.h"

namespace tablekey::events {

// Keeps its context and its buffer for the next payload.
class Compressor {
 public:
  Compressor();
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  // The compressed payload, valid until the next call; empty if compression would not make it
  // smaller.
  Bytes compress(Bytes raw);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
  std::vector<std::uint8_t> buffer_;
};

// Exactly `raw_length` bytes, in words, or an Error. Allocates nothing before the stored bytes have
// been found to promise that length and the length to be within `length_max`.
Result<std::vector<std::uint64_t>> decompress(Bytes stored, std::uint64_t raw_length,
                                              std::uint64_t length_max);

}  // namespace tablekey::events
