// Blob version 1: header, ciphertext, tag. The header is authenticated together with the context.
#include "model/kms/blob.h"

#include <algorithm>
#include <cstring>

#include "crypto/bytes.h"
#include "crypto/gcm.h"
#include "crypto/kdf.h"
#include "crypto/sha256.h"

namespace tablekey::model::kms {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kSuite = 1;  // SP 800-108 counter mode with HMAC-SHA-256, then AES-256-GCM
constexpr std::uint8_t kMultiRegionFlag = 1;
constexpr std::size_t kKeyIdAt = 4, kMaterialAt = 20, kIvAt = 84, kLengthAt = 96;
constexpr std::size_t kHeaderSize = 100;
constexpr std::size_t kOverhead = kHeaderSize + crypto::Tag::kSize;
constexpr std::string_view kBlobLabel = "tablekey/kms/v1/aes-256-gcm";
constexpr std::string_view kAadLabel = "tablekey.aad.v1";

void append(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_number(std::vector<std::uint8_t>& out, std::size_t number) {
  std::array<std::uint8_t, 4> bytes;
  crypto::store_big_endian<4>(number, bytes.data());
  append(out, bytes);
}

void append_text(std::vector<std::uint8_t>& out, std::string_view text) {
  append_number(out, text.size());
  append(out, crypto::bytes_of(text));
}

crypto::Key256 call_key(crypto::HmacSha256& backing_key, std::span<const std::uint8_t> header) {
  // Key id, material id and N stand next to each other in the header in the order the derivation
  // wants.
  return crypto::kbkdf_counter(backing_key, crypto::bytes_of(kBlobLabel),
                               header.subspan(kKeyIdAt, kIvAt - kKeyIdAt));
}

std::vector<std::uint8_t> additional_data(std::span<const std::uint8_t> header,
                                          std::span<const std::uint8_t> context) {
  std::vector<std::uint8_t> data;
  data.reserve(kAadLabel.size() + header.size() + context.size());
  append(data, crypto::bytes_of(kAadLabel));
  append(data, header);
  append(data, context);
  return data;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::vector<std::uint8_t> canonical_context(ContextPairs pairs) {
  std::vector<std::pair<std::string_view, std::string_view>> sorted(pairs.begin(), pairs.end());
  std::sort(sorted.begin(), sorted.end());  // string_view compares bytes as unsigned
  std::vector<std::uint8_t> out;
  append_number(out, sorted.size());
  for (const auto& [key, value] : sorted) {
    append_text(out, key);
    append_text(out, value);
  }
  return out;
}

std::vector<std::uint8_t> table_context(std::string_view table_name, std::string_view account) {
  const std::array<std::pair<std::string_view, std::string_view>, 2> pairs{
      {{"aws:dynamodb:tableName", table_name}, {"aws:dynamodb:subscriberId", account}}};
  return canonical_context(pairs);
}

MaterialId material_id(std::string_view key_id, const crypto::Key256& backing_key) {
  crypto::Sha256 digest;
  digest.update(crypto::bytes_of("tablekey.kmid.v1"));
  digest.update(crypto::bytes_of(key_id));
  digest.update(backing_key.bytes());
  return digest.finish();
}

std::optional<KeyId> raw_key_id(std::string_view key_id) {
  if (key_id.starts_with("mrk-")) key_id.remove_prefix(4);
  KeyId raw{};
  std::size_t digits = 0;
  for (const char c : key_id) {
    if (c == '-') continue;
    const int digit = hex_digit(c);
    if (digit < 0 || digits == 32) return std::nullopt;
    raw[digits / 2] = static_cast<std::uint8_t>(raw[digits / 2] << 4 | digit);
    ++digits;
  }
  if (digits != 32) return std::nullopt;
  return raw;
}

std::optional<BlobHeader> parse_blob(std::span<const std::uint8_t> blob) {
  if (blob.size() <= kOverhead || blob[0] != kVersion || blob[1] != kSuite ||
      (blob[2] & ~kMultiRegionFlag) != 0 || blob[3] != 0) {
    return std::nullopt;
  }
  BlobHeader header;
  header.plaintext_size = crypto::load_big_endian<4>(blob.data() + kLengthAt);
  if (header.plaintext_size == 0 || header.plaintext_size > kPlaintextMax ||
      blob.size() != kOverhead + header.plaintext_size) {
    return std::nullopt;
  }
  std::copy_n(blob.begin() + kKeyIdAt, header.key_id.size(), header.key_id.begin());
  std::copy_n(blob.begin() + kMaterialAt, header.material.size(), header.material.begin());
  return header;
}

std::vector<std::uint8_t> seal_blob(crypto::HmacSha256& backing_key, const BlobInput& input,
                                    std::span<const std::uint8_t> context,
                                    std::span<const std::uint8_t> plaintext) {
  std::vector<std::uint8_t> blob;
  blob.reserve(kOverhead + plaintext.size());
  blob = {kVersion, kSuite, input.multi_region ? kMultiRegionFlag : std::uint8_t{0}, 0};
  append(blob, input.key_id);
  append(blob, input.material);
  append(blob, input.nonce);
  append(blob, input.iv);
  append_number(blob, plaintext.size());

  const crypto::Key256 key = call_key(backing_key, blob);
  const std::vector<std::uint8_t> aad = additional_data(blob, context);
  blob.resize(kOverhead + plaintext.size());
  crypto::Aes256Gcm gcm(key);
  crypto::Tag tag;
  gcm.seal(crypto::Iv(input.iv), aad, plaintext,
           std::span(blob).subspan(kHeaderSize, plaintext.size()), tag);
  std::copy(tag.bytes.begin(), tag.bytes.end(), blob.end() - crypto::Tag::kSize);
  return blob;
}

bool open_blob(crypto::HmacSha256& backing_key, std::span<const std::uint8_t> blob,
               std::span<const std::uint8_t> context, std::span<std::uint8_t> plaintext) {
  const std::optional<BlobHeader> header = parse_blob(blob);
  if (!header || header->plaintext_size != plaintext.size()) {
    crypto::cleanse(plaintext);
    return false;
  }
  const auto clear = blob.first(kHeaderSize);
  const crypto::Key256 key = call_key(backing_key, clear);
  crypto::Aes256Gcm gcm(key);
  return gcm.open(*crypto::Iv::from(clear.subspan(kIvAt, crypto::Iv::kSize)),
                  additional_data(clear, context), blob.subspan(kHeaderSize, plaintext.size()),
                  *crypto::Tag::from(blob.last(crypto::Tag::kSize)), plaintext);
}

}  // namespace tablekey::model::kms
