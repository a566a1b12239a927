#include "config/document/yaml.h"

#include <memory>
#include <string>

#include "config/document/scalar.h"
#include "config/files.h"
#include "support/catch.h"

namespace bnexp::config {
namespace {

struct Parsed {
  std::optional<Node> node;
  std::vector<Problem> problems;
  std::string text() const { return format(problems); }
};

Parsed parse(const std::string& text) {
  auto source = std::make_shared<Source>();
  source->name = "a.yaml";
  source->text = text;
  Parsed parsed;
  parsed.node = parse_yaml(source, parsed.problems);
  return parsed;
}

TEST_CASE("every value remembers where it was written") {
  const auto parsed = parse("norm: batch\ntrain:\n  epochs: 5\n  widths: [1, {a: 'b'}]\n");
  REQUIRE(parsed.node);
  CHECK(parsed.node->find("norm")->mark.where() == "a.yaml:1:7");
  CHECK(find_path(*parsed.node, "train.epochs")->mark.where() == "a.yaml:3:11");
  CHECK(find_path(*parsed.node, "train.widths")->items[1].find("a")->mark.where() == "a.yaml:4:19");
  CHECK(parsed.node->find_entry("train")->mark.where() == "a.yaml:2:1");
}

TEST_CASE("columns count characters, not bytes") {
  const auto parsed = parse("größe: {ä: 1, ä: 2}\n");
  CHECK(contains(parsed.text(), "a.yaml:1:15: error: duplicate key 'ä'"));
  CHECK(contains(parsed.text(), "it is already given at a.yaml:1:9"));
}

TEST_CASE("windows line ends and a missing last line end are no trouble") {
  const auto parsed = parse("a: 1\r\nb: {c: 2}\r\nd: x");
  REQUIRE(parsed.node);
  CHECK(parsed.problems.empty());
  CHECK(to_json(*parsed.node) == Json::parse(R"({"a": 1, "b": {"c": 2}, "d": "x"})"));
}

TEST_CASE("scalars become what they look like, quoted ones text") {
  const auto parsed = parse("[1, 1.5, 1e-3, true, null, ~, yes, 010, 0x1f, '1', \"true\", .inf, 1_000, -2]");
  REQUIRE(parsed.node);
  const auto expected =
      Json::parse(R"([1, 1.5, 0.001, true, null, null, "yes", "010", "0x1f", "1", "true", ".inf", "1_000", -2])");
  CHECK(to_json(*parsed.node) == expected);
}

TEST_CASE("a surrogate pair in double quotes is one character, as in JSON") {
  const auto parsed =
      parse(R"({a: "\ud83d\ude00!", b: '\uD83d\ude00', c: \ud83d\ude00 x, "\uD83D\uDE00": &x "\ud83d\ude00", d: d})");
  REQUIRE(parsed.node);
  CHECK(parsed.node->find("a")->scalar == "😀!");
  CHECK(parsed.node->find("b")->scalar == R"(\uD83d\ude00)");
  CHECK(parsed.node->find("c")->scalar == R"(\ud83d\ude00 x)");
  REQUIRE(parsed.node->find("😀"));
  CHECK(parsed.node->find("😀")->scalar == "😀");
  CHECK(parsed.node->find("d")->mark.where() == "a.yaml:1:98");
  CHECK(contains(parse(R"(a: "\ud83d")").text(), "half of a surrogate pair"));
  CHECK(contains(parse(R"(a: "\\ud83d\ude00")").text(), "half of a surrogate pair"));
}

TEST_CASE("aliases repeat what their anchor holds") {
  const auto parsed = parse("a: &x {k: [1, 2]}\nb: *x\n");
  REQUIRE(parsed.node);
  CHECK(to_json(*parsed.node->find("b")) == to_json(*parsed.node->find("a")));
}

TEST_CASE("aliases that multiply each other are refused, not followed") {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + below + ", " + below + ", " + below + "]\n";
  }
  CHECK(contains(parse(text).text(), "more than 100000 values"));
}

TEST_CASE("nesting has a bound, by brackets, dashes and aliases alike") {
  const std::string expected = "maps and lists are nested more than 64 deep";
  CHECK(contains(parse(std::string(100'000, '[')).text(), expected));
  std::string dashes;
  for (int i = 0; i < 10'000; ++i) dashes += "- ";
  CHECK(contains(parse(dashes + "x").text(), expected));
  for (const char* part : {"{a: ", "? ", "[{a: ["}) {
    std::string text;
    for (int i = 0; i < 200'000; ++i) text += part;
    CHECK(contains(parse(text).text(), expected));
  }
  std::string aliases = "k0: &a0 [x]\n";
  for (int i = 1; i < 80; ++i) {
    const std::string number = std::to_string(i);
    aliases += "k" + number + ": &a" + number + " [*a" + std::to_string(i - 1) + "]\n";
  }
  CHECK(contains(parse(aliases).text(), expected));
  CHECK(parse(std::string(60, '[') + std::string(60, ']')).problems.empty());
}

TEST_CASE("a huge flat file is read or refused in no time") {
  std::string text = "x: [";
  for (int i = 0; i < 400'000; ++i) text += "1,";
  CHECK(contains(parse(text + "]").text(), "more than 100000 values"));
  std::string keys;
  for (int i = 0; i < 40'000; ++i) keys += "k" + std::to_string(i) + ": 1\n";
  CHECK(parse(keys).problems.empty());
}

TEST_CASE("an error within a long line shows the part around it") {
  std::string text = "{";
  for (int i = 0; i < 300; ++i) text += "key" + std::to_string(i) + ": 1, ";
  const auto shown = parse(text + "key7: 2, last: 1}").text();
  CHECK(contains(shown, "duplicate key 'key7'"));
  CHECK(contains(shown, "    ..."));
  const auto caret = shown.find('^');
  REQUIRE(caret != std::string::npos);
  CHECK(shown.size() < 600);
}

TEST_CASE("bytes cut out of a file never crash the reader") {
  const std::string text =
      "suite: x\nsweep: &a\n  grid: {norm: [none, 'batch'], \"k\": [1.0, ~]}\n  exclude: [{norm: *a}]\nq: |\n  a\n  "
      "b\n";
  for (std::size_t start = 0; start < text.size(); ++start) {
    for (const std::size_t length : {1, 2, 7}) {
      std::string damaged = text;
      damaged.erase(start, length);
      const auto parsed = parse(damaged);
      CHECK((parsed.node.has_value() || !parsed.problems.empty()));
    }
    for (const char c : {'{', '"', ':', '-', '*', '\n', '\t', '\0', '\xff'}) {
      std::string damaged = text;
      damaged[start] = c;
      const auto parsed = parse(damaged);
      CHECK((parsed.node.has_value() || !parsed.problems.empty()));
    }
  }
}

}  // namespace
}  // namespace bnexp::config
