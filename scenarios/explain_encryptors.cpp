// Clients that encrypt items, in sentences.
#include <fmt/format.h>

#include "scenarios/explain_steps.h"

namespace tablekey::scenarios {
namespace {

using Encryptor = events::ItemEncryptor;

// The key as the client names it.
std::string key_as_named(events::Scenario::Reader scenario, events::KeyReference::Reader key) {
  if (key.isArn()) return key_name(scenario, key.getArn());
  if (key.isId()) return key_name(scenario, key.getId());
  return key.isText() ? text(key.getText()) : "no key";
}

std::string keys_of(events::Scenario::Reader scenario, Encryptor::Reader encryptor) {
  const std::string name = text(encryptor.getKeyName());
  switch (encryptor.getProvider()) {
    case Encryptor::Provider::DIRECT_KMS:
      return fmt::format("a data key of KMS for each item, under {}",
                         key_as_named(scenario, encryptor.getKey()));
    case Encryptor::Provider::WRAPPED:
      if (encryptor.getFormat() == Encryptor::Format::DATABASE_ENCRYPTION_SDK) {
        return fmt::format("a data key for each item, wrapped with the raw {} key '{}' of {}",
                           text(encryptor.getWrapping()).starts_with("RSA/") ? "RSA" : "AES", name,
                           text(encryptor.getKeyNamespace()));
      }
      return text(encryptor.getWrapping()).starts_with("RSA/")
                 ? fmt::format("a key for each item, wrapped with the RSA key '{}' by OAEP", name)
                 : fmt::format("a key for each item, wrapped with the AES key '{}'", name);
    case Encryptor::Provider::MOST_RECENT:
      return fmt::format(
          "a key for each item, wrapped with the most recent version of '{}' in table {}, whose "
          "records are under {}; each client keeps {} at most, and looks for a newer one after {}",
          name, text(scenario.getTables()[encryptor.getKeyStore()].getName()),
          key_as_named(scenario, encryptor.getKey()), plural(encryptor.getCapacity(), "version"),
          span(encryptor.getTtl()));
    case Encryptor::Provider::STATIC:
      return fmt::format("the fixed keys '{}' for all items", name);
  }
  return "?";
}

std::string_view done_to(Encryptor::Action action) {
  switch (action) {
    case Encryptor::Action::ENCRYPT_AND_SIGN:
      return "encrypted and signed";
    case Encryptor::Action::SIGN_ONLY:
      return "signed only";
    case Encryptor::Action::DO_NOTHING:
      return "left alone";
    case Encryptor::Action::SIGN_AND_INCLUDE_IN_CONTEXT:
      return "signed, and part of the encryption context";
  }
  return "?";
}

}  // namespace

std::string encryptor_sentence(events::Scenario::Reader scenario, Encryptor::Reader encryptor) {
  const bool structured = encryptor.getFormat() == Encryptor::Format::DATABASE_ENCRYPTION_SDK;
  std::string out =
      fmt::format("  Encryptor {}, the {}{}: {}; attributes are {}", text(encryptor.getLogicalId()),
                  structured ? "Database Encryption SDK" : "DynamoDB Encryption Client",
                  encryptor.getSignatures() ? " with signatures" : "", keys_of(scenario, encryptor),
                  done_to(encryptor.getDefaultAction()));
  for (auto named : encryptor.getActions()) {
    out += fmt::format(", {} is {}", text(named.getName()), done_to(named.getAction()));
  }
  return out + ".\n";
}

}  // namespace tablekey::scenarios
