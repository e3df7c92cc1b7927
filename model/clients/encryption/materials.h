// What a provider gives the encryption of one item: keys, and the description to write.
#pragma once

#include <optional>

#include "crypto/secret.h"
#include "model/clients/encryption/material_description.h"

namespace tablekey::model::encryption {

/// For both directions. The keys are this item's alone, except those of the static provider and the
/// signing keys of the wrapped one.
struct Materials {
  std::optional<crypto::Key256> encryption_key;  ///< AES-256; none where items are only signed
  crypto::Key256 signing_key;                    ///< HMAC-SHA-256
  MaterialDescription description;
};

}  // namespace tablekey::model::encryption
