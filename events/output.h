// The file that a trace is written into, reduced to what a writer needs; tests put a faulty disk in
// its place.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "events/error.h"
#include "events/format.h"

namespace tablekey::events {

class OutputFile {
 public:
  OutputFile() = default;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  virtual ~OutputFile() = default;

  // Appends the parts one after another, in one write where the system allows it.
  virtual Result<void> append(std::span<const Bytes> parts) = 0;
  // Returns when everything appended is on the disk.
  virtual Result<void> sync() = 0;
  // Gives the synced file its final name. Nothing may be appended afterwards.
  virtual Result<void> publish() = 0;
};

// The name under which a trace is written until it is closed: X.part.
std::filesystem::path part_path(const std::filesystem::path& destination);

// A new file under the name `temporary` that publish() renames to `destination`. Without
// `overwrite` neither name may exist, now or at publish(). The file is locked against a second
// writer.
Result<std::unique_ptr<OutputFile>> create_output(const std::filesystem::path& destination,
                                                  const std::filesystem::path& temporary,
                                                  bool overwrite);

// Goes on at the end of an existing trace, which is cut to `length` bytes first. `source` is
// `destination` or its .part file; it has the latter name until publish().
Result<std::unique_ptr<OutputFile>> continue_output(const std::filesystem::path& source,
                                                    const std::filesystem::path& destination,
                                                    std::uint64_t length, bool overwrite);

}  // namespace tablekey::events
