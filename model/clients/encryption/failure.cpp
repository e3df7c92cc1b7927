#include "model/clients/encryption/failure.h"

namespace tablekey::model::encryption {

std::string_view exception_name(Failure failure) {
  switch (failure) {
    case Failure::key_would_be_encrypted:
    case Failure::table_name_missing:
    case Failure::reserved_action:
      return "InvalidArgumentError";
    case Failure::reserved_name:
    case Failure::no_encryption_key:
      return "EncryptionError";
    case Failure::key_type:
      return "ValueError";
    case Failure::signature_missing:
    case Failure::decryption:
      return "DecryptionError";
    case Failure::signature_malformed:
    case Failure::signature_mismatch:
      return "SignatureVerificationError";
    case Failure::description_malformed:
      return "InvalidMaterialDescriptionError";
    case Failure::description_version:
      return "InvalidMaterialDescriptionVersionError";
    case Failure::material_id_malformed:
    case Failure::version_unknown:
    case Failure::record_malformed:
      return "InvalidVersionError";
    case Failure::data_key_missing:
      return "WrappingError";
    case Failure::algorithm_unsupported:
      return "JceTransformationError";
    case Failure::unwrapping:
      return "UnwrappingError";
    case Failure::plaintext_malformed:
      return "DeserializationError";
    case Failure::key_action:
    case Failure::unsigned_scope:
    case Failure::policies_collide:
    case Failure::key_missing:
    case Failure::action_missing:
    case Failure::context_attribute_missing:
    case Failure::legacy_forbidden:
    case Failure::plaintext_forbidden:
      return "DynamoDbItemEncryptorException";
    case Failure::nothing_signed:
    case Failure::too_long:
    case Failure::header_missing:
    case Failure::header_malformed:
    case Failure::footer_malformed:
    case Failure::schema_changed:
    case Failure::context_mismatch:
    case Failure::commitment:
      return "StructuredEncryptionException";
  }
  return "Exception";
}

}  // namespace tablekey::model::encryption
