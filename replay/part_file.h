// The name that a file or folder has while it is not whole.
#pragma once

#include <filesystem>

namespace tablekey::replay {

inline std::filesystem::path part_of(const std::filesystem::path& path) {
  std::filesystem::path part = path;
  part += ".part";
  return part;
}

}  // namespace tablekey::replay
