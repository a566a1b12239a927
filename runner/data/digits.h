// Handwritten-looking digits drawn by this program: a data set for machines without a network.
#pragma once

#include <cstdint>

namespace bnexp::data {

// Raise it whenever the same seed would draw other bits.
inline constexpr int kDigitsVersion = 1;

// Draws `count` images of 28x28 bytes (0 background, 255 full ink, centred by mass like MNIST) and their labels. Image
// i depends only on (seed, stream, first + i): the same bits on every machine, in any order or batch. `stream`
// separates the training file (0) from the test file (1) of one seed. Labels are uniform on 0..9.
void draw_digits(std::uint64_t seed, std::uint32_t stream, std::int64_t first, std::int64_t count, std::uint8_t* images,
                 std::uint8_t* labels);

}  // namespace bnexp::data
