// NDJSON: exactly the lines of `tablekey events --json`.
#include <nlohmann/json.hpp>

#include "replay/event_text.h"
#include "replay/export/export.h"
#include "replay/query.h"

namespace tablekey::replay {
namespace {

class Lines : public Observer {
 public:
  explicit Lines(const ExportSink& sink) : sink_(sink) {}
  void event(const model::State& after, events::Event::Reader event,
             std::uint64_t number) override {
    sink_.write(event_json_line(after, event, number));
    sink_.write("\n");
  }

 private:
  const ExportSink& sink_;
};

}  // namespace

Exported export_ndjson(const RecordedRun& recorded, const ExportChoices& choices,
                       const ExportSink& sink) {
  EventQuery query;
  query.from = choices.window.from;
  query.to = choices.window.until;
  Lines lines(sink);
  return show_events(recorded, query, lines);
}

}  // namespace tablekey::replay
