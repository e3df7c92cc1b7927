// How a call names keys, principals, stores, ciphertexts and grants, and what earlier steps gave.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/kms_call.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

// What a node says about a step: `!GetAtt id.Result`, or the text "${id.Result}".
struct StepResult {
  std::string id, result;
};

std::optional<StepResult> step_result(const Node& node) {
  if (!node.result.empty()) return StepResult{node.resource, node.result};
  const std::string_view text = node.text;
  const std::size_t dot = text.find('.');
  if (!node.is_scalar() || !text.starts_with("${") || !text.ends_with('}')) return std::nullopt;
  if (dot == std::string_view::npos) return std::nullopt;
  return StepResult{std::string(text.substr(2, dot - 2)),
                    std::string(text.substr(dot + 1, text.size() - dot - 2))};
}

std::vector<std::string_view> step_ids_with(const Draft& draft, std::string_view result) {
  std::vector<std::string_view> ids;
  for (const DraftStep& step : draft.steps) {
    const auto results = results_of(step.name);
    if (!step.id.empty() && std::ranges::find(results, result) != results.end()) {
      ids.push_back(step.id);
    }
  }
  return ids;
}

// A step can only use what was there before it: an earlier time, or the same and further up.
bool happens_before(const Occurrence& earlier, const DraftStep& step) {
  const std::int64_t at = earlier.step->at_of(earlier.number);
  return at < step.at || (at == step.at && earlier.step->first + earlier.number < step.first);
}

}  // namespace

bool is_step_result(const Node& node) { return step_result(node).has_value(); }

bool is_result_of(const Draft& draft, const Node& node, std::string_view result) {
  if (const auto named = step_result(node)) return named->result == result;
  const auto found = find_step(draft, node.resource.empty() ? node.text : node.resource);
  if (!found) return false;
  const auto results = results_of(found->step->name);
  return std::ranges::find(results, result) != results.end();
}

std::optional<std::uint32_t> read_step_result(const ActionContext& context, const Node& node,
                                              std::string_view field, std::string_view result,
                                              bool bare) {
  Diagnostics& diagnostics = context.diagnostics;
  const Draft& draft = context.draft;
  auto named = step_result(node);
  if (!named) {
    const std::string* text = read_text(node, field, diagnostics);
    if (text == nullptr) return std::nullopt;
    if (!bare) {
      diagnostics.error(node.place,
                        fmt::format("{}: '{}' is no result of a step", field, printable(*text)),
                        fmt::format("write !GetAtt step.{}", result));
      return std::nullopt;
    }
    named = StepResult{node.resource.empty() ? *text : node.resource, std::string(result)};
  }
  const auto found = find_step(draft, named->id);
  if (!found) {
    diagnostics.error(node.place, fmt::format("{}: no step '{}'", field, printable(named->id)),
                      did_you_mean(named->id, step_ids_with(draft, result)));
    return std::nullopt;
  }
  const auto results = results_of(found->step->name);
  if (named->result != result || std::ranges::find(results, result) == results.end()) {
    diagnostics
        .error(node.place,
               fmt::format("{} wants a {}, this is {} of {}", field, result,
                           named->result == result ? "none" : printable(named->result),
                           found->step->name),
               did_you_mean(named->id, step_ids_with(draft, result)))
        .notes.push_back({found->step->place, fmt::format("'{}' is this step", named->id)});
    return std::nullopt;
  }
  if (!happens_before(*found, context.step)) {
    diagnostics
        .error(node.place, fmt::format("{}: '{}' has not happened by then", field, named->id))
        .notes.push_back({found->step->place, fmt::format("'{}' happens here", named->id)});
    return std::nullopt;
  }
  return found->step->first + found->number;
}

void read_key_reference(CallReader& reader, const Node& node, std::string_view field,
                        events::KeyReference::Builder to) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text == nullptr) return;
  Draft& draft = reader.draft();
  if (*text == kManagedAlias) (void)managed_key(draft);  // the request may be about it
  const bool by_reference = !node.resource.empty();
  const auto key =
      static_cast<std::uint32_t>(std::ranges::find_if(draft.keys,
                                                      [&](const DraftKey& one) {
                                                        if (by_reference)
                                                          return one.logical_id == node.resource;
                                                        return one.logical_id == *text ||
                                                               one.arn == *text ||
                                                               one.key_id == *text;
                                                      }) -
                                 draft.keys.begin());
  if (key < draft.keys.size()) {
    if (draft.keys[key].key_id == *text) {
      to.setId(key);
    } else {
      to.setArn(key);
    }
    return;
  }
  const auto alias = std::ranges::find_if(
      draft.aliases, [&](const DraftAlias& one) { return one.logical_id == *text; });
  to.setText(alias == draft.aliases.end() ? *text : alias->name);
  if (by_reference || alias != draft.aliases.end()) return;
  std::vector<std::string_view> names;
  for (const DraftKey& one : draft.keys) names.push_back(one.logical_id);
  const std::string hint = did_you_mean(*text, names);
  if (hint.empty()) return;
  reader.diagnostics().warning(
      node.place, fmt::format("no key '{}' here; KMS gets it as it is written", printable(*text)),
      hint);
}

