#include "base/safetensors.h"

#include <chrono>
#include <cstring>

#include "base/error.h"
#include "base/json.h"
#include "base/random.h"
#include "support/catch.h"

namespace bnexp {
namespace {

// A file by hand: any header, any data.
std::string file(const std::string& header, const std::string& data = "", std::uint64_t claimed = 0) {
  const std::uint64_t length = claimed != 0 ? claimed : header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

// What read() says against it; "" when it accepts.
std::string refusal(const std::string& bytes) {
  try {
    safetensors::read(bytes, "x.safetensors");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::environment);
    CHECK(std::string(error.what()).starts_with("x.safetensors is not a usable safetensors file: "));
    return error.what();
  }
  return "";
}

std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string kFour = tensor("F32", "[1]", "[0,4]");

// Two tensors of different widths, a scalar, an empty one, and metadata.
std::string valid() {
  return safetensors::write({{"a", "F32", {3}, "abcdefghijkl"},
                             {"n", "I64", {}, "01234567"},
                             {"none", "F64", {2, 0}, ""},
                             {"b", "U8", {1, 2}, "xy"}},
                            {{"format", "pt"}});
}

TEST_CASE("what is written as safetensors reads back, aligned, with names, shapes and metadata") {
  const std::string bytes = valid();
  const auto read = safetensors::read(bytes, "x");
  CHECK(read.metadata == std::map<std::string, std::string>{{"format", "pt"}});
  std::map<std::string, safetensors::Tensor> by_name;
  for (const auto& one : read.tensors) by_name[one.name] = one;
  REQUIRE(by_name.size() == 4);
  CHECK(by_name["a"].data == "abcdefghijkl");
  CHECK(by_name["a"].dtype == "F32");
  CHECK(by_name["n"].data == "01234567");
  CHECK(by_name["n"].shape.empty());
  CHECK(by_name["none"].shape == std::vector<std::int64_t>{2, 0});
  CHECK(by_name["b"].data == "xy");
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), 8);
  CHECK(header % 8 == 0);
  CHECK((by_name["n"].data.data() - bytes.data()) % 8 == 0);
  CHECK((by_name["a"].data.data() - bytes.data()) % 4 == 0);
  // The header keeps the order given.
  CHECK(bytes.find("\"a\"") < bytes.find("\"n\""));
  CHECK(bytes.find("\"n\"") < bytes.find("\"b\""));
}

TEST_CASE("a safetensors file from another writer reads: any order, spaces, tensors of 15 dtypes") {
  CHECK(refusal(file("{}")).empty());
  CHECK(refusal(file("{ \"a\" : " + kFour + " }   ", "1234")).empty());
  CHECK(refusal(file("{\"b\":" + tensor("F16", "[1]", "[4,6]") + ",\"a\":" + kFour + "}", "123456")).empty());
  for (const auto& [dtype, size] : std::map<std::string, int>{{"BOOL", 1},
                                                              {"U8", 1},
                                                              {"I8", 1},
                                                              {"F8_E4M3", 1},
                                                              {"F8_E5M2", 1},
                                                              {"U16", 2},
                                                              {"I16", 2},
                                                              {"F16", 2},
                                                              {"BF16", 2},
                                                              {"U32", 4},
                                                              {"I32", 4},
                                                              {"F32", 4},
                                                              {"U64", 8},
                                                              {"I64", 8},
                                                              {"F64", 8}}) {
    INFO(dtype);
    const std::string end = std::to_string(size);
    CHECK(refusal(file("{\"a\":" + tensor(dtype, "[]", "[0," + end + "]") + "}", std::string(size, 'x'))).empty());
  }
}

TEST_CASE("a safetensors file that is cut off anywhere is refused") {
  const std::string bytes = valid();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    INFO(size);
    CHECK_FALSE(refusal(bytes.substr(0, size)).empty());
  }
  CHECK(contains(refusal(bytes.substr(0, 5)), "5 bytes"));
  CHECK(contains(refusal(bytes + "z"), "belongs to no tensor"));
}

