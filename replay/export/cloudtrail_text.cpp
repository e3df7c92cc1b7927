// Times and sizes: the forms that CloudTrail gives to dates, and what it does with what is too long
// (kms.md 9.1).
#include <fmt/format.h>

#include <algorithm>

#include "replay/export/cloudtrail_record.h"
#include "sim/time.h"

namespace tablekey::replay::cloudtrail {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
// What is cut off a text at least, so that an element of many texts shrinks in few steps.
constexpr std::size_t kCutMin = 256;

/// The longest text inside; nullptr: there is none.
std::string* longest_text(Json& json) {
  std::string* longest = json.get_ptr<std::string*>();
  if (!json.is_structured()) return longest;
  for (Json& inner : json) {
    std::string* found = longest_text(inner);
    if (found != nullptr && (longest == nullptr || found->size() > longest->size())) {
      longest = found;
    }
  }
  return longest;
}

}  // namespace

std::string record_time(std::int64_t nanoseconds) {
  std::int64_t second = nanoseconds / kSecond;
  if (nanoseconds % kSecond < 0) --second;
  return sim::print(sim::Time::from_nanoseconds(second * kSecond));
}

std::string element_date(std::int64_t nanoseconds) {
  const std::string iso = record_time(nanoseconds);
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto number = [&](std::size_t at) {
    return static_cast<std::size_t>((iso[at] - '0') * 10 + (iso[at + 1] - '0'));
  };
  const std::size_t hour = number(11);
  return fmt::format("{} {}, {}, {}:{:02}:{:02} {}", kMonths.substr((number(5) - 1) * 3, 3),
                     number(8), iso.substr(0, 4), hour % 12 == 0 ? 12 : hour % 12, number(14),
                     number(17), hour < 12 ? "AM" : "PM");
}

std::string capped(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text;
}

void cap_element(Json& element, std::size_t bytes_max) {
  for (;;) {
    const std::size_t size = element.dump().size();
    if (size <= bytes_max) return;
    std::string* longest = longest_text(element);
    if (longest == nullptr || longest->empty()) {
      element = nullptr;  // nothing but names and numbers, and still too long
      return;
    }
    const std::size_t cut = std::min(longest->size(), std::max(size - bytes_max, kCutMin));
    const std::size_t kept = longest->size() - cut;  // before the text is moved from
    *longest = capped(std::move(*longest), kept);
  }
}

}  // namespace tablekey::replay::cloudtrail
