#include "events/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

namespace tablekey::events {
namespace {

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

std::unexpected<Error> refused(const std::filesystem::path& path, int code) {
  return fail(Error::Kind::io, fmt::format("cannot read {}: {}", path.string(),
                                           std::generic_category().message(code)));
}

}  // namespace

Result<std::shared_ptr<const Mapping>> Mapping::open(const std::filesystem::path& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.number < 0) return refused(path, errno);
  struct stat status {};
  if (::fstat(file.number, &status) != 0) return refused(path, errno);
  if (!S_ISREG(status.st_mode)) {
    return refused(path, S_ISDIR(status.st_mode) ? EISDIR : EINVAL);
  }
  std::shared_ptr<Mapping> mapping(new Mapping);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > 0) {
    void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
    if (at == MAP_FAILED) return refused(path, errno);
    mapping->mapped_ = true;
    mapping->bytes_ = Bytes(static_cast<const std::uint8_t*>(at), size);
  }
  return mapping;
}

std::shared_ptr<const Mapping> Mapping::of(Bytes bytes) {
  std::shared_ptr<Mapping> mapping(new Mapping);
  mapping->words_.resize((bytes.size() + 7) / 8);
  auto* at = reinterpret_cast<std::uint8_t*>(mapping->words_.data());
  std::ranges::copy(bytes, at);
  mapping->bytes_ = Bytes(at, bytes.size());
  return mapping;
}

Mapping::~Mapping() {
  if (!mapped_) return;
  ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
}

}  // namespace tablekey::events
