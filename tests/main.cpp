// The one object that holds Catch2's own code and main. A test program binds its symbols as the
// product does, so that what a scan of the memory finds is the product's doing.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <cstdlib>

#include "crypto/harden.h"

int main(int argc, char** argv) {
  namespace crypto = tablekey::crypto;
  crypto::bind_symbols_at_start(argv, std::getenv(crypto::kBindNowVariable));
  return Catch::Session().run(argc, argv);
}
