// Plaintext key material, beside State and never in it. What the vault lacks it obtains the real
// way: a backing key is derived from the seed, imported material from the seed and its name, a
// table key is unwrapped under its backing key, a data key under its table key. So it can be
// emptied at any time without changing an event, and a resumed run starts with an empty one.
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
#include "crypto/rsa_oaep.h"
#include "crypto/secret.h"
#include "crypto/synthetic_iv.h"
#include "model/dynamodb/store.h"
#include "model/kms/blob.h"
#include "model/state.h"

namespace tablekey::model {

class ItemSpace;
struct GeneratedValue;
namespace items {
class AttributeMap;
}

/// The tag of a record, as events carry it.
struct RecordTag {
  std::uint64_t high = 0, low = 0;
};

/// A data key, freshly made and wrapped.
struct NewDataKey {
  std::uint32_t structure = 0;
  std::array<std::uint8_t, 60> wrapped{};
};

/// A version of a key's secret, before State has it.
struct NewMaterial {
  kms::MaterialId id{};
  std::uint64_t key_check_value = 0;
};

/// A blob, freshly sealed, and the check value of what is in it.
struct SealedBlob {
  std::vector<std::uint8_t> blob;
  std::uint64_t key_check_value = 0;
};

/// Where a request's draws come from. No two requests of a run have the same.
struct DrawPlace {
  std::uint64_t entity = 0, ordinal = 0;
  bool operator==(const DrawPlace&) const = default;
};

/// The wrapping key of one GetParametersForImport (kms.md 1.6), named by the draws of that request,
/// and how it is used.
struct ImportPair {
  DrawPlace place;
  std::uint32_t bits = 2048;
  bool sha256 = true;     ///< of OAEP; else SHA-1
  bool key_wrap = false;  ///< RSA_AES_KEY_WRAP: OAEP carries an AES key, which wraps the material
};

class Vault {
 public:
  explicit Vault(const ScenarioView& scenario);
  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  // ---- KMS: materials (vault_backing_keys.cpp, vault_import.cpp) ----
  // Keys are the scenario's; a replica's bytes are those of the key it was made from.
  /// The material that a key has from its creation on; nullopt: Origin EXTERNAL, nothing imported.
  std::optional<NewMaterial> first_material(std::uint32_t key);
  /// The material that KMS (or a key store) generates for the key the `generation`-th time; 0 is
  /// the first.
  NewMaterial drawn_material(std::uint32_t key, std::uint32_t generation);
  /// A material of the scenario as it would be named in this key.
  NewMaterial imported_material(std::uint32_t key, std::uint32_t material);
  /// Wraps `size` bytes of a material for the pair `customer` on the customer's side, and unwraps
  /// them with the pair `service` on KMS's. How many bytes KMS finds; nullopt: it cannot unwrap
  /// them. `place` is for the draws of the wrapping.
  std::optional<std::size_t> pass_material(std::uint32_t material, std::size_t size,
                                           const ImportPair& customer, const ImportPair& service,
                                           DrawPlace place);
  /// The ImportToken that a GetParametersForImport gets.
  std::array<std::uint8_t, 32> import_token(DrawPlace place);
  /// Its PublicKey, a DER SubjectPublicKeyInfo.
  std::vector<std::uint8_t> import_public_key(const ImportPair& pair);

  // ---- KMS: blobs (vault_blobs.cpp) ----
  // Sealing is always under the key's current material, opening under the one that the blob names.
  /// GenerateDataKey: `size` bytes drawn for the place, sealed with the context.
  SealedBlob generate_data_key(const State& state, std::uint32_t key, std::size_t size,
                               std::span<const std::uint8_t> context, DrawPlace place);
  /// Encrypt.
  SealedBlob encrypt(const State& state, std::uint32_t key, std::span<const std::uint8_t> plaintext,
                     std::span<const std::uint8_t> context, DrawPlace place);
  /// `size` bytes that a step's caller made up.
  crypto::SecretBuffer drawn_plaintext(std::size_t size, DrawPlace place);
  /// The check value of GenerateRandom's bytes.
  std::uint64_t random_check_value(std::size_t size, DrawPlace place);
  /// Opens the blob under the key with the context. The check value of what was in it; nullopt: it
  /// does not open. Really opens it.
  std::optional<std::uint64_t> decrypt(const State& state, std::uint32_t key,
                                       std::span<const std::uint8_t> blob,
                                       std::span<const std::uint8_t> context);
  bool decrypts(const State& state, std::uint32_t key, std::span<const std::uint8_t> blob,
                std::span<const std::uint8_t> context);
  /// What is in a blob, for a client whose Decrypt or GenerateDataKey was answered; nullopt: no key
  /// of the run opens it with this context.
  std::optional<crypto::SecretBuffer> open_blob(const State& state,
                                                std::span<const std::uint8_t> blob,
                                                std::span<const std::uint8_t> context);
  /// ReEncrypt: opens under one key and context and seals under another.
  std::optional<SealedBlob> reencrypt(const State& state, std::uint32_t from,
                                      std::span<const std::uint8_t> blob,
                                      std::span<const std::uint8_t> from_context, std::uint32_t to,
                                      std::span<const std::uint8_t> to_context, DrawPlace place);

