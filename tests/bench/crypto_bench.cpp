// What the crypto room costs, each beside the bare OpenSSL calls it stands on: run both in one
// process and read the ratio. Sizes are those of a simulated request (log-format-notes 14): an item
// of 400 bytes under 44 bytes of AAD.

#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <array>
#include <cstdlib>
#include <vector>

#include "crypto/crc32c.h"
#include "crypto/draw.h"
#include "crypto/gcm.h"
#include "crypto/kdf.h"
#include "crypto/keywrap.h"
#include "crypto/sha256.h"
#include "crypto/synthetic_iv.h"

namespace tablekey::crypto {
namespace {

constexpr std::size_t kItemSize = 400;
constexpr std::size_t kAadSize = 44;
constexpr std::size_t kChunkSize = std::size_t{64} << 10;

Key256 key_number(std::uint64_t number) {
  Key256 key;
  DrawRoot(1).stream("bench", "key").secret(number, key);
  return key;
}

// A sealed item, and room to open it in.
struct Item {
  explicit Item(Aes256Gcm& gcm) { gcm.seal(iv, aad, plaintext, ciphertext, tag); }

  // As in a run, no two calls have the same IV.
  void next_iv() { store_big_endian<8>(++count, iv.bytes.data()); }

  Iv iv{std::array<std::uint8_t, Iv::kSize>{}};
  Tag tag;
  std::vector<std::uint8_t> aad = std::vector<std::uint8_t>(kAadSize, 1);
  std::vector<std::uint8_t> plaintext = std::vector<std::uint8_t>(kItemSize, 2);
  std::vector<std::uint8_t> ciphertext = std::vector<std::uint8_t>(kItemSize);
  std::uint64_t count = 0;
};

void must(bool holds) {
  if (!holds) {
    std::abort();
  }
}

// The calls as OpenSSL's manual has them, with a keyed context, the IV and the tag set each time.
void bare_open(benchmark::State& state) {
  Aes256Gcm gcm(key_number(1));
  Item item(gcm);
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  const Key256 key = key_number(1);
  must(EVP_DecryptInit_ex2(context, cipher, key.bytes().data(), nullptr, nullptr) == 1);
  int written = 0;
  for (auto _ : state) {
    const bool opened =
        EVP_DecryptInit_ex2(context, nullptr, nullptr, item.iv.bytes.data(), nullptr) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, item.tag.bytes.data()) == 1 &&
        EVP_DecryptUpdate(context, nullptr, &written, item.aad.data(), kAadSize) == 1 &&
        EVP_DecryptUpdate(context, item.plaintext.data(), &written, item.ciphertext.data(),
                          kItemSize) == 1 &&
        EVP_DecryptFinal_ex(context, item.plaintext.data(), &written) == 1;
    must(opened);
    benchmark::DoNotOptimize(item.plaintext.data());
  }
  EVP_CIPHER_CTX_free(context);
  EVP_CIPHER_free(cipher);
}

void open(benchmark::State& state) {
  Aes256Gcm gcm(key_number(1));
  Item item(gcm);
  for (auto _ : state) {
    must(gcm.open(item.iv, item.aad, item.ciphertext, item.tag, item.plaintext));
    benchmark::DoNotOptimize(item.plaintext.data());
  }
}

void open_after_rekey(benchmark::State& state) {
  const Key256 key = key_number(1);
  Aes256Gcm gcm(key);
  Item item(gcm);
  for (auto _ : state) {
    gcm.rekey(key);
    must(gcm.open(item.iv, item.aad, item.ciphertext, item.tag, item.plaintext));
    benchmark::DoNotOptimize(item.plaintext.data());
  }
}

void open_in_new_context(benchmark::State& state) {
  const Key256 key = key_number(1);
  Aes256Gcm keyed(key);
  Item item(keyed);
  for (auto _ : state) {
    Aes256Gcm gcm(key);
    must(gcm.open(item.iv, item.aad, item.ciphertext, item.tag, item.plaintext));
    benchmark::DoNotOptimize(item.plaintext.data());
  }
}

void seal(benchmark::State& state) {
  Aes256Gcm gcm(key_number(1));
  Item item(gcm);
  for (auto _ : state) {
    item.next_iv();
    gcm.seal(item.iv, item.aad, item.plaintext, item.ciphertext, item.tag);
    benchmark::DoNotOptimize(item.ciphertext.data());
  }
}

void seal_with_synthetic_iv(benchmark::State& state) {
  Aes256Gcm gcm(key_number(1));
  SyntheticIv ivs(key_number(1));
  Item item(gcm);
  std::uint64_t counter = 0;
  for (auto _ : state) {
    const Iv iv = ivs.derive(counter++ % kSealsPerKeyMax, item.aad, item.plaintext);
    gcm.seal(iv, item.aad, item.plaintext, item.ciphertext, item.tag);
    benchmark::DoNotOptimize(item.ciphertext.data());
  }
}

void draw_secret(benchmark::State& state) {
  const DrawStream stream = DrawRoot(1).stream("purpose", "entity");
  Key256 key;
  std::uint64_t ordinal = 0;
  for (auto _ : state) {
    stream.secret(ordinal++, key);
    benchmark::DoNotOptimize(key.bytes().data());
  }
}

void draw_from_another_stream(benchmark::State& state) {
  const DrawRoot root(1);
  DrawStream stream = root.stream("purpose", "entity");
  for (auto _ : state) {
    root.retarget(stream, "purpose", "another entity");
    benchmark::DoNotOptimize(stream.public_bytes(0));
  }
}

void kbkdf_one_block(benchmark::State& state) {
  HmacSha256 keyed(key_number(1));
  const std::array<std::uint8_t, 80> context{};
  Key256 out;
  for (auto _ : state) {
    kbkdf_counter(keyed, bytes_of("tablekey/kms/v1/aes-256-gcm"), context, out.writable());
    benchmark::DoNotOptimize(out.bytes().data());
  }
}

void hmac_rekey(benchmark::State& state) {
  const Key256 key = key_number(1);
  HmacSha256 hmac(key);
  for (auto _ : state) {
    hmac.rekey(key);
  }
}

void wrap_key(benchmark::State& state) {
  KeyWrap wrapper(key_number(1));
  const Key256 key = key_number(2);
  for (auto _ : state) {
    benchmark::DoNotOptimize(wrapper.wrap(key));
  }
}

void unwrap_key(benchmark::State& state) {
  KeyWrap wrapper(key_number(1));
  const WrappedKey256 wrapped = wrapper.wrap(key_number(2));
  Key256 key;
  for (auto _ : state) {
    must(wrapper.unwrap(wrapped, key));
  }
}

void bare_wrap_key(benchmark::State& state) {
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, "AES-256-WRAP", nullptr);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  const Key256 key = key_number(1);
  std::array<std::uint8_t, 64> wrapped;
  must(EVP_EncryptInit_ex2(context, cipher, key.bytes().data(), nullptr, nullptr) == 1);
  int written = 0;
  for (auto _ : state) {
    must(EVP_EncryptUpdate(context, wrapped.data(), &written, key.bytes().data(), 32) == 1);
    benchmark::DoNotOptimize(wrapped.data());
  }
  EVP_CIPHER_CTX_free(context);
  EVP_CIPHER_free(cipher);
}

