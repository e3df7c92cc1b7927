#include "model/clients/encryption/direct_kms.h"

#include <fmt/format.h>

#include "crypto/bytes.h"
#include "crypto/kdf.h"
#include "model/dynamodb/items/base64.h"

namespace tablekey::model::encryption {
namespace {

constexpr std::string_view kTableNameEntry = "*aws-kms-table*";

crypto::Key256 key_for(const crypto::Key256& data_key, std::string_view info) {
  crypto::Key256 key;
  crypto::hkdf_sha256(data_key.bytes(), {}, crypto::bytes_of(info), key.writable());
  return key;
}

Expected<std::string> context_value(const items::AttributeValue& value) {
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* number = value.as<items::Number>()) return number->text();
  if (const auto* bytes = value.as<items::Bytes>()) {
    std::string text;
    items::append_base64(text, *bytes);
    return text;
  }
  return refused(Failure::key_type,
                 fmt::format("Attribute of type \"{}\" cannot be used in KMS encryption context.",
                             items::type_name(value.type())));
}

std::string entry_name(std::string_view field) { return fmt::format("*{}*", field); }

/// The context of an item whose algorithms are these. The table's name is entered last, so that a
/// key attribute of that name does not hide it.
Expected<EncryptionContext> context_of(const TableNames& names, const items::AttributeMap& item,
                                       std::string_view content, std::string_view signature) {
  EncryptionContext context;
  context[entry_name(description::kContentAlgorithm)] = content;
  context[entry_name(description::kSignatureAlgorithm)] = signature;
  const auto enter = [&](const std::string& name) -> std::optional<Error> {
    const items::AttributeValue* value = item.find(name);
    if (value == nullptr) return std::nullopt;
    Expected<std::string> text = context_value(*value);
    if (!text) return std::move(text.error());
    context[name] = std::move(*text);
    return std::nullopt;
  };
  if (auto error = enter(names.partition)) return std::unexpected(std::move(*error));
  if (names.sort) {
    if (auto error = enter(*names.sort)) return std::unexpected(std::move(*error));
  }
  context[std::string(kTableNameEntry)] = names.table;
  return context;
}

/// The algorithms are in the context of the data key, so another one is KMS's to refuse; but it
/// must be one that there is.
std::optional<Error> check_algorithm(const MaterialDescription& description, std::string_view field,
                                     std::string_view only) {
  const auto found = description.find(field);
  if (found != description.end() && found->second == only) return std::nullopt;
  return Error{Failure::algorithm_unsupported,
               fmt::format("Unsupported {} in material description: \"{}\"", field,
                           found == description.end() ? "" : found->second)};
}

}  // namespace

crypto::Key256 content_key(const crypto::Key256& data_key) {
  return key_for(data_key, "Encryption");
}

crypto::Key256 signing_key(const crypto::Key256& data_key) { return key_for(data_key, "Signing"); }

Expected<KmsCall> DirectKms::encryption_request(const TableNames& names,
                                                const items::AttributeMap& item) const {
  Expected<EncryptionContext> context =
      context_of(names, item, description::kAes256, description::kHmac256);
  if (!context) return std::unexpected(std::move(context.error()));
  return KmsCall{KmsOperation::generate_data_key, key, std::move(*context), {}, 32};
}

Materials DirectKms::encryption_materials(const crypto::Key256& data_key,
                                          std::span<const std::uint8_t> ciphertext_blob) {
  std::string blob;
  items::append_base64(blob, items::Bytes(ciphertext_blob.begin(), ciphertext_blob.end()));
  MaterialDescription description{
      {std::string(description::kContextAttributes), "*keys*"},
      {std::string(description::kWrappingAlgorithm), "kms"},
      {std::string(description::kContentAlgorithm), std::string(description::kAes256)},
      {std::string(description::kSignatureAlgorithm), std::string(description::kHmac256)},
      {std::string(description::kWrappedKey), std::move(blob)},
  };
  return {content_key(data_key), signing_key(data_key), std::move(description)};
}

Expected<KmsCall> DirectKms::decryption_request(const TableNames& names,
                                                const items::AttributeMap& item,
                                                const MaterialDescription& description) const {
  const auto wrapped = description.find(description::kWrappedKey);
  if (wrapped == description.end()) {
    return refused(Failure::data_key_missing, "No wrapped data key found in material description");
  }
  std::optional<items::Bytes> blob = items::from_base64(wrapped->second);
  if (!blob || blob->empty()) {
    return refused(Failure::description_malformed, "Invalid material description");
  }
  for (const auto& [field, only] :
       {std::pair{description::kContentAlgorithm, description::kAes256},
        std::pair{description::kSignatureAlgorithm, description::kHmac256}}) {
    if (auto error = check_algorithm(description, field, only)) {
      return std::unexpected(std::move(*error));
    }
  }
  Expected<EncryptionContext> context =
      context_of(names, item, description::kAes256, description::kHmac256);
  if (!context) return std::unexpected(std::move(context.error()));
  return KmsCall{KmsOperation::decrypt, key, std::move(*context), std::move(*blob), 32};
}

Materials DirectKms::decryption_materials(const crypto::Key256& data_key,
                                          const MaterialDescription& description) {
  return {content_key(data_key), signing_key(data_key), description};
}

}  // namespace tablekey::model::encryption
