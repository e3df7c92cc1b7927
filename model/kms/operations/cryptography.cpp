// Encrypt, Decrypt, ReEncrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext and GenerateRandom
// (kms.md 3.1). Everything is really sealed and opened, by the vault.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "events/text.h"
#include "model/kms/blob.h"
#include "model/kms/material.h"
#include "model/kms/names.h"
#include "model/kms/operation.h"
#include "model/kms/operations/stores.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace cryptography {
namespace {

using events::KmsError;
using Operation = events::KmsOperation;
using events::text;

constexpr std::size_t kBlobMax = 6144;
constexpr std::uint32_t kNumberOfBytesMax = 1024;
constexpr std::string_view kSymmetricDefault = "SYMMETRIC_DEFAULT";

DrawPlace place_of(const KmsRequest& request) { return {request.entity, request.ordinal}; }

// The canonical context. Where a key is given twice the last value counts, as after parsing JSON.
std::vector<std::uint8_t> context_bytes(const State& state, const KmsRequest& request,
                                        bool destination = false) {
  const auto given = encryption_context(state, request, destination);
  std::map<std::string_view, std::string_view> pairs;
  for (const auto& [name, value] : given) pairs[name] = value;
  const std::vector<std::pair<std::string_view, std::string_view>> list(pairs.begin(), pairs.end());
  return canonical_context(list);
}

// ---- shapes ----

Refusal length_shape(std::string_view path, std::size_t size, std::size_t most) {
  if (size == 0) {
    return validation_error(path, "Member must have length greater than or equal to 1");
  }
  if (size <= most) return {};
  return validation_error(path,
                          fmt::format("Member must have length less than or equal to {}", most));
}

// The request's own pairs; those that DynamoDB adds for a table are always in order.
Refusal context_shape(const Deciding& d, const KmsRequest& request, std::string_view path,
                      bool destination = false) {
  for (const auto& [name, value] : encryption_context(d.state, request, destination)) {
    if (!name.empty()) continue;
    return validation_error(path,
                            "Map keys must satisfy constraint: [Member must have length greater "
                            "than or equal to 1]");
  }
  const std::size_t most = d.settings().context_max_bytes;
  if (context_bytes(d.state, request, destination).size() <= most) return {};
  return validation_error(
      path, fmt::format("Member must have a canonical form of at most {} bytes", most));
}

Refusal bytes_shape(std::uint32_t number) {
  const auto error = [&](std::string_view bound) {
    return refusal(KmsError::VALIDATION,
                   fmt::format("1 validation error detected: Value '{}' at 'numberOfBytes' failed "
                               "to satisfy constraint: Member must have value {}",
                               number, bound));
  };
  if (number == 0) return error("greater than or equal to 1");
  if (number > kNumberOfBytesMax) return error("less than or equal to 1024");
  return {};
}

// DryRunModifiers IGNORE_CIPHERTEXT: authorization is checked without a blob.
bool ignores_ciphertext(const KmsRequest& request) {
  return request.from_step() && request.parameters.getIgnoreCiphertext();
}

// What a step sends: none where the step or table it means has no blob.
std::size_t blob_size(const State& state, events::BlobReference::Reader blob) {
  std::size_t size = 0;
  if (blob.isStep() && blob.getStep() < state.results.size()) {
    size = state.results[blob.getStep()].blob.size();
  } else if (blob.isTable()) {
    const auto& family = at(state.scenario().families, blob.getTable());
    const auto& keys = at(state.tables, family.first_table).keys;
    if (!keys.empty()) size = keys.back().blob.size();
  } else if (blob.isBytes()) {
    size = blob.getBytes().size();
  }
  return std::min<std::size_t>(size, blob.getTruncateTo());
}

Refusal blob_shape(const Deciding& d, const KmsRequest& request) {
  if (!ignores_ciphertext(request)) {
    return length_shape("ciphertextBlob", blob_size(d.state, request.parameters.getBlob()),
                        kBlobMax);
  }
  if (request.parameters.getDryRun()) return {};
  return refusal(KmsError::VALIDATION,
                 "DryRunModifiers can only be specified when DryRun is true.");
}

std::size_t plaintext_size(events::KmsCall::Reader call) {
  return call.getPlaintextBytes() != 0 ? call.getPlaintextBytes() : call.getPlaintext().size();
}

Refusal validate_encrypt(const Deciding& d, const KmsRequest& request) {
  if (Refusal bad = length_shape("plaintext", plaintext_size(request.parameters), kPlaintextMax)) {
    return bad;
  }
  return context_shape(d, request, "encryptionContext");
}

Refusal validate_decrypt(const Deciding& d, const KmsRequest& request) {
  if (Refusal bad = blob_shape(d, request)) return bad;
  return context_shape(d, request, "encryptionContext");
}

Refusal validate_re_encrypt(const Deciding& d, const KmsRequest& request) {
  if (Refusal bad = blob_shape(d, request)) return bad;
  if (Refusal bad = context_shape(d, request, "sourceEncryptionContext")) return bad;
  return context_shape(d, request, "destinationEncryptionContext", true);
}

Refusal validate_data_key(const Deciding& d, const KmsRequest& request) {
  const std::string_view spec = text(request.parameters.getKeySpec());
  const bool bytes = request.parameters.getHasNumberOfBytes();
  if (!spec.empty() && spec != "AES_256" && spec != "AES_128") {
    return refusal(KmsError::VALIDATION,
                   fmt::format("1 validation error detected: Value '{}' at 'keySpec' failed to "
                               "satisfy constraint: Member must satisfy enum value set: [AES_256, "
                               "AES_128]",
                               spec));
  }
  if (bytes) {
    if (Refusal bad = bytes_shape(request.parameters.getNumberOfBytes())) return bad;
  }
  if (bytes != spec.empty()) {
    return refusal(KmsError::VALIDATION, "Please specify either number of bytes or key spec.");
  }
  return context_shape(d, request, "encryptionContext");
}

Refusal validate_random(const Deciding&, const KmsRequest& request) {
  if (!request.parameters.getHasNumberOfBytes()) {
    return refusal(KmsError::VALIDATION, "NumberOfBytes is required.");
  }
  return bytes_shape(request.parameters.getNumberOfBytes());
}

// ---- what the key and its material allow ----

// The key is for encryption, and for the algorithm that the request names. Asymmetric encryption
// keys are refused here whatever is asked: this program has none of their key material.
Refusal usage_refusal(const Deciding& d, std::uint32_t key, std::string_view operation,
                      std::string_view algorithm) {
  const auto described_key = described(d.state, key);
  if (described_key.getUsage() != events::KeyUsage::ENCRYPT_DECRYPT) {
    return refusal(
        KmsError::INVALID_KEY_USAGE,
        fmt::format("{} key usage is {} which is not valid for {}.", d.state.key_arn(key),
                    usage_name(described_key.getUsage()), operation));
  }
  if (algorithm.empty()) algorithm = kSymmetricDefault;
  const auto known = algorithms_of(described_key.getSpec(), described_key.getUsage());
  if (std::find(known.begin(), known.end(), algorithm) == known.end()) {
    return refusal(KmsError::INVALID_KEY_USAGE,
                   fmt::format("Algorithm {} is incompatible with key spec {}.", algorithm,
                               spec_name(described_key.getSpec())));
  }
  if (family_of(described_key.getSpec()) == KeyFamily::symmetric) return {};
  return refusal(KmsError::UNSUPPORTED_OPERATION,
                 fmt::format("{} is asymmetric: tablekey does not simulate its encryption.",
                             d.state.key_arn(key)));
}

// Enclaves are out of scope (kms.md 3.1).
Refusal recipient_refusal(const KmsRequest& request) {
  if (!request.parameters.getRecipient()) return {};
  return refusal(KmsError::UNSUPPORTED_OPERATION,
                 "Recipient: tablekey does not simulate attestation.");
}

Refusal check_encrypt(Deciding& d, KmsRequest& request) {
  const std::string_view algorithm = text(request.parameters.getEncryptionAlgorithm());
  if (Refusal bad = usage_refusal(d, request.key, operation_name(request.operation), algorithm)) {
    return bad;
  }
  if (Refusal bad = recipient_refusal(request)) return bad;
  request.material = at(d.state.keys, request.key).current;
  return {};
}

// The blob's key is request.key. Its material comes from the header; a KeyId in the request is
// only compared (kms.md 1.3, 2.5).
Refusal blob_refusal(Deciding& d, KmsRequest& request) {
  if (request.named != kNone && request.named != request.key) {
    return refusal(KmsError::INCORRECT_KEY,
                   "The key ID in the request does not identify a CMK that can perform this "
                   "operation.");
  }
  const auto header = parse_blob(request.blob);
  if (header) request.material = find_material(at(d.state.keys, request.key), header->material);
  if (request.material == kNone ||
      !d.vault.decrypts(d.state, request.key, request.blob, context_bytes(d.state, request))) {
    return refusal(KmsError::INVALID_CIPHERTEXT, {});
  }
  return {};
}

Refusal check_decrypt(Deciding& d, KmsRequest& request) {
  const std::string_view algorithm = text(request.parameters.getEncryptionAlgorithm());
  if (Refusal bad = usage_refusal(d, request.key, "Decrypt", algorithm)) return bad;
  if (Refusal bad = recipient_refusal(request)) return bad;
  return ignores_ciphertext(request) ? Refusal() : blob_refusal(d, request);
}

Refusal check_re_encrypt(Deciding& d, KmsRequest& request) {
  const auto parameters = request.parameters;
  if (Refusal bad =
          usage_refusal(d, request.key, "ReEncrypt", text(parameters.getEncryptionAlgorithm()))) {
    return bad;
  }
  if (Refusal bad = usage_refusal(d, request.destination, "ReEncrypt",
                                  text(parameters.getDestinationEncryptionAlgorithm()))) {
    return bad;
  }
  request.destination_material = at(d.state.keys, request.destination).current;
  return ignores_ciphertext(request) ? Refusal() : blob_refusal(d, request);
}

// Random bytes may come out of a CloudHSM cluster, which then has to be there.
Refusal check_random(Deciding& d, KmsRequest& request) {
  if (Refusal bad = recipient_refusal(request)) return bad;
  const std::uint32_t store = request.parameters.getStore();
  const auto id = text(request.parameters.getStoreId());
  if (store == kNone && id.empty()) return {};
  const std::uint32_t found = named_store(d.state, request);
  if (found != kNone && d.state.scenario().reader().getCustomKeyStores()[found].getType() !=
                            events::CustomKeyStore::Type::AWS_CLOUD_HSM) {
    return refusal(KmsError::UNSUPPORTED_OPERATION, {});
  }
  return store_refusal(d.state, request);
}

// ---- what is handed out ----

void hand_out(const SealedBlob& sealed, events::KmsEffect::Builder effect) {
  auto out = effect.initDataKey();
  out.setCiphertextBlob(capnp::Data::Reader(sealed.blob.data(), sealed.blob.size()));
  out.setKeyCheckValue(sealed.key_check_value);
}

void encrypt(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const auto context = context_bytes(d.state, request);
  const DrawPlace place = place_of(request);
  if (const std::uint32_t size = request.parameters.getPlaintextBytes()) {
    const crypto::SecretBuffer plaintext = d.vault.drawn_plaintext(size, place);
    return hand_out(d.vault.encrypt(d.state, request.key, plaintext.bytes(), context, place),
                    effect);
  }
  const auto plaintext = request.parameters.getPlaintext();
  hand_out(
      d.vault.encrypt(d.state, request.key, {plaintext.begin(), plaintext.size()}, context, place),
      effect);
}

void generate_data_key(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const std::size_t size =
      request.from_step() ? data_key_size(request.parameters) : crypto::Key256::kSize;
  hand_out(d.vault.generate_data_key(d.state, request.key, size, context_bytes(d.state, request),
                                     place_of(request)),
           effect);
}

void decrypt(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const auto opened =
      d.vault.decrypt(d.state, request.key, request.blob, context_bytes(d.state, request));
  law(opened.has_value(), "a blob that was opened opens again");
  effect.initPlaintext().setKeyCheckValue(*opened);
}

void re_encrypt(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const auto sealed = d.vault.reencrypt(d.state, request.key, request.blob,
                                        context_bytes(d.state, request), request.destination,
                                        context_bytes(d.state, request, true), place_of(request));
  law(sealed.has_value(), "a blob that was opened opens again");
  hand_out(*sealed, effect);
}

void generate_random(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  effect.initPlaintext().setKeyCheckValue(
      d.vault.random_check_value(request.parameters.getNumberOfBytes(), place_of(request)));
}

OperationRow symmetric_row(Operation operation, std::string_view name,
                           std::optional<GrantOperation> grantable) {
  OperationRow row;
  row.operation = operation;
  row.name = name;
  row.forms = KeyForms::any;
  row.cryptographic = row.cross_account = row.dry_run = row.tokens = true;
  row.grantable = grantable;
  row.quota = QuotaGroup::symmetric;
  return row;
}

std::array<OperationRow, 6> make_rows() {
  OperationRow encrypting = symmetric_row(Operation::ENCRYPT, "Encrypt", GrantOperation::encrypt);
  encrypting.validate = validate_encrypt;
  encrypting.check = check_encrypt;
  encrypting.effect = encrypt;

  OperationRow decrypting = symmetric_row(Operation::DECRYPT, "Decrypt", GrantOperation::decrypt);
  decrypting.subject = Subject::blob;
  decrypting.validate = validate_decrypt;
  decrypting.check = check_decrypt;
  decrypting.effect = decrypt;

  // Two permissions: ReEncryptFrom on the source, ReEncryptTo on the destination.
  OperationRow re_encrypting =
      symmetric_row(Operation::RE_ENCRYPT, "ReEncrypt", GrantOperation::re_encrypt_from);
  re_encrypting.subject = Subject::two_keys;
  re_encrypting.validate = validate_re_encrypt;
  re_encrypting.check = check_re_encrypt;
  re_encrypting.effect = re_encrypt;

  OperationRow data_key = symmetric_row(Operation::GENERATE_DATA_KEY, "GenerateDataKey",
                                        GrantOperation::generate_data_key);
  data_key.validate = validate_data_key;
  data_key.check = check_encrypt;
  data_key.effect = generate_data_key;

  OperationRow without_plaintext = data_key;
  without_plaintext.operation = Operation::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT;
  without_plaintext.name = "GenerateDataKeyWithoutPlaintext";
  without_plaintext.grantable = GrantOperation::generate_data_key_without_plaintext;

  OperationRow random = symmetric_row(Operation::GENERATE_RANDOM, "GenerateRandom", std::nullopt);
  random.subject = Subject::account;
  random.cryptographic = random.cross_account = random.dry_run = random.tokens = false;
  random.validate = validate_random;
  random.check = check_random;
  random.effect = generate_random;

  return {encrypting, decrypting, re_encrypting, data_key, without_plaintext, random};
}

}  // namespace
}  // namespace cryptography

std::span<const OperationRow> cryptographic_operations() {
  static const std::array<OperationRow, 6> rows = cryptography::make_rows();
  return rows;
}

}  // namespace tablekey::model::kms
