#include "replay/verbs/study_load.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>

namespace tablekey::replay::verbs {
namespace {

constexpr double kLineEvery = 0.1, kJsonEvery = 1;  // seconds

sim::Progress resolved(sim::Progress wanted) {
  if (wanted != sim::Progress::automatic) return wanted;
  const bool terminal = ::isatty(STDERR_FILENO) == 1 && std::getenv("CI") == nullptr;
  return terminal ? sim::Progress::line : sim::Progress::none;
}

void put(const std::string& text) {
  // Progress that cannot be shown is no reason to stop.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

std::expected<LoadedStudy, int> load_study(const ScenarioChoices& choices,
                                           std::optional<std::uint64_t> repeat, Console& console) {
  auto source = read_text(choices.file, scenarios::kSourceBytesMax);
  if (!source) return std::unexpected(console.fail(kExitIo, source.error()));
  LoadedStudy out;
  out.text.name = choices.file.filename().string();
  out.text.source = std::move(*source);
  out.text.set = choices.set;
  if (repeat) out.text.set.emplace_back("study.repeat", fmt::format("{}", *repeat));
  out.text.seed = choices.seed;
  out.loaded = load_text(out.text, choices.file.string(),
                         [folder = choices.file.parent_path()](std::string_view path) {
                           return read_text(folder / path, scenarios::kSourceBytesMax);
                         });
  console.err << out.loaded.diagnostics.render(console.color_err);
  if (!out.loaded.ok()) return std::unexpected(kExitUsage);
  if (!out.loaded.study) {
    return std::unexpected(console.fail(
        kExitUsage, fmt::format("{} has no study", choices.file.string()),
        "give it a section such as  study: { repeat: 30, measure: [requests.count] }"));
  }
  console.seed = out.loaded.study->seed;
  return out;
}

// ---- signals -----------------------------------------------------------------------------------

Interruption::Interruption() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
}

Interruption::~Interruption() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

bool Interruption::came() {
  if (came_) return true;
  const timespec at_once{};
  if (sigtimedwait(&signals_, nullptr, &at_once) < 0) return false;
  came_ = true;
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  return true;
}

// ---- progress ----------------------------------------------------------------------------------

StudyProgress::StudyProgress(sim::Progress wanted, std::uint64_t done_before)
    : kind_(resolved(wanted)), done_before_(done_before) {}

StudyProgress::~StudyProgress() {
  if (shown_ && kind_ == sim::Progress::line) put("\r\x1b[K");
}

double StudyProgress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

void StudyProgress::show(const StudySchedule& schedule) {
  const double now = seconds();
  if (kind_ == sim::Progress::none || now < next_) return;
  next_ = now + (kind_ == sim::Progress::line ? kLineEvery : kJsonEvery);
  const std::uint64_t done = schedule.runs_done(), total = schedule.runs_total();
  const double rate = now > 0 ? static_cast<double>(done - done_before_) / now : 0;
  const double left = rate > 0 ? static_cast<double>(total - std::min(done, total)) / rate : 0;
  shown_ = true;
  if (kind_ == sim::Progress::json) {
    return put(
        fmt::format("{{\"format\":\"tablekey-study-progress/1\",\"runs\":{},\"of\":{},"
                    "\"runs_per_second\":{:.3g},\"seconds_left\":{:.0f}}}\n",
                    done, total, rate, left));
  }
  const double share =
      total == 0 ? 100 : 100 * static_cast<double>(done) / static_cast<double>(total);
  std::string line =
      fmt::format("\r\x1b[K{} of {} runs  {:.0f}%", grouped(done), grouped(total), share);
  if (rate > 0) {
    line += fmt::format("  {:.3g}/s  {} left", rate,
                        sim::print(sim::Duration::seconds(static_cast<std::int64_t>(left))));
  }
  put(line);
}

// ---- options -----------------------------------------------------------------------------------

Parsed<StudyShard> parse_shard(std::string_view text) {
  const std::size_t slash = text.find('/');
  std::uint32_t index = 0, count = 0;
  const auto number = [](std::string_view digits, std::uint32_t& to) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), to);
    return !digits.empty() && error == std::errc() && end == digits.data() + digits.size();
  };
  if (slash == std::string_view::npos || !number(text.substr(0, slash), index) ||
      !number(text.substr(slash + 1), count)) {
    return std::unexpected(fmt::format("'{}' is not a shard, such as 3/20", text));
  }
  if (count == 0) return std::unexpected("a study has at least one shard, as in 1/1");
  if (index == 0 || index > count) {
    return std::unexpected(fmt::format("there is no shard {} of {}: they are counted from 1 to {}",
                                       index, count, count));
  }
  return StudyShard{index - 1, count};
}

Parsed<std::uint32_t> parse_threads(std::string_view text) {
  constexpr std::uint32_t kMost = 4096;
  std::uint32_t threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (error == std::errc() && end == text.data() + text.size() && threads >= 1 &&
      threads <= kMost) {
    return threads;
  }
  return std::unexpected(fmt::format("'{}' is not a number from 1 to {}", text, kMost));
}

}  // namespace tablekey::replay::verbs
