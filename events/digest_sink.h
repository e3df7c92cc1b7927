// A sink that keeps the chain digest and nothing else: a run without a file.
#pragma once

#include "events/chain.h"
#include "events/sink.h"

namespace tablekey::events {

class DigestSink : public ChunkSink {
 public:
  void identity(Bytes message) override { chain_.identity(message); }
  void chunk(Bytes message, const ChunkInfo& info) override { chain_.events(message, info); }
  void snapshot(Bytes state, std::uint64_t event_number, std::int64_t time) override {
    chain_.snapshot(state, event_number, time);
  }
  Digest chain() override { return chain_.digest(); }
  Result<void> status() const override { return {}; }

 private:
  Chain chain_;
};

}  // namespace tablekey::events
