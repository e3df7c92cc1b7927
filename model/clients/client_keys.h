// The data keys that KMS gives a request's client, in the order in which it asks for them.
//
// Nothing of an encryption is kept while KMS is asked: the request begins again when the answer is
// there, with the same draws and so the same plan, and gets as far as the next data key that it has
// not asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crypto/secret.h"
#include "model/clients/encryption/failure.h"
#include "model/clients/encryption/kms_call.h"
#include "model/decide.h"

namespace tablekey::model {

class ClientKeys {
 public:
  /// Of a request of the timeline that has got so far. It outlives this.
  ClientKeys(Deciding& d, const Request& request) : d_(d), answers_(request.client_blobs) {}

  struct DataKey {
    crypto::Key256 key;
    std::span<const std::uint8_t> blob;  ///< valid as long as the request, or the call, is
  };
  /// The answer to this call. Refused for the moment: KMS is to be asked first (`wanted`).
  encryption::Expected<DataKey> get(const encryption::KmsCall& call);
  /// The first call that has not been made yet; none: the request can go on.
  const std::optional<encryption::KmsCall>& wanted() const { return wanted_; }

 private:
  Deciding& d_;
  std::span<const std::vector<std::uint8_t>> answers_;
  std::uint32_t used_ = 0;
  std::optional<encryption::KmsCall> wanted_;
};

}  // namespace tablekey::model
