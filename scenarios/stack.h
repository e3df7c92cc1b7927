// The CloudFormation part of a scenario: Parameters, Mappings, Conditions and Resources, and the
// intrinsic functions that connect them. `resolve` turns a node with functions into one without;
// what cannot be known (an import from another stack, a parameter without a default) becomes a node
// with something that stands for it, so that whole templates load; whoever needs the value says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/diagnostics.h"
#include "scenarios/node.h"

namespace tablekey::scenarios {

struct ResourceType;

// What references to a resource give: `!Ref` and `!GetAtt` by attribute name.
struct Identity {
  std::string ref;
  std::map<std::string, std::string> attributes;
};

struct Resource {
  std::string logical_id;
  Place place;                          // of its logical id
  std::string type;                     // AWS::KMS::Key
  const ResourceType* known = nullptr;  // null: a type that tablekey does not simulate
  const Node* properties = nullptr;     // may be null
  const Node* metadata = nullptr;       // Metadata.tablekey; may be null
  std::optional<Identity> identity;
  bool identifying = false;  // its identity is being worked out
};

// What the pseudo parameters say.
struct Environment {
  std::string account, region, stack_name;
  std::uint64_t seed = 0;
  [[nodiscard]] std::string partition() const;
  [[nodiscard]] std::string url_suffix() const;
};

// A step of the timeline, by what references to it need before the timeline is compiled.
struct DeclaredStep {
  std::string id;
  Place place;  // of its id
  std::string action;
  std::uint32_t times = 1;  // with `repeat`: its occurrences are id, id-2, id-3, …
  // Of what the step makes: a key or a custom key store.
  std::string account, region;
  bool multi_region = false;
  std::string key_id;  // ReplicateKey: its primary's, if the file tells
};

class Stack {
 public:
  // `root` must outlive the stack. Declares the resources whose conditions hold; resolves nothing
  // yet.
  Stack(const Node& root, Environment environment, Diagnostics& diagnostics);

  // A copy without functions: scalars, lists, maps, and `unresolved` nodes. Members and items that
  // are AWS::NoValue are gone.
  [[nodiscard]] Node resolve(const Node& node);

  [[nodiscard]] Resource* find(std::string_view logical_id);
  [[nodiscard]] std::vector<Resource>& resources() { return resources_; }
  // Computed once, from the properties that name the resource. Null where it depends on itself.
  [[nodiscard]] const Identity* identity(Resource& resource);
  // Steps are declared in the order of the file. The first one of an id counts.
  void declare_step(DeclaredStep step);
  // The key id of a ReplicateKey step, once its primary is declared.
  void set_replica_key_id(std::string_view step_id, std::string key_id);
  [[nodiscard]] const std::vector<DeclaredStep>& steps() const { return steps_; }
  // The step whose occurrence has this id.
  [[nodiscard]] const DeclaredStep* find_step(std::string_view id) const;
  // Whether a named condition holds; nothing after an error was reported.
  [[nodiscard]] std::optional<bool> condition(const std::string& name, Place place);
  // Resolves what stands for true or false: a function, or `Condition: Name`.
  [[nodiscard]] Node truth(const Node& node);
  // The nearest logical id, for a message.
  [[nodiscard]] std::string suggest(std::string_view logical_id) const;

  [[nodiscard]] const Environment& environment() const { return environment_; }
  [[nodiscard]] Diagnostics& diagnostics() { return diagnostics_; }
  [[nodiscard]] const Node* section(std::string_view name) const;
  // SAM and macros make resources that the file does not show.
  [[nodiscard]] bool has_transform() const { return has_transform_; }
  // The value of a template's parameter: what the scenario gives, else its Default, else an
  // unresolved node with what stands for it. Nothing if no parameter has that name.
  [[nodiscard]] std::optional<Node> parameter(const std::string& name, Place place);
  // Functions can multiply texts; what they produce in all is bounded. False once the bound is
  // passed, which is reported at that place.
  [[nodiscard]] bool spend(std::size_t bytes, Place place);

 private:
  void declare(const Member& member);
  void note_ignored(const Resource& resource, const Node& type);
  void say_ignored();

  const Node& root_;
  Environment environment_;
  Diagnostics& diagnostics_;
  std::vector<Resource> resources_;
  std::vector<DeclaredStep> steps_;
  std::map<std::string, std::size_t, std::less<>> steps_by_id_;
  std::map<std::string, std::optional<bool>> conditions_;
  std::map<std::string, bool> conditions_open_;
  bool has_transform_ = false;
  std::vector<std::string_view> tags_;  // !Ref, !GetAtt …
  // Types that are not simulated, by the file that has them.
  struct Ignored {
    Place place;  // of the first
    std::vector<std::pair<std::string, std::size_t>> types;
  };
  std::map<std::uint32_t, Ignored> ignored_;
  std::set<std::string, std::less<>> parameters_open_;  // given ones that are being resolved
  std::size_t spent_ = 0;
  int nesting_ = 0;  // names and conditions that wait for other names and conditions
};

// An intrinsic function's result (intrinsics.cpp): `name` is Ref, GetAtt, Sub …, the argument is
// still unresolved. Nothing if there is no such function.
[[nodiscard]] std::optional<Node> call_intrinsic(Stack& stack, std::string_view name,
                                                 const Node& argument);
// The tags of all functions: !Ref, !GetAtt …
[[nodiscard]] std::vector<std::string_view> intrinsic_tags();

// What a reference to a step gives (declared_steps.cpp): the text of an attribute that is known
// already, or a node that only certain parameters take. Without an attribute, as `!Ref` does it.
[[nodiscard]] Node step_reference(Stack& stack, const DeclaredStep& step, std::string_view id,
                                  std::string_view attribute, Place place);

// Building nodes.
[[nodiscard]] Node text_node(std::string text, Place place);
[[nodiscard]] Node unresolved_node(std::string why, Place place, std::string stand_in = {});
// The same after the reason was reported as an error.
[[nodiscard]] Node failed_node(Place place);
[[nodiscard]] Node absent_node(Place place);

}  // namespace tablekey::scenarios