std::string read_principal_arn(CallReader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text == nullptr) return {};
  const std::string& name = node.resource.empty() ? *text : node.resource;
  for (const DraftPrincipal& one : reader.draft().principals) {
    if (one.logical_id == name) return one.arn;
  }
  return *text;
}

void read_store_reference(CallReader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text == nullptr) return;
  const Draft& draft = reader.draft();
  const std::uint32_t store = find_store(draft, node.resource.empty() ? *text : node.resource);
  if (store != kNone) {
    reader.call.setStore(store);
    return;
  }
  reader.call.setStoreId(*text);
  std::vector<std::string_view> names;
  for (const DraftKeyStore& one : draft.stores) names.push_back(one.logical_id);
  const std::string hint = did_you_mean(*text, names);
  if (hint.empty()) return;
  reader.diagnostics().warning(
      node.place,
      fmt::format("no key store '{}' here; KMS gets it as it is written", printable(*text)), hint);
}

namespace {

// { of: step }, { table: Name } or { base64: "…" }, each perhaps with flipBit or truncateTo.
void read_blob_source(CallReader& reader, MapReader& blob, const Node& node,
                      std::string_view field) {
  events::BlobReference::Builder to = reader.call.getBlob();
  const Node* of = blob.get("of");
  const Node* table = blob.get("table");
  const Node* base64 = blob.get("base64");
  const int given = (of != nullptr) + (table != nullptr) + (base64 != nullptr);
  if (given != 1) {
    reader.diagnostics().error(node.place,
                               fmt::format("{} has one of 'of', 'table' and 'base64'", field));
    return;
  }
  if (of != nullptr) {
    const auto step = read_step_result(reader.context, *of, "of", "CiphertextBlob", true);
    if (step) to.setStep(*step);
  } else if (table != nullptr) {
    const std::uint32_t index = reader.context.table(*table);
    if (index != kNone) to.setTable(index);
  } else if (const std::string* text = read_text(*base64, "base64", reader.diagnostics())) {
    const auto bytes = decode_base64(*text);
    if (!bytes) {
      reader.diagnostics().error(base64->place, "this is no base64");
      return;
    }
    const auto* data = reinterpret_cast<const capnp::byte*>(bytes->data());
    to.setBytes(capnp::Data::Reader(data, bytes->size()));
  }
}

}  // namespace

void read_blob(CallReader& reader, const Node& node, std::string_view field) {
  constexpr std::uint64_t kBitsMax = 8 * 6144;  // of the largest blob (kms.md 3.1)
  if (!node.is_map()) {
    if (!is_step_result(node) && node.kind != Node::Kind::unresolved) {
      const std::string given = node.is_scalar() && !node.is_null()
                                    ? fmt::format("'{}'", printable(node.text))
                                    : std::string(kind_name(node));
      reader.diagnostics().error(
          node.place, fmt::format("{} must be a ciphertext, this is {}", field, given),
          "write !GetAtt step.CiphertextBlob, { table: Name } or { base64: ... }");
      return;
    }
    const auto step = read_step_result(reader.context, node, field, "CiphertextBlob", false);
    if (step) reader.call.getBlob().setStep(*step);
    return;
  }
  MapReader blob(node, std::string(field), {"of", "table", "base64", "flipBit", "truncateTo"},
                 reader.diagnostics());
  read_blob_source(reader, blob, node, field);
  if (const Node* bit = blob.get("flipBit")) {
    const auto number = read_count(*bit, "flipBit", {0, kBitsMax - 1}, reader.diagnostics());
    if (number) reader.call.getBlob().setFlipBit(static_cast<std::uint32_t>(*number) + 1);
  }
  if (const Node* bytes = blob.get("truncateTo")) {
    const auto number = read_count(*bytes, "truncateTo", {0, kBitsMax / 8}, reader.diagnostics());
    if (number) reader.call.getBlob().setTruncateTo(static_cast<std::uint32_t>(*number));
  }
}

void read_grant_reference(CallReader& reader, const Node& node, std::string_view field,
                          std::string_view attribute, events::GrantReference::Builder to) {
  to.setToken(attribute == "GrantToken");
  if (is_step_result(node)) {
    const auto step = read_step_result(reader.context, node, field, attribute, false);
    if (step) to.setStep(*step);
    return;
  }
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text != nullptr) to.setText(*text);
}

}  // namespace tablekey::scenarios
