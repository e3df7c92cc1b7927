// Indexes, streams, splits.
#include "model/applier.h"

namespace tablekey::model {

void Applier::index_entries_written(events::IndexEntriesWritten::Reader) { law(false, "not yet"); }
void Applier::index_backfilled(events::IndexBackfilled::Reader) { law(false, "not yet"); }
void Applier::index_effect(events::ControlAnswered::Reader) { law(false, "not yet"); }
void Applier::index_job_finished(std::uint32_t, events::JobKind, std::uint32_t) {
  law(false, "not yet");
}
void Applier::partition_split(events::PartitionSplit::Reader) { law(false, "not yet"); }
void Applier::stream_records_written(events::StreamRecordsWritten::Reader) {
  law(false, "not yet");
}
void Applier::shards_changed(events::ShardsChanged::Reader) { law(false, "not yet"); }
void Applier::stream_effect(events::ControlAnswered::Reader) { law(false, "not yet"); }
void Applier::start_indexes(std::uint32_t) {}
void Applier::end_streams(std::uint32_t) {}
void Applier::propagate(const ItemWrite&, const State::ItemView&) {}
void Applier::resume_split(std::uint32_t, std::uint32_t, sim::Time) { law(false, "not yet"); }
void Applier::heat(Table&, std::uint32_t, std::uint32_t, std::uint32_t) {}

}  // namespace tablekey::model
