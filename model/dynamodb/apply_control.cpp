// What the control plane changes.
#include "model/applier.h"

namespace tablekey::model {

void Applier::control_requested(events::ControlRequested::Reader) { law(false, "not yet"); }
void Applier::control_answered(events::ControlAnswered::Reader) { law(false, "not yet"); }
void Applier::table_job_finished(events::TableJobFinished::Reader) { law(false, "not yet"); }
void Applier::key_checked(events::KeyChecked::Reader) { law(false, "not yet"); }
void Applier::table_archival_started(events::TableArchivalStarted::Reader) {
  law(false, "not yet");
}
void Applier::table_archived(events::TableArchived::Reader) { law(false, "not yet"); }
void Applier::sse_switch_stalled(events::SseSwitchStalled::Reader) { law(false, "not yet"); }
void Applier::table_encrypted(events::TableEncrypted::Reader) { law(false, "not yet"); }
void Applier::era_changed(std::uint32_t) { law(false, "not yet"); }
void Applier::watch_key(std::uint32_t) {}

}  // namespace tablekey::model
