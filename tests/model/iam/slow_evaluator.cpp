#include "tests/model/iam/slow_evaluator.h"

#include <algorithm>
#include <regex>

#include "tests/model/iam/slow_condition.h"

namespace tablekey::slow {
namespace {

using Texts = std::vector<std::string>;

/// One value or an array of them, as texts; numbers and booleans as JSON writes them.
Texts texts(const Json& node) {
  Texts out;
  const auto add = [&](const Json& value) {
    out.push_back(value.is_string() ? value.get<std::string>() : value.dump());
  };
  if (node.is_array()) {
    for (const Json& value : node) add(value);
  } else {
    add(node);
  }
  return out;
}

// ---- principals ---------------------------------------------------------------------------------

struct Named {
  bool everyone = false, itself = false, role = false, account = false;
};

std::string partition_of(const std::string& arn) {
  static const std::regex form("arn:([^:]*).*");
  std::smatch match;
  return std::regex_match(arn, match, form) ? match[1].str() : "";
}

bool is_account_of(const std::string& name, const Asked& asked) {
  static const std::regex root("arn:([^:]*):iam::(\\d{12}):root");
  if (asked.type == "service") return false;
  if (name == asked.account) return true;
  std::smatch match;
  return std::regex_match(name, match, root) && match[2] == asked.account &&
         match[1] == partition_of(asked.arn);
}

/// What all the names of a Principal or NotPrincipal element say about the caller.
Named named(const Json& element, const Asked& asked) {
  Named result;
  if (element == "*") result.everyone = true;
  if (!element.is_object()) return result;
  const bool session = asked.type == "assumed-role";
  for (const auto& [kind, names] : element.items()) {
    for (const std::string& name : texts(names)) {
      if (kind == "Service" && asked.type == "service") result.itself |= name == asked.arn;
      if (kind != "AWS") continue;
      const bool id = !asked.unique_id.empty() && name == asked.unique_id;
      result.everyone |= name == "*";
      result.account |= is_account_of(name, asked);
      // The root user's ARN names the account, not the caller.
      const bool arn = name == asked.arn && asked.type != "root" && asked.type != "service";
      result.itself |= arn || (id && !session);
      result.role |= session && (id || name == asked.role_arn);
    }
  }
  return result;
}

struct Reached {
  std::string via = "none";
  bool role = false;
};

Reached reached(const Json& statement, const Asked& asked) {
  if (statement.contains("NotPrincipal")) {
    const Named is = named(statement["NotPrincipal"], asked);
    const bool all = (is.itself || asked.type == "root") &&
                     (is.role || asked.type != "assumed-role") &&
                     (is.account || asked.type == "service");
    return {is.everyone || all ? "none" : "direct", false};
  }
  const Named is = named(statement["Principal"], asked);
  // A request made in the name of the role is named as the role is.
  const bool itself = is.itself && asked.type != "role";
  if (is.everyone || itself) return {"direct", false};
  if (is.role || is.itself) return {"direct", true};
  return {is.account ? "account" : "none", false};
}

// ---- action and resource ------------------------------------------------------------------------

template <class Test>
bool covers(const Json& statement, const std::string& element, Test test) {
  const bool negated = statement.contains("Not" + element);
  const std::string name = negated ? "Not" + element : element;
  if (!statement.contains(name)) return false;
  const Texts list = texts(statement[name]);
  if (list.empty()) return false;
  return std::any_of(list.begin(), list.end(), test) != negated;
}

bool action_fits(const std::string& wanted, const Asked& asked) {
  return like(*pattern_of(wanted, true, false, asked), asked.action, true);
}

/// Parts of an ARN that are left out are wildcards, and variables count behind the fifth colon.
bool resource_fits(std::string wanted, const Asked& asked, bool variables) {
  if (wanted == "*") return true;
  while (std::count(wanted.begin(), wanted.end(), ':') < 5) wanted += ":*";
  std::size_t fifth = 0;
  for (int i = 0; i < 5; ++i) fifth = wanted.find(':', fifth) + 1;
  auto head = pattern_of(wanted.substr(0, fifth), true, false, asked);
  const auto tail = pattern_of(wanted.substr(fifth), true, variables, asked);
  if (!tail) return false;
  head->insert(head->end(), tail->begin(), tail->end());
  return arn_like(*head, asked.resource);
}

// ---- statements ---------------------------------------------------------------------------------

Line line_of(const Json& statement, bool has_principal, bool variables, const Asked& asked) {
  Line line;
  line.effect = statement["Effect"];
  const Reached how = has_principal ? reached(statement, asked) : Reached{"identity", false};
  line.via = how.via;
  line.role = how.role;
  line.failed = "none";
  const auto action = [&](const std::string& t) { return action_fits(t, asked); };
  const auto resource = [&](const std::string& t) { return resource_fits(t, asked, variables); };
  if (how.via == "none") {
    line.failed = "Principal";
  } else if (!covers(statement, "Action", action)) {
    line.failed = "Action";
  } else if (!covers(statement, "Resource", resource)) {
    line.failed = "Resource";
  } else if (statement.contains("Condition")) {
    for (const auto& [op, block] : statement["Condition"].items()) {
      for (const auto& [key, values] : block.items()) {
        if (line.failed != "none" || holds(op, key, values, asked, variables)) continue;
        line.failed = "Condition";
        line.failed_operator = op;
        line.failed_key = key;
      }
    }
  }
  return line;
}

void add_lines(std::vector<Line>& out, const std::string& policy, std::size_t number,
               const Json& document, const Asked& asked) {
  const bool has_principal = policy == "key" || policy == "rcp" || policy == "endpoint";
  const bool variables = document.contains("Version") && document["Version"] == "2012-10-17";
  const Json& list = document["Statement"];
  const Json statements = list.is_array() ? list : Json::array({list});
  for (std::size_t i = 0; i < statements.size(); ++i) {
    Line line = line_of(statements[i], has_principal, variables, asked);
    line.policy = policy;
    line.number = number;
    line.statement = i;
    out.push_back(line);
  }
}

void add_all(std::vector<Line>& out, const std::string& policy, const std::vector<Json>& documents,
             const Asked& asked) {
  for (std::size_t i = 0; i < documents.size(); ++i) {
    add_lines(out, policy, i, documents[i], asked);
  }
}

std::vector<Json> list_of(const std::optional<Json>& document) {
  return document ? std::vector<Json>{*document} : std::vector<Json>{};
}

// ---- the decision -------------------------------------------------------------------------------

const Texts kKinds = {"key", "identity", "boundary", "session", "scp", "rcp", "endpoint"};

class Procedure {
 public:
  Procedure(const Asked& asked, const Papers& papers, std::vector<Line> lines)
      : asked_(asked), papers_(papers), lines_(std::move(lines)) {}

