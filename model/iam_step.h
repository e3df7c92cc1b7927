// Steps of the timeline that change an identity (kms.md 6, IAM's side): its policies are put and
// deleted, its permissions boundary, itself. IAM shows the change at once and KMS heeds it later
// (kms.md 10).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/state.h"
#include "scenario.capnp.h"

namespace tablekey::model {

/// The action that a policy of the caller must allow: `iam:PutRolePolicy`, `iam:DeleteUser`, ….
std::string_view iam_action(events::Step::IamOperation operation, events::Principal::Kind kind);

/// An identity as IAM shows it, or as KMS heeds it.
struct IdentityView {
  bool& deleted;
  std::vector<NamedPolicy>& policies;
  std::string& boundary;
};

/// What the step makes of the identity.
void change_identity(events::Step::Iam::Reader step, IdentityView identity);

}  // namespace tablekey::model
