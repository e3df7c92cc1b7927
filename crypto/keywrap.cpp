#include "crypto/keywrap.h"

#include "crypto/keywrap_rounds.h"

namespace tablekey::crypto {

KeyWrap::KeyWrap(const Key256& key) : encryptor_(key), decryptor_(key) {}

void KeyWrap::rekey(const Key256& key) {
  encryptor_.rekey(key);
  decryptor_.rekey(key);
}

WrappedKey256 KeyWrap::wrap(const Key256& secret) {
  WrappedKey256 wrapped;
  keywrap::wrap(encryptor_, secret.bytes(), wrapped);
  return wrapped;
}

bool KeyWrap::unwrap(const WrappedKey256& wrapped, Key256& secret) {
  return keywrap::unwrap(decryptor_, wrapped, secret.writable());
}

void KeyWrap::wrap(ByteView secret, ByteSpan wrapped) {
  keywrap::wrap(encryptor_, secret, wrapped);
}

bool KeyWrap::unwrap(ByteView wrapped, ByteSpan secret) {
  return keywrap::unwrap(decryptor_, wrapped, secret);
}

void KeyWrap::wrap_padded(ByteView secret, ByteSpan wrapped) {
  keywrap::wrap_padded(encryptor_, secret, wrapped);
}

std::optional<std::size_t> KeyWrap::unwrap_padded(ByteView wrapped, ByteSpan secret) {
  return keywrap::unwrap_padded(decryptor_, wrapped, secret);
}

}  // namespace tablekey::crypto