TEST_CASE("a hostile safetensors header is refused, with the reason") {
  const auto with = [](const std::string& entries, const std::string& data = "1234") {
    return refusal(file("{" + entries + "}", data));
  };
  // Lengths that nobody could allocate.
  CHECK(contains(refusal(file("{}", "", 1ull << 62)), "over 100 MB"));
  CHECK(contains(refusal(file("{}", "", ~0ull)), "over 100 MB"));
  CHECK(contains(refusal(file("{}", "", 99'000'000)), "cut off"));
  // JSON.
  CHECK(contains(refusal(file("[1]")), "not a JSON object"));
  CHECK(contains(refusal(file(" {}")), "not a JSON object"));
  CHECK(contains(refusal(file("{\"a\":")), "not JSON"));
  CHECK(contains(refusal(file("{} x")), "not JSON"));
  CHECK(contains(refusal(file("{\"\xff\":" + kFour + "}", "1234")), "not JSON"));
  CHECK(contains(with("\"a\":" + kFour + ",\"a\":" + kFour), "is in it twice"));
  CHECK(contains(with(R"("a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]})"), "is in it twice"));
  CHECK(contains(refusal(file("{\"a\":" + std::string(1'000'000, '['))), "too deep"));
  CHECK(contains(with("\"a\":" + tensor("F32", "[[1]]", "[0,4]")), "too deep"));
  // Entries.
  CHECK(contains(with("\"a\":4"), "not an object of"));
  CHECK(contains(with(R"("a":{"dtype":"F32","shape":[1]})"), "not an object of"));
  CHECK(contains(with(R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1})"), "not an object of"));
  CHECK(contains(with("\"a\":" + tensor("F31", "[1]", "[0,4]")), "unknown dtype"));
  CHECK(contains(with(R"("a":{"dtype":7,"shape":[1],"data_offsets":[0,4]})"), "unknown dtype 7"));
  CHECK(contains(with("\"__metadata__\":{\"a\":1}", ""), "not text"));
  CHECK(contains(with("\"__metadata__\":[]", ""), "not an object"));
  // Numbers.
  for (const std::string& shape : {"[-1]", "[1.0]", "[1e0]", "[\"1\"]", "1", "[9223372036854775808]", "[null]"})
    CHECK(contains(with("\"a\":" + tensor("F32", shape, "[0,4]")), "shape of 'a'"));
  CHECK(contains(with("\"a\":" + tensor("F32", "[18446744073709551616]", "[0,4]")), "shape of 'a'"));
  CHECK(contains(with("\"a\":" + tensor("F32", "[4294967296,4294967296]", "[0,4]")), "overflows"));
  // 2^62 floats of 4 bytes are 0 modulo 2^64.
  CHECK(contains(with("\"a\":" + tensor("F32", "[4611686018427387904]", "[0,0]"), ""), "overflows"));
  CHECK(contains(with("\"a\":" + tensor("F32", "[2]", "[0,4]")), "needs 8 bytes"));
  // Ranges.
  CHECK(contains(with("\"a\":" + tensor("F32", "[1]", "[4,0]")), "data_offsets of 'a'"));
  CHECK(contains(with("\"a\":" + tensor("F32", "[2]", "[0,8]")), "data_offsets of 'a'"));
  CHECK(contains(with("\"a\":" + tensor("F32", "[1]", "[0]")), "data_offsets of 'a'"));
  CHECK(contains(with("\"a\":" + tensor("F32", "[1]", "[-4,0]")), "data_offsets of 'a'"));
  CHECK(contains(with("\"a\":" + tensor("F32", "[1]", "[9223372036854775804,9223372036854775807]")), "outside of"));
  CHECK(contains(with("\"a\":" + kFour + ",\"b\":" + kFour), "overlaps"));
  CHECK(contains(with("\"a\":" + tensor("U8", "[3]", "[0,3]") + ",\"b\":" + tensor("U8", "[2]", "[2,4]")), "overlaps"));
  CHECK(contains(with("\"a\":" + tensor("F32", "[1]", "[4,8]"), "12345678"), "gap"));
  CHECK(contains(with("\"a\":" + kFour, "12345678"), "belongs to no tensor"));
  CHECK(contains(with("", "1"), "belongs to no tensor"));
}

TEST_CASE("a safetensors file with flipped, dropped or doubled bytes is read or refused, never worse") {
  const std::string bytes = valid();
  Random random(1, "fuzz");
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string broken = bytes;
    for (std::uint64_t edits = 1 + random.below(3); edits > 0; --edits) {
      const auto at = static_cast<std::size_t>(random.below(broken.size()));
      switch (random.below(3)) {
        case 0:
          broken[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          broken.erase(at, 1 + random.below(4));
          break;
        default:
          broken.insert(at, broken.substr(at, 1 + random.below(4)));
      }
    }
    try {
      const auto read = safetensors::read(broken, "x");
      for (const auto& one : read.tensors) {
        CHECK(one.data.data() >= broken.data());
        CHECK(one.data.data() + one.data.size() <= broken.data() + broken.size());
      }
      ++accepted;
    } catch (const Error&) {
    }
  }
  CHECK(accepted > 0);  // data and names may change to other good ones
}

TEST_CASE("a file of another kind in the place of a safetensors file is named, with what to do") {
  const auto said = [](const std::string& bytes) {
    try {
      safetensors::read(bytes, "x.safetensors");
      return std::string();
    } catch (const Error& error) {
      return error.what() + std::string(" / ") + error.hint();
    }
  };
  const std::string zeros(100, '\0');
  CHECK(contains(said("PK\x03\x04" + zeros), "zip archive, such as torch.save writes"));
  CHECK(contains(said("PK\x03\x04" + zeros), "safetensors.torch.save_file"));
  CHECK(contains(said("\x80\x02}q" + zeros), "Python pickle"));
  CHECK(contains(said("\x80\x04\x95" + zeros), "Python pickle"));
  CHECK(contains(said("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"), "Git LFS pointer"));
  CHECK(contains(said("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"), "git lfs pull"));
  CHECK(contains(said("<!DOCTYPE html><html></html>"), "HTML"));
  CHECK(contains(said("\x1f\x8b" + zeros), "gzip"));
  // Lengths of headers that begin with the same bytes: 60 is '<', 640 is 0x80 0x02.
  for (const std::size_t length : {std::size_t{60}, std::size_t{640}}) {
    std::string header = "{\"a\":" + kFour + "}";
    header.resize(length, ' ');
    CHECK(refusal(file(header, "1234")).empty());
  }
}

TEST_CASE("a header of many tensors is read in time that grows with its length, not with its square") {
  const auto header = [](int tensors) {
    std::string text = "{";
    for (int i = 0; i < tensors; ++i) {
      text += (i == 0 ? "\"t" : ",\"t") + std::to_string(i) + "\":" + tensor("F32", "[0]", "[0,0]");
    }
    return file(text + "}");
  };
  const auto seconds = [&](int tensors) {
    const std::string bytes = header(tensors);
    const auto start = std::chrono::steady_clock::now();
    CHECK(safetensors::read(bytes, "x").tensors.size() == static_cast<std::size_t>(tensors));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  seconds(100);
  // 50,000 took two minutes when the time was quadratic.
  CHECK(seconds(50'000) < 10);
}

}  // namespace
}  // namespace bnexp
