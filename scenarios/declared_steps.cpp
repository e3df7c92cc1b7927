// Looking through the timeline for ids, and for what decides the ids of keys that steps make.
#include "scenarios/declared_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "scenarios/characters.h"
#include "scenarios/draft.h"
#include "scenarios/kms_operations.h"
#include "scenarios/resources.h"

namespace tablekey::scenarios {
namespace {

class StepScan {
 public:
  explicit StepScan(Stack& stack) : stack_(stack) {}
  void declare(const Node& entry);
  // The key id of a replica, which is that of its primary: wherever that is made.
  void name_replica(const Node& entry);

 private:
  // The text of a scalar of the entry, a reference as its logical id; "" if there is none.
  std::string text_of(const Node& entry, std::string_view key);
  std::string account_of_caller(const std::string& caller);
  std::string key_id_of(const Node& entry);

  Stack& stack_;
  std::map<std::string, std::string> roles_of_sessions_;
};

std::string StepScan::text_of(const Node& entry, std::string_view key) {
  const Node* node = entry.find(key);
  if (node == nullptr || !node->is_scalar() || node->is_null()) return {};
  if (node->tag.empty()) return node->text;
  const Node value = stack_.resolve(*node);
  return value.resource.empty() && value.is_scalar() ? value.text : value.resource;
}

// `as` may name a role or user by id or name, Role/session, a session, or an account's root.
std::string StepScan::account_of_caller(const std::string& caller) {
  const std::string own = stack_.environment().account;
  if (caller.starts_with("arn:") && caller.ends_with(":root")) {
    return caller.size() < 17 ? own : caller.substr(caller.size() - 17, 12);
  }
  std::string name = caller.substr(0, caller.find('/'));
  if (const auto role = roles_of_sessions_.find(name); role != roles_of_sessions_.end()) {
    name = role->second;
  }
  for (Resource& resource : stack_.resources()) {
    const bool principal = resource.type == "AWS::IAM::Role" || resource.type == "AWS::IAM::User";
    if (!principal) continue;
    const Identity* identity = stack_.identity(resource);
    const bool named = identity != nullptr && identity->ref == name;
    if (named || resource.logical_id == name) return account_of(stack_, resource);
  }
  return own;
}

// Of the key that ReplicateKey copies.
std::string StepScan::key_id_of(const Node& entry) {
  for (const std::string_view parameter : {"KeyId", "key"}) {
    const std::string name = text_of(entry, parameter);
    if (name.empty()) continue;
    if (Resource* resource = stack_.find(name); resource != nullptr) {
      const Identity* identity = stack_.identity(*resource);
      if (identity == nullptr) return {};
      const auto id = identity->attributes.find("KeyId");
      return id == identity->attributes.end() ? std::string() : id->second;
    }
    if (const DeclaredStep* step = stack_.find_step(name)) {
      return identity_of_step(stack_, *step, name).ref;
    }
    const std::size_t slash = name.rfind('/');
    return slash == std::string::npos ? name : name.substr(slash + 1);
  }
  return {};
}

std::uint32_t times_of(const Node& entry) {
  const Node* repeat = entry.find("repeat");
  const Node* times = repeat == nullptr || !repeat->is_map() ? nullptr : repeat->find("times");
  std::uint32_t count = 1;
  if (times == nullptr || !times->is_scalar()) return count;
  std::from_chars(times->text.data(), times->text.data() + times->text.size(), count);
  return std::max(count, 1U);
}

void StepScan::declare(const Node& entry) {
  if (!entry.is_map()) return;
  const std::string action = text_of(entry, "do");
  if (action == "sts:AssumeRole") {
    roles_of_sessions_[text_of(entry, "session")] = text_of(entry, "role");
  }
  const Node* id = entry.find("id");
  if (id == nullptr || !id->is_scalar() || id->is_null() || !id->tag.empty()) return;
  DeclaredStep step;
  step.id = id->text;
  step.place = id->place;
  step.action = action;
  step.times = times_of(entry);
  step.account = account_of_caller(text_of(entry, "as"));
  const bool replica = action == "kms:ReplicateKey";
  step.region = text_of(entry, replica ? "ReplicaRegion" : "region");
  if (step.region.empty()) step.region = stack_.environment().region;
  const std::string multi_region = text_of(entry, "MultiRegion");
  step.multi_region = replica || multi_region == "true" || multi_region == "True";
  stack_.declare_step(std::move(step));
}

void StepScan::name_replica(const Node& entry) {
  if (!entry.is_map() || text_of(entry, "do") != "kms:ReplicateKey") return;
  const std::string id = text_of(entry, "id");
  if (!id.empty()) stack_.set_replica_key_id(id, key_id_of(entry));
}

}  // namespace

void declare_steps(const Node& timeline, Stack& stack) {
  StepScan scan(stack);
  for (const Node& entry : timeline.items) scan.declare(entry);
  for (const Node& entry : timeline.items) scan.name_replica(entry);
}

Identity identity_of_step(Stack& stack, const DeclaredStep& step, std::string_view id) {
  Identity identity;
  const std::uint64_t seed = stack.environment().seed;
  if (step.action == "kms:CreateCustomKeyStore") {
    identity.ref = derived_store_id(seed, step.account, step.region, id);
    identity.attributes["CustomKeyStoreId"] = identity.ref;
  } else if (step.action == "kms:CreateKey" || step.action == "kms:ReplicateKey") {
    identity.ref = !step.key_id.empty() ? step.key_id
                   : step.multi_region  ? derived_multi_region_key_id(seed, step.account, id)
                                        : derived_key_id(seed, step.account, step.region, id);
    identity.attributes["KeyId"] = identity.ref;
    identity.attributes["Arn"] = key_arn(step.region, step.account, identity.ref);
  }
  return identity;
}

Node step_reference(Stack& stack, const DeclaredStep& step, std::string_view id,
                    std::string_view attribute, Place place) {
  const Identity identity = identity_of_step(stack, step, id);
  const auto known = identity.attributes.find(std::string(attribute));
  const bool whole = attribute.empty() && !identity.ref.empty();
  if (whole || known != identity.attributes.end()) {
    Node node = text_node(whole ? identity.ref : known->second, place);
    node.resource = id;
    return node;
  }
  const std::vector<std::string_view> results = results_of(step.action);
  if (!attribute.empty() && std::ranges::find(results, attribute) != results.end()) {
    Node node = unresolved_node(
        fmt::format("'{}.{}' is known only when a run gets there", printable(id), attribute),
        place);
    node.resource = id;
    node.result = attribute;
    return node;
  }
  std::string hint = did_you_mean(attribute, results);
  if (hint.empty() && !results.empty()) {
    hint = fmt::format("write !GetAtt {}.{}", printable(id), results.front());
  }
  const std::string message =
      attribute.empty() ? fmt::format("'{}' is a step and no resource", printable(id))
      : results.empty()
          ? fmt::format("{} gives no results", printable(step.action))
          : fmt::format("{} gives no '{}'", printable(step.action), printable(attribute));
  stack.diagnostics()
      .error(place, message, std::move(hint))
      .notes.push_back({step.place, fmt::format("'{}' is declared here", printable(id))});
  return failed_node(place);
}

}  // namespace tablekey::scenarios
