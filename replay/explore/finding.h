// What the explorer finds: a law that a run broke, and where.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "replay/observer.h"

namespace tablekey::replay::explore {

struct Finding {
  std::string law;     ///< its name: a row of laws()
  std::string detail;  ///< a sentence: what was found where
};

/// Looks on during a run with books of its own, and keeps the first thing that should not be.
class Watch : public Observer {
 public:
  const std::optional<Finding>& found() const { return found_; }
  /// Of how many events something was asked.
  std::uint64_t asked() const { return asked_; }

 protected:
  template <class... Arguments>
  void broken(std::string_view law, std::uint64_t number, fmt::format_string<Arguments...> format,
              Arguments&&... arguments) {
    if (found_) return;
    found_ = Finding{std::string(law),
                     fmt::format("event {}: {}", number,
                                 fmt::format(format, std::forward<Arguments>(arguments)...))};
  }
  void ask() { ++asked_; }

 private:
  std::optional<Finding> found_;
  std::uint64_t asked_ = 0;
};

}  // namespace tablekey::replay::explore
