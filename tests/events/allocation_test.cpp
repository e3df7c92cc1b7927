// Counts every allocation of this program, to hold the recorder to none per event.
#include <catch2/catch.hpp>

#include "events/recorder.h"
#include "tests/events/sample.h"
#include "tests/support/counted_allocations.h"

#ifdef TABLEKEY_COUNTS_ALLOCATIONS

using namespace tablekey::events;
using tablekey::test::allocations;

namespace {

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
  const std::size_t before = allocations;
  record(5120);
  REQUIRE(allocations == before);
  REQUIRE(sink.chunks == 10);
}
#endif
