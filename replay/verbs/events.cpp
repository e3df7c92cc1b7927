#include "replay/verbs/events.h"

#include <fmt/format.h>

#include "replay/event_text.h"
#include "replay/query.h"
#include "replay/verbs/open_trace.h"

namespace tablekey::replay::verbs {
namespace {

class Listing : public Observer {
 public:
  Listing(Console& console, bool json) : console_(console), json_(json) {}

  void event(const model::State& after, events::Event::Reader event,
             std::uint64_t number) override {
    if (json_) {
      console_.out << event_json_line(after, event, number) << '\n';
    } else {
      console_.out << fmt::format("{:>9}  {}\n", number, event_line(after, event));
    }
    console_.check_output();
  }

 private:
  Console& console_;
  bool json_;
};

}  // namespace

int events(const EventsOptions& options, Console& console) {
  const auto opened = open_trace(options.trace, console);
  if (!opened) return opened.error();
  const auto query = parse_query(options.filters, opened->recorded.scenario());
  if (!query) return console.fail(kExitUsage, query.error());
  Listing listing(console, options.json);
  const auto shown = show_events(opened->recorded, *query, listing);
  if (!shown) return console.fail(shown.error(), options.trace);
  if (*shown == 0) console.note("no event matches");
  return opened->exit_code;
}

}  // namespace tablekey::replay::verbs
