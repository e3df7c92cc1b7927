// How fast is a simulated world? Whole GetItems (a cache hit, a 400-byte item, logged into a file)
// beside the least that such a read could cost: the bare OpenSSL calls, the event in its chunk, the
// chunk's digest, one write a chunk. Both take turns within one benchmark, so that the ratio does
// not depend on what else the machine does. Then the same run folded: events a second as a multiple
// of those of the run.

#include <benchmark/benchmark.h>
#include <capnp/message.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "crypto/bytes.h"
#include "tests/replay/sample_run.h"

namespace tablekey {
namespace {

namespace sample = replay::sample;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kItems = 1000;
constexpr std::size_t kItemSize = 400, kAadSize = 48, kTagSize = 16, kIvSize = 12;
constexpr std::uint32_t kChunkEvents = 512;
constexpr std::uint64_t kWarmTurns = 32 * kChunkEvents;   // tables made, keys held, memory touched
constexpr std::uint64_t kSliceTurns = 64 * kChunkEvents;  // some ten milliseconds

void must(bool holds) {
  if (!holds) std::abort();
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// The median, so that what else the machine does in some of the slices does not count.
double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// ---- the floor ---------------------------------------------------------------------------------

struct SealedItem {
  std::array<std::uint8_t, kIvSize> iv{};
  std::array<std::uint8_t, kTagSize> tag{};
  std::array<std::uint8_t, kAadSize> aad{};
  std::array<std::uint8_t, kItemSize> ciphertext{};
};

// As many items as the run has, opened in random order with one keyed context.
class BareItems {
 public:
  BareItems() : items_(kItems) {
    const std::array<std::uint8_t, 32> key{1, 2, 3};
    cipher_ = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    context_ = EVP_CIPHER_CTX_new();
    must(EVP_EncryptInit_ex2(context_, cipher_, key.data(), nullptr, nullptr) == 1);
    for (std::uint64_t i = 0; i < kItems; ++i) seal(items_[i], i);
  }
  ~BareItems() {
    EVP_CIPHER_CTX_free(context_);
    EVP_CIPHER_free(cipher_);
  }
  BareItems(const BareItems&) = delete;
  BareItems& operator=(const BareItems&) = delete;

  void reseal(std::uint64_t index) { seal(items_[index], sealed_++); }
  const SealedItem& open(std::uint64_t index) {
    SealedItem& item = items_[index];
    const OSSL_PARAM parameters[] = {
        {"tag", OSSL_PARAM_OCTET_STRING, item.tag.data(), kTagSize, OSSL_PARAM_UNMODIFIED},
        OSSL_PARAM_END};
    int written = 0;
    must(EVP_DecryptInit_ex2(context_, nullptr, nullptr, item.iv.data(), parameters) == 1 &&
         EVP_DecryptUpdate(context_, nullptr, &written, item.aad.data(), kAadSize) == 1 &&
         EVP_DecryptUpdate(context_, plaintext_.data(), &written, item.ciphertext.data(),
                           kItemSize) == 1 &&
         EVP_DecryptFinal_ex(context_, plaintext_.data(), &written) == 1);
    benchmark::DoNotOptimize(plaintext_.data());
    return item;
  }

 private:
  void seal(SealedItem& item, std::uint64_t number) {
    crypto::store_big_endian<8>(number, item.iv.data());
    int written = 0;
    must(EVP_EncryptInit_ex2(context_, nullptr, nullptr, item.iv.data(), nullptr) == 1 &&
         EVP_EncryptUpdate(context_, nullptr, &written, item.aad.data(), kAadSize) == 1 &&
         EVP_EncryptUpdate(context_, item.ciphertext.data(), &written, plaintext_.data(),
                           kItemSize) == 1 &&
         EVP_EncryptFinal_ex(context_, plaintext_.data(), &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, kTagSize, item.tag.data()) == 1);
  }

  EVP_CIPHER* cipher_;
  EVP_CIPHER_CTX* context_;
  std::vector<SealedItem> items_;
  std::array<std::uint8_t, kItemSize> plaintext_{};
  std::uint64_t sealed_ = kItems;
};

// Events in a message that is built in place again and again, hashed and appended.
class BareLog {
 public:
  explicit BareLog(const std::filesystem::path& path)
      : file_(::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600)),
        sha256_(EVP_MD_fetch(nullptr, "SHA2-256", nullptr)),
        hash_(EVP_MD_CTX_new()),
        scratch_(kChunkEvents * 32) {
    must(file_ >= 0);
  }
  ~BareLog() {
    EVP_MD_CTX_free(hash_);
    EVP_MD_free(sha256_);
    ::close(file_);
  }
  BareLog(const BareLog&) = delete;
  BareLog& operator=(const BareLog&) = delete;

  void begin_chunk() {
    message_.emplace(kj::arrayPtr(reinterpret_cast<capnp::word*>(scratch_.data()), scratch_.size()),
                     capnp::AllocationStrategy::FIXED_SIZE);
    list_ = message_->initRoot<events::Chunk>().initEvents(kChunkEvents);
  }
  events::Event::Builder event(std::uint32_t index) { return list_[index]; }
  void end_chunk() {
    const auto words = message_->getSegmentsForOutput()[0];
    const std::size_t size = words.size() * sizeof(capnp::word);
    std::array<std::uint8_t, 32> digest;
    must(EVP_DigestInit_ex2(hash_, sha256_, nullptr) == 1 &&
         EVP_DigestUpdate(hash_, words.begin(), size) == 1 &&
         EVP_DigestFinal_ex(hash_, digest.data(), nullptr) == 1);
    benchmark::DoNotOptimize(digest.data());
    must(::write(file_, words.begin(), size) == static_cast<ssize_t>(size));
    message_.reset();  // clears what it used
  }

 private:
  int file_;
  EVP_MD* sha256_;
  EVP_MD_CTX* hash_;
  std::vector<std::uint64_t> scratch_;
  std::optional<capnp::MallocMessageBuilder> message_;
  capnp::List<events::Event>::Builder list_{nullptr};
};

class Floor {
 public:
  explicit Floor(const std::filesystem::path& path) : log_(path) {}

