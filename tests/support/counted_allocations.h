// Counts the allocations of the thread that asks, to hold code to none. It replaces this program's
// operator new, so one source of a program may include it, and that one is compiled by itself.
// Sanitizers bring allocation functions of their own, with checks that ours would trip over: there
// TABLEKEY_COUNTS_ALLOCATIONS is not defined, and nothing is replaced.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if !defined(__has_feature)
#define TABLEKEY_COUNTS_ALLOCATIONS
#elif !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define TABLEKEY_COUNTS_ALLOCATIONS
#endif
#endif

#ifdef TABLEKEY_COUNTS_ALLOCATIONS

namespace tablekey::test {

inline thread_local std::size_t allocations = 0;

}  // namespace tablekey::test

void* operator new(std::size_t size) {
  ++tablekey::test::allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

#endif
