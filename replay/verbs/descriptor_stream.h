// A stream into a file descriptor that remembers why a write failed: a reader that went away is no
// error of a command line tool, a full disk is, and std::cout cannot tell them apart.
#pragma once

#include <array>
#include <ostream>
#include <streambuf>

namespace tablekey::replay::verbs {

class DescriptorBuffer : public std::streambuf {
 public:
  explicit DescriptorBuffer(int descriptor) : descriptor_(descriptor) {
    setp(bytes_.data(), bytes_.data() + bytes_.size());
  }
  /// The errno of the first write that failed; 0: none did.
  int error() const { return error_; }

 protected:
  int_type overflow(int_type c) override;
  int sync() override;

 private:
  int descriptor_;
  int error_ = 0;
  std::array<char, 1 << 16> bytes_{};
};

}  // namespace tablekey::replay::verbs