  /// The RSA key pair that a client wraps with, by the name of its key: 2048 bits, held until
  /// clear().
  const crypto::RsaKey& client_pair(std::string_view name);

  // ---- DynamoDB ----
  /// Takes the plaintext table key into the cache until `until` (simulated), as a connection or a
  /// process does.
  void hold_table_key(const State& state, std::uint32_t table, std::uint32_t version,
                      sim::Time until);
  /// One data key for every structure of a table, wrapped under version `version` of its table key.
  std::vector<NewDataKey> make_data_keys(const State& state, std::uint32_t table,
                                         std::uint32_t version, std::uint32_t key,
                                         std::span<const std::uint8_t> blob);
  /// A table that was plaintext gets its first table key, without any call of KMS, and data keys
  /// for these structures of it (vault_first_keys.cpp). `place`: of the table key's draws.
  struct FirstKeys {
    SealedBlob table_key;
    std::vector<NewDataKey> data_keys;
  };
  FirstKeys make_first_keys(const State& state, std::uint32_t table, std::uint32_t key,
                            std::span<const std::uint32_t> structures, DrawPlace place);
  /// The data key of a structure that comes later: a child of a split, a shard, a log segment, …,
  /// wrapped under the table's newest key. `structure` must be its number to be
  /// (table.structures.size() and up). A table that is not encrypted has none: nullopt.
  std::optional<NewDataKey> make_data_key(const State& state, std::uint32_t table,
                                          std::uint32_t structure);
  /// Data keys, unwrapped under their present table key and wrapped under another version of it.
  std::vector<NewDataKey> rewrap(const State& state, std::uint32_t table,
                                 std::span<const std::uint32_t> structures,
                                 std::uint32_t to_version);

  /// The same for a structure that gets the data key of another one (`of`), whose records stay as
  /// they are (split_keys=inherit).
  std::optional<NewDataKey> inherit_data_key(const State& state, std::uint32_t table,
                                             std::uint32_t structure, std::uint32_t of);

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
    std::uint64_t local_tag = 0;  ///< over the tags of its entries in local indexes; 0: none
  };
  /// `given`: its plaintext. `expires`: of a generated value. `size` is by DynamoDB's rules.
  Written write(const State& state, std::uint32_t table, std::uint32_t item, std::uint32_t version,
                const items::AttributeMap* given, sim::Time expires, sim::Time until);

  // What owners of indexes, streams, backups and replicas build on (item_content.h). All of them
  // need the table's key as read() does; a table that is not encrypted needs none, and its records
  // are plaintext with a tag of zero.
  struct Opened {
    crypto::SecretBuffer plaintext;
    RecordTag tag;
  };
  /// Opens the record of an item that exists, for real.
  Opened open_item(const State& state, std::uint32_t table, std::uint32_t item, sim::Time until);
  /// The plaintext of a generated value of that table; no key is needed.
  crypto::SecretBuffer generated(const State& state, std::uint32_t table,
                                 const GeneratedValue& value) const;
  /// A record of any structure of the table: an index entry, a stream record, a copy.
  struct SealedEntry {
    RecordTag tag;
    std::vector<std::uint8_t> sealed;  ///< IV (12 bytes), ciphertext
  };
  /// Seals under the structure's data key. `version` may repeat: see synthetic_iv.h.
  SealedEntry seal_entry(const State& state, std::uint32_t table, std::uint32_t structure,
                         std::uint32_t item, std::uint32_t version,
                         std::span<const std::uint8_t> plaintext, sim::Time until);
  /// The inverse; a law that it opens.
  crypto::SecretBuffer open_entry(const State& state, std::uint32_t table, std::uint32_t structure,
                                  std::uint32_t item, std::uint32_t version, RecordTag tag,
                                  std::span<const std::uint8_t> sealed, sim::Time until);
  /// The same for the records of a deleted table's stream. (Their keys live as long as they do.)
  SealedEntry seal_former(const State& state, const FormerStream& former, std::uint32_t structure,
                          std::uint32_t item, std::uint32_t version,
                          std::span<const std::uint8_t> plaintext);
  crypto::SecretBuffer open_former(const State& state, const FormerStream& former,
                                   std::uint32_t structure, std::uint32_t item,
                                   std::uint32_t version, RecordTag tag,
                                   std::span<const std::uint8_t> sealed);
  /// Seals under the drawn data key of a structure that is about to be made, as a split does.
  SealedEntry seal_in_new(const State& state, std::uint32_t table, std::uint32_t structure,
                          std::uint32_t item, std::uint32_t version,
                          std::span<const std::uint8_t> plaintext);
  /// Seals under the data key that make_first_keys() gives the structure.
  SealedEntry seal_first(const State& state, std::uint32_t table, std::uint32_t structure,
                         std::uint32_t item, std::uint32_t version,
                         std::span<const std::uint8_t> plaintext);
  /// Opens what stored_record() kept of a given value.
  crypto::SecretBuffer open_stored(const State& state, std::uint32_t table, std::uint32_t item,
                                   std::span<const std::uint8_t> stored, sim::Time until);
  /// The item's entry in a local index, opened under that index's own data key.
  crypto::SecretBuffer open_local_entry(const State& state, std::uint32_t table,
                                        std::uint32_t index, std::uint32_t item, sim::Time until);

