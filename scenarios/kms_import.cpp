// Imported key material. A scenario gives it a name; its bytes are drawn from the seed and that
// name, so equal names mean equal bytes and no file ever holds a key.
#include <fmt/format.h>

#include "scenarios/characters.h"
#include "scenarios/kms_call.h"
#include "scenarios/material_name.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

constexpr std::string_view kNoKeyBytes = "a scenario holds no key bytes";
constexpr std::string_view kNameIt =
    "give it a name, Material: first; its bytes follow from the seed and the name";

}  // namespace

std::optional<std::uint32_t> read_material_name(const Node& node, std::string_view field,
                                                Draft& draft, Diagnostics& diagnostics) {
  constexpr std::size_t kLongest = 32;
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  const std::string* text = read_text(node, field, diagnostics);
  if (text == nullptr) return std::nullopt;
  const bool letter =
      ((*text)[0] >= 'a' && (*text)[0] <= 'z') || ((*text)[0] >= 'A' && (*text)[0] <= 'Z');
  const bool plain = text->find_first_not_of(kAllowed) == std::string::npos;
  if (text->size() > kLongest || (!plain && text->size() >= kLongest / 2)) {
    diagnostics.error(node.place, std::string(kNoKeyBytes), std::string(kNameIt));
    return std::nullopt;
  }
  if (!letter || !plain) {
    diagnostics.error(node.place,
                      fmt::format("'{}' cannot be the name of a material", printable(*text)),
                      "a letter, then letters, digits, '_' and '-', 32 at most");
    return std::nullopt;
  }
  return material_named(draft, *text);
}

void refuse_key_bytes(CallReader& reader, const Node& node, std::string_view field) {
  reader.diagnostics().error(node.place, fmt::format("{}: {}", field, kNoKeyBytes),
                             std::string(kNameIt));
}

void read_material(CallReader& reader, const Node& node, std::string_view field) {
  const auto material = read_material_name(node, field, reader.draft(), reader.diagnostics());
  if (material) reader.call.setMaterial(*material);
}

void read_material_bytes(CallReader& reader, const Node& node, std::string_view field) {
  const auto bytes = read_count(node, field, {1, 4096}, reader.diagnostics());
  if (bytes) reader.call.setMaterialBytes(static_cast<std::uint32_t>(*bytes));
}

void read_import_token(CallReader& reader, const Node& node, std::string_view field) {
  if (!is_step_result(node)) {
    // Any text but a step's result is a token that KMS never gave.
    if (read_text(node, field, reader.diagnostics()) != nullptr) reader.call.setImportToken(0);
    return;
  }
  const auto step = read_step_result(reader.context, node, field, "ImportToken", false);
  if (step) reader.call.setImportToken(*step + 1);
}

void read_wrapped_for(CallReader& reader, const Node& node, std::string_view field) {
  const auto step = read_step_result(reader.context, node, field, "PublicKey", true);
  if (step) reader.call.setWrappedFor(*step + 1);
}

void read_key_material_id(CallReader& reader, const Node& node, std::string_view field) {
  if (!is_step_result(node)) {
    const std::string* text = read_text(node, field, reader.diagnostics());
    if (text != nullptr) reader.call.setKeyMaterialId(*text);
    return;
  }
  const auto index = read_step_result(reader.context, node, field, "KeyMaterialId", false);
  if (!index) return;
  for (const DraftStep& step : reader.draft().steps) {
    if (*index < step.first || *index >= step.first + step.times) continue;
    const auto* import = std::get_if<KmsCall>(&step.action);
    if (import != nullptr) reader.call.setMaterial(import->call().getMaterial());
  }
}

void read_valid_to(CallReader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text == nullptr) return;
  if (text->starts_with('+')) {
    Node after = node;
    after.text.erase(0, 1);
    const auto span = read_duration(after, field, reader.diagnostics());
    if (!span) return;
    if (span->count() == 0) {
      reader.diagnostics().error(node.place, fmt::format("{} must be longer than 0s", field));
      return;
    }
    reader.made.valid_after = span->count();
    return;
  }
  const auto time = sim::parse_time(*text);
  if (!time) {
    reader.diagnostics().error(node.place, fmt::format("{}: {}", field, printable(time.error())),
                               "a date such as 2026-02-01T00:00:00Z, or +30d since the step");
    return;
  }
  reader.call.setValidTo(time->nanoseconds());
}

}  // namespace tablekey::scenarios
