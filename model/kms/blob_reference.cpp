#include "model/kms/blob_reference.h"

#include <algorithm>

#include "model/law.h"

namespace tablekey::model::kms {
namespace {

std::vector<std::uint8_t> whole_blob(const State& state, events::BlobReference::Reader blob) {
  if (blob.isStep()) return at(state.results, blob.getStep()).blob;
  if (blob.isBytes()) return {blob.getBytes().begin(), blob.getBytes().end()};
  if (!blob.isTable()) return {};
  const auto& keys =
      at(state.tables, at(state.scenario().families, blob.getTable()).first_table).keys;
  return keys.empty() ? std::vector<std::uint8_t>() : keys.back().blob;
}

}  // namespace

std::vector<std::uint8_t> referenced_blob(const State& state, events::BlobReference::Reader blob) {
  std::vector<std::uint8_t> bytes = whole_blob(state, blob);
  if (const std::uint32_t bit = blob.getFlipBit(); bit != 0 && (bit - 1) / 8 < bytes.size()) {
    bytes[(bit - 1) / 8] ^= static_cast<std::uint8_t>(1U << (bit - 1) % 8);
  }
  bytes.resize(std::min<std::size_t>(bytes.size(), blob.getTruncateTo()));
  return bytes;
}

}  // namespace tablekey::model::kms
