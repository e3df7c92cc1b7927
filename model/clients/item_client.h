// Client-side encryption as one request of the timeline uses it (dynamodb.md 8): the encryptor that
// its step names, with the keys of its provider.
#pragma once

#include <optional>
#include <string_view>

#include "crypto/draw.h"
#include "model/clients/caching_client.h"
#include "model/clients/client_keys.h"
#include "model/clients/encryption/actions.h"
#include "model/clients/encryption/draw_source.h"
#include "model/clients/encryption/local_keys.h"
#include "model/clients/encryption/materials.h"
#include "model/clients/encryption/raw_keyring.h"
#include "model/clients/encryption/structured_config.h"
#include "model/clients/request_work.h"

namespace tablekey::model {

/// Why a request can not go on at once.
enum class ClientPause : std::uint8_t {
  none,
  kms,        ///< KMS is to be asked for a data key
  key_store,  ///< the caching provider needs its key store, and with it that table's key
  provider,   ///< another request of the same client is loading the provider's keys
};

class ItemClient final : public ClientSide {
 public:
  /// Of a request of the timeline that has got so far. Both outlive this.
  ItemClient(RequestWork& work, const Request& request);

  items::AttributeMap before_put(std::uint32_t table, const items::AttributeMap& item) override;
  items::AttributeMap after_read(std::uint32_t table, const items::AttributeMap& item) override;
  bool reads() const override { return reads_; }

  /// Makes the next version of the caching provider's material.
  void make_material();
  /// Puts the keys that the caching provider has made into its store; the request is done.
  void put_record();

  ClientPause pause() const;
  /// The first call that has not been made yet; none: the request can go on.
  const std::optional<encryption::KmsCall>& wanted() const { return keys_.wanted(); }
  /// The first failure; none: all items were encrypted or decrypted.
  const std::optional<encryption::Error>& failed() const { return failed_; }
  /// The caching provider's key store; kNone: there is none.
  std::uint32_t store() const { return caching_ ? caching_->store() : kNone; }
  void open_store() { caching_->open_store(); }
  std::uint32_t key() const { return key_; }

 private:
  template <class T>
  using Expected = encryption::Expected<T>;
  using Error = encryption::Error;

  encryption::TableNames names_of(std::uint32_t table) const;
  encryption::CryptoConfig config_of(std::uint32_t table) const;
  encryption::StructuredConfig structured_config_of(std::uint32_t table,
                                                    const items::AttributeMap& item) const;
  crypto::Key256 local_key(std::string_view purpose) const;
  encryption::WrappedKeys wrapped_keys() const;
  encryption::RawKeyring raw_keyring() const;

  Expected<encryption::Materials> materials_to_write(const encryption::CryptoConfig& config,
                                                     const items::AttributeMap& item);
  Expected<encryption::Materials> materials_to_read(const encryption::CryptoConfig& config,
                                                    const items::AttributeMap& item);
  Expected<items::AttributeMap> encrypt(const encryption::CryptoConfig& config,
                                        const items::AttributeMap& item);
  Expected<items::AttributeMap> decrypt(const encryption::CryptoConfig& config,
                                        const items::AttributeMap& item);
  Expected<items::AttributeMap> write_structured(std::uint32_t table,
                                                 const items::AttributeMap& item);
  Expected<items::AttributeMap> read_structured(std::uint32_t table,
                                                const items::AttributeMap& item);
  Expected<items::AttributeMap> open(const encryption::StructuredConfig& config,
                                     const items::AttributeMap& item);
  items::AttributeMap settle(Expected<items::AttributeMap> made, const items::AttributeMap& item);

  bool stopped() const { return failed_ || pause() != ClientPause::none; }

  Deciding& d_;
  events::ItemEncryptor::Reader encryptor_;
  crypto::DrawRoot root_;
  encryption::RequestDraws draws_;
  ClientKeys keys_;
  std::uint32_t key_ = kNone;
  bool reads_ = false;
  std::optional<CachingClient> caching_;
  std::optional<Error> failed_;
};

}  // namespace tablekey::model
