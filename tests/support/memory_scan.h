#pragma once
// Looks for byte strings in the whole memory of this process, through /proc/self/mem. A test adds
// the keys and plaintexts that should be gone, ends whatever held them, scans once and expects no
// hit. One pass serves any number of needles.
//
// The scanner must not find itself: needles are kept XORed with a mask, and the buffer that memory
// is read into is a mapping that the scan leaves out. Whoever adds a needle ends its own copy of it
// before the scan. After crypto::harden_process() only root can scan.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tablekey::tests {

class MemoryScan {
 public:
  struct Hit {
    std::string needle;     // The name it was added under.
    std::uint64_t address;  // Where its first byte lies.
    std::string region;     // The line of /proc/self/maps.
  };
  struct Result {
    std::vector<Hit> hits;  // At most kHitsMax.
    std::uint64_t bytes_scanned = 0;
    std::uint64_t bytes_untouched = 0;  // Pages the system never had to provide.
    std::uint64_t bytes_refused = 0;    // Reads that failed: device memory.
    std::uint64_t bytes_reserved = 0;   // Mappings above kMappingMax: sanitizers' shadows.

    // All hits in one text, for a test's message. Empty when there are none.
    [[nodiscard]] std::string text() const {
      std::string lines;
      for (const Hit& hit : hits) {
        char address[32];
        std::snprintf(address, sizeof address, "%llx",
                      static_cast<unsigned long long>(hit.address));
        lines += hit.needle + " at " + address + " in " + hit.region + "\n";
      }
      return lines;
    }
  };
  static constexpr std::size_t kNeedleMin = 16;  // Shorter strings turn up by themselves.
  static constexpr std::size_t kHitsMax = 10'000;
  static constexpr std::uint64_t kMappingMax = std::uint64_t{64} << 30;

