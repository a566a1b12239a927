#include "base/registry.h"

#include "support/catch.h"

namespace bnexp {
namespace {

TEST_CASE("a registry lists its names sorted and finds each") {
  Registry<int> registry;
  CHECK(registry.add("b", 2));
  CHECK(registry.add("a", 1));
  CHECK(registry.names() == std::vector<std::string>{"a", "b"});
  REQUIRE(registry.find("b") != nullptr);
  CHECK(*registry.find("b") == 2);
  CHECK(registry.find("c") == nullptr);
}

TEST_CASE("a registry keeps the first of two entries and reports the second") {
  Registry<int> registry;
  registry.add("a", 1);
  CHECK_FALSE(registry.add("a", 2));
  CHECK(*registry.find("a") == 1);
  CHECK(registry.duplicates() == std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace bnexp
