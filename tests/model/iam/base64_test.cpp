// Goal: base64 texts are equal when their bytes are.
#include "model/iam/base64.h"

#include <catch2/catch.hpp>

namespace tablekey::model::iam::base64_test {

TEST_CASE("base64 texts of the same bytes are equal whatever their padding") {
  CHECK(base64_equal("QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA"));
  CHECK(base64_equal("YQ==", "YR=="));
  CHECK(base64_equal("YWI=", "YWJ="));
  CHECK(base64_equal("", ""));
  CHECK(!base64_equal("YWJj", "YWJk"));
  CHECK(!base64_equal("YWJj", "YWJjYQ=="));
}

TEST_CASE("what is not base64 equals nothing") {
  CHECK(!base64_equal("Y", "Y"));
  CHECK(!base64_equal("Y*==", "Y*=="));
  CHECK(!base64_equal("Y===", "Y==="));
}

}  // namespace tablekey::model::iam::base64_test
