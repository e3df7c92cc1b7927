// The table, in the order of kms.md 3.
#include "scenarios/kms_operations.h"

#include "scenarios/dynamodb_operations.h"

#include "scenarios/expectation.h"

namespace tablekey::scenarios {
namespace {

using Op = events::KmsOperation;

// kms.md 3.1
const std::vector<KmsOperationRow>& cryptographic_rows() {
  static const std::vector<KmsOperationRow> kRows = {
      {Op::ENCRYPT,
       "KeyId* Plaintext/PlaintextBytes* EncryptionContext GrantTokens EncryptionAlgorithm DryRun",
       "CiphertextBlob", true},
      {Op::DECRYPT,
       "CiphertextBlob KeyId EncryptionContext GrantTokens EncryptionAlgorithm Recipient DryRun "
       "DryRunModifiers",
       "", true},
      {Op::RE_ENCRYPT,
       "CiphertextBlob SourceEncryptionContext SourceKeyId DestinationKeyId* "
       "DestinationEncryptionContext SourceEncryptionAlgorithm DestinationEncryptionAlgorithm "
       "GrantTokens DryRun DryRunModifiers",
       "CiphertextBlob"},
      {Op::GENERATE_DATA_KEY,
       "KeyId* EncryptionContext KeySpec NumberOfBytes GrantTokens Recipient DryRun",
       "CiphertextBlob", true},
      {Op::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
       "KeyId* EncryptionContext KeySpec NumberOfBytes GrantTokens DryRun", "CiphertextBlob", true},
      {Op::GENERATE_DATA_KEY_PAIR,
       "KeyId* KeyPairSpec* EncryptionContext GrantTokens Recipient DryRun", ""},
      {Op::GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT,
       "KeyId* KeyPairSpec* EncryptionContext GrantTokens DryRun", ""},
      {Op::GENERATE_RANDOM, "NumberOfBytes CustomKeyStoreId Recipient", ""},
      {Op::GENERATE_MAC, "KeyId* Message* MacAlgorithm* GrantTokens DryRun", ""},
      {Op::VERIFY_MAC, "KeyId* Message* MacAlgorithm* Mac* GrantTokens DryRun", ""},
      {Op::SIGN, "KeyId* Message* MessageType SigningAlgorithm* GrantTokens DryRun", ""},
      {Op::VERIFY, "KeyId* Message* MessageType Signature* SigningAlgorithm* GrantTokens DryRun",
       ""},
      {Op::DERIVE_SHARED_SECRET,
       "KeyId* KeyAgreementAlgorithm* PublicKey* GrantTokens Recipient DryRun", ""},
      {Op::GET_PUBLIC_KEY, "KeyId* GrantTokens", ""},
  };
  return kRows;
}

// Keys, their policies, aliases and tags: kms.md 3.2
const std::vector<KmsOperationRow>& key_rows() {
  static const std::vector<KmsOperationRow> kRows = {
      {Op::CREATE_KEY,
       "Policy Description KeyUsage KeySpec CustomerMasterKeySpec Origin CustomKeyStoreId "
       "XksKeyId BypassPolicyLockoutSafetyCheck Tags MultiRegion",
       "KeyId Arn"},
      {Op::DESCRIBE_KEY, "KeyId* GrantTokens", "", true},
      {Op::ENABLE_KEY, "KeyId*", ""},
      {Op::DISABLE_KEY, "KeyId*", ""},
      {Op::UPDATE_KEY_DESCRIPTION, "KeyId* Description*", ""},
      {Op::SCHEDULE_KEY_DELETION, "KeyId* PendingWindowInDays pendingWindowInDays", ""},
      {Op::CANCEL_KEY_DELETION, "KeyId*", ""},
      {Op::GET_KEY_POLICY, "KeyId* PolicyName", ""},
      {Op::PUT_KEY_POLICY, "KeyId* PolicyName Policy/policy* BypassPolicyLockoutSafetyCheck", ""},
      {Op::LIST_KEY_POLICIES, "KeyId* Limit Marker", ""},
      {Op::TAG_RESOURCE, "KeyId* Tags*", ""},
      {Op::UNTAG_RESOURCE, "KeyId* TagKeys*", ""},
      {Op::LIST_RESOURCE_TAGS, "KeyId* Limit Marker", ""},
      {Op::CREATE_ALIAS, "AliasName* TargetKeyId*", ""},
      {Op::UPDATE_ALIAS, "AliasName* TargetKeyId*", ""},
      {Op::DELETE_ALIAS, "AliasName*", ""},
      {Op::LIST_ALIASES, "KeyId Limit Marker", ""},
      {Op::REPLICATE_KEY,
       "KeyId* ReplicaRegion* Policy BypassPolicyLockoutSafetyCheck Description Tags", "KeyId Arn"},
      {Op::UPDATE_PRIMARY_REGION, "KeyId* PrimaryRegion*", ""},
      {Op::GET_KEY_LAST_USAGE, "KeyId*", ""},
      {Op::LIST_KEYS, "Limit Marker", ""},
  };
  return kRows;
}

// Imported material, rotation and grants: kms.md 3.3
const std::vector<KmsOperationRow>& material_rows() {
  static const std::vector<KmsOperationRow> kRows = {
      {Op::GET_PARAMETERS_FOR_IMPORT, "KeyId* WrappingAlgorithm* WrappingKeySpec*",
       "ImportToken PublicKey"},
      {Op::IMPORT_KEY_MATERIAL,
       "KeyId* ImportToken* Material* MaterialBytes WrappedFor ValidTo ExpirationModel ImportType "
       "KeyMaterialDescription KeyMaterialId EncryptedKeyMaterial",
       "KeyMaterialId"},
      {Op::DELETE_IMPORTED_KEY_MATERIAL, "KeyId* KeyMaterialId Material", ""},
      {Op::ENABLE_KEY_ROTATION, "KeyId* RotationPeriodInDays", ""},
      {Op::DISABLE_KEY_ROTATION, "KeyId*", ""},
      {Op::GET_KEY_ROTATION_STATUS, "KeyId*", ""},
      {Op::ROTATE_KEY_ON_DEMAND, "KeyId*", ""},
      {Op::LIST_KEY_ROTATIONS, "KeyId* IncludeKeyMaterial Limit Marker", ""},
      {Op::CREATE_GRANT,
       "KeyId* GranteePrincipal GranteeServicePrincipal RetiringPrincipal "
       "RetiringServicePrincipal Operations Constraints GrantTokens Name DryRun",
       "GrantId GrantToken", true},
      {Op::LIST_GRANTS, "KeyId* GrantId GranteePrincipal Limit Marker", ""},
      {Op::LIST_RETIRABLE_GRANTS, "RetiringPrincipal* Limit Marker", ""},
      {Op::RETIRE_GRANT, "GrantToken KeyId GrantId DryRun", "", true},
      {Op::REVOKE_GRANT, "KeyId GrantId DryRun", "", true},
  };
  return kRows;
}

// Custom key stores: kms.md 1.7
const std::vector<KmsOperationRow>& store_rows() {
  static const std::vector<KmsOperationRow> kRows = {
      {Op::CREATE_CUSTOM_KEY_STORE,
       "CustomKeyStoreName* CustomKeyStoreType CloudHsmClusterId TrustAnchorCertificate "
       "KeyStorePassword XksProxyUriEndpoint XksProxyUriPath XksProxyVpcEndpointServiceName "
       "XksProxyVpcEndpointServiceOwner XksProxyAuthenticationCredential XksProxyConnectivity",
       "CustomKeyStoreId"},
      {Op::CONNECT_CUSTOM_KEY_STORE, "CustomKeyStoreId*", ""},
      {Op::DISCONNECT_CUSTOM_KEY_STORE, "CustomKeyStoreId*", ""},
      {Op::DELETE_CUSTOM_KEY_STORE, "CustomKeyStoreId*", ""},
      {Op::DESCRIBE_CUSTOM_KEY_STORES, "CustomKeyStoreId CustomKeyStoreName Limit Marker", ""},
      {Op::UPDATE_CUSTOM_KEY_STORE,
       "CustomKeyStoreId* NewCustomKeyStoreName KeyStorePassword CloudHsmClusterId "
       "XksProxyUriEndpoint XksProxyUriPath XksProxyVpcEndpointServiceName "
       "XksProxyVpcEndpointServiceOwner XksProxyAuthenticationCredential XksProxyConnectivity",
       ""},
  };
  return kRows;
}

}  // namespace

const std::vector<KmsOperationRow>& kms_operations() {
  static const std::vector<KmsOperationRow> kRows = [] {
    std::vector<KmsOperationRow> all;
    for (const auto* part : {&cryptographic_rows(), &key_rows(), &material_rows(), &store_rows()}) {
      all.insert(all.end(), part->begin(), part->end());
    }
    return all;
  }();
  return kRows;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    words.push_back(text.substr(0, space));
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return words;
}

std::vector<ParameterUse> parameters_in(std::string_view parameters) {
  std::vector<ParameterUse> uses;
  for (std::string_view word : words_of(parameters)) {
    ParameterUse use;
    use.required = word.ends_with('*');
    if (use.required) word.remove_suffix(1);
    for (std::size_t slash = word.find('/'); slash != std::string_view::npos;
         slash = word.find('/')) {
      use.names.push_back(word.substr(0, slash));
      word.remove_prefix(slash + 1);
    }
    use.names.push_back(word);
    uses.push_back(std::move(use));
  }
  return uses;
}

std::vector<std::string_view> results_of(std::string_view action) {
  if (const DynamoDbOperationRow* row = find_dynamodb_operation(action)) {
    return words_of(row->results);
  }
  constexpr std::string_view kPrefix = "kms:";
  if (!action.starts_with(kPrefix)) return {};
  action.remove_prefix(kPrefix.size());
  for (const KmsOperationRow& row : kms_operations()) {
    if (name_of(row.operation) == action) return words_of(row.results);
  }
  return {};
}

}  // namespace tablekey::scenarios
