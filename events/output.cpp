#include "events/output.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <system_error>

namespace tablekey::events {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> refused(std::string_view what, const fs::path& path, int code) {
  const auto kind = code == EEXIST ? Error::Kind::exists : Error::Kind::io;
  return fail(kind, fmt::format("cannot {} {}: {}", what, path.string(),
                                std::generic_category().message(code)));
}

std::unexpected<Error> in_the_way(const fs::path& path) {
  return fail(Error::Kind::exists, fmt::format("{} exists and is not overwritten", path.string()));
}

// Renames without ever replacing a file that exists. Returns an errno value, 0 if it is done.
int rename_to_free_name(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // This file system cannot; a hard link refuses an existing name just as well.
  if (::link(from.c_str(), to.c_str()) != 0) return errno;
  return ::unlink(from.c_str()) == 0 ? 0 : errno;
}

class PosixOutput final : public OutputFile {
 public:
  PosixOutput(int descriptor, fs::path temporary, fs::path destination, bool overwrite)
      : descriptor_(descriptor),
        temporary_(std::move(temporary)),
        destination_(std::move(destination)),
        overwrite_(overwrite) {}
  ~PosixOutput() override { ::close(descriptor_); }

  Result<void> append(std::span<const Bytes> parts) override {
    law(parts.size() <= kPartsMax, "few parts are appended at once");
    std::array<iovec, kPartsMax> vectors{};
    std::size_t count = 0;
    for (const Bytes part : parts) {
      if (part.empty()) continue;
      vectors[count++] = {const_cast<std::uint8_t*>(part.data()), part.size()};
    }
    return write_all({vectors.data(), count});
  }

  Result<void> sync() override {
    if (::fdatasync(descriptor_) != 0) return refused("sync", temporary_, errno);
    return {};
  }

  Result<void> publish() override {
    if (overwrite_) {
      if (::rename(temporary_.c_str(), destination_.c_str()) != 0) {
        return refused("rename the finished trace to", destination_, errno);
      }
    } else if (const int code = rename_to_free_name(temporary_, destination_); code != 0) {
      if (code == EEXIST) return in_the_way(destination_);
      return refused("rename the finished trace to", destination_, code);
    }
    return sync_folder();
  }

 private:
  static constexpr std::size_t kPartsMax = 4;

  // A write may stop in the middle of any part.
  Result<void> write_all(std::span<iovec> vectors) {
    while (!vectors.empty()) {
      const ssize_t written =
          ::writev(descriptor_, vectors.data(), static_cast<int>(vectors.size()));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return refused("write", temporary_, errno);
      auto rest = static_cast<std::size_t>(written);
      while (!vectors.empty() && rest >= vectors.front().iov_len) {
        rest -= vectors.front().iov_len;
        vectors = vectors.subspan(1);
      }
      if (vectors.empty()) break;
      vectors.front().iov_base = static_cast<std::uint8_t*>(vectors.front().iov_base) + rest;
      vectors.front().iov_len -= rest;
    }
    return {};
  }

  // The new name is safe only when the folder is.
  Result<void> sync_folder() {
    const fs::path parent = destination_.parent_path();
    const fs::path folder = parent.empty() ? fs::path(".") : parent;
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return refused("open", folder, errno);
    const int code = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    if (code != 0 && code != EINVAL)
      return refused("sync", folder, code);  // EINVAL: cannot be synced
    return {};
  }

  int descriptor_;
  fs::path temporary_;
  fs::path destination_;
  bool overwrite_;
};

// Opens and locks; the lock ends with the process.
Result<int> open_locked(const fs::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | flags, 0644);
  if (descriptor < 0) return refused("open", path, errno);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int code = errno;
    ::close(descriptor);
    if (code == EWOULDBLOCK) {
      return fail(Error::Kind::io,
                  fmt::format("{} is being written by another process", path.string()));
    }
    return refused("lock", path, code);
  }
  return descriptor;
}

bool taken(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

}  // namespace

fs::path part_path(const fs::path& destination) {
  fs::path part = destination;
  part += ".part";
  return part;
}

Result<std::unique_ptr<OutputFile>> create_output(const fs::path& destination,
                                                  const fs::path& temporary, bool overwrite) {
  if (!overwrite && taken(destination)) return in_the_way(destination);
  if (!overwrite && taken(temporary)) {
    return fail(Error::Kind::exists, fmt::format("{} exists, left by an unfinished run, and is "
                                                 "not overwritten",
                                                 temporary.string()));
  }
  auto descriptor = open_locked(temporary, O_CREAT | (overwrite ? 0 : O_EXCL));
  if (!descriptor) return std::unexpected(descriptor.error());
  auto output = std::make_unique<PosixOutput>(*descriptor, temporary, destination, overwrite);
  if (::ftruncate(*descriptor, 0) != 0) return refused("empty", temporary, errno);
  return output;
}

Result<std::unique_ptr<OutputFile>> continue_output(const fs::path& source,
                                                    const fs::path& destination,
                                                    std::uint64_t length, bool overwrite) {
  const fs::path part = part_path(destination);
  if (source != part && source != destination) {
    return fail(Error::Kind::usage, fmt::format("{} is neither {} nor its .part file",
                                                source.string(), destination.string()));
  }
  if (source == part && !overwrite && taken(destination)) return in_the_way(destination);
  if (source != part) {
    if (const int code = rename_to_free_name(source, part); code != 0) {
      return code == EEXIST ? in_the_way(part) : refused("rename", source, code);
    }
  }
  auto descriptor = open_locked(part, 0);
  if (!descriptor) return std::unexpected(descriptor.error());
  auto output = std::make_unique<PosixOutput>(*descriptor, part, destination, overwrite);
  struct stat status {};
  if (::fstat(*descriptor, &status) != 0) return refused("read", part, errno);
  if (static_cast<std::uint64_t>(status.st_size) < length) {
    return fail(Error::Kind::io, fmt::format("{} became shorter", part.string()));
  }
  if (::ftruncate(*descriptor, static_cast<off_t>(length)) != 0) {
    return refused("cut", part, errno);
  }
  if (::lseek(*descriptor, 0, SEEK_END) < 0) return refused("go on in", part, errno);
  return output;
}

}  // namespace tablekey::events
