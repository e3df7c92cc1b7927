#include "replay/policy_question.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/iam/fold.h"
#include "scenarios/characters.h"

namespace tablekey::replay {
namespace {

using model::iam::PolicyKind;
using model::iam::PrincipalType;

/// Part `index` of an ARN, counted from 0; the sixth keeps its colons.
std::string_view arn_part(std::string_view arn, int index) {
  for (int i = 0; i < index; ++i) {
    const std::size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return {};
    arn.remove_prefix(colon + 1);
  }
  return index == 5 ? arn : arn.substr(0, arn.find(':'));
}

struct TypeName {
  std::string_view name;
  PrincipalType type;
};

/// A federated user is to a policy what a user is: an identity with an ARN of its own.
constexpr std::array<TypeName, 6> kTypes = {{{"user", PrincipalType::user},
                                             {"role", PrincipalType::role},
                                             {"assumed-role", PrincipalType::assumed_role},
                                             {"root", PrincipalType::root},
                                             {"service", PrincipalType::service},
                                             {"federated-user", PrincipalType::user}}};

std::string_view type_name_of(std::string_view arn) {
  if (!arn.starts_with("arn:")) return "service";
  const std::string_view resource = arn_part(arn, 5);
  return resource.substr(0, resource.find('/'));
}

/// What a role is called in the ARN of its session, which does not tell the role's path.
std::string role_of_session(std::string_view arn) {
  std::string_view name = arn_part(arn, 5);
  name.remove_prefix(std::min(name.size(), name.find('/') + 1));
  return fmt::format("arn:{}:iam::{}:role/{}", arn_part(arn, 1), arn_part(arn, 4),
                     name.substr(0, name.find('/')));
}

class Reader {
 public:
  QuestionRead read(const JsonPart& record) {
    JsonFields fields(record, record_fields(), problems());
    if (!record.is_object()) return std::move(read_);
    out().kind = fields.text_or_empty("kind");
    if (const JsonPart* key = fields.find("key")) read_key(*key);
    if (fields.find("action") != nullptr || fields.find("principal") != nullptr) {
      read_request(fields);  // the request alone, without the object around it
    } else if (const JsonPart* request =
                   fields.need("request", R"(write "request": {"principal": …, "action": …})")) {
      JsonFields inner(*request, request_fields(), problems());
      if (request->is_object()) read_request(inner);
    }
    complete();
    read_policies(fields);
    if (const JsonPart* grants = fields.find("grants")) {
      out().grants = read_listed_grants(*grants, out().key_arn, out().key_account, problems());
    }
    return std::move(read_);
  }

 private:
  PolicyQuestion& out() { return read_.question; }
  JsonProblems& problems() { return read_.problems; }

  static std::vector<std::string_view> request_fields() {
    return {"principal", "action", "resource", "context", "encryption_context", "grant"};
  }

  static std::vector<std::string_view> record_fields() {
    std::vector<std::string_view> known = {"id",
                                           "kind",
                                           "category",
                                           "tags",
                                           "group",
                                           "key",
                                           "request",
                                           "key_policy",
                                           "identity_policies",
                                           "boundary",
                                           "session_policies",
                                           "scps",
                                           "rcps",
                                           "endpoint_policy",
                                           "grants",
                                           "expect",
                                           "confirmed_by",
                                           "source",
                                           "note"};
    for (const std::string_view name : request_fields()) known.push_back(name);
    return known;
  }

  void read_key(const JsonPart& part) {
    if (part.is_text()) {
      out().key_arn = read_text_part(part, problems()).value_or("");
      return;
    }
    JsonFields key(part, {"arn", "account", "spec", "usage"}, problems());
    out().key_arn = key.text_or_empty("arn");
    out().key_account = key.text_or_empty("account");
    out().key_spec = key.text_or_empty("spec");
    out().key_usage = key.text_or_empty("usage");
  }

  void read_request(JsonFields& request) {
    if (const JsonPart* who = request.need(
            "principal", R"(write "principal": "arn:aws:iam::111122223333:user/alice")")) {
      read_principal(*who);
    }
    if (request.need("action", R"(write "action": "kms:Decrypt")") != nullptr) {
      out().action = request.text_or_empty("action");
    }
    out().resource = request.text_or_empty("resource");
    if (const JsonPart* context = request.find("context")) read_context(*context);
    if (const JsonPart* pairs = request.find("encryption_context")) read_pairs(*pairs);
    if (const JsonPart* grant = request.find("grant")) {
      out().draft = read_grant_draft(*grant, problems());
    }
  }

  void read_principal(const JsonPart& part) {
    std::string type;
    if (part.is_text()) {
      out().principal_arn = read_text_part(part, problems()).value_or("");
    } else {
      JsonFields who(part, {"type", "arn", "account", "role_arn", "unique_id"}, problems());
      if (who.need("arn", "the caller's ARN, or a service's name") != nullptr) {
        out().principal_arn = who.text_or_empty("arn");
      }
      type = who.text_or_empty("type");
      out().principal_account = who.text_or_empty("account");
      out().role_arn = who.text_or_empty("role_arn");
      out().unique_id = who.text_or_empty("unique_id");
    }
    if (type.empty()) type = type_name_of(out().principal_arn);
    set_type(part, type);
  }

