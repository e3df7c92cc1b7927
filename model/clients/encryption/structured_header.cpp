#include "model/clients/encryption/structured_header.h"

#include <algorithm>
#include <optional>

#include "crypto/bytes.h"
#include "crypto/sha512.h"
#include "model/dynamodb/items/utf8.h"

namespace tablekey::model::encryption {
namespace {

using items::Bytes;

constexpr std::size_t kCountMax = 0xffff;
constexpr std::size_t kDataKeysMax = 0xff;
constexpr std::size_t kPrefix = 2 + std::tuple_size_v<MessageId>;
constexpr std::string_view kCommitLabel = "AWS_DBE_COMMIT_KEY";

void append_count(Bytes& out, std::size_t count) {
  out.push_back(static_cast<std::uint8_t>(count >> 8));
  out.push_back(static_cast<std::uint8_t>(count));
}

template <class Text>
void append_text(Bytes& out, const Text& text) {
  append_count(out, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

bool fits(const EncryptedDataKey& key) {
  return key.provider.size() <= kCountMax && key.info.size() <= kCountMax &&
         key.ciphertext.size() <= kCountMax;
}

/// Takes the parts of a head off its front. What is not there ends the reading: `failed` is set,
/// and everything after it is empty.
class HeadReader {
 public:
  explicit HeadReader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  std::span<const std::uint8_t> take(std::size_t size) {
    if (failed || rest_.size() < size) {
      failed = true;
      return {};
    }
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  std::size_t count(std::size_t size) {
    std::size_t number = 0;
    for (const std::uint8_t byte : take(size)) number = number << 8 | byte;
    return number;
  }
  std::span<const std::uint8_t> counted() { return take(count(2)); }
  std::string text() {
    const auto bytes = counted();
    return {bytes.begin(), bytes.end()};
  }
  Bytes bytes() {
    const auto found = counted();
    return {found.begin(), found.end()};
  }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

  bool failed = false;

 private:
  std::span<const std::uint8_t> rest_;
};

std::unexpected<Error> malformed(std::string text) {
  return refused(Failure::header_malformed, std::move(text));
}

std::optional<Error> read_context(HeadReader& reader, EncryptionContext& context) {
  const auto error = [](const char* text) { return Error{Failure::header_malformed, text}; };
  const std::size_t pairs = reader.count(2);
  for (std::size_t i = 0; i < pairs && !reader.failed; ++i) {
    std::string key = reader.text();
    std::string value = reader.text();
    if (reader.failed) break;
    if (!items::is_utf8(key) || !items::is_utf8(value)) {
      return error("Invalid UTF8 found in header.");
    }
    // Always above the one before, so that none comes twice.
    if (!context.empty() && !(context.rbegin()->first < key)) {
      return error("Context keys out of order.");
    }
    context.emplace_hint(context.end(), std::move(key), std::move(value));
  }
  return std::nullopt;
}

std::optional<Error> read_data_keys(HeadReader& reader, std::vector<EncryptedDataKey>& keys) {
  const std::size_t count = reader.count(1);
  for (std::size_t i = 0; i < count && !reader.failed; ++i) {
    EncryptedDataKey key;
    key.provider = reader.text();
    key.info = reader.bytes();
    key.ciphertext = reader.bytes();
    if (!items::is_utf8(key.provider)) {
      return Error{Failure::header_malformed, "Invalid UTF8 found in header."};
    }
    keys.push_back(std::move(key));
  }
  if (!reader.failed && keys.empty()) {
    return Error{Failure::header_malformed, "There must be at least one data key"};
  }
  return std::nullopt;
}

bool legend_is_valid(std::string_view legend) {
  return legend.find_first_not_of("esc") == std::string_view::npos;
}

}  // namespace

bool fits(const EncryptionContext& context) {
  return context.size() <= kCountMax &&
         std::all_of(context.begin(), context.end(), [](const auto& pair) {
           return pair.first.size() <= kCountMax && pair.second.size() <= kCountMax;
         });
}

Bytes serialize_context(const EncryptionContext& context) {
  Bytes out;
  append_count(out, context.size());
  for (const auto& [key, value] : context) {
    append_text(out, key);
    append_text(out, value);
  }
  return out;
}

Expected<Bytes> serialize_header(const StructuredHeader& header) {
  const auto too_long = [](const char* text) { return refused(Failure::too_long, text); };
  if (header.legend.size() > kCountMax) return too_long("Legend Too Long.");
  if (!fits(header.stored_context)) return too_long("Invalid Encryption Context");
  if (header.data_keys.empty()) return too_long("There must be at least one data key");
  if (header.data_keys.size() > kDataKeysMax) return too_long("Too many data keys.");
  Bytes out{header.version, static_cast<std::uint8_t>(header.flavour)};
  out.insert(out.end(), header.message_id.begin(), header.message_id.end());
  append_text(out, header.legend);
  const Bytes context = serialize_context(header.stored_context);
  out.insert(out.end(), context.begin(), context.end());
  out.push_back(static_cast<std::uint8_t>(header.data_keys.size()));
  for (const EncryptedDataKey& key : header.data_keys) {
    if (!fits(key)) return too_long("Invalid Data Key");
    append_text(out, key.provider);
    append_text(out, key.info);
    append_text(out, key.ciphertext);
  }
  return out;
}

Expected<StructuredHeader> parse_header(std::span<const std::uint8_t> head) {
  if (head.size() < kPrefix) return malformed("Serialized PartialHeader too short.");
  HeadReader reader(head);
  StructuredHeader header;
  header.version = reader.take(1)[0];
  if (header.version != 1 && header.version != 2) return malformed("Invalid Version Number");
  const std::uint8_t flavour = reader.take(1)[0];
  if (flavour > 1) return malformed("Invalid Flavor");
  header.flavour = static_cast<Flavour>(flavour);
  std::ranges::copy(reader.take(header.message_id.size()), header.message_id.begin());
  header.legend = reader.text();
  if (!legend_is_valid(header.legend)) return malformed("Invalid byte in stored legend");
  if (auto error = read_context(reader, header.stored_context)) {
    return std::unexpected(std::move(*error));
  }
  if (auto error = read_data_keys(reader, header.data_keys)) {
    return std::unexpected(std::move(*error));
  }
  if (reader.failed) return malformed("Unexpected end of header data.");
  if (reader.left() < kCommitmentSize) {
    return malformed("Invalid header serialization: unexpected end of data.");
  }
  if (reader.left() > kCommitmentSize) {
    return malformed("Invalid header serialization: unexpected bytes.");
  }
  return header;
}

std::array<std::uint8_t, kCommitmentSize> commitment(const crypto::Key256& data_key,
                                                     const MessageId& message_id,
                                                     std::span<const std::uint8_t> header) {
  Bytes info(kCommitLabel.begin(), kCommitLabel.end());
  info.insert(info.end(), message_id.begin(), message_id.end());
  const crypto::Key256 key = crypto::hkdf_sha512_key(data_key.bytes(), info);
  const crypto::Digest384 mac = crypto::HmacSha384(key.bytes()).mac(header);
  std::array<std::uint8_t, kCommitmentSize> cut{};
  std::copy_n(mac.begin(), cut.size(), cut.begin());
  return cut;
}

}  // namespace tablekey::model::encryption
