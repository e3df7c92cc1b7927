// The progress of the verb `explore`.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "replay/verbs/console.h"
#include "sim/shell.h"

namespace tablekey::replay::verbs {

/// How far it is, on standard error.
class ExploreProgress {
 public:
  ExploreProgress(sim::Progress wanted, std::uint64_t of, std::string_view what)
      : kind_(wanted), of_(of), what_(what) {
    if (kind_ != sim::Progress::automatic) return;
    const bool terminal = ::isatty(STDERR_FILENO) == 1 && std::getenv("CI") == nullptr;
    kind_ = terminal ? sim::Progress::line : sim::Progress::none;
  }
  ~ExploreProgress() {
    if (shown_ && kind_ == sim::Progress::line) put("\r\x1b[K");
  }
  ExploreProgress(const ExploreProgress&) = delete;
  ExploreProgress& operator=(const ExploreProgress&) = delete;

  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }
  void show(std::uint64_t done) {
    if (kind_ == sim::Progress::none) return;
    const bool json = kind_ == sim::Progress::json;
    if (json && seconds() - last_ < 1) return;
    last_ = seconds();
    shown_ = true;
    if (json) {
      put(fmt::format("{{\"format\":\"tablekey-explore-progress/1\",\"{}\":{},\"of\":{}}}\n", what_,
                      done, of_));
    } else {
      put(fmt::format("\r\x1b[Kexplore  {} of {} {}", grouped(done), grouped(of_), what_));
    }
  }

 private:
  static void put(std::string_view text) {
    // Progress that cannot be shown is no reason to stop.
    static_cast<void>(::write(STDERR_FILENO, text.data(), text.size()));
  }

  sim::Progress kind_;
  std::uint64_t of_;
  std::string_view what_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  double last_ = 0;
  bool shown_ = false;
};

}  // namespace tablekey::replay::verbs
