#include "base/text.h"

#include <string>

#include "support/catch.h"

namespace bnexp {
namespace {

TEST_CASE("the nearest name is the one a slip of the pen away") {
  const std::vector<std::string> names{"affine", "batch_size", "eps", "momentum"};
  CHECK(nearest("epss", names) == "eps");
  CHECK(nearest("momentmu", names) == "momentum");  // swapped letters are one slip
  CHECK(nearest("batch-size", names) == "batch_size");
  CHECK(nearest("Momentum", names) == "momentum");
  CHECK(nearest("batch", names) == "batch_size");  // a beginning
}

TEST_CASE("no name is near to something else altogether") {
  CHECK(nearest("dropout", {"affine", "eps"}).empty());
  CHECK(nearest("x", {"affine", "eps"}).empty());
  CHECK(nearest("", {"affine", "eps"}).empty());
  CHECK(nearest("eps", {}).empty());
  CHECK(nearest(std::string(100'000, 'a'), {"affine"}).empty());
}

TEST_CASE("durations are told in the units a person would choose") {
  CHECK(human_duration(0.045) == "45ms");
  CHECK(human_duration(12.34) == "12.3s");
  CHECK(human_duration(200) == "3m 20s");
  CHECK(human_duration(3725) == "1h 02m");
  CHECK(human_duration(-1) == "unknown");
  CHECK(human_duration(1e300) == "unknown");
}

TEST_CASE("the shortest form of a number reads back as that number") {
  CHECK(shortest(0.1) == "0.1");
  CHECK(shortest(1e-5) == "1e-05");
  CHECK(shortest(300) == "300");
  for (const double value : {1.0 / 3, 1e300, 123456.789}) CHECK(std::stod(shortest(value)) == value);
}

TEST_CASE("text is wrapped at spaces, in characters and not in bytes") {
  CHECK(wrapped("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(wrapped("\u2212\u2212\u2212 \u2212\u2212", 6) == std::vector<std::string>{"\u2212\u2212\u2212 \u2212\u2212"});
  CHECK(wrapped("a long-word b", 4) == std::vector<std::string>{"a", "long-word", "b"});
  CHECK(wrapped("", 4).empty());
  CHECK(characters("±1 日本") == 5);
}

TEST_CASE("parts are joined by a separator between them") {
  CHECK(join({}, ", ").empty());
  CHECK(join({"a"}, ", ") == "a");
  CHECK(join({"a", "b"}, ", ") == "a, b");
}

TEST_CASE("text is printed as it is, but what would move a terminal's cursor or hide itself is shown as an escape") {
  CHECK(printable("größe 日本 😀 'x' \\") == "größe 日本 😀 'x' \\");
  CHECK(printable("\x1b[31mred\a") == "\\x1b[31mred\\x07");
  CHECK(printable("a\nb\tc\rd\x7f") == "a\\nb\\tc\\rd\\x7f");
  CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(printable("\u0085\u009b31m") == "\\x85\\x9b31m");
  CHECK(printable("abc\u202e\u2066\u200f\u061c\u2028") == "abc\\u202e\\u2066\\u200f\\u061c\\u2028");
}

TEST_CASE("bytes that are not UTF-8 are printed as replacement characters") {
  CHECK(printable("a\xff"
                  "b") ==
        "a\ufffd"
        "b");
  CHECK(printable("\xc3") == "\ufffd");
  CHECK(printable("\x9b"
                  "31m")
            .find('\x9b') == std::string::npos);
  CHECK(printable("\xed\xa0\x80").find('\xed') == std::string::npos);  // a surrogate
}

}  // namespace
}  // namespace bnexp
