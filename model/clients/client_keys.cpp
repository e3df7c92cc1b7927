#include "model/clients/client_keys.h"

#include "model/kms/blob.h"

namespace tablekey::model {

// The vault opens what KMS has allowed to be opened. Refused for the moment: KMS is to be asked. An
// answer to a call of the other kind is of no use any more: the request has found something else.
encryption::Expected<ClientKeys::DataKey> ClientKeys::get(const encryption::KmsCall& call) {
  const auto not_yet = [] {
    return encryption::refused(encryption::Failure::unwrapping, "KMS is not asked");
  };
  if (wanted_) return not_yet();
  const bool generates = call.operation == encryption::KmsOperation::generate_data_key;
  while (used_ < answers_.size() && answers_[used_].empty() == generates) ++used_;
  if (used_ == answers_.size()) {
    wanted_ = call;
    return not_yet();
  }
  const std::span<const std::uint8_t> blob = generates ? answers_[used_] : call.ciphertext_blob;
  ++used_;
  const std::vector<std::pair<std::string_view, std::string_view>> pairs(call.context.begin(),
                                                                         call.context.end());
  const auto opened = d_.vault.open_blob(d_.state, blob, kms::canonical_context(pairs));
  if (!opened || opened->size() != crypto::Key256::kSize) {
    return encryption::refused(encryption::Failure::unwrapping, "Failed to unwrap AES key");
  }
  return DataKey{crypto::Key256(opened->bytes().first<crypto::Key256::kSize>()), blob};
}

}  // namespace tablekey::model
