// The key-state table of kms.md 2.3, written out a second time as it stands there, and walked: the
// table in code must print the same cell by cell, and what it refuses must be what the note of
// kms.md 2.4 says, for every kind of key, in every state, in both eras.
#include "model/kms/key_states.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace tablekey::model::kms::key_states_test {
namespace {

using Operation = events::KmsOperation;
using State = events::KeyState;
using Error = events::KmsError;
using events::KeySpec;
using events::Origin;

struct Row {
  std::vector<std::string> operations;
  std::array<const char*, 7> cells;  // E D PD PI UN CR UP
};

// clang-format off
const std::vector<Row> kTable = {
    {{"CancelKeyDeletion"}, {"4", "4", "ok", "4", "4,13", "4", "4"}},
    {{"CreateAlias"}, {"ok", "ok", "3", "ok", "ok", "ok", "ok"}},
    {{"CreateGrant"}, {"ok", "1", "2/3", "5", "ok", "14", "ok"}},
    {{"Decrypt", "Encrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"},
     {"ok", "1", "2/3", "5", "11", "14", "ok"}},
    {{"GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"},
     {"ok", "1", "2/3", "5", "7", "14", "ok"}},
    {{"GenerateMac", "VerifyMac", "Sign", "Verify", "DeriveSharedSecret"},
     {"ok", "1", "2/3", "5", "n/a", "14", "ok"}},
    {{"DeleteAlias"}, {"ok", "ok", "ok", "ok", "ok", "ok", "ok"}},
    {{"DeleteImportedKeyMaterial"}, {"?9", "?9", "?9", "ok", "n/a", "14", "15"}},
    {{"DescribeKey", "GetKeyPolicy", "PutKeyPolicy", "ListKeyPolicies", "ListAliases", "ListGrants",
      "ListResourceTags", "RetireGrant", "RevokeGrant", "GetKeyLastUsage"},
     {"ok", "ok", "ok", "ok", "ok", "ok", "ok"}},
    {{"EnableKey", "DisableKey"}, {"ok", "ok", "3", "5", "ok,12", "14", "15"}},
    {{"EnableKeyRotation", "DisableKeyRotation"},
     {"?7", "1 or 7", "3 or 7", "6", "7", "14", "?7"}},
    {{"GetKeyRotationStatus"}, {"?7", "?7", "?7", "6", "7", "?7", "?7"}},
    {{"ListKeyRotations"}, {"?7", "?7", "?7", "ok", "7", "?7", "?7"}},
    {{"RotateKeyOnDemand"}, {"?7", "1 or 7", "3 or 7", "5", "7", "14", "?7"}},
    {{"GetParametersForImport"}, {"?9", "?9", "8 or 9", "ok", "9", "14", "15"}},
    {{"ImportKeyMaterial"}, {"?9", "?9", "9", "ok", "9", "14", "ok"}},
    {{"GetPublicKey"}, {"ok", "ok", "2/3", "ok", "n/a", "14", "ok"}},
    {{"ReplicateKey"}, {"ok", "1", "2/3", "5", "n/a", "14", "15"}},
    {{"UpdatePrimaryRegion"}, {"ok", "1", "2/3", "5", "n/a", "14", "ok"}},
    {{"ScheduleKeyDeletion"}, {"ok", "ok", "3", "ok", "ok", "ok", "15"}},
    {{"TagResource", "UntagResource", "UpdateKeyDescription"},
     {"ok", "ok", "3", "ok", "ok", "ok", "ok"}},
    {{"UpdateAlias"}, {"ok", "ok", "?10", "ok", "ok", "ok", "ok"}},
};
// The last column of kms.md 2.3, where it changes a refusal.
struct Former { std::string operation; std::size_t column; const char* cell; };
const std::vector<Former> kFormer = {
    {"GetPublicKey", 1, "1"},
    {"ImportKeyMaterial", 2, "8 or 9"},
};
// clang-format on

const std::vector<std::string> kColumns = {"E", "D", "PD", "PI", "UN", "CR", "UP"};
const std::vector<State> kStates = {State::ENABLED,          State::DISABLED,
                                    State::PENDING_DELETION, State::PENDING_REPLICA_DELETION,
                                    State::PENDING_IMPORT,   State::UNAVAILABLE,
                                    State::CREATING,         State::UPDATING};
const std::vector<std::size_t> kColumnOf = {0, 1, 2, 2, 3, 4, 5, 6};

std::optional<Operation> operation_called(const std::string& name) {
  for (unsigned i = 0; i <= static_cast<unsigned>(Operation::UPDATE_CUSTOM_KEY_STORE); ++i) {
    if (operation_name(static_cast<Operation>(i)) == name) return static_cast<Operation>(i);
  }
  return std::nullopt;
}

std::string spec_cell(const Row& row, const std::string& operation, std::size_t column,
                      bool classic) {
  for (const Former& former : kFormer) {
    if (classic && former.operation == operation && former.column == column) return former.cell;
  }
  return row.cells[column];
}

/// A kind of key that the table tells apart.
struct Kind {
  std::string name;
  KeySpec spec = KeySpec::SYMMETRIC_DEFAULT;
  Origin origin = Origin::AWS_KMS;
};
const std::vector<Kind> kKinds = {
    {"symmetric", KeySpec::SYMMETRIC_DEFAULT, Origin::AWS_KMS},
    {"imported", KeySpec::SYMMETRIC_DEFAULT, Origin::EXTERNAL},
    {"cloudhsm", KeySpec::SYMMETRIC_DEFAULT, Origin::AWS_CLOUD_HSM},
    {"external-store", KeySpec::SYMMETRIC_DEFAULT, Origin::EXTERNAL_KEY_STORE},
    {"rsa", KeySpec::RSA2048, Origin::AWS_KMS},
    {"ecc", KeySpec::ECC_NIST_P256, Origin::AWS_KMS},
    {"hmac", KeySpec::HMAC256, Origin::AWS_KMS},
};

bool is_rotation(const std::string& operation) {
  return operation.find("Rotat") != std::string::npos;
}

// kms.md 1.7 and 4.2 in words: what a kind of key cannot do at all, as notes 7 and 9 refuse it.
unsigned cannot(const std::string& operation, const Kind& kind, bool classic) {
  const bool store =
      kind.origin == Origin::AWS_CLOUD_HSM || kind.origin == Origin::EXTERNAL_KEY_STORE;
  if (is_rotation(operation)) {
    if (store || kind.spec != KeySpec::SYMMETRIC_DEFAULT) return 7;
    const bool automatic = operation == "EnableKeyRotation" || operation == "DisableKeyRotation";
    if (kind.origin == Origin::EXTERNAL && (automatic || classic)) return classic ? 7 : 6;
  }
  if (operation.find("Import") != std::string::npos && kind.origin != Origin::EXTERNAL) return 9;
  if (operation.starts_with("GenerateDataKeyPair") && store) return 7;
  return 0;
}

/// The note that refuses, out of the cell's text: 0 none, 23 for "2/3".
unsigned expected_note(const std::string& cell, unsigned capability) {
  if (capability != 0) return capability;
  if (cell == "2/3") return 23;
  if (cell.starts_with("ok") || cell.starts_with("?") || cell == "n/a") return 0;
  return static_cast<unsigned>(std::stoi(cell));
}

/// Exception and message of a note (kms.md 2.4) about the key "K".
std::pair<Error, std::string> meaning(unsigned note, const Kind& kind, State state,
                                      PendingDeletionError setting) {
  const std::string pending = state == State::PENDING_REPLICA_DELETION
                                  ? "K is pending replica deletion."
                                  : "K is pending deletion.";
  const std::string origin = fmt::format("K origin is {} which is not valid for this operation.",
                                         origin_name(kind.origin));
  switch (note) {
    case 0:
      return {Error::NONE, ""};
    case 1:
      return {Error::DISABLED, "K is disabled."};
    case 23:
      return {
          setting == PendingDeletionError::disabled ? Error::DISABLED : Error::KMS_INVALID_STATE,
          pending};
    case 4:
      return {Error::KMS_INVALID_STATE, "K is not pending deletion."};
    case 5:
      return {Error::KMS_INVALID_STATE, "K is pending import."};
    case 7:
      return {Error::UNSUPPORTED_OPERATION, kind.spec == KeySpec::SYMMETRIC_DEFAULT ? origin : ""};
    case 6:
    case 9:
      return {Error::UNSUPPORTED_OPERATION, origin};
    case 11:
      return {Error::KMS_INVALID_STATE, "K is unavailable."};
    case 14:
      return {Error::KMS_INVALID_STATE, "K is creating."};
    case 15:
      return {Error::KMS_INVALID_STATE, "K is updating."};
    default:  // 3, 8, 10
      return {Error::KMS_INVALID_STATE, pending};
  }
}

/// The whole walk as text: each operation in each state, and what each kind of key gets there.
std::string walk(bool classic) {
  std::string text = fmt::format("# {}\n", classic ? "classic" : "modern");
  for (const Row& row : kTable) {
    for (const std::string& name : row.operations) {
      const Operation operation = operation_called(name).value();
      for (std::size_t i = 0; i < kStates.size(); ++i) {
        text += fmt::format("{} | {} | {} |", name, state_name(kStates[i]),
                            cell_text(operation, kStates[i], classic));
        for (const Kind& kind : kKinds) {
          const KeyFacts key{kStates[i], kind.spec, kind.origin, false};
          const unsigned note = refusing_note(operation, key, classic);
          const Error error = note_error(note, PendingDeletionError::kms_invalid_state);
          text += fmt::format(" {}: {}", kind.name, note == 0 ? "ok" : exception_name(error));
          if (note != 0) text += fmt::format(" ({})", note == 23 ? "2/3" : std::to_string(note));
          text += kind.name == "hmac" ? "\n" : ",";
        }
      }
    }
  }
  return text;
}

}  // namespace

