#include "base/random.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "support/catch.h"

namespace bnexp {
namespace {

TEST_CASE("random numbers of a seed are the same in every release") {
  Random random(1);
  CHECK(random.next() == 14971601782005023387ULL);
  CHECK(random.next() == 13781649495232077965ULL);
  Random stream(1, "shuffle/0");
  const auto first = stream.next();
  CHECK(first == Random(1, "shuffle/0").next());
}

TEST_CASE("streams differ by name and by seed") {
  CHECK(Random(1, "init").next() != Random(1, "dropout").next());
  CHECK(Random(1, "init").next() != Random(2, "init").next());
  CHECK(Random(1, "init").next() != Random(1).next());
}

TEST_CASE("uniform numbers fill their range evenly") {
  Random random(3);
  double sum = 0;
  double low = 1;
  double high = 0;
  constexpr int kCount = 100'000;
  for (int i = 0; i < kCount; ++i) {
    const double value = random.uniform();
    sum += value;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  CHECK(low >= 0);
  CHECK(high < 1);
  // Five standard errors of the mean of a uniform variable.
  CHECK(std::abs(sum / kCount - 0.5) < 5 * std::sqrt(1.0 / 12 / kCount));
}

TEST_CASE("bounded numbers hit every value equally often") {
  Random random(5);
  std::vector<int> counts(7);
  constexpr int kCount = 70'000;
  for (int i = 0; i < kCount; ++i) ++counts.at(random.below(7));
  double chi_square = 0;
  for (const int count : counts) chi_square += (count - 10'000.0) * (count - 10'000.0) / 10'000.0;
  CHECK(chi_square < 30);  // 6 degrees of freedom: exceeded once in 25,000 seeds
}

TEST_CASE("a permutation has every number once, in an order of its own") {
  auto order = Random(1, "shuffle/0").permutation(1000);
  CHECK(order != Random(1, "shuffle/1").permutation(1000));
  CHECK(order == Random(1, "shuffle/0").permutation(1000));
  std::sort(order.begin(), order.end());
  std::vector<std::uint32_t> all(1000);
  std::iota(all.begin(), all.end(), 0U);
  CHECK(order == all);
}

TEST_CASE("permutations of none and of one number exist") {
  CHECK(Random(1).permutation(0).empty());
  CHECK(Random(1).permutation(1) == std::vector<std::uint32_t>{0});
}

}  // namespace
}  // namespace bnexp
