// The bytes of a whole file, read only: mapped, or held in memory for tests. Always aligned to 8.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "events/error.h"
#include "events/format.h"

namespace tablekey::events {

class Mapping {
 public:
  static Result<std::shared_ptr<const Mapping>> open(const std::filesystem::path& path);
  static std::shared_ptr<const Mapping> of(Bytes bytes);  // a copy

  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  Bytes bytes() const { return bytes_; }

 private:
  Mapping() = default;

  Bytes bytes_;
  bool mapped_ = false;
  std::vector<std::uint64_t> words_;  // where it is not mapped
};

}  // namespace tablekey::events
