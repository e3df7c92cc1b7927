#include "replay/verbs/policy_input.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "replay/policy_lines.h"

namespace tablekey::replay::verbs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceBytes = std::size_t{1} << 18;

bool is_standard_input(const fs::path& path) { return path == "-"; }

std::string cannot_read(const fs::path& path, int code) {
  return fmt::format("cannot read {}: {}",
                     is_standard_input(path) ? "standard input" : path.string(),
                     std::generic_category().message(code));
}

struct Count {
  std::uint64_t records = 0;
  std::uint64_t broken = 0;
};

void print_answer(const LineAnswer& answer, Count& count, Console& console) {
  ++count.records;
  if (!answer.readable) ++count.broken;
  console.out << answer.json << '\n';
  console.check_output();
}

/// One file of records. Lines are numbered from 1 in each file; empty ones are no records.
std::expected<void, std::string> answer_file(const fs::path& path, Count& count, Console& console) {
  auto file = InputFile::open(path);
  if (!file) return std::unexpected(file.error());
  for (std::uint64_t number = 1;; ++number) {
    const auto line = file->next_line(kRecordBytesMax);
    if (!line) return std::unexpected(line.error());
    if (line->end) return {};
    if (line->too_long) {
      print_answer(refuse_long_line(number, kRecordBytesMax), count, console);
    } else if (line->text.find_first_not_of(" \t\r") != std::string::npos) {
      print_answer(answer_line(line->text, number), count, console);
    }
  }
}

}  // namespace

std::expected<InputFile, std::string> InputFile::open(const fs::path& path) {
  if (is_standard_input(path)) return InputFile(path, STDIN_FILENO, false);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::unexpected(cannot_read(path, errno));
  return InputFile(path, descriptor, true);
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      owned_(std::exchange(other.owned_, false)),
      buffer_(std::move(other.buffer_)),
      used_(other.used_) {}

InputFile::~InputFile() {
  if (owned_) ::close(descriptor_);
}

std::expected<bool, std::string> InputFile::fill() {
  buffer_.resize(kPieceBytes);
  used_ = 0;
  ssize_t count = 0;
  do {
    count = ::read(descriptor_, buffer_.data(), buffer_.size());
  } while (count < 0 && errno == EINTR);
  const int code = errno;
  buffer_.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (count < 0) return std::unexpected(cannot_read(path_, code));
  return count > 0;
}

std::expected<std::string, std::string> InputFile::read_all(std::size_t bytes_max) {
  std::string text;
  while (text.size() <= bytes_max) {
    const auto more = fill();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    text.append(buffer_, 0, bytes_max + 1 - text.size());
  }
  return text;
}

std::expected<InputFile::Line, std::string> InputFile::next_line(std::size_t bytes_max) {
  Line line;
  bool begun = false;
  for (;;) {
    if (used_ == buffer_.size()) {
      const auto more = fill();
      if (!more) return std::unexpected(more.error());
      if (!*more) {
        line.end = !begun;
        return line;
      }
    }
    begun = true;
    const std::size_t feed = std::min(buffer_.find('\n', used_), buffer_.size());
    line.too_long = line.too_long || line.text.size() + (feed - used_) > bytes_max;
    if (line.too_long) {
      line.text = std::string();
    } else {
      line.text.append(buffer_, used_, feed - used_);
    }
    const bool whole = feed < buffer_.size();
    used_ = whole ? feed + 1 : feed;
    if (whole) return line;
  }
}

std::expected<std::string, std::string> read_input(const fs::path& path, std::size_t bytes_max) {
  auto file = InputFile::open(path);
  if (!file) return std::unexpected(file.error());
  return file->read_all(bytes_max);
}

int answer_records(const std::vector<fs::path>& files, Console& console) {
  Count count;
  int code = kExitOk;
  const std::vector<fs::path> standard_input = {"-"};
  for (const fs::path& file : files.empty() ? standard_input : files) {
    const auto answered = answer_file(file, count, console);
    if (!answered) code = console.fail(kExitIo, answered.error());
  }
  if (count.broken == 0) return code;
  console.fail(kExitUsage,
               fmt::format("{} of {} could not be read", grouped(count.broken),
                           counted(count.records, "record")),
               "each has a line with its 'error' all the same");
  return std::max(code, kExitUsage);
}

}  // namespace tablekey::replay::verbs
