#pragma once
// OpenSSL's CTR-DRBG under a parent whose entropy the test sets, for the published vectors only:
// it reseeds by the clock unless told otherwise, and a TEST-RAND keeps what it was given when it
// is freed. No value of a run comes from here.

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <memory>

#include "tests/crypto/bare_openssl.h"

namespace tablekey::crypto::bare {

class CtrDrbg {
 public:
  struct Instantiation {
    bool derivation_function;
    Bytes entropy;
    Bytes nonce;
    Bytes personalisation;
  };

  explicit CtrDrbg(const Instantiation& with) : parent_(make("TEST-RAND", nullptr)) {
    unsigned int strength = kStrength;
    const OSSL_PARAM entropy[] = {OSSL_PARAM_construct_uint(OSSL_RAND_PARAM_STRENGTH, &strength),
                                  octets(OSSL_RAND_PARAM_TEST_ENTROPY, with.entropy),
                                  octets(OSSL_RAND_PARAM_TEST_NONCE, with.nonce), OSSL_PARAM_END};
    must(EVP_RAND_instantiate(parent_.get(), kStrength, 0, nullptr, 0, entropy));
    drbg_ = make("CTR-DRBG", parent_.get());
    int use_df = with.derivation_function ? 1 : 0;
    unsigned int requests = 0;  // No reseeding by count,
    std::int64_t interval = 0;  // and none by the clock.
    const OSSL_PARAM params[] = {
        text(OSSL_DRBG_PARAM_CIPHER, "AES-256-CTR"),
        OSSL_PARAM_construct_int(OSSL_DRBG_PARAM_USE_DF, &use_df),
        OSSL_PARAM_construct_uint(OSSL_DRBG_PARAM_RESEED_REQUESTS, &requests),
        OSSL_PARAM_construct_int64(OSSL_DRBG_PARAM_RESEED_TIME_INTERVAL, &interval),
        OSSL_PARAM_END};
    // A null personalisation string would be replaced by OpenSSL's own, an empty one is not.
    const Bytes& text_of_user = with.personalisation;
    must(EVP_RAND_instantiate(drbg_.get(), kStrength, 0,
                              text_of_user.empty() ? &kNothing : text_of_user.data(),
                              text_of_user.size(), params));
  }

  void reseed(const Bytes& entropy, const Bytes& additional) {
    const OSSL_PARAM params[] = {octets(OSSL_RAND_PARAM_TEST_ENTROPY, entropy), OSSL_PARAM_END};
    must(EVP_RAND_CTX_set_params(parent_.get(), params));
    must(EVP_RAND_reseed(drbg_.get(), 0, nullptr, 0, additional.data(), additional.size()));
  }

  Bytes generate(std::size_t size, const Bytes& additional) {
    Bytes out(size);
    must(EVP_RAND_generate(drbg_.get(), out.data(), out.size(), kStrength, 0, additional.data(),
                           additional.size()));
    return out;
  }

 private:
  struct FreeRand {
    void operator()(EVP_RAND_CTX* it) const { EVP_RAND_CTX_free(it); }
  };
  using Rand = std::unique_ptr<EVP_RAND_CTX, FreeRand>;
  static constexpr unsigned int kStrength = 256;

  static Rand make(const char* algorithm, EVP_RAND_CTX* parent) {
    EVP_RAND* fetched = EVP_RAND_fetch(nullptr, algorithm, nullptr);
    Rand made(EVP_RAND_CTX_new(fetched, parent));
    EVP_RAND_free(fetched);
    return made;
  }

  Rand parent_;
  Rand drbg_;
};

}  // namespace tablekey::crypto::bare
