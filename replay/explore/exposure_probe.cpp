#include "replay/explore/exposure_probe.h"

namespace tablekey::replay::explore {

using events::DataOperation;
using events::Event;
using Operation = events::KmsOperation;

void ExposureProbe::answered(Event::KmsAnswered::Reader answered, std::int64_t time) {
  if (answered.getError() != events::KmsError::NONE || answered.getKey() == model::kNone) return;
  switch (answered.getOperation()) {
    case Operation::DISABLE_KEY:
    case Operation::SCHEDULE_KEY_DELETION:
    case Operation::DELETE_IMPORTED_KEY_MATERIAL:
      open_.try_emplace(answered.getKey(), Window{time, -1, false, answered.getOperation()});
      return;
    case Operation::ENABLE_KEY:
    case Operation::IMPORT_KEY_MATERIAL:
      if (const auto found = open_.find(answered.getKey()); found != open_.end()) {
        found->second.over = true;
        closed_.push_back(found->second);
        open_.erase(found);
      }
      return;
    default:
      return;
  }
}

void ExposureProbe::served(const model::State& after, std::uint32_t table, events::Access via,
                           std::int64_t time) {
  if (via == events::Access::MISS) loaded_.push_back(time);
  const auto found = open_.find(after.tables[table].key);
  if (found == open_.end()) return;
  found->second.last_served = time;
  found->second.over = false;
}

void ExposureProbe::refused(const model::State& after, std::uint32_t table,
                            events::KmsError error) {
  if (error == events::KmsError::NONE) return;
  const auto found = open_.find(after.tables[table].key);
  if (found != open_.end()) found->second.over = true;
}

void ExposureProbe::event(const model::State& after, Event::Reader event, std::uint64_t) {
  const std::int64_t time = event.getTime();
  switch (event.which()) {
    case Event::KMS_ANSWERED:
      return answered(event.getKmsAnswered(), time);
    case Event::ITEM_READ:
      return served(after, event.getItemRead().getTable(), event.getItemRead().getVia(), time);
    case Event::ITEMS_READ:
      return served(after, event.getItemsRead().getTable(), event.getItemsRead().getVia(), time);
    case Event::REQUEST_FAILED:
      return refused(after, event.getRequestFailed().getTable(),
                     event.getRequestFailed().getKmsError());
    case Event::DATA_ANSWERED: {
      const auto one = event.getDataAnswered();
      const std::uint32_t table = after.connections[one.getConnection()].table;
      if (one.getException() != events::Exception::NONE) {
        return refused(after, table, one.getKmsError());
      }
      if (one.getReads().size() != 0) served(after, table, one.getVia(), time);
      return;
    }
    default:
      return;
  }
}

const ExposureProbe::Window* ExposureProbe::longest() const {
  const Window* best = nullptr;
  const auto look = [&](const Window& window) {
    if (best == nullptr || window.length() > best->length()) best = &window;
  };
  for (const Window& window : closed_) look(window);
  for (const auto& [key, window] : open_) look(window);
  return best;
}

}  // namespace tablekey::replay::explore
