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

TEST_CASE("a value is written as a person writes it") {
  const auto text = [](const char* json) { return value_text(Json::parse(json)); };
  CHECK(text("\"batch\"") == "batch");
  CHECK(text("1.0") == "1");
  CHECK(text("1e-5") == "1e-05");
  CHECK(text("[1, null, true, \"x\"]") == "[1, null, true, x]");
  CHECK(text(R"({"name": "batch", "momentum": 0.2, "eps": 1.0})") == "batch(eps=1, momentum=0.2)");
  CHECK(text(R"({"name": "none"})") == "none");
  CHECK(text(R"({"lr": [0.5]})") == "{lr=[0.5]}");
}

}  // namespace
}  // namespace bnexp
