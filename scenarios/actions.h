// What a step of the timeline can `do`: one row an action, with its parameters and what it compiles
// to. A new action is a new row and its function.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/draft.h"
#include "scenarios/map_reader.h"

namespace tablekey::scenarios {

struct ActionContext {
  MapReader& reader;
  Draft& draft;
  Diagnostics& diagnostics;
  DraftStep& step;  // with its time, its caller and, of a KMS call, what it makes
  // The table that the node names; kNone after an error. A family of tables (Copies) is no table to
  // act on.
  std::uint32_t table(const Node& node);
  // The one that `table` names.
  std::uint32_t required_table(std::string hint = {});
  // The key that `key` names, likewise.
  std::uint32_t key();
  std::uint32_t required_key();
};

// The index of the step that gives this result: `!GetAtt id.Result`, "${id.Result}", and with
// `bare` the id alone. Nothing after an error.
[[nodiscard]] std::optional<std::uint32_t> read_step_result(const ActionContext& context,
                                                            const Node& node,
                                                            std::string_view field,
                                                            std::string_view result, bool bare);
// Whether the node is such a reference, right or wrong.
[[nodiscard]] bool is_step_result(const Node& node);
// Whether it names this result, or with its id alone a step that gives it.
[[nodiscard]] bool is_result_of(const Draft& draft, const Node& node, std::string_view result);

struct Action {
  std::string_view name;                     // kms:DisableKey
  std::vector<std::string_view> parameters;  // besides those of every step
  // Nothing after an error.
  std::optional<StepAction> (*compile)(ActionContext&, const Action&);
  // Which of several operations that share a function; meaning depends on the function.
  int variant = 0;
};

// One function a row, where it stands in a file of its own.
std::optional<StepAction> compile_iam_change(ActionContext& context, const Action& action);
std::optional<StepAction> compile_assume_role(ActionContext& context, const Action& action);
std::optional<StepAction> compile_fault(ActionContext& context, const Action& action);
std::optional<StepAction> compile_change_profile(ActionContext& context, const Action& action);
// The next version of a caching provider's material (resources_encryptor.cpp).
std::optional<StepAction> compile_new_material(ActionContext& context, const Action& action);
// What `variant` says of an iam: action.
enum class IamAction : std::uint8_t {
  put_policy,
  delete_policy,
  put_boundary,
  delete_boundary,
  attach_policy,
  detach_policy,
  delete_principal,
};

[[nodiscard]] const std::vector<Action>& actions();
[[nodiscard]] const Action* find_action(std::string_view name);

}  // namespace tablekey::scenarios
