// Backups, recovery, TTL.
#include "model/applier.h"

namespace tablekey::model {

void Applier::backup_effect(events::ControlAnswered::Reader) { law(false, "not yet"); }
void Applier::backup_finished(std::uint32_t) { law(false, "not yet"); }
void Applier::backup_expired(std::uint32_t) { law(false, "not yet"); }
void Applier::export_finished(events::ExportFinished::Reader) { law(false, "not yet"); }
void Applier::time_to_live_set(events::ControlAnswered::Reader) { law(false, "not yet"); }
void Applier::continuous_backups_set(events::ControlAnswered::Reader) { law(false, "not yet"); }
void Applier::items_expired(events::ItemsExpired::Reader) { law(false, "not yet"); }
void Applier::log_archived(events::LogArchived::Reader) { law(false, "not yet"); }
void Applier::snapshot_taken(events::SnapshotTaken::Reader) { law(false, "not yet"); }
void Applier::restored(std::uint32_t) {}
void Applier::log_undo(const ItemWrite&) {}
void Applier::plan_expiry(const ItemWrite&) {}
void Applier::start_recovery(std::uint32_t) {}

}  // namespace tablekey::model
