// Defaults and edits, once.
#include "model/kms/key_changes.h"

#include <algorithm>

namespace tablekey::model::kms {

std::uint32_t deletion_window(events::KmsCall::Reader call) {
  constexpr std::uint32_t kDefaultDays = 30;
  return call.getHasPendingWindow() ? static_cast<std::uint32_t>(call.getPendingWindowInDays())
                                    : kDefaultDays;
}

void change_tags(std::vector<Tag>& tags, events::KmsOperation operation,
                 events::KmsCall::Reader call) {
  const auto find = [&](std::string_view name) {
    return std::find_if(tags.begin(), tags.end(), [&](const Tag& tag) { return tag.name == name; });
  };
  if (operation == events::KmsOperation::UNTAG_RESOURCE) {
    for (const auto name : call.getTagKeys()) {
      if (const auto found = find(std::string_view(name)); found != tags.end()) tags.erase(found);
    }
    return;
  }
  for (const auto tag : call.getTags()) {
    const auto found = find(std::string_view(tag.getName()));
    if (found != tags.end()) {
      found->value = tag.getValue();
    } else {
      tags.push_back({tag.getName(), tag.getValue()});
    }
  }
}

}  // namespace tablekey::model::kms
