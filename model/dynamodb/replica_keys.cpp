// The rules of keys in a group of replicas.
#include "model/dynamodb/replica_keys.h"

#include <fmt/format.h>

#include "model/dynamodb/replicas.h"
#include "model/dynamodb/sse_settings.h"
#include "model/kms/alias_index.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace {

using events::Exception;
using events::Key;

// The seed's statement, in the form of DynamoDB's other refusals.
constexpr std::string_view kNoCustomerKeys =
    "You cannot use a customer managed CMK to encrypt DynamoDB global table replicas. To encrypt "
    "replicas, use an AWS owned CMK or an AWS managed CMK.";
constexpr std::string_view kEachReplica = "KMSMasterKeyId must be specified for each replica.";
constexpr std::string_view kOneManager =
    "All replica keys must either be Customer Managed CMK or AWS Managed CMK.";
constexpr std::string_view kNoKeyOfItsOwn =
    "KMSMasterKeyId can not be specified for a replica of a table that is encrypted by default.";
constexpr std::string_view kSameType =
    "The type of server-side encryption must be the same for all replicas.";

bool has_customer_key(const State& state, std::uint32_t key) {
  return manager_of(state, key) == Key::Manager::CUSTOMER;
}

std::uint32_t key_of_id_in(const State& state, std::uint32_t realm, std::string_view id) {
  const ScenarioView& scenario = state.scenario();
  for (std::uint32_t key = 0; key < scenario.key_ids.size(); ++key) {
    if (scenario.key_realms[key] == realm && scenario.key_ids[key] == id) return key;
  }
  return kNone;
}

// The type that a member of the group with KMS keys fixes for the others.
TableRefusal against(Key::Manager group, Key::Manager wanted) {
  if (group == wanted) return {};
  if (group == Key::Manager::OWNED) return invalid(kNoKeyOfItsOwn);
  return invalid(wanted == Key::Manager::OWNED ? kSameType : kOneManager);
}

// A replica that has to go along when its group's encryption changes.
TableRefusal follower_refusal(const State& state, std::uint32_t member, std::uint32_t to_key) {
  const Table& table = state.tables[member];
  const std::string where =
      fmt::format("{} in {}", state.table_name(member), state.table_region(member));
  const ConfigJob& job = table.detail->job;
  if (table.lifecycle != Lifecycle::live || table.process.kind != ProcessKind::none ||
      job.running) {
    return in_use(fmt::format("Table: {} is in the process of being updated.", where));
  }
  if (followed_key(state, member, to_key) != kNone) return {};
  return invalid(fmt::format("{} has no such key", where));
}

}  // namespace

std::uint32_t replica_key(const State& state, std::uint32_t replica,
                          events::ReplicaChange::Reader change) {
  const std::uint32_t realm = state.family(replica).realm;
  const events::KeyReference::Reader named = change.getKmsMasterKeyId();
  switch (named.which()) {
    case events::KeyReference::ARN:
      return named.getArn();
    case events::KeyReference::ID:
      // A bare id means the key of that id in the replica's Region (dynamodb.md 2.3).
      return key_of_id_in(state, realm, at(state.scenario().key_ids, named.getId()));
    case events::KeyReference::TEXT: {
      const std::string_view text(named.getText().cStr(), named.getText().size());
      if (!text.starts_with("alias/")) return key_of_id_in(state, realm, text);
      const std::uint32_t alias = kms::find_alias(state, realm, text);
      return alias == kNone ? kNone : at(state.aliases, alias).key;
    }
    default:
      return state.family(replica).key;
  }
}

TableRefusal replica_key_refusal(const State& state, std::uint32_t table,
                                 events::ReplicaChange::Reader change, std::uint32_t key) {
  const Key::Manager own = manager_of(state, at(state.tables, table).key);
  const bool customer =
      own == Key::Manager::CUSTOMER || (key != kNone && has_customer_key(state, key));
  if (customer && !state.settings().dynamodb.replica_customer_keys) return invalid(kNoCustomerKeys);
  const bool named = !change.getKmsMasterKeyId().isNone();
  if (own == Key::Manager::CUSTOMER && !named) return invalid(kEachReplica);
  if (own == Key::Manager::OWNED) return named ? invalid(kNoKeyOfItsOwn) : TableRefusal();
  return key == kNone ? TableRefusal() : against(own, manager_of(state, key));
}

TableRefusal first_replica_refusal(const State& state, std::uint32_t table, std::uint32_t key) {
  const ScenarioView& scenario = state.scenario();
  const std::uint32_t family = state.tables[table].family;
  const bool replica = scenario.reader().getTables()[family].getGlobalTable() != 0 &&
                       state.tables[table].creations == 0 && first_table_of(state, table) != table;
  if (!replica) return {};
  if (has_customer_key(state, key) && !state.settings().dynamodb.replica_customer_keys) {
    return invalid(kNoCustomerKeys);
  }
  const std::uint32_t first = state.family(first_table_of(state, table)).key;
  if (has_customer_key(state, first) && !has_customer_key(state, key)) return invalid(kEachReplica);
  return against(manager_of(state, first), manager_of(state, key));
}

TableRefusal replica_switch_refusal(const State& state, std::uint32_t table, std::uint32_t to_key) {
  const ReplicaGroup* group = group_of(state, table);
  if (group == nullptr) return {};
  if (has_customer_key(state, to_key) &&
      (group->version_2017 || !state.settings().dynamodb.replica_customer_keys)) {
    return invalid(kNoCustomerKeys);
  }
  for (const std::uint32_t member : group->tables) {
    if (member == table || state.tables[member].key == kNone) continue;
    const Key::Manager other = manager_of(state, state.tables[member].key);
    if (other == manager_of(state, to_key)) continue;
    // Nobody but the caller knows the other Regions' customer keys, and a request that changes
    // encryption says nothing else.
    if (has_customer_key(state, to_key)) {
      return invalid(other == Key::Manager::OWNED ? kEachReplica : kOneManager);
    }
    if (group->version_2017) return against(other, manager_of(state, to_key));
    if (TableRefusal busy = follower_refusal(state, member, to_key)) return busy;
  }
  return {};
}

std::vector<std::uint32_t> followers(const State& state, std::uint32_t table,
                                     std::uint32_t to_key) {
  const ReplicaGroup* group = group_of(state, table);
  std::vector<std::uint32_t> found;
  if (group == nullptr || group->version_2017) return found;
  for (const std::uint32_t member : group->tables) {
    if (member != table && followed_key(state, member, to_key) != kNone) found.push_back(member);
  }
  return found;
}

std::uint32_t followed_key(const State& state, std::uint32_t replica, std::uint32_t leaders_key) {
  const Key::Manager type = manager_of(state, leaders_key);
  const std::uint32_t present = at(state.tables, replica).key;
  if (present == kNone || type == Key::Manager::CUSTOMER) return kNone;
  return manager_of(state, present) == type ? kNone : service_key(state, replica, type);
}

}  // namespace tablekey::model::dynamodb
