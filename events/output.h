// The file that a trace is written into, reduced to what a writer needs; tests put a faulty disk in
// its place.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "events/error.h"
#include "events/format.h"

namespace tablekey::events {

class OutputFile {
 public:
  OutputFile() = default;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  virtual ~OutputFile() = default;

  virtual Result<void> append(Bytes bytes) = 0;
  // Returns when everything appended is on the disk.
  virtual Result<void> sync() = 0;
  // Gives the synced file its final name. Nothing may be appended afterwards.
  virtual Result<void> publish() = 0;
};

// The name under which a trace is written until it is closed.
std::filesystem::path part_path(const std::filesystem::path& destination);

// A new file `destination`.part that publish() renames to `destination`. Without `overwrite`
// neither name may exist, now and at publish(). The file is locked against a second writer.
Result<std::unique_ptr<OutputFile>> create_output(const std::filesystem::path& destination,
                                                  bool overwrite);

// Goes on in an existing file, cut to `length` bytes. A `source` other than `destination`.part gets
// that name first.
Result<std::unique_ptr<OutputFile>> continue_output(const std::filesystem::path& source,
                                                    const std::filesystem::path& destination,
                                                    std::uint64_t length);

}  // namespace tablekey::events
