// A call of KMS that a provider needs before it can go on. The provider does not make it: a call is
// an event between two turns, and its answer comes back to the provider as a plaintext data key.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "model/dynamodb/items/attribute_value.h"

namespace tablekey::model::encryption {

/// In the order of the names' bytes.
using EncryptionContext = std::map<std::string, std::string, std::less<>>;

enum class KmsOperation : std::uint8_t { generate_data_key, decrypt };

struct KmsCall {
  KmsOperation operation{};
  std::string key;  ///< as configured; Decrypt of the old format does not send it
  EncryptionContext context;
  items::Bytes ciphertext_blob;  ///< of Decrypt
  std::uint32_t bytes = 32;      ///< of GenerateDataKey
  bool operator==(const KmsCall&) const = default;
};

}  // namespace tablekey::model::encryption