void make_and_end_a_secret(benchmark::State& state) {
  for (auto _ : state) {
    Key256 key;
    benchmark::DoNotOptimize(key.writable().data());
  }
}

void sha256_of_a_name(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(name_hash("connection/000123"));
  }
}

void sha256_of_a_chunk(benchmark::State& state) {
  const std::vector<std::uint8_t> chunk(kChunkSize, 3);
  for (auto _ : state) {
    benchmark::DoNotOptimize(sha256(chunk));
  }
  state.SetBytesProcessed(state.iterations() * std::int64_t{kChunkSize});
}

void crc32c_of_a_chunk(benchmark::State& state) {
  const std::vector<std::uint8_t> chunk(kChunkSize, 3);
  for (auto _ : state) {
    benchmark::DoNotOptimize(crc32c(chunk));
  }
  state.SetBytesProcessed(state.iterations() * std::int64_t{kChunkSize});
}

void crc32c_by_table(benchmark::State& state) {
  const std::vector<std::uint8_t> chunk(kChunkSize, 3);
  for (auto _ : state) {
    benchmark::DoNotOptimize(crc32c_table(chunk, 0));
  }
  state.SetBytesProcessed(state.iterations() * std::int64_t{kChunkSize});
}

BENCHMARK(bare_open)->Name("crypto/gcm_open_400B/bare_evp");
BENCHMARK(open)->Name("crypto/gcm_open_400B/tablekey");
BENCHMARK(open_after_rekey)->Name("crypto/gcm_open_400B/rekeyed");
BENCHMARK(open_in_new_context)->Name("crypto/gcm_open_400B/new_context");
BENCHMARK(seal)->Name("crypto/gcm_seal_400B");
BENCHMARK(seal_with_synthetic_iv)->Name("crypto/gcm_seal_400B/synthetic_iv");
BENCHMARK(draw_secret)->Name("crypto/draw_32B");
BENCHMARK(draw_from_another_stream)->Name("crypto/draw_32B/another_stream");
BENCHMARK(kbkdf_one_block)->Name("crypto/kbkdf_32B");
BENCHMARK(hmac_rekey)->Name("crypto/hmac_rekey");
BENCHMARK(wrap_key)->Name("crypto/key_wrap/tablekey");
BENCHMARK(bare_wrap_key)->Name("crypto/key_wrap/bare_evp");
BENCHMARK(unwrap_key)->Name("crypto/key_unwrap/tablekey");
BENCHMARK(make_and_end_a_secret)->Name("crypto/secret_32B");
BENCHMARK(sha256_of_a_name)->Name("crypto/name_hash");
BENCHMARK(sha256_of_a_chunk)->Name("crypto/sha256_64KiB");
BENCHMARK(crc32c_of_a_chunk)->Name("crypto/crc32c_64KiB");
BENCHMARK(crc32c_by_table)->Name("crypto/crc32c_64KiB/table");

}  // namespace
}  // namespace tablekey::crypto