  void set_type(const JsonPart& part, std::string_view type) {
    const auto* found = std::ranges::find(kTypes, type, &TypeName::name);
    if (found != kTypes.end()) {
      out().principal_type = found->type;
      return;
    }
    std::vector<std::string_view> names;
    for (const TypeName& known : kTypes) names.push_back(known.name);
    const std::string meant = scenarios::did_you_mean(type, names);
    problems().errors.push_back(problem_with(
        part, fmt::format("'{}' is no type of principal", type),
        meant.empty() ? fmt::format("write one of {}", fmt::join(names, ", ")) : meant));
  }

  void read_context(const JsonPart& part) {
    for (const JsonPartMember& member : read_members(part, problems())) {
      ContextValue value{member.key, {}, member.value.is_array()};
      if (member.value.is_scalar()) {
        value.values.emplace_back(member.value.raw);  // a number or a boolean is its text
      } else {
        value.values = read_texts(member.value, problems());
      }
      out().context.push_back(std::move(value));
    }
  }

  void read_pairs(const JsonPart& part) {
    for (const JsonPartMember& member : read_members(part, problems())) {
      if (auto value = read_text_part(member.value, problems())) {
        out().encryption_context.emplace_back(member.key, std::move(*value));
      }
    }
  }

  /// What one part of the question tells about another.
  void complete() {
    if (out().resource.empty()) out().resource = out().key_arn.empty() ? "*" : out().key_arn;
    if (out().key_arn.empty() && out().resource != "*") out().key_arn = out().resource;
    if (out().key_account.empty()) out().key_account = arn_part(out().key_arn, 4);
    if (out().principal_type == PrincipalType::service) return;
    if (out().principal_account.empty()) {
      out().principal_account = arn_part(out().principal_arn, 4);
    }
    if (out().principal_type == PrincipalType::assumed_role && out().role_arn.empty()) {
      out().role_arn = role_of_session(out().principal_arn);
    }
  }

  void read_policies(JsonFields& fields) {
    read_one(fields, "key_policy", PolicyKind::key, out().key_policy);
    read_list(fields, "identity_policies", PolicyKind::identity, out().identities);
    read_one(fields, "boundary", PolicyKind::identity, out().boundary);
    read_list(fields, "session_policies", PolicyKind::identity, out().session_policies);
    read_list(fields, "scps", PolicyKind::identity, out().scps);
    read_list(fields, "rcps", PolicyKind::key, out().rcps);
    read_one(fields, "endpoint_policy", PolicyKind::key, out().endpoint_policy);
  }

  void read_one(JsonFields& fields, std::string_view name, PolicyKind kind,
                std::optional<NamedPolicy>& into) {
    if (const JsonPart* part = fields.find(name)) {
      into = read_policy(*part, kind, std::string(name), problems());
    }
  }

  /// Documents, bare or as {"name": …, "document": …}.
  void read_list(JsonFields& fields, std::string_view name, PolicyKind kind,
                 std::vector<NamedPolicy>& into) {
    const JsonPart* part = fields.find(name);
    if (part == nullptr) return;
    for (const JsonPart& item : read_items(*part, problems())) {
      std::string called = fmt::format("{}", into.size());
      JsonPart document = item;
      const auto members = members_of(item);
      if (members &&
          std::ranges::find(*members, "document", &JsonPartMember::key) != members->end()) {
        JsonFields named(item, {"name", "document"}, problems());
        called = named.text("name").value_or(called);
        document = *named.need("document", "a policy document");
      }
      if (auto policy = read_policy(document, kind, called, problems())) {
        into.push_back(std::move(*policy));
      }
    }
  }

  QuestionRead read_;
};

}  // namespace

std::string_view PolicyQuestion::context_value(std::string_view key) const {
  for (const ContextValue& entry : context) {
    if (model::iam::equal_folded(entry.key, key) && entry.values.size() == 1) {
      return entry.values.front();
    }
  }
  return {};
}

QuestionRead read_question(const JsonPart& record) { return Reader().read(record); }

std::optional<NamedPolicy> read_policy(const JsonPart& part, PolicyKind kind, std::string name,
                                       JsonProblems& problems) {
  std::string text(part.raw);
  if (part.is_text()) text = read_text_part(part, problems).value_or("");
  auto policy = model::iam::Policy::compile(text, kind, {.rules = model::iam::PolicyRules::stored});
  if (policy) return NamedPolicy{std::move(name), std::move(*policy)};
  const auto& error = policy.error();
  const std::size_t within = part.is_text() ? 0 : error.offset;
  problems.errors.push_back(
      {part.offset + within,
       part.path + error.path.substr(std::min<std::size_t>(1, error.path.size())),
       fmt::format("{}: {}", model::iam::exception_name(error.fault), error.message),
       {}});
  return std::nullopt;
}

}  // namespace tablekey::replay
