// Where the library's random bytes come from: whoever calls it draws them, so that a run repeats.
//
// Runs of one seed (forks, an edited scenario) draw the same bytes at the same place, for items
// that may differ. So no drawn value is used as an IV or a message id as it is: both are a MAC over
// the drawn value and all that is encrypted (item.cpp, structured_item.cpp). Within a run a draw is
// never given twice; among runs an equal draw with an equal item gives the equal ciphertext, which
// tells nothing, and with another item it gives another IV.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "crypto/draw.h"
#include "crypto/secret.h"

namespace tablekey::model::encryption {

class DrawSource {
 public:
  virtual ~DrawSource() = default;
  /// A new key.
  virtual void secret(crypto::Key256& out) = 0;
  /// 32 new bytes that may be seen.
  virtual std::array<std::uint8_t, 32> nonce() = 0;
};

/// The draws of one request, from the seed. `entity` names the request and nothing else of the
/// seed's runs: a workload's name and its request's ordinal, say.
class RequestDraws final : public DrawSource {
 public:
  RequestDraws(const crypto::DrawRoot& root, std::string_view entity)
      : secrets_(root.stream("client-encryption-key", entity)),
        nonces_(root.stream("client-encryption-nonce", entity)) {}

  void secret(crypto::Key256& out) override { secrets_.secret(secrets_drawn_++, out); }
  std::array<std::uint8_t, 32> nonce() override { return nonces_.public_bytes(nonces_drawn_++); }

 private:
  crypto::DrawStream secrets_, nonces_;
  std::uint64_t secrets_drawn_ = 0, nonces_drawn_ = 0;
};

}  // namespace tablekey::model::encryption
