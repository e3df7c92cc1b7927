#pragma once
// Owning handles of OpenSSL's contexts. The library's own headers stay in this room's sources.

#include <memory>

struct evp_cipher_ctx_st;
struct evp_md_ctx_st;

namespace tablekey::crypto {

struct FreeContext {
  void operator()(evp_cipher_ctx_st* context) const noexcept;  // Wipes the key schedule.
  void operator()(evp_md_ctx_st* context) const noexcept;      // Wipes the hash state.
};
using CipherContext = std::unique_ptr<evp_cipher_ctx_st, FreeContext>;
using DigestContext = std::unique_ptr<evp_md_ctx_st, FreeContext>;

}  // namespace tablekey::crypto
