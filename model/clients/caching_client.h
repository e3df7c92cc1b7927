// The caching most recent provider (dynamodb.md 8.1) as one request uses it: which
// version of its material it takes from State, reads from its key store or makes. The key store is
// a table of the scenario like any other: who reads a record there needs that table's key, and then
// the record's own data key from KMS.
#pragma once

#include <map>
#include <optional>

#include "model/clients/client_keys.h"
#include "model/clients/encryption/direct_kms.h"
#include "model/clients/encryption/meta_store.h"
#include "model/clients/encryption/most_recent.h"
#include "model/clients/request_work.h"

namespace tablekey::model {

class CachingClient {
 public:
  /// `key`: ARN of the KMS key that protects the store's records. All of them outlive this.
  CachingClient(RequestWork& work, const Request& request, ClientKeys& keys, std::string key);

  /// What encrypts now, and what decrypts an item with this description. Refused for the moment:
  /// something has to be waited for.
  encryption::Expected<const encryption::WrappedKeys*> to_write();
  encryption::Expected<const encryption::WrappedKeys*> to_read(
      const encryption::MaterialDescription& description);
  /// Makes the next version.
  encryption::Expected<const encryption::WrappedKeys*> make_next();
  /// Puts what was made into the store, with what else the request changes.
  void put_record();

  /// The key store's table.
  std::uint32_t store() const { return store_; }
  /// Its table key is at hand.
  void open_store() { open_ = true; }
  bool needs_store() const { return needs_store_; }
  /// Another request of this client is loading what this one needs.
  bool waits() const { return waits_; }

 private:
  template <class T>
  using Expected = encryption::Expected<T>;
  using Provider = const encryption::WrappedKeys*;

  encryption::MetaKeys keys_of(std::uint32_t material) const;
  std::uint32_t held_material(std::uint64_t version) const;
  std::uint32_t material_with(std::uint64_t version, const encryption::MetaKeys& opened) const;
  Provider use(std::uint64_t version, std::uint32_t material);
  void hold(std::uint64_t version, std::uint32_t material, const std::vector<std::uint64_t>& gone);
  void note(std::uint64_t version, std::uint32_t material);
  Expected<Provider> ask_store();
  Expected<std::uint32_t> load(std::uint64_t version);
  Expected<Provider> create(std::uint64_t version);

  RequestWork& work_;
  ClientKeys& keys_;
  std::uint32_t encryptor_, store_;
  std::string draws_name_;
  encryption::DirectKms kms_;
  encryption::CryptoConfig config_;
  encryption::MostRecent recent_;         // as it will be when this request is done
  std::vector<std::uint32_t> materials_;  // of the versions that it holds
  std::map<std::uint64_t, encryption::WrappedKeys> made_;  // from keys, in this request
  Provider writing_ = nullptr;
  struct Record {
    std::uint64_t version = 0;
    items::AttributeMap value;
  };
  std::optional<Record> record_;
  bool open_ = false, needs_store_ = false, waits_ = false;
};

}  // namespace tablekey::model
