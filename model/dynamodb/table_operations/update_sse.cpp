// UpdateTable with an SSESpecification: what is refused before KMS is asked, in the order of
// dynamodb.md 2.5.
#include "model/dynamodb/control.h"
#include "model/dynamodb/process_steps.h"
#include "model/dynamodb/replica_keys.h"
#include "model/dynamodb/switch_quota.h"
#include "model/dynamodb/table_operations/update_table.h"
#include "model/dynamodb/table_states.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace {

using events::Exception;

bool changes_more(events::TableCall::Reader call) {
  return call.getHasBillingMode() || call.getHasThroughput() || call.getHasOnDemandThroughput() ||
         call.getTableClass().size() != 0 || call.getHasDeletionProtection() ||
         call.getHasStream() || call.getIndexChanges().size() != 0 ||
         call.getReplicaChanges().size() != 0;
}

// The key that the table has, or is moving to.
TableRefusal same_key_refusal(const Deciding& d, const TableRequest& request,
                              const KeyChoice& choice) {
  const std::uint32_t present = d.state.tables[request.table].key;
  if (choice.key == kNone) return {};
  const auto manager = [&](std::uint32_t key) {
    return key == kNone ? events::Key::Manager::OWNED
                        : at(d.state.scenario().reader().getKeys(), key).getManager();
  };
  if (manager(choice.key) == events::Key::Manager::OWNED) {
    if (manager(present) != events::Key::Manager::OWNED) return {};
    return invalid("Table is already encrypted by default");
  }
  const bool recognised = choice.by_arn || d.settings().resolved_same_key_detection;
  if (choice.key != present || !recognised) return {};
  return invalid(
      "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you "
      "want to change Master Key");
}

KeyChoice choice_of(const Deciding& d, const TableRequest& request) {
  return chosen_key(d, request.table, request.session, request.parameters.getSse());
}

}  // namespace

TableRefusal check_sse_update(const Deciding& d, const TableRequest& request) {
  if (TableRefusal busy = table_state_refusal(d, request, TableChange::encryption)) return busy;
  if (changes_more(request.parameters)) {
    return invalid("Server-Side Encryption modification must be the only operation in the request");
  }
  const KeyChoice choice = choice_of(d, request);
  if (TableRefusal early = era_refusal(d.state, choice.key, true)) return early;
  if (TableRefusal same = same_key_refusal(d, request, choice)) return same;
  const std::string spent = quota_refusal(d.state, request.table, choice.key, d.now);
  if (!spent.empty()) return refusal(Exception::LIMIT_EXCEEDED, spent);
  if (choice.key == kNone) return {};
  return replica_switch_refusal(d.state, request.table, choice.key);
}

void decide_sse_update(Deciding& d, const TableRequest& request) {
  const KeyChoice choice = choice_of(d, request);
  if (choice.error != events::KmsError::NONE) return refuse_for_choice(d, request, choice);
  law(choice.key != kNone, "a table that is encrypted stays so");
  start_switch(d, request, choice.key);
}

}  // namespace tablekey::model::dynamodb
