// Secrets: what the types forbid, and what they do with the bytes.

#include "crypto/secret.h"

#include <catch2/catch.hpp>
#include <sstream>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/crypto/hex.h"

namespace tablekey::crypto::secret_test {
namespace {

// Never copied, in any way that has no name.
static_assert(!std::is_copy_constructible_v<Key256> && !std::is_copy_assignable_v<Key256>);
static_assert(!std::is_copy_constructible_v<SecretBuffer> &&
              !std::is_copy_assignable_v<SecretBuffer>);
static_assert(std::is_nothrow_move_constructible_v<Key256> &&
              std::is_nothrow_move_assignable_v<Key256>);
// Made from exactly as many bytes, and not by conversion.
static_assert(std::is_constructible_v<Key256, std::span<const std::uint8_t, 32>>);
static_assert(!std::is_convertible_v<std::span<const std::uint8_t, 32>, Key256>);
static_assert(!std::is_constructible_v<Key256, std::span<const std::uint8_t, 31>>);
static_assert(!std::is_constructible_v<Key256, std::span<const std::uint8_t>>);
static_assert(!std::is_constructible_v<Key256, const std::array<std::uint8_t, 16>&>);
static_assert(!std::is_constructible_v<Key256, const Secret<16>&>);
static_assert(!std::is_constructible_v<Key256, const std::vector<std::uint8_t>&>);
static_assert(!std::is_constructible_v<Key256, std::string_view>);
// Neither compared in variable time nor printed.
template <typename T>
concept Comparable = requires(const T& a, const T& b) {
  a == b;
};
template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!Comparable<Key256> && !Comparable<SecretBuffer>);
static_assert(!Printable<Key256> && !Printable<SecretBuffer>);
static_assert(Comparable<int> && Printable<int>);  // The questions themselves can be answered yes.

Key256 counting_key() {
  Key256 key;
  for (std::size_t i = 0; i < Key256::kSize; ++i) {
    key.writable()[i] = static_cast<std::uint8_t>(i);
  }
  return key;
}

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

TEST_CASE("a new secret is zero", "[secret]") {
  { const Key256 before = counting_key(); }  // Its piece is likely to be handed out again.
  const Key256 key;
  CHECK(all_zero(key.bytes()));
  const SecretBuffer buffer(100000);
  CHECK(buffer.size() == 100000);
  CHECK(all_zero(buffer.bytes()));
}

TEST_CASE("moving a secret hands its bytes over, and the source cannot be read any more",
          "[secret]") {
  Key256 source = counting_key();
  Key256 target = std::move(source);
  CHECK(equal(target, counting_key()));
  CHECK_THROWS_AS(source.bytes(), BrokenLaw);
  CHECK_THROWS_AS(source.writable(), BrokenLaw);
  CHECK_THROWS_AS(source.clone(), BrokenLaw);
  source = Key256();
  CHECK(all_zero(source.bytes()));
  Key256& same = target;
  target = std::move(same);
  CHECK(equal(target, counting_key()));
}

TEST_CASE("a clone is a second secret with the same bytes", "[secret]") {
  Key256 key = counting_key();
  const Key256 copy = key.clone();
  key.wipe();
  CHECK(all_zero(key.bytes()));
  CHECK(equal(copy, counting_key()));
}

TEST_CASE("taking bytes over leaves zeros behind", "[secret]") {
  std::array<std::uint8_t, 16> source = {1, 2, 3};
  const Secret<16> taken = Secret<16>::take(source);
  CHECK(taken.bytes()[2] == 3);
  CHECK(all_zero(source));
}

TEST_CASE("equality looks at every byte and at the length", "[secret]") {
  Bytes a(40, 7);
  Bytes b(40, 7);
  CHECK(equal(a, b));
  CHECK(equal(ByteView{}, ByteView{}));
  CHECK_FALSE(equal(a, ByteView(b).first(39)));
  for (std::size_t bit = 0; bit < 8 * a.size(); ++bit) {
    b[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    REQUIRE_FALSE(equal(a, b));
    b[bit / 8] = 7;
  }
}

TEST_CASE("cleansing zeroes all bytes and allows none", "[secret]") {
  Bytes bytes(1000, 0xff);
  cleanse(bytes);
  CHECK(all_zero(bytes));
  CHECK_NOTHROW(cleanse({}));
}

TEST_CASE("secrets of any size are apart from each other, aligned and given back", "[secret]") {
  const std::size_t in_use_before = secret_memory().pieces_in_use;
  {
    std::vector<SecretBuffer> buffers;
    for (std::size_t size = 0; size < 3000; size += 7) {
      buffers.emplace_back(size);
      std::fill(buffers.back().writable().begin(), buffers.back().writable().end(),
                static_cast<std::uint8_t>(size));
    }
    buffers.emplace_back(std::size_t{3} << 20);
    CHECK(secret_memory().pieces_in_use == in_use_before + buffers.size());
    for (std::size_t i = 0; i + 1 < buffers.size(); ++i) {
      const auto bytes = buffers[i].bytes();
      REQUIRE(bytes.size() == i * 7);
      REQUIRE(reinterpret_cast<std::uintptr_t>(bytes.data()) % 16 == 0);
      REQUIRE(std::all_of(bytes.begin(), bytes.end(), [&](std::uint8_t byte) {
        return byte == static_cast<std::uint8_t>(bytes.size());
      }));
    }
  }
  CHECK(secret_memory().pieces_in_use == in_use_before);
  CHECK_THROWS_AS(SecretBuffer(std::size_t{1} << 40), std::bad_alloc);
}

TEST_CASE("the secret arena reuses what was given back", "[secret]") {
  { const std::vector<Key256> warm(5000); }
  const std::size_t mapped = secret_memory().mapped_bytes;
  for (int round = 0; round < 20; ++round) {
    const std::vector<Key256> keys(5000);
    REQUIRE(secret_memory().mapped_bytes == mapped);
  }
  CHECK(secret_memory().locked_bytes <= mapped);
}

TEST_CASE("threads take and give back secrets without losing one another's", "[secret]") {
  const std::size_t in_use_before = secret_memory().pieces_in_use;
  std::array<bool, 4> intact{};
  {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < intact.size(); ++thread) {
      threads.emplace_back([&intact, thread] {
        bool all = true;
        for (int round = 0; round < 2000; ++round) {
          Key256 key;
          all = all && all_zero(key.bytes());
          const auto mark = static_cast<std::uint8_t>(thread + 1);
          std::fill(key.writable().begin(), key.writable().end(), mark);
          Key256 moved = std::move(key);
          all = all && moved.bytes()[31] == mark;
        }
        intact[thread] = all;
      });
    }
  }
  CHECK(intact == std::array<bool, 4>{true, true, true, true});
  CHECK(secret_memory().pieces_in_use == in_use_before);
}

}  // namespace
}  // namespace tablekey::crypto::secret_test
