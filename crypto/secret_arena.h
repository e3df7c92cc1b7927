#pragma once
// Memory for secrets: pages of our own, kept out of core dumps, locked against swapping where the
// system allows it, wiped whenever a piece is given back. It belongs to the process and not to a
// simulation, since what it lives by (the limit on locked memory) does too.

#include <cstddef>
#include <cstdint>

namespace tablekey::crypto {

// How much secret memory the process has mapped, and how much of it the system agreed to lock.
struct SecretMemory {
  std::size_t mapped_bytes = 0;
  std::size_t locked_bytes = 0;
  std::size_t pieces_in_use = 0;
};
SecretMemory secret_memory();

// A zeroed piece of at least `size` bytes, aligned to 16. std::bad_alloc when there is none.
// Any thread may ask; a piece may be given back by another thread than the one that asked.
std::uint8_t* take_secret_piece(std::size_t size);

// Wipes the piece and makes it available again. `size` is what was asked for.
void give_back_secret_piece(std::uint8_t* piece, std::size_t size) noexcept;

}  // namespace tablekey::crypto
