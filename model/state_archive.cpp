// State written down and read back: the payload of a snapshot. Every struct has one `visit`, which
// names its fields in order; whoever adds a field adds it there, and raises kStateVersion.
#include <algorithm>

#include "model/dynamodb/table_archive.h"
#include "model/law.h"
#include "model/state_archive_parts.h"

namespace tablekey::model {

namespace {

constexpr std::uint32_t kStateVersion = 5;

using Counting = StateArchive<ArchiveWriter<true>>;
using Writing = StateArchive<ArchiveWriter<false>>;
using Reading = StateArchive<ArchiveReader>;

}  // namespace

template <class A, Is<Action> V>
void visit(A& a, V& v) {
  visit_all(a, v.kind, v.a, v.b, v.cause);
}
template <class A, Is<Session> V>
void visit(A& a, V& v) {
  visit_all(a, v.principal, v.name, v.access_key_id, v.created, v.step);
}
template <class A, Is<NamedPolicy> V>
void visit(A& a, V& v) {
  visit_all(a, v.name, v.document);
}
template <class A, Is<PrincipalState> V>
void visit(A& a, V& v) {
  visit_all(a, v.deleted, v.policies, v.boundary, v.effective_deleted, v.effective_policies,
            v.effective_boundary);
}
template <class A, Is<KeyMaterial> V>
void visit(A& a, V& v) {
  visit_all(a, v.id, v.key_check_value, v.imported, v.source, v.state, v.present, v.bound,
            v.valid_to);
  visit_handle(a, v.expiry);
  visit_all(a, v.rotated, v.rotation, v.description);
}
template <class A, Is<Rotation> V>
void visit(A& a, V& v) {
  visit_all(a, v.enabled, v.period_days, v.next);
  visit_handle(a, v.due);
  visit_all(a, v.on_demand, v.on_demand_since);
  visit_handle(a, v.on_demand_done);
}
template <class A, Is<Tag> V>
void visit(A& a, V& v) {
  visit_all(a, v.name, v.value);
}
template <class A, Is<KmsKey> V>
void visit(A& a, V& v) {
  visit_all(a, v.created, v.creation_date, v.visible_at, v.state, v.effective, v.deleted, v.enabled,
            v.pending_deletion, v.creating, v.updating);
  visit_handle(a, v.ready);
  visit_all(a, v.deletion_date, v.deletion_window);
  visit_handle(a, v.deletion);
  visit_all(a, v.primary, v.materials, v.current, v.rotation, v.description, v.tags,
            v.effective_tags, v.policy, v.effective_policy, v.changes_pending, v.grants,
            v.live_grants, v.last_used, v.last_operation);
}
template <class A, Is<Alias> V>
void visit(A& a, V& v) {
  visit_all(a, v.name, v.realm, v.key, v.effective_key, v.created, v.updated);
}
template <class A, Is<CustomKeyStore> V>
void visit(A& a, V& v) {
  visit_all(a, v.state, v.error, v.name);
  visit_handle(a, v.change);
  visit_all(a, v.cluster_id, v.changes, v.broken);
}
template <class A, Is<StepResult> V>
void visit(A& a, V& v) {
  visit_all(a, v.answered, v.error, v.key, v.material, v.key_check_value, v.blob, v.grant, v.token,
            v.import_token, v.valid_to, v.exception, v.backup, v.exported, v.last_item, v.returned,
            v.scanned, v.last_sequence, v.result_high, v.result_low, v.decrypted_high,
            v.decrypted_low);
}
template <class A, Is<QuotaWindow> V>
void visit(A& a, V& v) {
  visit_all(a, v.begins, v.used);
}
template <class A, Is<KmsServers> V>
void visit(A& a, V& v) {
  visit_all(a, v.free_at, v.begins);
}
template <class A, Is<PendingChange> V>
void visit(A& a, V& v) {
  visit_all(a, v.kind, v.key, v.state, v.policy, v.visible_at, v.step, v.target);
}
template <class A, Is<Grant> V>
void visit(A& a, V& v) {
  visit_all(a, v.key, v.table, v.step, v.issuer, v.id, v.created, v.visible_at, v.tokens, v.ended,
            v.end_visible_at);
}
template <class A, Is<ClientProvider> V>
void visit(A& a, V& v) {  // what the scenario says about it is there already
  visit_all(a, v.recent.version, v.recent.updated, v.recent.held, v.recent.loading, v.materials,
            v.loader, v.waiting);
}
template <class A, Is<ClientMaterial> V>
void visit(A& a, V& v) {
  visit_all(a, v.version, v.step, v.home, v.ordinal);
}
template <class A, Is<CacheEntry> V>
void visit(A& a, V& v) {
  visit_all(a, v.version, v.created, v.last_used, v.age_jitter, v.idle_jitter, v.uses, v.bytes);
}
template <class A, Is<CacheSlotExtras> V>
void visit(A& a, V& v) {
  visit_all(a, v.denied_until, v.denial, v.denial_request_high, v.denial_request_low,
            v.last_renewal, v.in_flight);
  visit_handle(a, v.poll);
  visit_all(a, v.poll_planned, v.first_poll, v.polls, v.pushes, v.newer, v.older);
}
template <class A, Is<CacheSlot> V>
void visit(A& a, V& v) {
  visit_all(a, v.cache, v.table, v.entry, v.lost, v.generation, v.call, v.refresh);
  visit_handle(a, v.refresh_due);
  visit_all(a, v.extras);
}
template <class A, Is<Cache> V>
void visit(A& a, V& v) {
  visit_all(a, v.domain, v.entries, v.newest, v.oldest);
}
template <class A, Is<FaultSource> V>
void visit(A& a, V& v) {
  visit_all(a, v.faults, v.at, v.duration);
}
template <class A, Is<ObtainedKey> V>
void visit(A& a, V& v) {
  visit_all(a, v.table, v.version, v.error, v.request_id);
}
template <class A, Is<Request> V>
void visit(A& a, V& v) {
  visit_all(a, v.connection, v.item, v.step, v.home, v.operation, v.why, v.arrived, v.ordinal,
            v.asked, v.attempt, v.slot, v.generation, v.version, v.error, v.request_id, v.obtained);
  if (v.home != kNone) visit_all(a, v.home_ordinal);
  if (v.step != 0 || v.home != kNone) visit_all(a, v.client_asked, v.client_blobs);
}
template <class A, Is<Connection> V>
void visit(A& a, V& v) {
  visit_all(a, v.workload, v.table, v.identity, v.open, v.closing, v.origin, v.requests,
            v.requests_in_life, v.opened);
  visit_handle(a, v.arrival);
  visit_handle(a, v.closure);
  visit_all(a, v.arrivals, v.lifetime, v.free_at);
  visit_handle(a, v.idle_closure);
  visit_all(a, v.lives, v.router, v.slot);
}
template <class A, Is<Pool> V>
void visit(A& a, V& v) {
  visit_all(a, v.opened, v.origin, v.arrivals, v.turns);
  visit_handle(a, v.arrival);
}
template <class A, Is<Call> V>
void visit(A& a, V& v) {
  visit_all(a, v.purpose, v.operation, v.session, v.via_service, v.as_service, v.key, v.table,
            v.version, v.grant, v.step, v.entity, v.ordinal, v.sent, v.job, v.argument, v.request,
            v.waiting, v.answered, v.error, v.decided_by, v.request_id, v.message, v.blob,
            v.key_check_value);
}
template <class A, Is<Counters> V>
void visit(A& a, V& v) {
  visit_all(a, v.requests, v.served, v.failed, v.hits, v.delayed_hits, v.kms_calls, v.kms_denied);
}

template <class Archive, class AgendaType>
void visit_agenda(Archive& archive, AgendaType& agenda) {
  std::uint64_t next = agenda.next_sequence();
  std::uint64_t count = agenda.size();
  visit_all(archive, next, count);
  if constexpr (Archive::kLoading) {
    agenda.clear(next);
    archive.handles.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      sim::Due due;
      std::uint8_t priority = 0;
      Action action;
      visit_all(archive, due.time, priority, due.sequence, action);
      due.priority = priority;
      archive.handles.emplace_back(due.sequence, agenda.restore_entry(due, action));
    }
    std::sort(archive.handles.begin(), archive.handles.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
  } else {
    agenda.for_each_in_order([&](const sim::Due& due, const Action& action) {
      const auto priority = static_cast<std::uint8_t>(due.priority);
      visit_all(archive, due.time, priority, due.sequence, action);
    });
  }
}

template <class Archive, class S>
void State::visit_state(Archive& archive, S& state) {
  std::uint32_t version = kStateVersion;
  visit_all(archive, version);
  if (version != kStateVersion) throw BadSnapshot("the snapshot is of another version of State");
  visit_all(archive, state.now_, state.events_, state.ended_);
  visit_agenda(archive, state.agenda_);
  archive.agenda = &state.agenda_;
  visit_all(archive, state.sessions, state.latest_session, state.keys, state.changes, state.grants,
            state.tables, state.connections, state.cache, state.caches, state.calls,
            state.free_calls, state.waiters, state.free_waiters, state.retries, state.free_retries,
            state.pools, state.workload_tables_ready, state.counters, state.principals,
            state.aliases, state.stores, state.results, state.quotas, state.kms_servers,
            state.faults, state.era, state.origins, state.backups, state.exports, state.groups,
            state.tokens, state.shard_readers, state.boundaries, state.former_streams,
            state.fault_sources);
  if (state.providers.empty()) return;  // as many as the scenario lays out
  for (auto& provider : state.providers) visit_value(archive, provider);
  visit_all(archive, state.materials);
}

std::vector<std::uint8_t> State::save() const {
  Counting counting;
  visit_state(counting, *this);
  Writing writing;
  writing.reserve(counting.size());
  visit_state(writing, *this);
  return writing.take();
}

State State::restore(const ScenarioView& scenario, std::span<const std::uint8_t> saved) {
  State state(scenario);
  Reading reading(saved);
  visit_state(reading, state);
  if (reading.left() != 0) throw BadSnapshot("the snapshot goes on after its end");
  if (state.keys.size() != scenario.key_ids.size() || state.tables.size() != scenario.tables ||
      state.connections.size() != scenario.connections) {
    throw BadSnapshot("the snapshot is of another scenario");
  }
  if (!state.index_cache()) throw BadSnapshot("a cached key in the snapshot is nowhere");
  for (KmsKey& key : state.keys) {
    if (!key.compile()) throw BadSnapshot("a key policy in the snapshot is none");
  }
  if (state.principals.size() != scenario.principal_arns.size() ||
      state.stores.size() != scenario.reader().getCustomKeyStores().size()) {
    throw BadSnapshot("the snapshot is of another scenario");
  }
  for (const Alias& alias : state.aliases) {
    const bool lost =
        alias.realm >= scenario.realms() || (alias.key != kNone && alias.key >= state.keys.size());
    if (lost || (alias.effective_key != kNone && alias.effective_key >= state.keys.size())) {
      throw BadSnapshot("an alias in the snapshot points to no key");
    }
  }
  state.alias_index.rebuild(state.aliases);
  for (PrincipalState& principal : state.principals) {
    if (!principal.compile()) throw BadSnapshot("an identity policy in the snapshot is none");
  }
  return state;
}

bool KmsKey::compile() {
  compiled.reset();
  if (effective_policy.empty()) return true;
  auto made = iam::Policy::compile(effective_policy, iam::PolicyKind::key,
                                   {.rules = iam::PolicyRules::stored});
  if (!made) return false;
  compiled = std::move(*made);
  return true;
}

bool PrincipalState::compile() {
  compiled.set({});
  compiled_boundary.reset();
  if (effective_deleted) return true;
  std::vector<iam::Policy> made_ones;
  for (const NamedPolicy& policy : effective_policies) {
    auto made = iam::Policy::compile(policy.document, iam::PolicyKind::identity,
                                     {.rules = iam::PolicyRules::stored});
    if (!made) return false;
    made_ones.push_back(std::move(*made));
  }
  compiled.set(std::move(made_ones));
  if (effective_boundary.empty()) return true;
  auto made = iam::Policy::compile(effective_boundary, iam::PolicyKind::identity,
                                   {.rules = iam::PolicyRules::stored});
  if (!made) return false;
  compiled_boundary = std::move(*made);
  return true;
}

}  // namespace tablekey::model