  void read(std::uint64_t requests) {
    for (std::uint64_t done = 0; done < requests; done += kChunkEvents) {
      log_.begin_chunk();
      for (std::uint32_t i = 0; i < kChunkEvents; ++i) read_one(log_.event(i));
      log_.end_chunk();
    }
  }

 private:
  void read_one(events::Event::Builder event) {
    random_ = random_ * 6364136223846793005U + 1442695040888963407U;
    const std::uint64_t index = (random_ >> 32) % kItems;
    const SealedItem& item = items_.open(index);
    event.setTime(static_cast<std::int64_t>(random_ >> 8));
    event.setCause(random_ >> 16);
    auto read = event.initItemRead();
    read.setConnection(static_cast<std::uint32_t>(random_ >> 60));
    read.setTable(1);
    read.setItem(static_cast<std::uint32_t>(index));
    read.setVersion(1);
    read.setTagHigh(crypto::load_big_endian<8>(item.tag.data()));
    read.setTagLow(crypto::load_big_endian<8>(item.tag.data() + 8));
    read.setLatency(4'000'000);
    read.setNext(static_cast<std::int64_t>(random_ >> 4));
  }

  BareItems items_;
  BareLog log_;
  std::uint64_t random_ = 1;
};

// ---- the run -----------------------------------------------------------------------------------

std::string hits() { return sample::busy_reads(300, "8760h", kItems, "GetItem: 100%"); }

// One run into a file, turned slice by slice.
class LoggedRun {
 public:
  LoggedRun(const std::filesystem::path& path, const sample::Scenario& scenario, bool background)
      : writer_(events::TraceWriter::create(path, {.background = background, .overwrite = true})
                    .value()),
        run_(*scenario.view, *writer_, scenario.events_per_chunk) {
    writer_->identity(replay::bytes_of(scenario.identity));
    read(kWarmTurns);
  }
  // All that the slice wrote has been hashed and handed to the system when this returns.
  void read(std::uint64_t turns) {
    sample::turn(run_, run_.turns() + turns);
    must(writer_->chain() != crypto::Digest{});
  }
  void close() {
    run_.cut();
    must(writer_->close(events::Closing::interrupted).has_value());
  }
  const model::Counters& counters() const { return run_.state().counters; }

 private:
  std::unique_ptr<events::TraceWriter> writer_;
  replay::Run run_;
};

void floor_alone(benchmark::State& state) {
  const sample::TempFolder folder;
  Floor floor(folder / "floor");
  for (auto _ : state) floor.read(kSliceTurns);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kSliceTurns));
}

// Items are simulated GetItems. Counters: nanoseconds of one here and at the floor, and their
// ratio.
void get_item(benchmark::State& state, bool background) {
  const sample::TempFolder folder;
  const sample::Scenario scenario = sample::load(hits());
  LoggedRun run(folder / "run.tk", scenario, background);
  Floor floor(folder / "floor");
  std::vector<double> run_seconds, floor_seconds;
  for (auto _ : state) {
    const auto run_begin = Clock::now();
    run.read(kSliceTurns);
    run_seconds.push_back(seconds_since(run_begin));
    state.SetIterationTime(run_seconds.back());
    const auto floor_begin = Clock::now();
    floor.read(kSliceTurns);
    floor_seconds.push_back(seconds_since(floor_begin));
  }
  must(run.counters().hits > kSliceTurns && run.counters().failed == 0);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kSliceTurns));
  state.counters["ns"] = median(run_seconds) / kSliceTurns * 1e9;
  state.counters["floor_ns"] = median(floor_seconds) / kSliceTurns * 1e9;
  state.counters["ratio"] = median(run_seconds) / median(floor_seconds);
}

