// Passes from coarse to fine, over and over until none of them finds anything to leave out. Each
// candidate must load: one that does not is no scenario.
#include "replay/explore/shrink.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "replay/explore/draft.h"
#include "sim/time.h"

namespace tablekey::replay::explore {
namespace {

std::string_view complaint(const Finding& finding) {
  const std::string_view text = finding.detail;
  const std::size_t begin = text.find("error: ");
  return begin == text.npos ? text : text.substr(begin, text.find('\n', begin) - begin);
}

// Often enough that what differs by address differs in the file that is written, too.
constexpr unsigned kReplays = 4;

class Shrinker {
 public:
  Shrinker(const Story& story, const Finding& finding, std::uint64_t tries_max)
      : best_{story, finding, 0}, tries_max_(tries_max) {}

  Shrunk run() {
    bool changed = true;
    while (changed && !spent()) {
      changed = false;
      changed |= end_earlier();
      for (const Section section :
           {Section::step, Section::fault, Section::workload, Section::resource}) {
        changed |= leave_out_many(section);
        changed |= leave_out(section);
      }
      changed |= leave_out_settings();
      changed |= leave_out_fields();
      changed |= simplify();
    }
    return best_;
  }

 private:
  bool spent() const { return best_.tries >= tries_max_; }

  bool take(Story candidate) {
    if (spent()) return false;
    ++best_.tries;
    const Checked checked = check(candidate.text(), {candidate.seed, best_.finding.law, kReplays});
    if (!checked.finding || checked.finding->law != best_.finding.law) return false;
    // Another mistake of the generator is another bug.
    if (best_.finding.law == "loads" && complaint(*checked.finding) != complaint(best_.finding)) {
      return false;
    }
    best_.story = std::move(candidate);
    best_.finding = *checked.finding;
    return true;
  }

  bool end_earlier() {
    bool changed = false;
    for (const std::int64_t minutes : {1, 2, 5, 10, 15, 20, 30, 45}) {
      Story candidate = best_.story;
      Field& until = candidate.head.front();
      const std::string text = duration_text(minutes * kMinute);
      if (until.value == text) break;
      const auto now = sim::parse_duration(until.value);
      if (now && now->count() <= minutes * kMinute) break;
      until.value = text;
      drop_later(candidate, minutes * kMinute);
      if (take(std::move(candidate))) {
        changed = true;
        break;
      }
    }
    return changed;
  }

  // Steps after the end would be refused, or never come.
  static void drop_later(Story& story, std::int64_t until) {
    for (std::size_t i = story.parts.size(); i-- > 0;) {
      if (i >= story.parts.size() || story.parts[i].section != Section::step) continue;
      const auto at = sim::parse_duration(value_of(story.parts[i].fields, "at"));
      if (at && at->count() > until) story = story.without(i);
    }
  }

  // Half of them, a quarter of them, …: most of a story has nothing to do with the law.
  bool leave_out_many(Section section) {
    bool changed = false;
    for (std::size_t share = 2; share <= 4; share *= 2) {
      for (std::size_t which = 0; which < share; ++which) {
        std::vector<std::string> names;
        for (const Part& part : best_.story.parts) {
          if (part.section == section) names.push_back(part.name);
        }
        if (names.size() < share) break;
        Story candidate = best_.story;
        for (std::size_t i = which * names.size() / share; i < (which + 1) * names.size() / share;
             ++i) {
          remove(candidate, names[i]);
        }
        changed |= take(std::move(candidate));
      }
    }
    return changed;
  }

  static void remove(Story& story, const std::string& name) {
    for (std::size_t i = 0; i < story.parts.size(); ++i) {
      if (story.parts[i].name != name) continue;
      story = story.without(i);
      return;
    }
  }

  bool leave_out(Section section) {
    bool changed = false;
    for (std::size_t i = best_.story.parts.size(); i-- > 0;) {
      if (i >= best_.story.parts.size() || best_.story.parts[i].section != section) continue;
      changed |= take(best_.story.without(i));
    }
    return changed;
  }

  bool leave_out_settings() {
    bool changed = false;
    for (auto list : {&Story::model, &Story::head}) {
      for (std::size_t i = (best_.story.*list).size(); i-- > 0;) {
        if ((best_.story.*list)[i].needed) continue;
        Story candidate = best_.story;
        (candidate.*list).erase((candidate.*list).begin() + static_cast<std::ptrdiff_t>(i));
        changed |= take(std::move(candidate));
      }
    }
    return changed;
  }

  bool leave_out_fields() {
    bool changed = false;
    for (std::size_t part = 0; part < best_.story.parts.size(); ++part) {
      for (std::size_t i = best_.story.parts[part].fields.size(); i-- > 0;) {
        if (best_.story.parts[part].fields[i].needed) continue;
        Story candidate = best_.story;
        auto& fields = candidate.parts[part].fields;
        fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(i));
        changed |= take(std::move(candidate));
      }
    }
    return changed;
  }

  bool simplify() {
    bool changed = false;
    for (std::size_t part = 0; part < best_.story.parts.size(); ++part) {
      for (std::size_t i = 0; i < best_.story.parts[part].fields.size(); ++i) {
        const std::vector<std::string> simpler = best_.story.parts[part].fields[i].simpler;
        for (std::size_t which = 0; which < simpler.size(); ++which) {
          Story candidate = best_.story;
          Field& field = candidate.parts[part].fields[i];
          if (field.value == simpler[which]) break;
          field.value = simpler[which];
          field.simpler.resize(which);
          if (!take(std::move(candidate))) continue;
          changed = true;
          break;
        }
      }
    }
    return changed;
  }

  Shrunk best_;
  std::uint64_t tries_max_;
};

}  // namespace

Shrunk shrink(const Story& story, const Finding& finding, std::uint64_t tries_max) {
  return Shrinker(story, finding, tries_max).run();
}

}  // namespace tablekey::replay::explore
