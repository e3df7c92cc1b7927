// One picture of a run, without a script: swim lanes of keys, tables and of who held a plaintext
// table key that could be used, with the exposure after a revocation shaded and said in words. It
// follows the viewer's choice of light or dark, and says in title and desc what it shows.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "replay/export/picture.h"
#include "replay/markup.h"
#include "sim/time.h"

namespace tablekey::replay {
namespace {

constexpr std::int64_t kWidth = 1000, kLeft = 190, kRight = 24, kPlot = kWidth - kLeft - kRight;
constexpr std::int64_t kLane = 22, kBar = 12, kGroupGap = 30;
constexpr std::size_t kLanesMax = 24, kStepsMax = 12, kNameMax = 27;

constexpr std::string_view kStyle = R"css(
svg{color-scheme:light dark;background:#fff;fill:#1f2328;
font:12px system-ui,"DejaVu Sans",sans-serif}
.h{font-size:18px;font-weight:600}
.s,.axis{fill:#59636e;font-size:11px}
.g{font-size:11px;font-weight:600;fill:#59636e}
.grid{stroke:#d8dee4}
.r{stroke:#b3364a;stroke-width:1.5}
.x{fill:#b3364a;fill-opacity:.13}
.rt{fill:#a02c40;font-weight:600}
.k0{fill:#4b9f72}.k1{fill:#8c919c}.k2{fill:#b3364a}.k3{fill:#4778ab}.k4{fill:#de8a2f}
.k5{fill:#8a63b5}
.in{fill:#fff;font-size:9px}
@media (prefers-color-scheme:dark){
svg{background:#0d1117;fill:#e6edf3}
.s,.axis,.g{fill:#9198a1}
.grid{stroke:#30363d}
.r{stroke:#ff7b8b}.rt{fill:#ff9aa6}.x{fill:#ff7b8b;fill-opacity:.18}
.in{fill:#0d1117}
}
)css";

// The class that colours a state; see kStyle. What is not usual has the colour of its kind.
std::string_view class_of(Lane::Kind kind, std::string_view what) {
  if (kind == Lane::Kind::holder) return "k4";
  constexpr auto kClasses = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"Enabled", "k0"},
      {"Disabled", "k1"},
      {"PendingDeletion", "k2"},
      {"PendingReplicaDeletion", "k2"},
      {"deleted", "k2"},
      {"Unavailable", "k2"},
      {"ACTIVE", "k3"},
      {"INACCESSIBLE_ENCRYPTION_CREDENTIALS", "k2"},
      {"ARCHIVED", "k1"},
  });
  for (const auto& [name, color] : kClasses) {
    if (name == what) return color;
  }
  return "k5";
}

class Drawing {
 public:
  Drawing(const Picture& picture, const ExportSink& sink) : picture_(picture), sink_(sink) {}

  std::uint64_t draw() {
    const std::int64_t legend_y = 74, plot_y = legend_y + 40;
    const std::int64_t bottom = plot_y + lanes_height();
    const std::size_t steps = std::min(picture_.steps.size(), kStepsMax);
    const bool more = picture_.steps.size() > steps;
    const std::int64_t below = static_cast<std::int64_t>(steps + (more ? 1 : 0)) * 16;
    const std::int64_t height = bottom + 44 + (steps == 0 ? 0 : 26 + below);
    head(height);
    legend(legend_y);
    axis(plot_y, bottom);
    exposure(plot_y, bottom);
    std::int64_t y = plot_y + 6;
    lanes("Keys", picture_.keys, y);
    lanes("Tables", picture_.tables, y);
    lanes("Plaintext table key usable", picture_.holders, y);
    revocation(plot_y, bottom);
    step_list(bottom + 58);
    put("</svg>\n");
    return shapes_;
  }

 private:
  void put(std::string_view text) { sink_.write(text); }

  std::int64_t x_of(std::int64_t time) const {
    const std::int64_t span = std::max<std::int64_t>(1, picture_.until - picture_.from);
    const double share =
        static_cast<double>(std::clamp(time, picture_.from, picture_.until) - picture_.from) /
        static_cast<double>(span);
    return kLeft * 10 + static_cast<std::int64_t>(share * static_cast<double>(kPlot) * 10);
  }
  // Tenths of a pixel as a number.
  static std::string tenths(std::int64_t value) {
    return value % 10 == 0 ? fmt::format("{}", value / 10)
                           : fmt::format("{}.{}", value / 10, value % 10);
  }
  std::string since_start(std::int64_t time) const {
    return sim::print(sim::Duration::nanoseconds(time - picture_.start));
  }
  // As exact as a reader of a picture wants it.
  static std::string about(sim::Duration duration) {
    constexpr std::int64_t kTenth = 100'000'000;
    const std::int64_t grain = duration < sim::Duration::seconds(60) ? kTenth : 10 * kTenth;
    return sim::print(sim::Duration::nanoseconds((duration.count() + grain / 2) / grain * grain));
  }
  std::string about(std::int64_t time) const {
    return about(sim::Duration::nanoseconds(time - picture_.start));
  }

  static std::int64_t group_height(const std::vector<PictureLane>& lanes) {
    return lanes.empty() ? 0 : kGroupGap + kLane * static_cast<std::int64_t>(lanes.size());
  }
  std::int64_t lanes_height() const {
    return 6 + group_height(picture_.keys) + group_height(picture_.tables) +
           group_height(picture_.holders);
  }

  std::string sentence() const {
    if (!picture_.exposure) return {};
    const Exposure& exposure = *picture_.exposure;
    const std::string when = fmt::format("{} {}", since_start(exposure.at), exposure.step);
    if (!exposure.measured) return when + ": nobody held a plaintext table key";
    const std::string lasted = about(sim::Duration::nanoseconds(exposure.until - exposure.at));
    if (exposure.at_least) {
      return fmt::format(
          "{}: exposure at least {}, a plaintext table key concerned was usable to the end", when,
          lasted);
    }
    if (exposure.until <= exposure.at)
      return when + ": no plaintext table key concerned was usable after it";
    return fmt::format(
        "{}: exposure {}, the last plaintext table key concerned was usable until {}", when, lasted,
        about(exposure.until));
  }

  void head(std::int64_t height) {
    const std::string about_run = fmt::format(
        "{} keys, {} tables and {} holders of plaintext table keys over {} of simulated time. ",
        picture_.keys.size(), picture_.tables.size(), picture_.holders.size(),
        sim::print(sim::Duration::nanoseconds(picture_.until - picture_.from)));
    put(
        fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" "
                    "width=\"{0}\" height=\"{1}\" role=\"img\" aria-labelledby=\"t d\">\n",
                    kWidth, height));
    put(fmt::format("<title id=\"t\">{}: who could still read</title>\n<desc id=\"d\">{}</desc>\n",
                    escaped(picture_.scenario), escaped(about_run + sentence())));
    put(fmt::format("<style>{}</style>\n", kStyle));
    put(fmt::format("<text class=\"h\" x=\"24\" y=\"34\">{}</text>\n", escaped(picture_.scenario)));
    put(
        fmt::format("<text class=\"s\" x=\"24\" y=\"54\">seed {} · {} to {} since the start · "
                    "trace sha256 {}…</text>\n",
                    picture_.seed, since_start(picture_.from), since_start(picture_.until),
                    picture_.chain.substr(0, 16)));
  }

  void legend(std::int64_t y) {
    std::vector<std::pair<std::string_view, std::string>> entries;
    std::set<std::string> seen;
    const auto add = [&](const std::vector<PictureLane>& lanes) {
      for (const PictureLane& lane : lanes) {
        for (const Stretch& stretch : lane.stretches) {
          const std::string what =
              lane.kind == Lane::Kind::holder ? "plaintext table key usable" : stretch.what;
          if (seen.insert(what).second)
            entries.emplace_back(class_of(lane.kind, stretch.what), what);
        }
      }
    };
    add(picture_.keys);
    add(picture_.tables);
    add(picture_.holders);
    std::int64_t x = 24;
    for (const auto& [color, what] : entries) {
      if (x > kWidth - 200) break;  // the states themselves are written on the lanes
      put(
          fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"12\" height=\"12\"/>"
                      "<text x=\"{}\" y=\"{}\">{}</text>\n",
                      color, x, y - 4, x + 17, y + 6, escaped(what)));
      for (const char c : what) x += c >= 'A' && c <= '_' ? 9 : 7;
      x += 34;
    }
  }

  void axis(std::int64_t top, std::int64_t bottom) {
    constexpr std::int64_t kSecond = 1'000'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute;
    constexpr auto kSteps = std::to_array<std::int64_t>(
        {kSecond,     5 * kSecond,  10 * kSecond, 30 * kSecond, kMinute,    2 * kMinute,
         5 * kMinute, 10 * kMinute, 15 * kMinute, 30 * kMinute, kHour,      2 * kHour,
         3 * kHour,   6 * kHour,    12 * kHour,   24 * kHour,   48 * kHour, 120 * kHour,
         240 * kHour, 720 * kHour,  2160 * kHour, 8760 * kHour});
    constexpr std::int64_t kTicks = 8;
    const std::int64_t span = picture_.until - picture_.from;
    std::int64_t step = kSteps.back();
    for (const std::int64_t one : kSteps) {
      if (span / one <= kTicks) {
        step = one;
        break;
      }
    }
    std::int64_t since = (picture_.from - picture_.start + step - 1) / step * step;
    for (; since <= picture_.until - picture_.start; since += step) {
      const std::string x = tenths(x_of(picture_.start + since));
      put(fmt::format(
          "<line class=\"grid\" x1=\"{0}\" x2=\"{0}\" y1=\"{1}\" y2=\"{2}\"/>"
          "<text class=\"axis\" x=\"{0}\" y=\"{3}\" text-anchor=\"middle\">{4}</text>\n",
          x, top, bottom + 5, bottom + 20, sim::print(sim::Duration::nanoseconds(since))));
    }
    put(
        fmt::format("<text class=\"axis\" x=\"{}\" y=\"{}\" text-anchor=\"end\">simulated time "
                    "since the start →</text>\n",
                    kWidth - kRight, bottom + 36));
  }

  bool shows_exposure() const {
    return picture_.exposure && picture_.exposure->at >= picture_.from &&
           picture_.exposure->at <= picture_.until;
  }

  void exposure(std::int64_t top, std::int64_t bottom) {
    if (!shows_exposure()) return;
    const std::int64_t x = x_of(picture_.exposure->at), end = x_of(picture_.exposure->until);
    if (picture_.exposure->until <= picture_.exposure->at) return;
    put(fmt::format("<rect class=\"x\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n", tenths(x),
                    top, tenths(std::max<std::int64_t>(20, end - x)), bottom - top));
  }

  void revocation(std::int64_t top, std::int64_t bottom) {
    if (!shows_exposure()) return;
    const std::int64_t x = x_of(picture_.exposure->at);
    put(fmt::format("<line class=\"r\" x1=\"{0}\" x2=\"{0}\" y1=\"{1}\" y2=\"{2}\"/>\n", tenths(x),
                    top - 2, bottom));
    // A line as wide as the picture, near its line as far as it fits.
    const std::string words = sentence();
    const std::int64_t half = static_cast<std::int64_t>(words.size()) * 36;  // tenths of a pixel
    const std::int64_t middle = std::clamp(x, std::min(240 + half, kWidth * 5),
                                           std::max(kWidth * 10 - 240 - half, kWidth * 5));
    put(fmt::format("<text class=\"rt\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                    tenths(middle), top - 10, escaped(words)));
  }

  void lanes(std::string_view group, const std::vector<PictureLane>& lanes, std::int64_t& y) {
    if (lanes.empty()) return;
    put(fmt::format("<text class=\"g\" x=\"24\" y=\"{}\">{}</text>\n", y + 18, group));
    y += kGroupGap;
    for (const PictureLane& one : lanes) {
      lane(one, y);
      y += kLane;
    }
  }

  void lane(const PictureLane& lane, std::int64_t y) {
    std::string name =
        lane.entries == 1 ? lane.name : fmt::format("{} ({})", lane.name, lane.entries);
    put(fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}{}</text>\n", kLeft - 10,
                    y + kBar - 2, escaped(shortened(name)),
                    name == shortened(name) ? "" : "<title>" + escaped(name) + "</title>"));
    for (const Stretch& stretch : lane.stretches) bar(lane, stretch, y);
  }

  static std::string shortened(const std::string& name) {
    std::size_t characters = 0, at = 0;
    for (; at < name.size(); ++at) {
      if ((static_cast<unsigned char>(name[at]) & 0xc0) != 0x80 && ++characters > kNameMax) break;
    }
    return at == name.size() ? name : name.substr(0, at) + "…";
  }

  void bar(const PictureLane& lane, const Stretch& stretch, std::int64_t y) {
    const std::int64_t x = x_of(stretch.begin);
    const std::int64_t width = std::max<std::int64_t>(10, x_of(stretch.end) - x);
    const std::string parts =
        stretch.parts > 1 ? fmt::format(", {} drawn as one", stretch.parts) : "";
    const std::string many =
        lane.entries > 1 ? fmt::format("on any of {} connections or caches, ", lane.entries) : "";
    put(fmt::format(
        "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\">"
        "<title>{}: {}, {}{} to {}{}</title></rect>\n",
        class_of(lane.kind, stretch.what), tenths(x), y, tenths(width), kBar, escaped(lane.name),
        escaped(stretch.what), many, about(stretch.begin), about(stretch.end), parts));
    ++shapes_;
    const bool fits = width > static_cast<std::int64_t>(stretch.what.size()) * 60 + 80;
    if (lane.kind == Lane::Kind::holder || !fits) return;
    put(fmt::format("<text class=\"in\" x=\"{}\" y=\"{}\">{}</text>\n", tenths(x + 40),
                    y + kBar - 3, escaped(stretch.what)));
  }

  // What the timeline did, below the lanes: names at the marks themselves would overlap.
  void step_list(std::int64_t y) {
    if (picture_.steps.empty()) return;
    put(fmt::format("<text class=\"g\" x=\"24\" y=\"{}\">Timeline</text>\n", y));
    std::size_t shown = 0;
    for (const auto& [time, words] : picture_.steps) {
      y += 16;
      if (shown++ == kStepsMax) {
        put(fmt::format("<text class=\"s\" x=\"24\" y=\"{}\">and {} more</text>\n", y,
                        picture_.steps.size() - kStepsMax));
        return;
      }
      put(
          fmt::format("<text class=\"s\" x=\"110\" y=\"{0}\" text-anchor=\"end\">{1}</text>"
                      "<text class=\"s\" x=\"122\" y=\"{0}\">{2}</text>\n",
                      y, since_start(time), escaped(cut(words, 140))));
    }
  }
  static std::string cut(const std::string& text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
    return text.substr(0, bytes) + "…";
  }

  const Picture& picture_;
  const ExportSink& sink_;
  std::uint64_t shapes_ = 0;
};

}  // namespace

Exported export_svg(const RecordedRun& recorded, const ExportChoices& choices,
                    const ExportSink& sink) {
  const auto picture = picture_of(recorded, choices.window, kLanesMax, kPlot);
  if (!picture) return std::unexpected(picture.error());
  return Drawing(*picture, sink).draw();
}

}  // namespace tablekey::replay