// Items are folded events. Counters: nanoseconds of one, and how many times as fast as the run.
void fold(benchmark::State& state) {
  constexpr std::uint64_t kTurns = 16 * kSliceTurns;
  const sample::TempFolder folder;
  const sample::Scenario scenario = sample::load(hits());
  std::vector<double> run_seconds, fold_seconds;
  for (auto _ : state) {
    LoggedRun run(folder / "run.tk", scenario, false);
    const auto run_begin = Clock::now();
    run.read(kTurns);
    run_seconds.push_back(seconds_since(run_begin));
    run.close();
    const auto fold_begin = Clock::now();
    const auto recorded = replay::RecordedRun::open(folder / "run.tk").value();
    const auto report = replay::fold_trace(recorded).value();
    fold_seconds.push_back(seconds_since(fold_begin));
    state.SetIterationTime(fold_seconds.back());
    must(report.events == kWarmTurns + kTurns && report.snapshots_differing == 0);
  }
  const double run_ns = median(run_seconds) / kTurns * 1e9;
  const double fold_ns = median(fold_seconds) / (kWarmTurns + kTurns) * 1e9;
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kWarmTurns + kTurns));
  state.counters["ns"] = fold_ns;
  state.counters["run_ns"] = run_ns;
  state.counters["multiple"] = run_ns / fold_ns;
}

// What one request of an operation needs of bare cryptography: records opened and sealed.
struct OperationCost {
  const char* operation;
  std::uint64_t opens, seals;
};
constexpr OperationCost kOperationCosts[] = {
    {"GetItem", 1, 0},
    {"PutItem", 0, 1},
    {"UpdateItem", 1, 1},
    {"DeleteItem", 0, 0},
    {"Query", 1, 0},
    {"Scan", kItems, 0},
    {"BatchGetItem", 10, 0},
    {"BatchWriteItem", 0, 10},
    {"TransactGetItems", 10, 0},
    {"TransactWriteItems", 0, 10},
};

// Items are requests of one operation. Counters: nanoseconds of one, of the cryptography alone, and
// their ratio.
void operation(benchmark::State& state) {
  const OperationCost& cost = kOperationCosts[static_cast<std::size_t>(state.range(0))];
  const std::uint64_t slice = cost.opens > 100 ? kChunkEvents : 8 * kChunkEvents;
  const sample::TempFolder folder;
  const sample::Scenario scenario = sample::load(
      sample::busy_reads(300, "8760h", kItems, std::string(cost.operation) + ": 100%"));
  LoggedRun run(folder / "run.tk", scenario, false);
  BareItems items;
  std::uint64_t next = 0;
  std::vector<double> run_seconds, bare_seconds;
  for (auto _ : state) {
    const auto run_begin = Clock::now();
    run.read(slice);
    run_seconds.push_back(seconds_since(run_begin));
    state.SetIterationTime(run_seconds.back());
    const auto bare_begin = Clock::now();
    for (std::uint64_t i = 0; i < slice * cost.opens; ++i) items.open(next++ % kItems);
    for (std::uint64_t i = 0; i < slice * cost.seals; ++i) items.reseal(next++ % kItems);
    bare_seconds.push_back(seconds_since(bare_begin));
  }
  must(run.counters().failed == 0);
  state.SetLabel(cost.operation);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(slice));
  const double run_ns = median(run_seconds) / static_cast<double>(slice) * 1e9;
  const double bare_ns = median(bare_seconds) / static_cast<double>(slice) * 1e9;
  state.counters["ns"] = run_ns;
  state.counters["crypto_ns"] = bare_ns;
  if (cost.opens + cost.seals != 0) state.counters["ratio"] = run_ns / bare_ns;
}

BENCHMARK(operation)
    ->Name("model/operation")
    ->DenseRange(0, static_cast<int>(std::size(kOperationCosts)) - 1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(floor_alone)->Name("model/get_item/floor")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(get_item, foreground, false)
    ->Name("model/get_item/tablekey")
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(get_item, background, true)
    ->Name("model/get_item/tablekey_with_writer_thread")
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(fold)->Name("model/fold")->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tablekey
