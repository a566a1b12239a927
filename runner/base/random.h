// Random numbers that are the same bits on every machine and in every release: no library distribution is used.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace bnexp {

// xoshiro256++ (Blackman & Vigna 2019), seeded by SplitMix64.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  // The stream `name` of a trial's seed: "init/conv1.weight", "shuffle/3", "dropout", "noise". Streams of different
  // names are independent, so drawing more or fewer numbers from one does not change another.
  Random(std::uint64_t seed, std::string_view name);

  std::uint64_t next();

  // Uniform on [0, 1), 53 bits.
  double uniform();

  // Uniform on [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }

  // Uniform on {0, ..., bound - 1} without bias (Lemire 2019). bound > 0.
  std::uint64_t below(std::uint64_t bound);

  // A uniformly drawn order of 0, ..., count - 1 (Fisher-Yates).
  std::vector<std::uint32_t> permutation(std::uint32_t count);

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace bnexp
