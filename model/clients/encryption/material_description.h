// The material description of an item (dynamodb.md 8.1): which key and algorithms it was written
// with. It stands in the item in the clear, and nothing signs it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/clients/encryption/failure.h"

namespace tablekey::model::encryption {

/// In the order of the names' bytes, which is the order in which they are written.
using MaterialDescription = std::map<std::string, std::string, std::less<>>;

namespace description {

inline constexpr std::string_view kMode = "amzn-ddb-map-sym-mode";
inline constexpr std::string_view kSigningAlgorithm = "amzn-ddb-map-signingAlg";
inline constexpr std::string_view kWrappedKey = "amzn-ddb-env-key";
inline constexpr std::string_view kContentAlgorithm = "amzn-ddb-env-alg";
inline constexpr std::string_view kWrappingAlgorithm = "amzn-ddb-wrap-alg";
inline constexpr std::string_view kSignatureAlgorithm = "amzn-ddb-sig-alg";
inline constexpr std::string_view kContextAttributes = "aws-kms-ec-attr";
inline constexpr std::string_view kMetaId = "amzn-ddb-meta-id";

inline constexpr std::string_view kCbc = "/CBC/PKCS5Padding";
inline constexpr std::string_view kAes256 = "AES/256";
inline constexpr std::string_view kHmac256 = "HmacSHA256/256";
inline constexpr std::string_view kHmac = "HmacSHA256";

}  // namespace description

/// Four zero bytes, then each name and value with its length before it, big endian.
std::vector<std::uint8_t> serialize_description(const MaterialDescription& description);
/// The inverse. A name that comes twice has its last value, as in the library.
Expected<MaterialDescription> parse_description(std::span<const std::uint8_t> bytes);

}  // namespace tablekey::model::encryption
