// Texts and lists that stay where they are while a request is built, and are used again.
#include "model/kms/names.h"
#include "model/kms/request_context.h"
#include "model/law.h"

namespace tablekey::model::kms {

void ContextBuffers::clear() {
  entries.clear();
  encryption_context.clear();
  texts_used_ = lists_used_ = 0;
}

std::string& ContextBuffers::text() {
  if (texts_used_ == texts_.size()) texts_.emplace_back();
  std::string& next = texts_[texts_used_++];
  next.clear();
  return next;
}

std::vector<std::string_view>& ContextBuffers::list() {
  if (lists_used_ == lists_.size()) lists_.emplace_back();
  std::vector<std::string_view>& next = lists_[lists_used_++];
  next.clear();
  return next;
}

std::string_view action_of(events::KmsOperation operation) {
  static const std::vector<std::string> actions = [] {
    std::vector<std::string> made;
    for (const OperationRow& row : operation_rows()) {
      made.push_back("kms:" + std::string(operation_name(row.operation)));
    }
    return made;
  }();
  return at(actions, static_cast<std::size_t>(operation));
}

}  // namespace tablekey::model::kms
