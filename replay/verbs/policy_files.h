// Policy documents in files: which kind each is, and what is wrong with it in the form of
// compilers.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "model/iam/policy.h"
#include "replay/policy_fields.h"
#include "scenarios/diagnostics.h"

namespace tablekey::replay::verbs {

/// More than any policy or request: what is longer is cut off, and so refused for what it is.
inline constexpr std::size_t kPolicyFileBytesMax = std::size_t{16} << 20;

/// The kind of a document by what only one kind has: a key policy's statements name principals.
model::iam::PolicyKind guess_kind(std::string_view document);

/// "key policy", "identity policy".
std::string_view kind_name(model::iam::PolicyKind kind);

/// A file that was read, and its number among the sources of the diagnostics.
struct SourceFile {
  std::string text;
  std::uint32_t source = 0;
};

/// Errors and warnings about a text, at their places in it.
void report(const JsonProblems& problems, const SourceFile& file, scenarios::Diagnostics& found);

/// The document under the rules that are given; nullopt and an error where it breaks one.
std::optional<model::iam::Policy> compile(std::string_view document, model::iam::PolicyKind kind,
                                          model::iam::PolicyRules rules, const SourceFile& file,
                                          scenarios::Diagnostics& found);

}  // namespace tablekey::replay::verbs