TEST_CASE("Every cell of the key-state table prints as kms.md has it, in both eras") {
  for (const bool classic : {false, true}) {
    for (const Row& row : kTable) {
      for (const std::string& name : row.operations) {
        const auto operation = operation_called(name);
        REQUIRE(operation.has_value());
        for (std::size_t i = 0; i < kStates.size(); ++i) {
          INFO(name << " on " << state_name(kStates[i]) << (classic ? " in 2022" : ""));
          CHECK(cell_text(*operation, kStates[i], classic) ==
                spec_cell(row, name, kColumnOf[i], classic));
        }
      }
    }
  }
}

TEST_CASE("What a cell refuses, for every kind of key, is its note's exception and message") {
  for (const bool classic : {false, true}) {
    for (const auto setting :
         {PendingDeletionError::kms_invalid_state, PendingDeletionError::disabled}) {
      for (const Row& row : kTable) {
        for (const std::string& name : row.operations) {
          const Operation operation = operation_called(name).value();
          for (const Kind& kind : kKinds) {
            for (std::size_t i = 0; i < kStates.size(); ++i) {
              const KeyFacts key{kStates[i], kind.spec, kind.origin, false};
              const std::string cell = spec_cell(row, name, kColumnOf[i], classic);
              const unsigned wanted = expected_note(cell, cannot(name, kind, classic));
              const unsigned note = refusing_note(operation, key, classic);
              const auto [error, message] = meaning(wanted, kind, kStates[i], setting);
              INFO(name << " on a " << kind.name << " key in " << state_name(kStates[i]) << ": "
                        << cell << (classic ? " in 2022" : ""));
              CHECK(note_error(note, setting) == error);
              CHECK(note_message(note, key, "K") == message);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("The walk over the key-state table is the one in key_state_table.txt") {
  std::ifstream file(TABLEKEY_SOURCE_DIR "/tests/model/kms/key_state_table.txt");
  std::stringstream kept;
  kept << file.rdbuf();
  const std::string walked = walk(false) + walk(true);
  // After a change that is meant, the next case's output is the new file.
  if (kept.str() != walked) {
    std::istringstream a(kept.str()), b(walked);
    std::string before, now;
    while (std::getline(b, now)) {
      std::getline(a, before);
      INFO("kept:   " << before);
      CHECK(now == before);
    }
  }
  CHECK(kept.str().size() == walked.size());
}

TEST_CASE("The walk over the key-state table is printed on request", "[.print]") {
  std::fputs((walk(false) + walk(true)).c_str(), stdout);
  CHECK(walk(false) != walk(true));
}

TEST_CASE("Note 10 is about the key that an alias moves to, not the one it leaves") {
  const KeyFacts left{.state = State::PENDING_DELETION};
  const KeyFacts target{.state = State::PENDING_DELETION, .destination = true};
  CHECK(refusing_note(Operation::UPDATE_ALIAS, left, false) == 0);
  CHECK(refusing_note(Operation::UPDATE_ALIAS, target, false) == 10);
  CHECK(note_message(10, target, "K") == "K is pending deletion.");
  CHECK(refusing_note(Operation::UPDATE_ALIAS, {.destination = true}, false) == 0);
}

TEST_CASE("A deleted key does not exist, whatever is asked of it") {
  for (const Row& row : kTable) {
    for (const std::string& name : row.operations) {
      for (const Kind& kind : kKinds) {
        const KeyFacts key{State::DELETED, kind.spec, kind.origin, false};
        const unsigned note = refusing_note(operation_called(name).value(), key, false);
        CHECK(note_error(note, PendingDeletionError::kms_invalid_state) == Error::NOT_FOUND);
        CHECK(note_message(note, key, "K") == "Key 'K' does not exist");
      }
    }
  }
}

TEST_CASE("Operations that act on no key have no state to refuse them") {
  for (const std::string name : {"CreateKey", "ListKeys", "GenerateRandom", "ListRetirableGrants",
                                 "CreateCustomKeyStore", "DescribeCustomKeyStores"}) {
    for (const State state : kStates) {
      CHECK(cell_text(operation_called(name).value(), state, false) == "ok");
    }
  }
}

TEST_CASE("Names are those of the API, and every operation's row has its own") {
  REQUIRE(operation_rows().size() ==
          static_cast<std::size_t>(Operation::UPDATE_CUSTOM_KEY_STORE) + 1);
  for (const OperationRow& row : operation_rows()) CHECK(operation_name(row.operation) == row.name);
  CHECK(operation_name(Operation::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT) ==
        "GenerateDataKeyWithoutPlaintext");
  CHECK(exception_name(Error::KMS_INVALID_STATE) == "KMSInvalidStateException");
  CHECK(exception_name(Error::ACCESS_DENIED) == "AccessDeniedException");
  CHECK(exception_name(Error::NOT_AUTHORIZED) == "NotAuthorizedException");
  CHECK(exception_name(Error::CUSTOM_KEY_STORE_HAS_C_M_KS) == "CustomKeyStoreHasCMKsException");
  CHECK(state_name(State::PENDING_REPLICA_DELETION) == "PendingReplicaDeletion");
  CHECK(spec_name(KeySpec::SM2) == "SM2");
  CHECK(spec_of("ML_DSA_87") == KeySpec::ML_DSA87);
  CHECK(usage_of("KEY_AGREEMENT") == events::KeyUsage::KEY_AGREEMENT);
  CHECK(origin_of("EXTERNAL_KEY_STORE") == Origin::EXTERNAL_KEY_STORE);
  CHECK_FALSE(spec_of("AES_256").has_value());
}

TEST_CASE("A client's errors are 400 and final but for throttling, KMS's own may be tried again") {
  for (unsigned i = 1; i <= static_cast<unsigned>(Error::NOT_AUTHORIZED); ++i) {
    const auto error = static_cast<Error>(i);
    const bool own = error == Error::KMS_INTERNAL || error == Error::KEY_UNAVAILABLE ||
                     error == Error::DEPENDENCY_TIMEOUT;
    INFO(exception_name(error));
    CHECK((http_status(error) == 400) != own);
    CHECK(is_retryable(error) == (own || error == Error::THROTTLING));
  }
  CHECK(http_status(Error::DEPENDENCY_TIMEOUT) == 503);
}

TEST_CASE("A spec allows the usages of kms.md 1.2 and has their algorithms") {
  using events::KeyUsage;
  CHECK(usage_suits(KeySpec::RSA3072, KeyUsage::SIGN_VERIFY));
  CHECK_FALSE(usage_suits(KeySpec::RSA2048, KeyUsage::KEY_AGREEMENT));
  CHECK(usage_suits(KeySpec::ECC_NIST_P521, KeyUsage::KEY_AGREEMENT));
  CHECK_FALSE(usage_suits(KeySpec::ECC_SECG_P256K1, KeyUsage::KEY_AGREEMENT));
  CHECK(usage_suits(KeySpec::SM2, KeyUsage::ENCRYPT_DECRYPT));
  CHECK_FALSE(usage_suits(KeySpec::HMAC512, KeyUsage::SIGN_VERIFY));
  const auto one = [](KeySpec spec, KeyUsage usage) {
    return std::string(algorithms_of(spec, usage).front());
  };
  CHECK(one(KeySpec::SYMMETRIC_DEFAULT, KeyUsage::ENCRYPT_DECRYPT) == "SYMMETRIC_DEFAULT");
  CHECK(one(KeySpec::ECC_NIST_P384, KeyUsage::SIGN_VERIFY) == "ECDSA_SHA_384");
  CHECK(one(KeySpec::HMAC384, KeyUsage::GENERATE_VERIFY_MAC) == "HMAC_SHA_384");
  CHECK(algorithms_of(KeySpec::RSA2048, KeyUsage::SIGN_VERIFY).size() == 6);
  CHECK(algorithms_of(KeySpec::RSA2048, KeyUsage::KEY_AGREEMENT).empty());
}

}  // namespace tablekey::model::kms::key_states_test
