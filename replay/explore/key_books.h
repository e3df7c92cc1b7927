// Books on KMS keys, kept from events alone: what state each is in as the data plane knows it,
// which policies and grants speak about it, which faults last (kms.md 2, 5, 6, 10). They answer
// from the documents whether a call may succeed, so that what KMS answered can be held against it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "event.capnp.h"
#include "model/iam/policy.h"
#include "model/scenario.h"
#include "model/state.h"

namespace tablekey::replay::explore {

/// A value as it changes: from each time on another one.
template <class Value>
class Changing {
 public:
  void set(std::int64_t from, Value value) { changes_.emplace_back(from, std::move(value)); }
  const Value* at(std::int64_t time) const {
    const Value* found = nullptr;
    for (const auto& [from, value] : changes_) {
      if (from <= time) found = &value;
    }
    return found;
  }

 private:
  std::vector<std::pair<std::int64_t, Value>> changes_;  // in the order in which they were made
};

struct BookedGrant {
  std::uint32_t key = 0;
  std::uint32_t table = model::kNone;  ///< DynamoDB's for that table
  std::uint32_t step = 0;              ///< else 1 + the CreateGrant
  std::int64_t visible_at = 0;
  std::int64_t ends_at = INT64_MAX;  ///< from then on it is gone for everyone
};

/// Whether a caller may do something: rules may leave it open (a token that events do not show).
struct Permission {
  bool some_rule_allows = false;  ///< one could
  bool surely = false;            ///< one does, whatever is not known
};

class KeyBooks {
 public:
  explicit KeyBooks(const model::ScenarioView& scenario);

  /// Takes a fact into the books. `after` is asked for names and sessions only.
  void note(const model::State& after, events::Event::Reader event);

  /// What the key's state is for the data plane; nothing: the books do not follow this key.
  std::optional<events::KeyState> state(std::uint32_t key, std::int64_t time) const;
  /// Who may do what `answered` was asked for, by policies and grants of that time.
  Permission permission(const model::State& state, events::Event::KmsAnswered::Reader answered,
                        std::int64_t time) const;
  /// Whether a fault lasts that can fail, or throttle, calls.
  bool failing() const { return lasts({Kind::OUTAGE, Kind::BROWN_OUT, Kind::REGION_FAILURE}); }
  bool throttling() const { return lasts({Kind::NEIGHBOUR}); }
  bool slowing() const { return lasts({Kind::PROPAGATION}); }

 private:
  using Kind = events::Fault::Kind;
  struct Key {
    bool followed = true;
    bool enabled = true, pending_deletion = false, deleted = false;
    bool external = false;
    std::map<std::uint32_t, bool> materials;  // of an external one: whether it is there
    Changing<events::KeyState> state;
    Changing<std::string> policy;
  };
  using Documents = std::map<std::string, std::string>;  // of an identity, by PolicyName

  void answered(events::Event::KmsAnswered::Reader event, std::int64_t time);
  void key_state_changed(events::KmsOperation operation, Key& key, std::int64_t from);
  void identity_changed(events::IamAnswered::Reader event);
  static events::KeyState derived(const Key& key);
  bool lasts(std::set<Kind> kinds) const;
  const model::iam::Policy* compiled(const std::string& document, bool of_key) const;
  Permission by_grants(const model::State& state, events::Event::KmsAnswered::Reader answered,
                       std::int64_t time, const model::iam::Request& request) const;
  bool carries_token(events::Event::KmsAnswered::Reader answered, const BookedGrant& grant) const;

  const model::ScenarioView& scenario_;
  std::vector<Key> keys_;
  std::vector<Documents> latest_;               // by principal: as IAM shows them
  std::vector<Changing<Documents>> documents_;  // as KMS heeds them
  std::vector<BookedGrant> grants_;
  std::multiset<Kind> faults_;
  mutable std::map<std::string, std::optional<model::iam::Policy>> compiled_;
};

}  // namespace tablekey::replay::explore
