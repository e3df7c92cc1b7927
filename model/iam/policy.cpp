#include "model/iam/policy.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "model/iam/characters.h"
#include "model/iam/compiled_policy.h"
#include "model/iam/json.h"
#include "model/iam/policy_compiler.h"

namespace tablekey::model::iam {
namespace {

PolicyError error_at(std::string_view text, std::size_t offset, PolicyFault fault,
                     std::string message, std::string path) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0: the first line.
  PolicyError error{fault, std::move(message), std::move(path), offset, 1, 1};
  error.line += static_cast<std::uint32_t>(std::ranges::count(before, '\n'));
  error.column += static_cast<std::uint32_t>(offset - line_begin);
  return error;
}

std::optional<PolicyError> size_fault(std::string_view text, PolicyKind kind,
                                      PolicyOptions options) {
  std::size_t size = text.size();
  std::size_t size_max = kPolicyBytesMax;
  std::string_view unit = "bytes";
  if (options.rules == PolicyRules::put && size <= kPolicyBytesMax) {
    const bool key = kind == PolicyKind::key;
    size = key ? text.size() : policy_characters(text);
    size_max = key ? kKeyPolicyBytesMax : kRolePolicyCharactersMax;
    if (options.size_max != 0) size_max = options.size_max;
    if (!key) unit = "characters";
  }
  if (size <= size_max) return std::nullopt;
  return error_at(text, 0, PolicyFault::too_large,
                  "The policy has " + std::to_string(size) + " " + std::string(unit) +
                      "; at most " + std::to_string(size_max) + " are allowed.",
                  "$");
}

/// A policy's text is made of tab, line feed, carriage return and U+0020 to U+00FF (kms.md 6.7).
/// The text is JSON at this point, so that only characters above that range are to be found.
std::optional<PolicyError> character_fault(std::string_view text, const JsonValue& document) {
  const auto found =
      std::ranges::find_if(text, [](char c) { return static_cast<unsigned char>(c) > 0xc3; });
  if (found == text.end()) return std::nullopt;
  return error_at(text, static_cast<std::size_t>(found - text.begin()),
                  PolicyFault::forbidden_character,
                  "A policy may hold only tab, line feed, carriage return and the characters "
                  "U+0020 to U+00FF.",
                  json_path(document, static_cast<std::size_t>(found - text.begin())));
}

}  // namespace

std::string_view exception_name(PolicyFault fault, PolicyKind kind) {
  const bool kms = kind == PolicyKind::key;
  switch (fault) {
    case PolicyFault::too_large:
      return kms ? "LimitExceededException" : "LimitExceeded";
    case PolicyFault::forbidden_character:
      return kms ? "ValidationException" : "ValidationError";
    case PolicyFault::malformed:
      break;
  }
  return kms ? "MalformedPolicyDocumentException" : "MalformedPolicyDocument";
}

std::size_t policy_characters(std::string_view json) {
  return static_cast<std::size_t>(std::ranges::count_if(json, [](char c) {
    return !is_continuation(c) && c != ' ' && c != '\t' && c != '\n' && c != '\r';
  }));
}

std::string PolicyError::print() const {
  return message + " (at " + path + ", line " + std::to_string(line) + ", column " +
         std::to_string(column) + ")";
}

Policy::Policy(std::shared_ptr<const CompiledPolicy> compiled) : compiled_(std::move(compiled)) {}

std::expected<Policy, PolicyError> Policy::compile(std::string_view json, PolicyKind kind,
                                                   PolicyOptions options) {
  if (auto fault = size_fault(json, kind, options)) return std::unexpected(*std::move(fault));
  auto document = read_json(json);
  if (!document) {
    JsonFault& fault = document.error();
    return std::unexpected(error_at(json, fault.offset, PolicyFault::malformed,
                                    std::move(fault.message), std::move(fault.path)));
  }
  if (options.rules == PolicyRules::put) {
    if (auto fault = character_fault(json, *document)) return std::unexpected(*std::move(fault));
  }
  auto compiled = compile_document(*document, kind, options.rules);
  if (!compiled) {
    DocumentFault& fault = compiled.error();
    return std::unexpected(error_at(json, fault.node->offset, PolicyFault::malformed,
                                    std::move(fault.message), json_path(*document, *fault.node)));
  }
  return Policy(std::make_shared<const CompiledPolicy>(*std::move(compiled)));
}

PolicyKind Policy::kind() const { return compiled_->kind; }

std::string_view Policy::id() const { return compiled_->id; }

std::size_t Policy::statement_count() const { return compiled_->statements.size(); }

std::string_view Policy::sid(std::size_t statement) const {
  return compiled_->statements.at(statement).sid;
}

Effect Policy::effect(std::size_t statement) const {
  return compiled_->statements.at(statement).effect;
}

std::vector<std::string_view> Policy::aws_principals() const {
  std::vector<std::string_view> names;
  for (const CompiledStatement& statement : compiled_->statements) {
    for (const PrincipalName& name : statement.principals) {
      using Kind = PrincipalName::Kind;
      if (name.kind == Kind::account || name.kind == Kind::identity ||
          name.kind == Kind::unique_id) {
        names.push_back(name.text);
      }
    }
  }
  return names;
}

}  // namespace tablekey::model::iam
