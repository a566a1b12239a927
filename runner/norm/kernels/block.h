// A norm, its activation and a 2x2 max-pooling as one pass forward and one backward, on the CPU. Free of LibTorch.
//
// Vectorized with Highway for the processor's instruction set, which is chosen at run time; the result's last bits
// depend on that set and on nothing else. Statistics are taken about a value near the mean and corrected, so that a
// large mean costs the variance no digits. The mean itself is kept in fp32.
#pragma once

#include <cstdint>

namespace bnexp::norm::kernels {

enum class Activation { none, relu, leaky_relu, sigmoid, tanh };  // leaky_relu with slope 0.01

// Whether the gradient depends on more than the sign of the output. In bfloat16 such an output has too few digits: near
// the bounds, 1 - y^2 of a tanh loses all of them.
constexpr bool is_curved(Activation activation) {
  return activation == Activation::sigmoid || activation == Activation::tanh;
}

// The values that a mean and a variance are taken over.
enum class Statistics {
  none,   // nothing is normalized
  batch,  // all samples and positions of a channel
  group   // all positions of a group of channels of one sample; layer norm with 1 group, instance norm with C groups
};

// bfloat16, as its bits.
struct BFloat16 {
  std::uint16_t bits;
};

struct Block {
  Statistics over = Statistics::none;
  bool centred = true;       // false: the mean counts as 0 and the variance is the mean square; not of a batch
  bool per_element = false;  // weight and bias are (channels, rows, columns), else (channels)
  bool frozen = false;       // mean and variance are given
  Activation activation = Activation::none;
  bool pool = false;           // 2x2, stride 2; a last odd row or column is left out
  bool channels_last = false;  // x, y, argmax and gradients are (samples, rows, columns, channels); not over groups
  double eps = 0;
  std::int64_t samples = 0;
  std::int64_t channels = 0;
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t groups = 1;  // divides the channels

  std::int64_t positions() const { return rows * columns; }
  // The number of means: channels, or samples x groups.
  std::int64_t statistics() const {
    if (over == Statistics::none) return 0;
    return over == Statistics::batch ? channels : samples * groups;
  }
};

// y = pool(activation((x - mean) / sqrt(var + eps) * weight + bias)). x is (samples, channels, rows, columns) without
// gaps, or channels_last; null weight or bias count as 1 and 0. mean and var (biased) are written, or read if frozen.
// With pooling, argmax gets the place of each maximum in its window, 0 to 3 row by row; the first of equal values, and
// NaN before all. Without statistics and pooling, y may be x. T is float or BFloat16; all arithmetic is in fp32.
template <class T>
void forward(const Block& block, const T* x, const float* weight, const float* bias, float* mean, float* var, T* y,
             std::uint8_t* argmax);

// The gradients from gy, the gradient of y, and from what forward read and wrote; not for frozen batch statistics. With
// BFloat16 and an activation that is_curved, they are computed from x, and y may be null. Otherwise x may be null
// without statistics, and y may be null without pooling and with statistics. gweight and gbias are overwritten, or
// null. gx may be x or, without statistics and pooling, gy.
template <class T>
void backward(const Block& block, const T* x, const T* y, const T* gy, const float* weight, const float* bias,
              const float* mean, const float* var, const std::uint8_t* argmax, T* gx, float* gweight, float* gbias);

}  // namespace bnexp::norm::kernels
