#include "crypto/draw.h"

#include "crypto/kdf.h"
#include "crypto/law.h"

namespace tablekey::crypto {
namespace {

enum class Kind : std::uint32_t { kSecret = 0, kPublic = 1 };

void draw(Aes256Encryptor& cipher, std::uint64_t ordinal, Kind kind,
          std::span<std::uint8_t, 32> out) {
  for (std::uint32_t half = 0; half < 2; ++half) {
    std::uint8_t* block = out.data() + half * kAesBlockSize;
    store_big_endian<8>(ordinal, block);
    store_big_endian<4>(half, block + 8);
    store_big_endian<4>(static_cast<std::uint32_t>(kind), block + 12);
  }
  cipher.blocks(out, out);
}

Key256 seed_mac(std::uint64_t seed, std::string_view text) {
  std::array<std::uint8_t, 8> seed_bytes;
  store_big_endian<8>(seed, seed_bytes.data());
  Key256 result;
  HmacSha256(ByteView(seed_bytes)).mac_into({bytes_of(text)}, result.writable());
  return result;
}

}  // namespace

std::array<std::uint8_t, 32> DrawStream::public_bytes(std::uint64_t ordinal) const {
  std::array<std::uint8_t, 32> bytes;
  draw(cipher_, ordinal, Kind::kPublic, bytes);
  return bytes;
}

void DrawStream::secret(std::uint64_t ordinal, Key256& out) const {
  draw(cipher_, ordinal, Kind::kSecret, out.writable());
}

DrawRoot::DrawRoot(std::uint64_t seed)
    : root_(seed_mac(seed, "tk.root.v1")),
      choice_root_(load_big_endian<8>(seed_mac(seed, "tk.choice.v1").bytes().data())) {}

DrawStream DrawRoot::stream(std::string_view purpose, std::string_view entity) const {
  return DrawStream(stream_key(purpose, entity));
}

void DrawRoot::retarget(DrawStream& stream, std::string_view purpose,
                        std::string_view entity) const {
  stream.cipher_.rekey(stream_key(purpose, entity));
}

Key256 DrawRoot::stream_key(std::string_view purpose, std::string_view entity) const {
  require(!purpose.empty() && purpose.find('\0') == std::string_view::npos,
          "the purpose of a stream is a name without zero bytes");
  return kbkdf_counter(root_, bytes_of(purpose), bytes_of(entity));
}

}  // namespace tablekey::crypto
