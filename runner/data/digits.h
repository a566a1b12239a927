// Handwritten-looking digits drawn by our own code: the data set of machines without a network.
#pragma once

#include <cstdint>

namespace bnexp::data {

// Raised whenever the same seed would draw other bits.
inline constexpr int kDigitsVersion = 1;

// Draws `count` images of 28x28 bytes (0 background, 255 full ink, centred by mass as MNIST is) and their labels.
// Image i depends on (seed, stream, first + i) alone: the same bits on every machine, in any order or batch.
// `stream` keeps apart the training file (0) and the test file (1) of one seed. Labels are uniform on 0..9.
void draw_digits(std::uint64_t seed, std::uint32_t stream, std::int64_t first, std::int64_t count, std::uint8_t* images,
                 std::uint8_t* labels);

}  // namespace bnexp::data
