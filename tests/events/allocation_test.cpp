// Counts every allocation of this program, to hold the recorder to none per event. Sanitizers bring
// their own allocation functions, so there this file is empty.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if !defined(__has_feature)
#define TABLEKEY_COUNT_ALLOCATIONS
#elif !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define TABLEKEY_COUNT_ALLOCATIONS
#endif
#endif

#ifdef TABLEKEY_COUNT_ALLOCATIONS
#include <stdlib.h>
#include <catch2/catch.hpp>

#include <atomic>
#include <new>

#include "events/recorder.h"
#include "tests/events/sample.h"

using namespace tablekey::events;

namespace {

std::atomic<std::uint64_t> allocations = 0;

void* counted(std::size_t size) {
  ++allocations;
  void* memory = ::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

class Nowhere : public ChunkSink {
 public:
  void identity(Bytes) override {}
  void chunk(Bytes, const ChunkInfo&) override { ++chunks; }
  void snapshot(Bytes, std::uint64_t, std::int64_t) override {}
  Digest chain() override { return {}; }
  Result<void> status() const override { return {}; }
  int chunks = 0;
};

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { ::free(memory); }
void operator delete[](void* memory) noexcept { ::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { ::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { ::free(memory); }

TEST_CASE("recording events allocates nothing once the first chunk is open") {
  Nowhere sink;
  Recorder recorder(512, 0, sink);
  const auto record = [&](std::uint64_t until) {
    while (recorder.events() < until) {
      sample::fill_read(recorder.begin().initItemRead(), recorder.events());
      recorder.commit();
    }
  };
  record(513);
  const std::uint64_t before = allocations;
  record(5120);
  REQUIRE(allocations == before);
  REQUIRE(sink.chunks == 10);
}
#endif
