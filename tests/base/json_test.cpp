#include "base/json.h"

#include <string>

#include "base/json_problem.h"
#include "support/catch.h"

namespace bnexp {
namespace {

TEST_CASE("text that is JSON is parsed, other text gives nothing") {
  CHECK(parse_json(R"({"a": [1, "]]]]{{{{", null]})")->at("a").size() == 3);
  CHECK(parse_json("null")->is_null());
  for (const char* text : {"", "{", "{\"a\": }", "[1] 2", "nan", "1e999", "\"\xff\""}) CHECK_FALSE(parse_json(text));
}

TEST_CASE("values are read exactly, with the types that they are written as") {
  for (const char* text : {"0",
                           "1",
                           "-1",
                           "9007199254740993",
                           "18446744073709551615",
                           "-9223372036854775808",
                           "0.1",
                           "0.30000000000000004",
                           "1e+300",
                           "5e-324",
                           "1.7976931348623157e+308",
                           "-0.0",
                           "2.5",
                           "100000.0",
                           "true",
                           "[]",
                           "{}",
                           "\"\"",
                           R"("a\"b\\\n\u00e9\ud83d\ude00")",
                           R"({"a":{"b":[1,2.5,null]},"b":[]})"}) {
    CAPTURE(text);
    const auto value = parse_json(text);
    REQUIRE(value);
    CHECK(value->type() == Json::parse(text).type());
    CHECK(to_line(*value) == to_line(Json::parse(text)));
  }
  CHECK(*parse_json(R"({"b": 1, "a": 2, "b": 3})") == Json{{"a", 2}, {"b", 3}});
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

TEST_CASE("an error of the JSON library is put in words for people") {
  const auto problem = [](const char* json, const auto& use) -> std::string {
    try {
      use(Json::parse(json));
    } catch (const Json::exception& error) {
      return problem_of(error);
    }
    return "";
  };
  const auto text = [](const Json& json) { static_cast<void>(json.at("a").get<std::string>()); };
  CHECK(problem("{}", text) == "key 'a' is missing");
  CHECK(problem(R"({"a": null})", text) == "type must be string, but is null");
  CHECK(problem("3", text) == "a value has the wrong type");
  CHECK(problem("[]", [](const Json& json) { static_cast<void>(json.value("a", 1)); }) == "a value has the wrong type");
  CHECK(problem("1", [](const Json& json) { throw Json::other_error::create(501, "unknown status", &json); }) ==
        "unknown status");
}

}  // namespace
}  // namespace bnexp
