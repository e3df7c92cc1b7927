// The grants of a key as the policy engine asks for them: does one allow this request (kms.md 5.2)?
#pragma once

#include <cstdint>
#include <optional>

#include "model/iam/evaluate.h"
#include "model/kms/grant_operations.h"
#include "model/kms/request_context.h"

namespace tablekey::model::kms {

/// DynamoDB's grants for a table are found through the table and compared by what they all say
/// alike; those that steps made are few, whatever the number of tables. So a request that no grant
/// allows costs no walk over the key's grants, but for a table that had this key before its present
/// one, and none allocates for a table's.
class KeyGrants : public iam::GrantSource {
 public:
  /// `operation`: what a grant must list; none: no grant can allow it. `buffers` hold the request
  /// that is asked about.
  KeyGrants(const State& state, sim::Time now, const KmsRequest& request, const Question& question,
            std::optional<GrantOperation> operation, ContextBuffers& buffers)
      : state_(state),
        now_(now),
        request_(request),
        question_(question),
        operation_(operation),
        buffers_(buffers) {}

  std::optional<std::uint64_t> allowing_grant(const iam::Request& asked) const override;

 private:
  bool usable(std::uint32_t grant) const;
  bool in_table_grants() const;
  std::optional<std::uint64_t> of_table() const;
  bool left_grants_behind() const;
  std::optional<std::uint64_t> among(const std::vector<std::uint32_t>& grants) const;
  bool suits_table(std::uint32_t grant) const;
  bool has_context_of(std::uint32_t table) const;
  bool carries(std::string_view name, std::string_view value) const;
  bool allows(std::uint32_t grant, const iam::Request& asked) const;

  const State& state_;
  sim::Time now_;
  const KmsRequest& request_;
  const Question& question_;
  std::optional<GrantOperation> operation_;
  ContextBuffers& buffers_;
};

}  // namespace tablekey::model::kms
