// The law that KMS uses no key material that is gone (kms.md 1.6, 2.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "event.capnp.h"

namespace tablekey::replay {

/// What KMS did with key material that was gone: deleted with its key, deleted by a call from the
/// moment on at which the data plane knew, or expired.
class GoneMaterial {
 public:
  void look(events::Event::Reader event);
  std::size_t uses() const { return uses_; }
  std::size_t wrong() const { return wrong_; }
  std::size_t gone() const { return keys_.size() + materials_.size(); }

 private:
  void answered(events::Event::KmsAnswered::Reader answered, std::int64_t time);
  void used(std::uint32_t key, std::uint32_t material, std::int64_t time);

  std::set<std::uint32_t> keys_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> materials_;  // since when
  std::size_t uses_ = 0, wrong_ = 0;
};

}  // namespace tablekey::replay