  MemoryScan()
      : buffer_(static_cast<std::uint8_t*>(mmap(nullptr, kBufferSize, PROT_READ | PROT_WRITE,
                                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))),
        memory_(open("/proc/self/mem", O_RDONLY | O_CLOEXEC)),
        pagemap_(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)) {
    if (buffer_ == MAP_FAILED || memory_ < 0) {
      throw std::runtime_error("the memory of this process cannot be read");
    }
  }
  ~MemoryScan() {
    munmap(buffer_, kBufferSize);
    close(memory_);
    if (pagemap_ >= 0) {
      close(pagemap_);
    }
  }
  MemoryScan(const MemoryScan&) = delete;
  MemoryScan& operator=(const MemoryScan&) = delete;

  // Adds a string to look for. `name` is what a hit is reported under.
  void add(std::string name, std::span<const std::uint8_t> needle) {
    if (needle.size() < kNeedleMin || needle.size() > kChunkSize) {
      throw std::invalid_argument("a needle has 16 bytes to 1 MiB");
    }
    Needle masked{std::move(name), std::vector<std::uint8_t>(needle.size())};
    std::transform(needle.begin(), needle.end(), masked.bytes.begin(), mask);
    longest_ = std::max(longest_, needle.size());
    const std::uint64_t word = load(masked.bytes.data());
    starts_.emplace_back(word, needles_.size());
    filter_[slot(word)] = true;
    needles_.push_back(std::move(masked));
  }

  [[nodiscard]] Result scan() {
    std::sort(starts_.begin(), starts_.end());
    Result result;
    for (const Mapping& mapping : writable_mappings()) {
      if (mapping.end - mapping.begin > kMappingMax) {
        result.bytes_reserved += mapping.end - mapping.begin;
      } else {
        scan_mapping(mapping, result);
      }
    }
    std::memset(buffer_, 0, kBufferSize);
    return result;
  }

 private:
  struct Needle {
    std::string name;
    std::vector<std::uint8_t> bytes;  // Masked.
  };
  struct Mapping {
    std::uint64_t begin;
    std::uint64_t end;
    std::string line;
  };
  static constexpr std::size_t kPageSize = 4096;
  static constexpr std::size_t kChunkSize = std::size_t{1} << 20;
  static constexpr std::size_t kBufferSize = 2 * kChunkSize;  // A chunk behind a needle's overlap.
  static constexpr std::size_t kWordSize = sizeof(std::uint64_t);
  static constexpr unsigned kFilterBits = 22;
  static constexpr std::uint8_t kMask = 0xa5;
  static constexpr std::uint64_t kWordMask = 0xa5a5a5a5a5a5a5a5;

  static std::uint8_t mask(std::uint8_t byte) { return byte ^ kMask; }
  static std::uint64_t load(const std::uint8_t* from) {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof word);
    return word;
  }
  static std::size_t slot(std::uint64_t word) {
    return static_cast<std::size_t>((word * 0x9e3779b97f4a7c15) >> (64 - kFilterBits));
  }

  static std::vector<Mapping> writable_mappings() {
    std::vector<Mapping> mappings;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      unsigned long long begin = 0;
      unsigned long long end = 0;
      std::array<char, 5> rights{};
      if (std::sscanf(line.c_str(), "%llx-%llx %4s", &begin, &end, rights.data()) == 3 &&
          rights[0] == 'r' && rights[1] == 'w') {
        mappings.push_back({begin, end, line});
      }
    }
    return mappings;
  }

  // The buffer may have been joined with neighbours into one line of the maps, so it is left out by
  // address: what lies before it and what lies behind it are scanned.
  void scan_mapping(const Mapping& mapping, Result& result) {
    const auto own_begin = reinterpret_cast<std::uint64_t>(buffer_);
    const std::uint64_t own_end = own_begin + kBufferSize;
    if (own_end <= mapping.begin || mapping.end <= own_begin) {
      scan_range(mapping, mapping.begin, mapping.end, result);
    } else {
      scan_range(mapping, mapping.begin, std::max(mapping.begin, own_begin), result);
      scan_range(mapping, std::min(mapping.end, own_end), mapping.end, result);
    }
  }

  // Chunk after chunk, each behind the last bytes of the one before, in which a needle may begin.
  void scan_range(const Mapping& mapping, std::uint64_t begin, std::uint64_t end, Result& result) {
    std::size_t kept = 0;
    for (std::uint64_t at = begin; at < end;) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kChunkSize, end - at));
      const ssize_t got = untouched(at, size) ? 0 : read_at(at, kept, size);
      if (got <= 0) {
        (got == 0 ? result.bytes_untouched : result.bytes_refused) += size;
        at += size;
        kept = 0;
        continue;
      }
      const std::size_t filled = kept + static_cast<std::size_t>(got);
      find_needles(mapping, at - kept, filled, kept, result);
      result.bytes_scanned += static_cast<std::size_t>(got);
      at += static_cast<std::size_t>(got);
      kept = std::min(filled, longest_ == 0 ? 0 : longest_ - 1);
      std::memmove(buffer_, buffer_ + filled - kept, kept);
    }
  }

  ssize_t read_at(std::uint64_t address, std::size_t kept, std::size_t size) const {
    return pread(memory_, buffer_ + kept, size, static_cast<off_t>(address));
  }

  // Whether no page of the range is in memory or swapped out; false when that cannot be known.
  [[nodiscard]] bool untouched(std::uint64_t address, std::size_t size) const {
    std::array<std::uint64_t, kChunkSize / kPageSize> pages;
    const std::size_t bytes = size / kPageSize * sizeof(std::uint64_t);
    const auto offset = static_cast<off_t>(address / kPageSize * sizeof(std::uint64_t));
    if (pagemap_ < 0 ||
        pread(pagemap_, pages.data(), bytes, offset) != static_cast<ssize_t>(bytes)) {
      return false;
    }
    return std::all_of(pages.begin(), pages.begin() + size / kPageSize,
                       [](std::uint64_t page) { return page >> 62 == 0; });
  }

  // Needles that end in the buffer beyond its first `known` bytes; the others were found before.
  void find_needles(const Mapping& mapping, std::uint64_t address, std::size_t filled,
                    std::size_t known, Result& result) const {
    for (std::size_t at = 0; at + kWordSize <= filled; ++at) {
      const std::uint64_t word = load(buffer_ + at) ^ kWordMask;
      if (!filter_[slot(word)]) {
        continue;
      }
      const auto first = std::lower_bound(starts_.begin(), starts_.end(),
                                          std::pair<std::uint64_t, std::size_t>(word, 0));
      for (auto start = first; start != starts_.end() && start->first == word; ++start) {
        const Needle& needle = needles_[start->second];
        const std::size_t end = at + needle.bytes.size();
        if (end > known && end <= filled && result.hits.size() < kHitsMax &&
            std::equal(
                needle.bytes.begin(), needle.bytes.end(), buffer_ + at,
                [](std::uint8_t masked, std::uint8_t byte) { return masked == mask(byte); })) {
          result.hits.push_back({needle.name, address + at, mapping.line});
        }
      }
    }
  }

  std::uint8_t* buffer_;
  int memory_;
  int pagemap_;  // -1 when the system does not show it; every page is then read.
  std::size_t longest_ = 0;
  std::vector<Needle> needles_;
  std::vector<std::pair<std::uint64_t, std::size_t>> starts_;  // First word (masked), needle.
  std::vector<bool> filter_ = std::vector<bool>(std::size_t{1} << kFilterBits);
};

}  // namespace tablekey::tests
