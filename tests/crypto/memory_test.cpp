// No key byte outlives what held it (log-format-notes 13): every holder and user of a key in this
// room is made, used and ended, and the whole memory of the process is scanned for the keys. The
// scanner is tested first, on keys that are there.

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "crypto/ctr.h"
#include "crypto/draw.h"
#include "crypto/ecb.h"
#include "crypto/gcm.h"
#include "crypto/kdf.h"
#include "crypto/keywrap.h"
#include "crypto/secret.h"
#include "crypto/synthetic_iv.h"
#include "tests/support/memory_scan.h"

namespace tablekey::crypto::memory_test {
namespace {

using tests::MemoryScan;

// The keys of this file: values that exist nowhere else, made again wherever they are needed.
[[gnu::noinline]] Key256 make_key(std::uint64_t number) {
  Key256 key;
  DrawRoot(0x5ca9).stream("memory test", "key").secret(number, key);
  return key;
}

// Forms in which a key could lie about unrecognised: OpenSSL keeps hash states as 32-bit words in
// the processor's order, and HMAC works on the key combined with one of two bytes.
[[gnu::noinline]] void add_forms(MemoryScan& scan, const std::string& name, const Key256& key) {
  Key256 form;
  for (const unsigned pad : {0x00U, 0x36U, 0x5cU}) {
    for (const std::size_t swap : {0U, 3U}) {
      for (std::size_t i = 0; i < Key256::kSize; ++i) {
        form.writable()[i] = static_cast<std::uint8_t>(key.bytes()[i ^ swap] ^ pad);
      }
      scan.add(name + (pad == 0 ? "" : ", padded") + (swap == 0 ? "" : ", as words"), form.bytes());
    }
  }
}

[[gnu::noinline]] void add_key(MemoryScan& scan, std::uint64_t number) {
  add_forms(scan, "key " + std::to_string(number), make_key(number));
}

TEST_CASE("the memory scan finds a key in the heap, in the secret arena and across a chunk border",
          "[memory]") {
  MemoryScan scan;
  for (std::uint64_t number = 1; number <= 4; ++number) {
    add_key(scan, number);
  }
  const Key256 in_arena = make_key(1);
  std::vector<std::uint8_t> in_heap(3 << 20);
  const Key256 other = make_key(2);
  std::copy(other.bytes().begin(), other.bytes().end(), in_heap.begin() + 77);
  // Mappings are read in chunks of 1 MiB; copies at every 4 KiB and 16 bytes before each border lie
  // across all of them, wherever the mapping begins.
  const Key256 third = make_key(3);
  const auto base = reinterpret_cast<std::uintptr_t>(in_heap.data());
  const std::size_t first_border = (0 - base) % 4096;
  std::size_t copies = 0;
  for (std::size_t at = first_border + 4096 - 16; at + 32 < in_heap.size(); at += 4096) {
    std::copy(third.bytes().begin(), third.bytes().end(), in_heap.begin() + static_cast<long>(at));
    ++copies;
  }
  const MemoryScan::Result result = scan.scan();
  // The compiler may keep a copy of its own in a register that it spills, so only these are
  // counted.
  const auto hits = [&](const std::string& name, std::span<const std::uint8_t> where) {
    const auto begin = reinterpret_cast<std::uint64_t>(where.data());
    return static_cast<std::size_t>(
        std::count_if(result.hits.begin(), result.hits.end(), [&](const auto& hit) {
          return hit.needle == name && hit.address >= begin && hit.address < begin + where.size();
        }));
  };
  CHECK(hits("key 1", in_arena.bytes()) == 1);
  CHECK(hits("key 2", in_heap) == 1);
  CHECK(hits("key 3", in_heap) == copies);
  CHECK(result.text().find("key 4") == std::string::npos);
  CHECK(result.bytes_scanned >= in_heap.size());
}

TEST_CASE("the memory scan finds needles of other lengths, and each of two with one beginning",
          "[memory]") {
  MemoryScan scan;
  std::vector<std::uint8_t> text(400);
  const Key256 key = make_key(5);
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = static_cast<std::uint8_t>(key.bytes()[i % 32] + i / 32);
  }
  scan.add("long", text);
  scan.add("short", std::span(text).first(16));
  const MemoryScan::Result result = scan.scan();
  INFO(result.text());
  CHECK(result.hits.size() >= 2);
  CHECK_THROWS_AS(scan.add("too short", std::span(text).first(15)), std::invalid_argument);
}

// What is done with a key before it must be gone. Each is called once with a key of its own.
struct Use {
  const char* what;
  std::function<void(Key256)> with_key;
};

struct Message {
  Message() : tag() {}
  std::vector<std::uint8_t> aad = std::vector<std::uint8_t>(44, 0x11);
  std::vector<std::uint8_t> text = std::vector<std::uint8_t>(400, 0x22);
  std::vector<std::uint8_t> sealed = std::vector<std::uint8_t>(400);
  Iv iv{std::array<std::uint8_t, 12>{7}};
  Tag tag;
};

void seal_and_open(Aes256Gcm& gcm) {
  Message message;
  gcm.seal(message.iv, message.aad, message.text, message.sealed, message.tag);
  REQUIRE(gcm.open(message.iv, message.aad, message.sealed, message.tag, message.text));
  message.tag.bytes[0] ^= 1;
  REQUIRE_FALSE(gcm.open(message.iv, message.aad, message.sealed, message.tag, message.text));
}

std::vector<Use> uses_of_secrets() {
  return {
      {"a secret", [](Key256 key) { REQUIRE(equal(key, key.clone())); }},
      {"a secret moved about",
       [](Key256 key) {
         std::vector<Key256> keys;  // Grows, and moves its elements.
         keys.push_back(std::move(key));
         for (int i = 0; i < 20; ++i) {
           keys.emplace_back();
         }
         std::swap(keys[0], keys[20]);
         keys[3] = std::move(keys[20]);
       }},
      {"a secret assigned over", [](Key256 key) { key = Key256(); }},
      {"a secret buffer",
       [](Key256 key) {
         SecretBuffer buffer(500);
         std::copy(key.bytes().begin(), key.bytes().end(), buffer.writable().begin() + 100);
         SecretBuffer moved = std::move(buffer);
         moved = SecretBuffer(10);
       }},
      {"a source that was taken over",
       [](Key256 key) {
         const auto bytes = std::make_unique<std::array<std::uint8_t, 32>>();
         std::copy(key.bytes().begin(), key.bytes().end(), bytes->begin());
         REQUIRE(equal(Key256::take(*bytes), key));
       }},
  };
}

std::vector<Use> uses_of_ciphers() {
  return {
      {"GCM",
       [](Key256 key) {
         Aes256Gcm gcm(key);
         seal_and_open(gcm);
       }},
      {"GCM re-keyed, still alive",
       [](Key256 key) {
         static std::optional<Aes256Gcm> alive;  // Outlives the scan, under another key.
         alive.emplace(key);
         seal_and_open(*alive);
         alive->rekey(make_key(1000));
       }},
      {"the block permutation and its inverse",
       [](Key256 key) {
         Aes256Encryptor encryptor(key);
         Aes256Decryptor decryptor(key);
         std::array<std::uint8_t, 32> blocks{};
         encryptor.blocks(blocks, blocks);
         decryptor.blocks(blocks, blocks);
         decryptor.rekey(make_key(1001));
       }},
      {"counter mode",
       [](Key256 key) {
         Message message;
         Aes256Ctr(key).apply(CounterBlock(std::array<std::uint8_t, 16>{}), message.text,
                              message.sealed);
       }},
      {"key wrap, of and under the key",
       [](Key256 key) {
         KeyWrap wrap(key);
         const WrappedKey256 wrapped = wrap.wrap(key);
         Key256 unwrapped;
         REQUIRE(wrap.unwrap(wrapped, unwrapped));
         std::array<std::uint8_t, 40> padded;
         wrap.wrap_padded(key.bytes(), padded);
         REQUIRE(wrap.unwrap_padded(padded, unwrapped.writable()) == 32U);
         padded[3] ^= 1;
         REQUIRE_FALSE(wrap.unwrap_padded(padded, unwrapped.writable()));
       }},
  };
}

std::vector<Use> uses_of_macs() {
  return {
      {"HMAC",
       [](Key256 key) {
         HmacSha256 hmac(key);
         REQUIRE(hmac.verify({bytes_of("message")}, hmac.mac(bytes_of("message"))));
       }},
      {"HMAC, keyed and no more", [](Key256 key) { HmacSha256(key).rekey(key); }},
      {"the key check value",
       [](Key256 key) { REQUIRE(key_check_value(key) == key_check_value(key.clone())); }},
      {"synthetic IVs",
       [](Key256 key) {
         Message message;
         SyntheticIv ivs(key);
         REQUIRE(ivs.derive(1, message.aad, message.text) != message.iv);
       }},
      {"the KDFs",
       [](Key256 key) {
         Secret<80> out;
         kbkdf_counter(key, bytes_of("label"), bytes_of("context"), out.writable());
         hkdf_sha256(key.bytes(), {}, bytes_of("info"), out.writable());
       }},
  };
}

// Runs one use in a thread that then waits with its stack as the use left it, and calls `look`.
void use_and_look(const Use& use, std::uint64_t key_number, const std::function<void()>& look) {
  std::binary_semaphore used(0);
  std::binary_semaphore looked(0);
  std::jthread user([&] {
    use.with_key(make_key(key_number));
    used.release();
    looked.acquire();
  });
  used.acquire();
  look();
  looked.release();
}

TEST_CASE("after its use no key is found anywhere in the memory of the process", "[memory]") {
  std::vector<Use> uses = uses_of_secrets();
  for (const auto& more : {uses_of_ciphers(), uses_of_macs()}) {
    uses.insert(uses.end(), more.begin(), more.end());
  }
  for (std::size_t i = 0; i < uses.size(); ++i) {
    MemoryScan scan;
    add_forms(scan, uses[i].what, make_key(100 + i));
    use_and_look(uses[i], 100 + i, [&] {
      const MemoryScan::Result result = scan.scan();
      INFO(result.text());
      CHECK(result.hits.empty());
      CHECK(result.bytes_scanned > 0);
    });
  }
}

// Keys that the room makes itself: the scan looks for what came out.
TEST_CASE("after its use no derived, drawn or unwrapped key is found in memory", "[memory]") {
  MemoryScan scan;
  const auto with_derived = [&scan](const char* name, auto make) {
    const Key256 key = make();
    add_forms(scan, name, key);
  };
  HmacSha256 keyed(make_key(200));  // Alive during the scan: it keeps nothing of what it made.
  with_derived("KBKDF", [&] { return kbkdf_counter(keyed, bytes_of("label"), {}); });
  with_derived("HKDF", [] {
    Key256 out;
    hkdf_sha256(make_key(201).bytes(), {}, {}, out.writable());
    return out;
  });
  with_derived("unwrapped", [] {
    KeyWrap wrap(make_key(202));
    Key256 out;
    REQUIRE(wrap.unwrap(wrap.wrap(make_key(203)), out));
    return out;
  });
  with_derived("opened", [] {
    Aes256Gcm gcm(make_key(204));
    const Message message;
    Key256 key = make_key(205);
    std::array<std::uint8_t, 32> sealed;
    Tag tag;
    gcm.seal(message.iv, {}, key.bytes(), sealed, tag);
    REQUIRE(gcm.open(message.iv, {}, sealed, tag, key.writable()));
    return key;
  });
  with_derived("stream key", [] {
    const DrawRoot root(0x5ca9);
    DrawStream stream = root.stream("a", "b");
    root.retarget(stream, "c", "d");
    Key256 seed_bytes_mac = make_key(206);
    HmacSha256 outer(bytes_of(std::string_view("\0\0\0\0\0\0\x5c\xa9", 8)));
    outer.mac_into({bytes_of("tk.root.v1")}, seed_bytes_mac.writable());
    HmacSha256 root_mac(seed_bytes_mac);
    return kbkdf_counter(root_mac, bytes_of("c"), bytes_of("d"));
  });
  with_derived("what the KDF cut off", [] {
    HmacSha256 fixed(make_key(207));
    Secret<80> cut;
    Secret<96> whole;
    kbkdf_counter_fixed(fixed, bytes_of("fixed"), cut.writable());
    kbkdf_counter_fixed(fixed, bytes_of("fixed"), whole.writable());
    return Key256(whole.bytes().last<32>());
  });
  const MemoryScan::Result result = scan.scan();
  INFO(result.text());
  CHECK(result.hits.empty());
}

TEST_CASE("a failed open leaves none of the plaintext in memory", "[memory]") {
  MemoryScan scan;
  Aes256Gcm gcm(make_key(300));
  Message message;
  {
    SecretBuffer plaintext(400);
    const Key256 key = make_key(301);
    for (std::size_t i = 0; i < plaintext.size(); ++i) {
      plaintext.writable()[i] = static_cast<std::uint8_t>(key.bytes()[i % 32] ^ (i >> 5));
    }
    scan.add("plaintext", plaintext.bytes());
    scan.add("its last 32 bytes", plaintext.bytes().last(32));
    gcm.seal(message.iv, message.aad, plaintext.bytes(), message.sealed, message.tag);
  }
  message.tag.bytes[15] ^= 0x80;
  REQUIRE_FALSE(gcm.open(message.iv, message.aad, message.sealed, message.tag, message.text));
  const MemoryScan::Result result = scan.scan();
  INFO(result.text());
  CHECK(result.hits.empty());
}

}  // namespace
}  // namespace tablekey::crypto::memory_test
