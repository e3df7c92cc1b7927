// Client-side encryption as one request of the timeline uses it (dynamodb.md 8): the encryptor that
// its step names, with the keys of its provider.
//
// A provider that needs KMS asks for one data key after the other. Nothing of an encryption is kept
// while KMS is asked: the request begins again when the answer is there, with the same draws and so
// the same plan, and gets as far as the next data key that it has not asked for.
#pragma once

#include <optional>
#include <string>

#include "crypto/draw.h"
#include "model/clients/encryption/actions.h"
#include "model/clients/encryption/draw_source.h"
#include "model/clients/encryption/kms_call.h"
#include "model/clients/encryption/materials.h"
#include "model/clients/encryption/structured_config.h"
#include "model/clients/request_work.h"

namespace tablekey::model {

/// Whether a request's items pass through an encryptor.
bool encrypts(events::DataCall::Reader call);
/// What the library refuses of a request before it looks at items; NONE: nothing.
Refused client_refusal(const State& state, events::DataCall::Reader call);
/// A failure of the client's own as an answer shows it: DynamoDB has no exception for it, so that
/// the library's stands in the message.
Refused client_failure(const encryption::Error& error);
/// The KMS key that the encryptor names, for a caller with this session (1 + session; 0: the
/// operator); kNone: there is none of that name.
std::uint32_t client_key(const State& state, events::ItemEncryptor::Reader encryptor,
                         std::uint32_t session);

class ItemClient final : public ClientSide {
 public:
  /// Of a request that has been answered `asked` data keys; `blob`: what GenerateDataKey returned.
  ItemClient(Deciding& d, std::uint32_t step, std::uint32_t asked,
             std::span<const std::uint8_t> blob);

  items::AttributeMap before_put(std::uint32_t table, const items::AttributeMap& item) override;
  items::AttributeMap after_read(std::uint32_t table, const items::AttributeMap& item) override;
  bool reads() const override { return reads_; }

  /// The first call that has not been made yet; none: the request can go on.
  const std::optional<encryption::KmsCall>& wanted() const { return wanted_; }
  /// The first failure; none: all items were encrypted or decrypted.
  const std::optional<encryption::Error>& failed() const { return failed_; }
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
  Expected<crypto::Key256> data_key(const encryption::KmsCall& call,
                                    std::span<const std::uint8_t> blob);

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

  Deciding& d_;
  events::ItemEncryptor::Reader encryptor_;
  crypto::DrawRoot root_;
  encryption::RequestDraws draws_;
  std::span<const std::uint8_t> blob_;
  std::uint32_t asked_, used_ = 0, key_ = kNone;
  bool reads_ = false;
  std::optional<encryption::KmsCall> wanted_;
  std::optional<Error> failed_;
};

}  // namespace tablekey::model
