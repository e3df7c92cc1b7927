#include "model/clients/encryption/structured_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/bytes.h"
#include "model/clients/encryption/terminal.h"
#include "model/dynamodb/items/base64.h"
#include "model/dynamodb/items/utf8.h"

namespace tablekey::model::encryption {
namespace {

using items::AttributeMap;
using items::Bytes;

constexpr std::string_view kTableEntry = "aws-crypto-table-name";
constexpr std::string_view kPartitionEntry = "aws-crypto-partition-name";
constexpr std::string_view kSortEntry = "aws-crypto-sort-name";
constexpr std::string_view kAttributeEntry = "aws-crypto-attr.";
constexpr std::string_view kLegendEntry = "aws-crypto-legend";

template <class Text>
void append(Bytes& out, const Text& text) {
  out.insert(out.end(), text.begin(), text.end());
}

void append_length(Bytes& out, std::uint64_t number) {
  std::array<std::uint8_t, 8> bytes{};
  crypto::store_big_endian<8>(number, bytes.data());
  append(out, bytes);
}

void append_type(Bytes& out, std::uint16_t type) {
  out.push_back(static_cast<std::uint8_t>(type >> 8));
  out.push_back(static_cast<std::uint8_t>(type));
}

bool is_signed(const Field& field) { return field.action != CryptoAction::do_nothing; }

bool is_head_or_foot(std::string_view name) {
  return name == kHeadAttribute || name == kFootAttribute;
}

Fields sorted_fields(const AttributeMap& item, std::string_view table) {
  Fields fields;
  for (const items::Attribute& attribute : item) {
    if (is_head_or_foot(attribute.name)) continue;
    fields.push_back({&attribute, canonical_path(table, attribute.name), {}});
  }
  std::sort(fields.begin(), fields.end(),
            [](const Field& a, const Field& b) { return a.path < b.path; });
  return fields;
}

Expected<CryptoAction> action_of(const StructuredConfig& config, const std::string& name) {
  const auto found = config.actions.find(name);
  if (found != config.actions.end()) return found->second;
  if (!config.in_signature_scope(name)) return CryptoAction::do_nothing;
  return refused(Failure::action_missing,
                 fmt::format("No Crypto Action configured for attribute {}", name));
}

CryptoAction action_of_legend(char mark) {
  if (mark == 'e') return CryptoAction::encrypt_and_sign;
  return mark == 'c' ? CryptoAction::sign_and_include_in_context : CryptoAction::sign_only;
}

std::string in_base64(const items::AttributeValue& value) {
  const Terminal terminal = to_terminal(value);
  Bytes bytes;
  bytes.reserve(2 + terminal.value.size());
  append_type(bytes, terminal.type);
  append(bytes, terminal.value);
  std::string text;
  items::append_base64(text, bytes);
  return text;
}

struct ContextValue {
  char legend;
  std::string text;
};

/// Texts and numbers as they are, two words, and everything else as version 1 has it.
ContextValue context_value_of(const items::AttributeValue& value) {
  if (const auto* text = value.as<std::string>()) return {'S', *text};
  if (const auto* number = value.as<items::Number>()) return {'N', number->text()};
  if (value.as<items::Null>() != nullptr) return {'L', "null"};
  if (const bool* truth = value.as<bool>()) return {'L', *truth ? "true" : "false"};
  return {'B', in_base64(value)};
}

void append_field(Bytes& out, const Field& field) {
  append(out, field.path);
  if (field.action == CryptoAction::encrypt_and_sign) {
    // What is stored begins with the type of what was encrypted.
    const auto& stored = *field.attribute->value.as<Bytes>();
    append_length(out, stored.size() - 2);
    append(out, std::string_view("ENCRYPTED"));
    append(out, stored);
    return;
  }
  const Terminal terminal = to_terminal(field.attribute->value);
  append_length(out, terminal.value.size());
  append(out, std::string_view("PLAINTEXT"));
  append_type(out, terminal.type);
  append(out, terminal.value);
}

}  // namespace

Bytes canonical_path(std::string_view table, std::string_view attribute) {
  Bytes path(table.begin(), table.end());
  append_length(path, 1);
  path.push_back('$');
  append_length(path, items::utf16_length(attribute));
  append(path, attribute);
  return path;
}

Expected<Fields> fields_to_write(const AttributeMap& item, const StructuredConfig& config) {
  if (item.contains(kHeadAttribute) || item.contains(kFootAttribute)) {
    return refused(Failure::reserved_name, fmt::format("The paths {} and {} are reserved.",
                                                       kHeadAttribute, kFootAttribute));
  }
  Fields fields = sorted_fields(item, config.names.table);
  for (Field& field : fields) {
    const Expected<CryptoAction> action = action_of(config, field.attribute->name);
    if (!action) return std::unexpected(action.error());
    field.action = *action;
  }
  if (std::none_of(fields.begin(), fields.end(), is_signed)) {
    return refused(Failure::nothing_signed,
                   "At least one field in the Crypto Schema must be ENCRYPT_AND_SIGN, "
                   "SIGN_AND_INCLUDE_IN_ENCRYPTION_CONTEXT or SIGN_ONLY.");
  }
  return fields;
}

Expected<Fields> fields_to_read(const AttributeMap& item, const StructuredConfig& config,
                                std::string_view legend) {
  Fields fields = sorted_fields(item, config.names.table);
  for (Field& field : fields) {
    if (!config.in_signature_scope(field.attribute->name)) continue;
    if (legend.empty()) {
      return refused(Failure::schema_changed,
                     "Schema changed : something that was unsigned is now signed.");
    }
    field.action = action_of_legend(legend.front());
    legend.remove_prefix(1);
  }
  if (!legend.empty()) {
    return refused(Failure::schema_changed,
                   "Schema changed : something that was signed is now unsigned.");
  }
  if (std::none_of(fields.begin(), fields.end(), is_signed)) {
    return refused(Failure::nothing_signed, "At least one Authenticate Action must be SIGN");
  }
  return fields;
}

std::string legend_of(const Fields& fields) {
  std::string legend;
  for (const Field& field : fields) {
    if (field.action == CryptoAction::encrypt_and_sign) legend += 'e';
    if (field.action == CryptoAction::sign_only) legend += 's';
    if (field.action == CryptoAction::sign_and_include_in_context) legend += 'c';
  }
  return legend;
}

EncryptionContext item_context(const Fields& fields, const TableNames& names,
                               std::uint8_t version) {
  EncryptionContext context;
  context[std::string(kTableEntry)] = names.table;
  context[std::string(kPartitionEntry)] = names.partition;
  if (names.sort) context[std::string(kSortEntry)] = *names.sort;
  // By the names' bytes, in which the legend's characters go.
  std::map<std::string, char> legend;
  for (const Field& field : fields) {
    const std::string& name = field.attribute->name;
    const std::string entry = fmt::format("{}{}", kAttributeEntry, name);
    if (version == 1) {
      if (name == names.partition || name == names.sort) {
        context[entry] = in_base64(field.attribute->value);
      }
    } else if (field.action == CryptoAction::sign_and_include_in_context) {
      ContextValue value = context_value_of(field.attribute->value);
      context[entry] = std::move(value.text);
      legend[entry] = value.legend;
    }
  }
  if (version == 1) return context;
  std::string& marks = context[std::string(kLegendEntry)];
  for (const auto& [entry, mark] : legend) marks += mark;
  return context;
}

crypto::Digest384 canonical_hash(const Fields& stored, std::span<const std::uint8_t> head,
                                 const EncryptionContext& context) {
  Bytes record(head.begin(), head.end());
  const Bytes aad = serialize_context(context);
  append_length(record, aad.size());
  append(record, aad);
  for (const Field& field : stored) {
    if (is_signed(field)) append_field(record, field);
  }
  return crypto::sha384(record);
}

}  // namespace tablekey::model::encryption