  Answer run() {
    Answer answer = steps();
    answer.lines = lines_;
    return answer;
  }

 private:
  bool service() const { return asked_.type == "service"; }

  bool any(const std::string& policy, const std::string& effect, const std::string& via = "",
           bool but_role = false) const {
    return std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) {
      return line.policy == policy && line.effect == effect && line.failed == "none" &&
             (via.empty() || line.via == via) && !(but_role && line.role);
    });
  }
  bool lacks(const std::string& policy, bool present) const {
    return present && !any(policy, "Allow");
  }

  Answer steps() const {
    for (const std::string& kind : kKinds) {
      if (any(kind, "Deny")) return {"explicit_deny", kind, "none", {}};  // 1
    }
    if (lacks("scp", !service() && !papers_.scps.empty())) return missing("scp");  // 2
    if (lacks("rcp", asked_.on_key && !papers_.rcps.empty())) return missing("rcp");
    Answer by_policies = policies();
    if (by_policies.kind != "allowed" && papers_.granted) {  // 6
      return {"allowed", "grant", "none", {}};
    }
    return by_policies;  // 7
  }

  static Answer missing(const std::string& policy) {
    return {"implicit_deny", "nothing", policy, {}};
  }

  Answer policies() const {
    const bool has_identity = !service() && asked_.type != "root";
    const bool no_boundary = lacks("boundary", has_identity && papers_.boundary.has_value());
    const bool no_session = lacks("session", has_identity && !papers_.sessions.empty());
    const bool own = service() || asked_.account == asked_.key_account;
    if (asked_.on_key) {
      if (!any("key", "Allow")) return missing("key");
      if (own && any("key", "Allow", "direct", true)) return {"allowed", "key", "none", {}};  // 3
      if (own && any("key", "Allow", "direct")) {                                             // 4
        if (no_boundary) return missing("boundary");
        return no_session ? missing("session") : Answer{"allowed", "key", "none", {}};
      }
    }
    if (asked_.type == "root") return {"allowed", "root", "none", {}};
    if (!any("identity", "Allow")) return missing("identity");  // 5
    if (no_boundary) return missing("boundary");
    if (no_session) return missing("session");
    return {"allowed", "identity", "none", {}};
  }

