#include "base/json.h"

#include <string>

#include "support/catch.h"

namespace bnexp {
namespace {

TEST_CASE("text that is JSON is parsed, other text gives nothing") {
  CHECK(parse_json(R"({"a": [1, "]]]]{{{{", null]})")->at("a").size() == 3);
  CHECK(parse_json("null")->is_null());
  for (const char* text : {"", "{", "{\"a\": }", "[1] 2", "nan", "1e999", "\"\xff\""}) CHECK_FALSE(parse_json(text));
}

TEST_CASE("JSON is read to a bounded depth, whatever the text nests") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(parse_json(nested(kDeepestJson)));
  CHECK_FALSE(parse_json(nested(kDeepestJson + 1)));
  CHECK_FALSE(parse_json(nested(200'000)));
  CHECK_FALSE(parse_json(std::string(200'000, '[')));
  std::string objects;
  for (int i = 0; i < 200'000; ++i) objects += "{\"a\\\"\": ";
  CHECK_FALSE(parse_json(objects));
  CHECK(parse_json("[" + nested(kDeepestJson - 1) + ", " + nested(kDeepestJson - 1) + "]"));
}

}  // namespace
}  // namespace bnexp
