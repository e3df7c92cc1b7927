#include "model/iam/policy_compiler.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "model/iam/fold.h"
#include "model/iam/policy_syntax.h"

namespace tablekey::model::iam {
namespace {

constexpr std::array<std::string_view, 3> kPolicyElements = {"Version", "Id", "Statement"};
constexpr std::array<std::string_view, 9> kStatementElements = {
    "Sid",       "Effect",   "Principal",   "NotPrincipal", "Action",
    "NotAction", "Resource", "NotResource", "Condition"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// Condition keys that hold one value, so that ForAllValues, true for an absent key, would allow
/// what it seems to forbid (kms.md 6.4).
bool is_overly_permissive(SetOperator set, std::string_view folded_key) {
  return set == SetOperator::for_all_values && (folded_key.starts_with("kms:encryptioncontext:") ||
                                                folded_key.starts_with("aws:requesttag/"));
}

/// Walks the document. Every function returns false after `fail` has noted the first fault.
class Compiler {
 public:
  Compiler(PolicyKind kind, PolicyRules rules) : kind_(kind), put_(rules == PolicyRules::put) {
    policy_.kind = kind;
  }

  bool run(const JsonValue& root) {
    if (root.kind != JsonKind::object) return fail(root, "A policy must be a JSON object.");
    for (const JsonMember& member : root.members) {
      if (!is_one_of(kPolicyElements, member.key)) {
        return fail(member.value, "A policy has no element \"" + member.key + "\".");
      }
    }
    return read_version(root) && read_id(root) && read_statements(root);
  }

  CompiledPolicy&& take() { return std::move(policy_); }
  DocumentFault&& fault() { return std::move(fault_); }

 private:
  bool fail(const JsonValue& node, std::string message) {
    fault_ = {std::move(message), &node};
    return false;
  }

  bool identity() const { return kind_ == PolicyKind::identity; }

  bool read_version(const JsonValue& root) {
    const JsonValue* version = root.find("Version");
    const bool current =
        version != nullptr && version->kind == JsonKind::string && version->text == "2012-10-17";
    variables_ = current;
    if (version != nullptr && !current &&
        (version->kind != JsonKind::string || version->text != "2008-10-17")) {
      return fail(*version, "The version must be \"2012-10-17\" or \"2008-10-17\".");
    }
    if (identity() && put_ && !current) {
      return fail(version == nullptr ? root : *version,
                  "Policy document must be version 2012-10-17 or greater.");
    }
    return true;
  }

  bool read_id(const JsonValue& root) {
    const JsonValue* id = root.find("Id");
    if (id == nullptr) return true;
    if (id->kind != JsonKind::string) return fail(*id, "The Id must be a string.");
    policy_.id = id->text;
    return true;
  }

  bool read_statements(const JsonValue& root) {
    const JsonValue* list = root.find("Statement");
    if (list == nullptr) return fail(root, "A policy must contain statements.");
    if (list->kind == JsonKind::object) return read_statement(*list);
    if (list->kind != JsonKind::array) {
      return fail(*list, "Statement must be an object or an array of objects.");
    }
    if (list->items.empty()) return fail(*list, "A policy must contain statements.");
    return std::ranges::all_of(list->items,
                               [&](const JsonValue& item) { return read_statement(item); });
  }

  bool read_statement(const JsonValue& node) {
    if (node.kind != JsonKind::object) return fail(node, "A statement must be a JSON object.");
    for (const JsonMember& member : node.members) {
      if (!is_one_of(kStatementElements, member.key)) {
        return fail(member.value, "A statement has no element \"" + member.key + "\".");
      }
    }
    CompiledStatement statement;
    const bool well = read_sid(node, statement) && read_effect(node, statement) &&
                      read_principal(node, statement) && read_actions(node, statement) &&
                      read_resources(node, statement) && read_conditions(node, statement);
    if (well) policy_.statements.push_back(std::move(statement));
    return well;
  }

  bool read_sid(const JsonValue& node, CompiledStatement& statement) {
    const JsonValue* sid = node.find("Sid");
    if (sid == nullptr) return true;
    if (sid->kind != JsonKind::string) return fail(*sid, "The Sid must be a string.");
    statement.sid = sid->text;
    if (!identity() || !put_) return true;
    if (auto fault = sid_fault(sid->text)) return fail(*sid, std::move(*fault));
    if (!sid->text.empty() && !sids_.insert(sid->text).second) {
      return fail(*sid, "Statement IDs (SID) in a single policy must be unique.");
    }
    return true;
  }

  bool read_effect(const JsonValue& node, CompiledStatement& statement) {
    const JsonValue* effect = node.find("Effect");
    if (effect == nullptr) return fail(node, "A statement must have an Effect.");
    const bool allow = effect->kind == JsonKind::string && effect->text == "Allow";
    const bool deny = effect->kind == JsonKind::string && effect->text == "Deny";
    if (!allow && !deny) return fail(*effect, "The Effect must be \"Allow\" or \"Deny\".");
    statement.effect = allow ? Effect::allow : Effect::deny;
    return true;
  }

  /// The element or its complement, of which a statement has at most one.
  bool pick(const JsonValue& node, std::string_view name, const JsonValue*& element,
            bool& negated) {
    const std::string opposite = "Not" + std::string(name);
    const JsonValue* plain = node.find(name);
    const JsonValue* complement = node.find(opposite);
    if (plain != nullptr && complement != nullptr) {
      return fail(*complement,
                  "A statement cannot have both " + std::string(name) + " and " + opposite + ".");
    }
    negated = complement != nullptr;
    element = negated ? complement : plain;
    return true;
  }

  bool read_principal(const JsonValue& node, CompiledStatement& statement) {
    const JsonValue* element = nullptr;
    if (!pick(node, "Principal", element, statement.principal_negated)) return false;
    if (identity()) {
      if (element == nullptr) return true;
      return fail(*element, "Policy document should not specify a principal.");
    }
    if (element == nullptr) {
      return fail(node, "A statement of a key policy must have a Principal.");
    }
    if (element->kind == JsonKind::string && element->text == "*") {
      statement.principals.push_back({PrincipalName::Kind::everyone, "*", {}, {}});
      return true;
    }
    if (element->kind != JsonKind::object || element->members.empty()) {
      return fail(*element, "A Principal must be \"*\" or name principals by their kind.");
    }
    return std::ranges::all_of(element->members, [&](const JsonMember& member) {
      return read_principals(member, statement);
    });
  }

  bool read_principals(const JsonMember& member, CompiledStatement& statement) {
    const auto read_one = [&](const JsonValue& value) {
      auto name = member.key == "AWS" ? parse_aws_principal(value.text)
                                      : parse_principal(member.key, value.text);
      const bool refused = put_ && name && name->kind == PrincipalName::Kind::unique_id;
      if (name && !refused) {
        statement.principals.push_back(*std::move(name));
        return true;
      }
      if (put_ || member.key != "AWS") return fail(value, std::string(kInvalidPrincipals));
      statement.principals.push_back({PrincipalName::Kind::other, value.text, {}, {}});
      return true;
    };
    return for_each_text(member.value, put_, read_one);
  }

  /// Calls `read` for a string or for each string of an array.
  template <class Read>
  bool for_each_text(const JsonValue& value, bool required, Read read) {
    if (value.kind == JsonKind::string) return read(value);
    if (value.kind != JsonKind::array) return fail(value, "A string or strings are expected.");
    if (required && value.items.empty()) return fail(value, "At least one string is expected.");
    return std::ranges::all_of(value.items, [&](const JsonValue& item) {
      if (item.kind != JsonKind::string) return fail(item, "A string is expected.");
      return read(item);
    });
  }

  /// Whether the statement may lack an element: KMS accepts a key policy's statement without, and
  /// it is without effect; IAM does not (kms.md 6.7).
  bool required() const { return identity() && put_; }

  bool read_actions(const JsonValue& node, CompiledStatement& statement) {
    const JsonValue* element = nullptr;
    if (!pick(node, "Action", element, statement.action.negated)) return false;
    if (element == nullptr) {
      return !required() || fail(node, "Policy statement must contain actions.");
    }
    const auto read_one = [&](const JsonValue& value) {
      auto fault = put_ ? action_fault(value.text) : std::nullopt;
      if (fault) return fail(value, std::move(*fault));
      statement.action.patterns.push_back(TextPattern::compile(value.text, {.wildcards = true}));
      statement.action.texts.push_back(value.text);
      return true;
    };
    if (!for_each_text(*element, required(), read_one)) return false;
    statement.action.present = !statement.action.patterns.empty();
    return true;
  }

  bool read_resources(const JsonValue& node, CompiledStatement& statement) {
    const JsonValue* element = nullptr;
    if (!pick(node, "Resource", element, statement.resource.negated)) return false;
    if (element == nullptr) {
      return !required() || fail(node, "Policy statement must contain resources.");
    }
    const auto read_one = [&](const JsonValue& value) {
      auto fault = put_ ? resource_fault(value.text) : std::nullopt;
      if (fault) return fail(value, std::move(*fault));
      statement.resource.patterns.push_back(compile_resource(value.text, variables_));
      statement.resource.texts.push_back(value.text);
      return true;
    };
    if (!for_each_text(*element, required(), read_one)) return false;
    statement.resource.present = !statement.resource.patterns.empty();
    return true;
  }

  bool read_conditions(const JsonValue& node, CompiledStatement& statement) {
    const JsonValue* block = node.find("Condition");
    if (block == nullptr) return true;
    if (block->kind != JsonKind::object) return fail(*block, "Condition must be a JSON object.");
    return std::ranges::all_of(
        block->members, [&](const JsonMember& member) { return read_operator(member, statement); });
  }

  bool read_operator(const JsonMember& member, CompiledStatement& statement) {
    if (member.value.kind != JsonKind::object) {
      return fail(member.value, "A condition operator must hold an object of keys.");
    }
    if (member.value.members.empty()) return true;
    const auto op = ConditionOperator::parse(member.key);
    if (!op) {
      return fail(member.value, "There is no condition operator \"" + member.key + "\".");
    }
    return std::ranges::all_of(member.value.members, [&](const JsonMember& key) {
      return read_condition(*op, member.key, key, statement);
    });
  }

  bool read_condition(ConditionOperator op, const std::string& operator_text,
                      const JsonMember& member, CompiledStatement& statement) {
    Condition condition{op, folded(member.key), operator_text, member.key, {}, {}};
    if (put_ && !identity() && is_overly_permissive(op.set, condition.key)) {
      return fail(member.value,
                  "OverlyPermissiveCondition: ForAllValues cannot be used with the "
                  "single-valued condition key " +
                      member.key + ".");
    }
    const auto read_one = [&](const JsonValue& value) { return read_value(value, condition); };
    const bool well = member.value.kind == JsonKind::array
                          ? std::ranges::all_of(member.value.items, read_one)
                          : read_one(member.value);
    if (well) statement.conditions.push_back(std::move(condition));
    return well;
  }

  bool read_value(const JsonValue& value, Condition& condition) {
    if (value.kind != JsonKind::string && value.kind != JsonKind::number &&
        value.kind != JsonKind::boolean) {
      return fail(value, "A condition's value must be a string, a number or a boolean.");
    }
    const Comparison comparison = condition.op.comparison;
    ConditionValue compiled = compile_value(comparison, value.text, variables_);
    const bool date =
        comparison >= Comparison::date_equals && comparison <= Comparison::date_greater_equals;
    if (put_ && date && !passes_as_date(value.text)) {
      return fail(value, std::string(kLegacyParsing));
    }
    condition.values.push_back(std::move(compiled));
    condition.value_texts.push_back(value.text);
    return true;
  }

  PolicyKind kind_;
  bool put_;
  bool variables_ = false;  ///< Whether the version of the document has them (kms.md 6.4).
  std::set<std::string> sids_;
  CompiledPolicy policy_;
  DocumentFault fault_;
};

}  // namespace

std::expected<CompiledPolicy, DocumentFault> compile_document(const JsonValue& document,
                                                              PolicyKind kind, PolicyRules rules) {
  Compiler compiler(kind, rules);
  if (!compiler.run(document)) return std::unexpected(compiler.fault());
  return compiler.take();
}

}  // namespace tablekey::model::iam
