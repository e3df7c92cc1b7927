// The parser and the opener of ciphertext blobs. Half of the inputs are blobs as they come; the
// others describe a seal and a change made to it, and it opens exactly where nothing was changed.
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "crypto/hmac.h"
#include "crypto/secret.h"
#include "model/kms/blob.h"
#include "tests/fuzz/reader.h"
#include "tests/fuzz/require.h"

namespace {

using tablekey::fuzz::Reader;
using tablekey::fuzz::require;
using namespace tablekey::model::kms;
using Bytes = std::vector<std::uint8_t>;

/// Bytes around the plaintext: a header of 100 and a tag of 16 (kms.md 7.4).
constexpr std::size_t kAround = 116;

tablekey::crypto::HmacSha256& backing_key() {
  static tablekey::crypto::HmacSha256 key(std::array<std::uint8_t, 32>{1, 2, 3});
  return key;
}

Bytes taken(Reader& reader, std::size_t count) {
  const auto bytes = reader.take(count);
  return {bytes.begin(), bytes.end()};
}

template <std::size_t N>
std::array<std::uint8_t, N> filled(Reader& reader) {
  std::array<std::uint8_t, N> bytes{};
  std::ranges::copy(reader.take(N), bytes.begin());
  return bytes;
}

void open_as_it_comes(Reader& reader) {
  const Bytes context = taken(reader, reader.byte());
  const Bytes blob = taken(reader, 70'000);
  const auto header = parse_blob(blob);
  if (!header) return;
  require(header->plaintext_size + kAround == blob.size(), "a blob has the length it says");
  Bytes plaintext(header->plaintext_size, 0xee);
  if (open_blob(backing_key(), blob, context, plaintext)) return;
  const auto wiped = [](std::uint8_t byte) { return byte == 0; };
  require(std::ranges::all_of(plaintext, wiped), "what does not open is wiped");
}

void seal_change_open(Reader& reader) {
  BlobInput input;
  input.multi_region = reader.flip();
  const bool other_context = reader.flip();
  const std::uint8_t difference = reader.byte();
  const std::size_t place = std::size_t{reader.byte()} << 8 | reader.byte();
  Bytes context = taken(reader, reader.byte());
  input.key_id = filled<16>(reader);
  input.material = filled<32>(reader);
  input.nonce = filled<32>(reader);
  input.iv = filled<12>(reader);
  Bytes plaintext = taken(reader, 4096);
  if (plaintext.empty()) plaintext.push_back(0);
  Bytes blob = seal_blob(backing_key(), input, context, plaintext);
  const auto header = parse_blob(blob);
  require(header && header->key_id == input.key_id && header->material == input.material &&
              header->plaintext_size == plaintext.size(),
          "a sealed blob says what it was sealed with");
  blob[place % blob.size()] ^= difference;
  if (other_context) context.push_back(0);
  Bytes opened(plaintext.size());
  const bool well = open_blob(backing_key(), blob, context, opened);
  require(well == (difference == 0 && !other_context), "a blob opens iff nothing was changed");
  if (well) require(opened == plaintext, "a blob opens to what was sealed");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader reader(data, size);
  if (reader.flip()) {
    open_as_it_comes(reader);
  } else {
    seal_change_open(reader);
  }
  return 0;
}
