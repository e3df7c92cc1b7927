// Taking apart what a request names a key by.
#include "model/kms/key_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace tablekey::model::kms {
namespace {

bool is_lower_hex(std::string_view digits) {
  return std::all_of(digits.begin(), digits.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_partition(std::string_view text) {
  return text == "aws" || text == "aws-cn" || text == "aws-us-gov";
}

/// Takes what stands before the next colon off the front.
std::string_view next_part(std::string_view& rest) {
  const std::size_t colon = rest.find(':');
  const std::string_view part = rest.substr(0, colon);
  rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  return part;
}

KeyText parse_arn(std::string_view rest) {
  KeyText parsed;
  parsed.form = KeyTextForm::malformed_arn;
  const bool arn = next_part(rest) == "arn";
  const bool partition = is_partition(next_part(rest));
  const bool kms = next_part(rest) == "kms";
  parsed.region = next_part(rest);
  parsed.account = next_part(rest);
  if (!arn || !partition || !kms || parsed.region.empty() || parsed.account.empty()) return parsed;
  if (rest.starts_with("alias/") && rest.size() > 6) {
    parsed.form = KeyTextForm::alias_arn;
    parsed.name = rest;
  } else if (rest.starts_with("key/") && rest.size() > 4) {
    parsed.form = KeyTextForm::key_arn;
    parsed.name = rest.substr(4);
  }
  return parsed;
}

}  // namespace

bool is_key_id(std::string_view text) {
  if (text.size() != 36) return false;
  if (text.starts_with("mrk-")) return is_lower_hex(text.substr(4));
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) {
    if (text[dash] != '-') return false;
  }
  return is_lower_hex(text.substr(0, 8)) && is_lower_hex(text.substr(9, 4)) &&
         is_lower_hex(text.substr(14, 4)) && is_lower_hex(text.substr(19, 4)) &&
         is_lower_hex(text.substr(24));
}

KeyText parse_key_text(std::string_view text) {
  if (text.starts_with("arn:")) return parse_arn(text);
  if (text.starts_with("alias/")) return {KeyTextForm::alias_name, {}, {}, text};
  if (is_key_id(text)) return {KeyTextForm::key_id, {}, {}, text};
  return {KeyTextForm::malformed, {}, {}, text};
}

std::string_view partition_of(std::string_view region) {
  if (region.starts_with("cn-")) return "aws-cn";
  return region.starts_with("us-gov-") ? "aws-us-gov" : "aws";
}

std::string key_arn_text(std::string_view region, std::string_view account, std::string_view id) {
  return fmt::format("arn:{}:kms:{}:{}:key/{}", partition_of(region), region, account, id);
}

}  // namespace tablekey::model::kms
