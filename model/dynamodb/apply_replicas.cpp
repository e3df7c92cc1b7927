// Global tables.
#include "model/applier.h"

namespace tablekey::model {

void Applier::items_replicated(events::ItemsReplicated::Reader) { law(false, "not yet"); }
void Applier::replica_changed(events::ReplicaChanged::Reader) { law(false, "not yet"); }
void Applier::replica_effect(events::ControlAnswered::Reader) { law(false, "not yet"); }
void Applier::replicate_later(const ItemWrite&, const State::ItemView&) {}
void Applier::start_groups() {}

}  // namespace tablekey::model