  // ---- housekeeping ----
  /// Wipes every table key whose last holder's time is over, with the data keys unwrapped under it.
  void sweep(sim::Time now);
  /// Wipes what is held of a table: nobody may use it any more.
  void forget(std::uint32_t table);
  /// The same for a table that is gone, with its records.
  void bury(std::uint32_t table);
  /// Wipes the backing keys of a key that is gone or that lost a material. (Replicas share them:
  /// what they still need comes back.)
  void forget_key(std::uint32_t key);
  /// Wipes everything.
  void clear();
  /// Table keys in plaintext at this moment.
  std::size_t held() const;

  /// For the check that no secret ever got out: hands every key byte string of the run's hierarchy,
  /// whether held or not, to `visit`: key by key its materials, table by table its table keys and
  /// data keys, then the materials that steps import and what steps drew to encrypt.
  void for_each_secret(const State& state,
                       const std::function<void(std::span<const std::uint8_t>)>& visit);
  /// The plaintext of an item's present version, for the same check.
  crypto::SecretBuffer plaintext(const State& state, std::uint32_t table, std::uint32_t item);

 private:
  struct MaterialSource;
  struct BackingKey;
  struct HeldImportPair;
  struct HeldTableKey;
  struct DataKeyContext;

  BackingKey& backing_key(std::uint32_t key, MaterialSource source);
  std::uint32_t backing_slot();
  BackingKey& backing_key_of(const State& state, std::uint32_t key, std::uint32_t material);
  crypto::Key256 material_bytes(std::uint32_t key, MaterialSource source) const;
  NewMaterial new_material(std::uint32_t key, MaterialSource source);
  std::uint32_t root_of(std::uint32_t key) const;
  std::optional<crypto::SecretBuffer> open(const State& state, std::uint32_t key,
                                           std::span<const std::uint8_t> blob,
                                           std::span<const std::uint8_t> context);
  crypto::SecretBuffer drawn_secret(std::string_view purpose, std::size_t size,
                                    DrawPlace place) const;
  const crypto::RsaKey& import_pair(const ImportPair& pair);
  crypto::SecretBuffer sized_material(std::uint32_t material, std::size_t size) const;
  void visit_steps(const State& state,
                   const std::function<void(std::span<const std::uint8_t>)>& visit) const;
  void wrap(const State& state, crypto::Aes256Gcm& gcm, crypto::SyntheticIv& ivs,
            std::uint32_t table, std::uint32_t version, const crypto::Key256& data_key,
            NewDataKey& out);
  crypto::Key256 unwrap_table_key(const State& state, std::uint32_t table, std::uint32_t version);
  crypto::Key256 open_table_key(const State& state, std::uint32_t table, std::uint32_t key,
                                std::span<const std::uint8_t> blob);
  HeldTableKey& table_key(const State& state, std::uint32_t table, std::uint32_t version);
  crypto::Key256 unwrap_data_key(const State& state, std::uint32_t table, std::uint32_t structure);
  crypto::Key256 unwrap_data_key(const State& state, std::uint32_t table, const Uuid& table_id,
                                 const DataKey& wrapped);
  crypto::Key256 drawn_data_key(const State& state, std::uint32_t table,
                                std::uint32_t structure) const;
  std::optional<NewDataKey> wrap_new(const State& state, std::uint32_t table,
                                     std::uint32_t structure, const crypto::Key256& data_key);
  DataKeyContext& data_key(const State& state, std::uint32_t table, std::uint32_t structure);
  DataKeyContext& miss_data_key(const State& state, std::uint32_t table, std::uint32_t structure);
  void prolong(HeldTableKey& held, sim::Time until);
  void drop(std::uint32_t slot);
  void drop_context(std::uint32_t index);
  void touch(std::uint32_t index);
  void unlink(std::uint32_t index);
  struct EntryPlace {
    std::uint32_t table = 0, structure = 0, version = 0;
    std::array<std::uint8_t, 16> key_digest{};
    const FormerStream* former = nullptr;  // of a deleted table
  };
  static std::array<std::uint8_t, 48> aad_of(const State& state, const EntryPlace& place);
  SealedEntry seal_with(const State& state, DataKeyContext* key, EntryPlace place,
                        std::uint32_t item, std::span<const std::uint8_t> plaintext);
  std::unique_ptr<DataKeyContext> former_key(const State& state, const FormerStream& former,
                                             std::uint32_t structure);
  struct LocalEntry {
    std::uint32_t version = 0;
    SealedEntry sealed;
  };
  void fill_generated(const ItemSpace& space, const GeneratedValue& value,
                      std::span<std::uint8_t> out) const;
  DataKeyContext* item_key(const State& state, std::uint32_t table, std::uint32_t structure,
                           sim::Time until);
  void seal_bytes(const State& state, DataKeyContext* key, const EntryPlace& place,
                  std::span<const std::uint8_t> plaintext, std::span<std::uint8_t> sealed,
                  std::array<std::uint8_t, 12>& iv, std::array<std::uint8_t, 16>& tag);
  static void open_bytes(const State& state, DataKeyContext* key, const EntryPlace& place,
                         std::span<const std::uint8_t> sealed, std::span<const std::uint8_t, 12> iv,
                         const crypto::Tag& tag, std::span<std::uint8_t> plaintext);
  dynamodb::Record& place_given(const State& state, std::uint32_t table, std::uint32_t structure,
                                std::uint32_t item, const State::ItemView& view);
  dynamodb::Record& record(const State& state, std::uint32_t table, std::uint32_t structure,
                           std::uint32_t item, DataKeyContext* key);
  dynamodb::Record& seal(const State& state, DataKeyContext* key, std::uint32_t table,
                         std::uint32_t structure, std::uint32_t item, std::uint32_t version,
                         std::span<const std::uint8_t> plaintext);
  std::uint64_t seal_local_entries(const State& state, std::uint32_t table, std::uint32_t partition,
                                   std::uint32_t item, std::uint32_t version,
                                   std::span<const std::uint8_t> plaintext);
  const SealedEntry& local_entry(const State& state, std::uint32_t table, std::uint32_t partition,
                                 std::uint32_t index, std::uint32_t item, std::uint32_t version,
                                 const items::AttributeMap& value);
  void forget_local_entries(std::uint32_t table);
  std::span<std::uint8_t> scratch(std::size_t size);
  std::vector<std::uint8_t> context_of(std::uint32_t table) const;

  const ScenarioView& scenario_;
  crypto::DrawRoot draws_;

  std::vector<std::unique_ptr<BackingKey>> backing_keys_;  // bounded; see backing_slot
  std::vector<std::uint32_t> free_backing_keys_;
  std::size_t clock_hand_ = 0;
  std::vector<std::vector<std::uint32_t>> slots_of_root_;  // by key: slots of its backing keys

  std::vector<HeldImportPair> import_pairs_;  // bounded; making one takes a second
  std::map<std::string, std::unique_ptr<crypto::RsaKey>, std::less<>> client_pairs_;

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
  static constexpr std::size_t kLocalEntriesMax = 65'536;
  std::map<std::array<std::uint32_t, 3>, LocalEntry> local_entries_;  // table, structure, item
  std::optional<crypto::SecretBuffer> scratch_;
};

/// The record of a given value as it lies, to be opened though the item changes meanwhile:
/// structure (4 bytes), version (4), IV (12), tag (16), ciphertext. Empty: the item's present value
/// is generated, or there is none.
std::vector<std::uint8_t> stored_record(const State& state, std::uint32_t table,
                                        std::uint32_t item);

}  // namespace tablekey::model
