// Pieces come in powers of two from 32 bytes up, cut from slabs that are mapped, kept out of dumps
// and locked as a whole. Freed pieces wait on a list of their size and are zero while they wait.
// Slabs are never unmapped: a simulation that let go of its keys will want keys again, and a locked
// page is cheaper kept than locked twice.

#include "crypto/secret_arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <mutex>
#include <new>

#include "crypto/secret.h"

#if defined(__SANITIZE_ADDRESS__)
#define TABLEKEY_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TABLEKEY_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef TABLEKEY_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace tablekey::crypto {
namespace {

constexpr std::size_t kPieceMin = 32;
constexpr std::size_t kPieceMax = std::size_t{1} << 31;
constexpr std::size_t kSlabMin = std::size_t{64} << 10;
constexpr std::size_t kClasses = std::bit_width(kPieceMax / kPieceMin);

// The address sanitizer then reports the use of a secret after its end.
void forbid_access([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t size) {
#ifdef TABLEKEY_ADDRESS_SANITIZER
  ASAN_POISON_MEMORY_REGION(memory, size);
#endif
}

void allow_access([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t size) {
#ifdef TABLEKEY_ADDRESS_SANITIZER
  ASAN_UNPOISON_MEMORY_REGION(memory, size);
#endif
}

// A waiting piece holds the link to the next one in its first bytes, and zeros after it.
struct Waiting {
  Waiting* next;
};

class Arena {
 public:
  std::uint8_t* take(std::size_t size) {
    if (size > kPieceMax) {
      throw std::bad_alloc();
    }
    const std::size_t size_class = class_of(size);
    const std::lock_guard lock(mutex_);
    if (waiting_[size_class] == nullptr) {
      cut_slab(size_class);
    }
    Waiting* piece = waiting_[size_class];
    allow_access(piece, piece_size(size_class));
    waiting_[size_class] = piece->next;
    piece->next = nullptr;
    ++memory_.pieces_in_use;
    return reinterpret_cast<std::uint8_t*>(piece);
  }

  void give_back(std::uint8_t* piece, std::size_t size) noexcept {
    cleanse({piece, size});
    const std::lock_guard lock(mutex_);
    --memory_.pieces_in_use;
    put_on_list(piece, class_of(size));
  }

  SecretMemory memory() {
    const std::lock_guard lock(mutex_);
    return memory_;
  }

 private:
  static std::size_t class_of(std::size_t size) {
    return size <= kPieceMin ? 0 : static_cast<std::size_t>(std::bit_width((size - 1) / kPieceMin));
  }
  static std::size_t piece_size(std::size_t size_class) { return kPieceMin << size_class; }

  void put_on_list(std::uint8_t* piece, std::size_t size_class) noexcept {
    waiting_[size_class] = new (piece) Waiting{waiting_[size_class]};
    forbid_access(piece, piece_size(size_class));
  }

  // Cut from the end, so that pieces are handed out in the order of their addresses.
  void cut_slab(std::size_t size_class) {
    const std::size_t size = std::max(kSlabMin, piece_size(size_class));
    std::uint8_t* slab = map(size);
    for (std::size_t end = size; end != 0; end -= piece_size(size_class)) {
      put_on_list(slab + end - piece_size(size_class), size_class);
    }
  }

  std::uint8_t* map(std::size_t size) {
    void* pages = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
      throw std::bad_alloc();
    }
    madvise(pages, size, MADV_DONTDUMP);  // Where it is refused, harden_process still stands.
    memory_.mapped_bytes += size;
    if (mlock(pages, size) == 0) {
      memory_.locked_bytes += size;
    }
    return static_cast<std::uint8_t*>(pages);
  }

  std::mutex mutex_;
  std::array<Waiting*, kClasses> waiting_{};
  SecretMemory memory_;
};

// Never destroyed: a secret in another static object may be the last to go.
Arena& arena() {
  alignas(Arena) static std::byte place[sizeof(Arena)];
  static Arena& process_arena = *new (place) Arena();
  return process_arena;
}

}  // namespace

SecretMemory secret_memory() { return arena().memory(); }

std::uint8_t* take_secret_piece(std::size_t size) { return arena().take(size); }

void give_back_secret_piece(std::uint8_t* piece, std::size_t size) noexcept {
  arena().give_back(piece, size);
}

}  // namespace tablekey::crypto
