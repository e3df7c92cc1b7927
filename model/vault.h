// Plaintext key material, beside State and never in it. What the vault lacks it obtains the real
// way: a backing key is derived from the seed, a table key is unwrapped under its backing key, a
// data key under its table key. So it can be emptied at any time without changing an event, and a
// resumed run starts with an empty one.
//
// It also keeps the sealed records of items, for the same reason that it is not State: they are a
// function of it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "crypto/draw.h"
#include "crypto/gcm.h"
#include "crypto/hmac.h"
#include "crypto/secret.h"
#include "crypto/synthetic_iv.h"
#include "model/dynamodb/store.h"
#include "model/kms/blob.h"
#include "model/state.h"

namespace tablekey::model {

/// The tag of a record, as events carry it.
struct RecordTag {
  std::uint64_t high = 0, low = 0;
};

/// A data key, freshly made and wrapped.
struct NewDataKey {
  std::uint32_t structure = 0;
  std::array<std::uint8_t, 60> wrapped{};
};

class Vault {
 public:
  explicit Vault(const ScenarioView& scenario);
  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  // ---- KMS ----
  kms::MaterialId material_id(std::uint32_t key);
  std::uint64_t backing_key_check_value(std::uint32_t key);
  /// GenerateDataKey's blob: a key drawn for (entity, ordinal), sealed under the backing key with
  /// the context.
  std::vector<std::uint8_t> generate_data_key(std::uint32_t key, std::uint64_t entity,
                                              std::uint64_t ordinal,
                                              std::span<const std::uint8_t> context,
                                              std::uint64_t& key_check_value);
  /// Whether the blob opens under the key with the context. Really opens it.
  bool decrypts(std::uint32_t key, std::span<const std::uint8_t> blob,
                std::span<const std::uint8_t> context);

  // ---- DynamoDB ----
  /// Takes the plaintext table key into the cache until `until` (simulated), as a connection or a
  /// process does.
  void hold_table_key(const State& state, std::uint32_t table, std::uint32_t version,
                      sim::Time until);
  /// One data key for every structure of a table, wrapped under version `version` of its table key.
  std::vector<NewDataKey> make_data_keys(const State& state, std::uint32_t table,
                                         std::uint32_t version, std::uint32_t key,
                                         std::span<const std::uint8_t> blob);
  /// Data keys, unwrapped under their present table key and wrapped under another version of it.
  std::vector<NewDataKey> rewrap(const State& state, std::uint32_t table,
                                 std::span<const std::uint32_t> structures,
                                 std::uint32_t to_version);

  /// Opens the item's record under its data key and says its tag. The table key must be held;
  /// `until` prolongs that.
  RecordTag read(const State& state, std::uint32_t table, std::uint32_t item, sim::Time until);
  /// Seals a new version of the item. `given`: the value, else one is generated. Returns tag, size
  /// and, for a given value, the ciphertext.
  struct Written {
    RecordTag tag;
    std::uint32_t size = 0;
    std::uint64_t iv_head = 0;
    std::uint32_t iv_tail = 0;
    std::span<const std::uint8_t> sealed;  ///< valid until the next call
  };
  Written write(const State& state, std::uint32_t table, std::uint32_t item, std::uint32_t version,
                std::optional<std::string_view> given, sim::Time until);

  // ---- housekeeping ----
  /// Wipes every table key whose last holder's time is over, with the data keys unwrapped under it.
  void sweep(sim::Time now);
  /// Wipes what is held of a table: nobody may use it any more.
  void forget(std::uint32_t table);
  /// The same for a table that is gone, with its records.
  void bury(std::uint32_t table);
  /// Wipes everything.
  void clear();
  /// Table keys in plaintext at this moment.
  std::size_t held() const;

  /// For the check that no secret ever got out: hands every key byte string of the run's hierarchy,
  /// whether held or not, to `visit` (backing keys, table keys, data keys).
  void for_each_secret(const State& state,
                       const std::function<void(std::span<const std::uint8_t>)>& visit);
  /// The plaintext of an item's present version, for the same check.
  crypto::SecretBuffer plaintext(const State& state, std::uint32_t table, std::uint32_t item);

 private:
  struct BackingKey;
  struct HeldTableKey;
  struct DataKeyContext;

  BackingKey& backing_key(std::uint32_t key);
  void wrap(const State& state, crypto::Aes256Gcm& gcm, crypto::SyntheticIv& ivs,
            std::uint32_t table, std::uint32_t version, const crypto::Key256& data_key,
            NewDataKey& out);
  crypto::Key256 unwrap_table_key(const State& state, std::uint32_t table, std::uint32_t version);
  crypto::Key256 open_table_key(std::uint32_t table, std::uint32_t key,
                                std::span<const std::uint8_t> blob);
  HeldTableKey& table_key(const State& state, std::uint32_t table, std::uint32_t version);
  crypto::Key256 unwrap_data_key(const State& state, std::uint32_t table, std::uint32_t structure);
  DataKeyContext& data_key(const State& state, std::uint32_t table, std::uint32_t structure);
  DataKeyContext& miss_data_key(const State& state, std::uint32_t table, std::uint32_t structure);
  void prolong(HeldTableKey& held, sim::Time until);
  void drop(std::uint32_t slot);
  void drop_context(std::uint32_t index);
  void touch(std::uint32_t index);
  void unlink(std::uint32_t index);
  void fill_value(const State& state, std::uint32_t table, std::uint32_t item,
                  std::uint32_t version, std::span<std::uint8_t> out);
  dynamodb::Record& record(const State& state, std::uint32_t table, std::uint32_t item,
                           DataKeyContext& key);
  dynamodb::Record& seal(const State& state, DataKeyContext& key, std::uint32_t table,
                         std::uint32_t item, std::uint32_t version,
                         std::span<const std::uint8_t> plaintext);
  std::span<std::uint8_t> scratch(std::size_t size);
  std::vector<std::uint8_t> context_of(std::uint32_t table) const;

  const ScenarioView& scenario_;
  crypto::DrawRoot draws_;
  std::vector<std::unique_ptr<BackingKey>> backing_keys_;

  std::vector<std::uint32_t> slot_of_table_;  // into held_; kNone: not held
  std::vector<std::unique_ptr<HeldTableKey>> held_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t held_count_ = 0;
  std::map<std::int64_t, std::vector<std::uint32_t>> deadlines_;  // by bucket of simulated time

  std::vector<std::unique_ptr<DataKeyContext>>
      contexts_;  // bounded; the least recently used one goes first
  std::uint32_t newest_ = kNone, oldest_ = kNone;
  std::vector<std::uint32_t> free_contexts_;

  dynamodb::Store store_;
  std::optional<crypto::SecretBuffer> scratch_;
};

}  // namespace tablekey::model
