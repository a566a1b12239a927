#include "base/hash.h"

#include <string>

#include "support/catch.h"

namespace bnexp {
namespace {

TEST_CASE("sha256 of known texts is what FIPS 180-4 says") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a hash does not depend on how its bytes were split") {
  const std::string text(1000, 'x');
  Sha256 hash;
  hash.update(text.substr(0, 1));
  hash.update(text.data() + 1, 600);
  hash.update(text.substr(601));
  CHECK(hash.hex() == sha256_hex(text));
}

}  // namespace
}  // namespace bnexp