  const Asked& asked_;
  const Papers& papers_;
  std::vector<Line> lines_;
};

/// `ForAnyValue:StringNotLikeIfExists` into what it says.
struct Operator {
  std::string set;
  std::string plain;
  bool negated = false;
  bool if_exists = false;
};

Operator operator_of(const std::string& name) {
  static const std::regex form("(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?");
  static const std::regex negation("^(String|Numeric|Date|Arn)Not|^Not(Ip)");
  std::smatch match;
  std::regex_match(name, match, form);
  Operator op{match[1], match[2], false, match[3].matched};
  op.negated = std::regex_search(op.plain, negation);
  op.plain = std::regex_replace(op.plain, negation, "$1$2");
  return op;
}

}  // namespace

bool holds(const std::string& op_name, const std::string& key, const Json& values,
           const Asked& asked, bool variables) {
  const Operator op = operator_of(op_name);
  const AskedKey* entry = find_key(asked, key);
  const Texts has = entry == nullptr ? Texts() : entry->values;
  const Texts wanted = texts(values);
  if (op.plain == "Null") {
    return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& text) {
      return lower(text) == (has.empty() ? "true" : "false");
    });
  }
  if (has.empty()) {
    if (op.if_exists || op.set == "ForAllValues") return true;
    return op.negated && op.set != "ForAnyValue";
  }
  const auto in_policy = [&](const std::string& value) {
    return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& text) {
      return fits(op.plain, text, value, asked, variables);
    });
  };
  const auto right = [&](const std::string& value) { return in_policy(value) != op.negated; };
  if (op.set == "ForAllValues") return std::all_of(has.begin(), has.end(), right);
  if (op.set == "ForAnyValue") return std::any_of(has.begin(), has.end(), right);
  return std::any_of(has.begin(), has.end(), in_policy) != op.negated;
}

Answer decide(const Asked& asked, const Papers& papers) {
  std::vector<Line> lines;
  const bool identity = asked.type != "service" && asked.type != "root";
  if (asked.on_key) add_all(lines, "key", list_of(papers.key), asked);
  if (identity) {
    add_all(lines, "identity", papers.identities, asked);
    add_all(lines, "boundary", list_of(papers.boundary), asked);
    add_all(lines, "session", papers.sessions, asked);
  }
  if (asked.type != "service") add_all(lines, "scp", papers.scps, asked);
  if (asked.on_key) add_all(lines, "rcp", papers.rcps, asked);
  add_all(lines, "endpoint", list_of(papers.endpoint), asked);
  return Procedure(asked, papers, std::move(lines)).run();
}

}  // namespace tablekey::slow
