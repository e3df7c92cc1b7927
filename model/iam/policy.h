// A policy document, compiled. KMS keeps one key policy per key and IAM keeps policies per
// identity; both are JSON texts that are put rarely and evaluated at every request. So the text is
// read, validated and compiled once, here, and evaluation (evaluate.h) only walks the result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tablekey::model::iam {

/// Which rules a document is held to: a key policy must name principals, an identity policy must
/// not (kms.md 6.7).
enum class PolicyKind : std::uint8_t { key, identity };

enum class Effect : std::uint8_t { allow, deny };

/// What is wrong with a document, in the classes AWS answers differently (kms.md 6.7):
/// MalformedPolicyDocumentException, LimitExceededException, ValidationException (characters).
enum class PolicyFault : std::uint8_t { malformed, too_large, forbidden_character };

/// The exception raised for this fault: KMS's for a key policy
/// (`MalformedPolicyDocumentException`), IAM's for an identity policy (`MalformedPolicyDocument`).
std::string_view exception_name(PolicyFault fault, PolicyKind kind = PolicyKind::key);

/// Why a document was refused, and where.
struct PolicyError {
  PolicyFault fault = PolicyFault::malformed;
  std::string message;       ///< One sentence, without the place.
  std::string path;          ///< JSON path of the offending value, e.g. `$.Statement[0].Effect`.
  std::size_t offset = 0;    ///< Byte offset of that value in the text, from 0.
  std::uint32_t line = 1;    ///< Line of the offset, from 1.
  std::uint32_t column = 1;  ///< Column of the offset in bytes, from 1.

  /// `<message> (at <path>, line L, column C)`.
  std::string print() const;
};

/// Whether a document is being put now, and so held to every rule of kms.md 6.7, or was put
/// before: a service goes on evaluating what it stored under older rules, whose `Sid`s may repeat,
/// whose principals have become unique ids, and whose statements may lack a Resource.
enum class PolicyRules : std::uint8_t { put, stored };

/// Characters other than white space that the policies of an identity may have (kms.md 6.7): the
/// inline policies of one user, group or role together, or one managed policy.
inline constexpr std::size_t kUserPolicyCharactersMax = 2'048;
inline constexpr std::size_t kGroupPolicyCharactersMax = 5'120;
inline constexpr std::size_t kRolePolicyCharactersMax = 10'240;
inline constexpr std::size_t kManagedPolicyCharactersMax = 6'144;

/// Bytes that a key policy may have (kms.md 6.7); `policy.max_bytes` of a scenario.
inline constexpr std::size_t kKeyPolicyBytesMax = 32'768;

/// Characters other than white space, as those quotas count them.
std::size_t policy_characters(std::string_view json);

struct PolicyOptions {
  PolicyRules rules = PolicyRules::put;
  /// Bytes of a key policy; characters other than white space of an identity policy. 0 chooses
  /// the kind's default: kKeyPolicyBytesMax, or a role's quota, the largest of an identity.
  /// Documents under `stored` rules are bounded by kPolicyBytesMax alone.
  std::size_t size_max = 0;
};

/// No document of any kind is longer than the API model allows (kms.md 6.7).
inline constexpr std::size_t kPolicyBytesMax = 131'072;

struct CompiledPolicy;

/// A validated, immutable policy. Copies share the compiled form, so a copy costs one reference
/// count: the world's state, its snapshots and forks may all hold the same policy.
class Policy {
 public:
  static std::expected<Policy, PolicyError> compile(std::string_view json, PolicyKind kind,
                                                    PolicyOptions options = {});

  PolicyKind kind() const;
  std::string_view id() const;  ///< The `Id` element, empty when absent.
  std::size_t statement_count() const;
  std::string_view sid(std::size_t statement) const;  ///< Empty when absent.
  Effect effect(std::size_t statement) const;

  /// Every principal text of Principal and NotPrincipal elements of kind AWS, in document order
  /// and as written. Whether they exist is known to the world only: a principal that does not is
  /// MalformedPolicyDocumentException kInvalidPrincipals (kms.md 6.7).
  std::vector<std::string_view> aws_principals() const;

  /// The compiled form; for evaluate.cpp.
  const CompiledPolicy& compiled() const { return *compiled_; }

 private:
  explicit Policy(std::shared_ptr<const CompiledPolicy> compiled);

  std::shared_ptr<const CompiledPolicy> compiled_;
};

/// Recorded from the service (kms.md 6.7): a principal that does not exist.
inline constexpr std::string_view kInvalidPrincipals =
    "Policy contains a statement with one or more invalid principals.";

/// Recorded from the service (kms.md 6.8): the lock-out safety check.
inline constexpr std::string_view kPolicyLockout =
    "The new key policy will not allow you to update the key policy in the future.";

}  // namespace tablekey::model::iam
