// The words of KMS for what a key is: specs, usages, origins.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "event.capnp.h"

namespace tablekey::scenarios {

// In the order of their enumerations in event.capnp.
[[nodiscard]] const std::vector<std::string_view>& key_spec_names();
[[nodiscard]] const std::vector<std::string_view>& key_usage_names();
[[nodiscard]] const std::vector<std::string_view>& origin_names();
[[nodiscard]] const std::vector<std::string_view>& connection_error_names();

// Nothing if there is no such word.
[[nodiscard]] std::optional<events::KeySpec> key_spec_named(std::string_view name);
[[nodiscard]] std::optional<events::KeyUsage> key_usage_named(std::string_view name);
[[nodiscard]] std::optional<events::Origin> origin_named(std::string_view name);

// The usages that a spec may have (kms.md 1.2), the usual one first.
[[nodiscard]] std::vector<events::KeyUsage> usages_of(events::KeySpec spec);

[[nodiscard]] std::string_view name_of(events::KeySpec spec);
[[nodiscard]] std::string_view name_of(events::KeyUsage usage);
[[nodiscard]] std::string_view name_of(events::Origin origin);
[[nodiscard]] std::string_view name_of(events::ConnectionError error);

}  // namespace tablekey::scenarios
