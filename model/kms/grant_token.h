// Grant ids and grant tokens (kms.md 5.3). A token is no secret: it only says which grant a call
// relies on before that grant is known everywhere.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tablekey::model::kms {

/// Every call of CreateGrant gives a fresh token of its grant, numbered from 0 in `issue`.
/// `grant_id` is the id's text. The form is ours: base64 of 96 bytes, namely SHA-256 of
/// "tablekey.gt.v1", the id's text and the number as u64be, then zeros.
std::string grant_token(std::string_view grant_id, std::uint64_t issue);

/// Whether a text has the form of a token. One that has not is InvalidGrantTokenException; one that
/// has and is of no grant counts as absent.
bool is_well_formed_token(std::string_view text);

/// Whether the token is one of the first `issued` of that grant.
bool is_token_of(std::string_view token, std::string_view grant_id, std::uint64_t issued);

/// The text of a grant id: 64 lower-case hexadecimal digits (kms.md 1.3).
std::string grant_id_text(std::span<const std::uint8_t, 32> id);

/// Whether a text could be a grant id of the API, 1 to 128 characters; another is
/// InvalidGrantIdException.
bool is_well_formed_grant_id(std::string_view text);

}  // namespace tablekey::model::kms
