#include "data/digits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/hash.h"
#include "data/digits_glyphs.h"
#include "support/catch.h"

namespace {

constexpr std::int64_t kSide = 28;
constexpr std::int64_t kPixels = kSide * kSide;

struct Drawn {
  std::vector<std::uint8_t> images;
  std::vector<std::uint8_t> labels;
};

Drawn draw(std::uint64_t seed, std::uint32_t stream, std::int64_t first, std::int64_t count) {
  Drawn drawn;
  drawn.images.resize(static_cast<std::size_t>(count * kPixels), 77);
  drawn.labels.resize(static_cast<std::size_t>(count), 77);
  bnexp::data::draw_digits(seed, stream, first, count, drawn.images.data(), drawn.labels.data());
  return drawn;
}

}  // namespace

TEST_CASE("the digits of a seed are the same bits on every machine") {
  const Drawn drawn = draw(1, 0, 0, 1000);
  bnexp::Sha256 hash;
  hash.update(drawn.images.data(), drawn.images.size());
  hash.update(drawn.labels.data(), drawn.labels.size());
  // Another hash means other images: raise kDigitsVersion with it.
  CHECK(bnexp::data::kDigitsVersion == 1);
  CHECK(hash.hex() == "82663e1adadc9dbd30dda35a1584a489aac07773189f6e000efba473f0add7a8");
}

TEST_CASE("a digit is the same drawn alone or in any range") {
  const Drawn whole = draw(7, 1, 100, 40);
  for (const std::int64_t i : {39, 0, 17}) {
    const Drawn alone = draw(7, 1, 100 + i, 1);
    CHECK(alone.labels[0] == whole.labels[static_cast<std::size_t>(i)]);
    CHECK(std::equal(alone.images.begin(), alone.images.end(), whole.images.begin() + i * kPixels));
  }
  const Drawn tail = draw(7, 1, 120, 20);
  CHECK(std::equal(tail.images.begin(), tail.images.end(), whole.images.begin() + 20 * kPixels));
  CHECK(std::equal(tail.labels.begin(), tail.labels.end(), whole.labels.begin() + 20));
}

TEST_CASE("no digit is drawn twice, within a stream, across streams or across seeds") {
  std::vector<std::vector<std::uint8_t>> all;
  for (const Drawn& drawn : {draw(1, 0, 0, 500), draw(1, 1, 0, 500), draw(2, 0, 0, 500)}) {
    for (auto at = drawn.images.begin(); at != drawn.images.end(); at += kPixels) all.emplace_back(at, at + kPixels);
  }
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
  CHECK(draw(1, 0, 0, 500).labels != draw(1, 1, 0, 500).labels);
  CHECK(draw(1, 0, 0, 500).labels != draw(2, 0, 0, 500).labels);
}

TEST_CASE("every label is about as common as the others") {
  std::array<int, 10> counts{};
  for (const std::uint8_t label : draw(3, 0, 0, 5000).labels) ++counts.at(label);
  for (const int count : counts) {
    CHECK(count > 410);  // 500 less four standard deviations
    CHECK(count < 590);
  }
}

TEST_CASE("digits have the brightness of MNIST") {
  const Drawn drawn = draw(4, 0, 0, 3000);
  double sum = 0;
  double squares = 0;
  for (const std::uint8_t pixel : drawn.images) {
    sum += pixel / 255.0;
    squares += pixel / 255.0 * (pixel / 255.0);
  }
  const auto n = static_cast<double>(drawn.images.size());
  const double mean = sum / n;
  CHECK(mean == Approx(0.1307).margin(0.01));
  CHECK(std::sqrt(squares / n - mean * mean) == Approx(0.3081).margin(0.01));
}

TEST_CASE("a digit fills 20 pixels one way and is centred by its mass") {
  const Drawn drawn = draw(5, 0, 0, 2000);
  int misplaced = 0;
  int missized = 0;
  for (auto at = drawn.images.begin(); at != drawn.images.end(); at += kPixels) {
    double mass = 0;
    double mx = 0;
    double my = 0;
    std::array<std::int64_t, 4> edges{kSide, kSide, -1, -1};
    for (std::int64_t i = 0; i < kPixels; ++i) {
      if (at[i] == 0) continue;
      const std::int64_t x = i % kSide;
      const std::int64_t y = i / kSide;
      mass += at[i];
      mx += at[i] * static_cast<double>(x);
      my += at[i] * static_cast<double>(y);
      edges = {std::min(edges[0], x), std::min(edges[1], y), std::max(edges[2], x), std::max(edges[3], y)};
    }
    misplaced += std::abs(mx / mass - 14.0) > 1.0 || std::abs(my / mass - 14.0) > 1.0;
    missized += std::max(edges[2] - edges[0], edges[3] - edges[1]) + 1 != 20;
  }
  CHECK(misplaced == 0);
  CHECK(missized == 0);
}

TEST_CASE("every digit is written in several ways") {
  for (int digit = 0; digit < 10; ++digit) CHECK(bnexp::data::pen_paths(digit).size() >= 4);
}
