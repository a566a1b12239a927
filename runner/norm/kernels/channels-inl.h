// Values whose channels are adjacent in memory (vectors, images in channels-last order), with batch statistics or none.
// Processes as many channels at a time as a register holds, along the rows, which are positions of samples. Compiled
// once per instruction set.
#if defined(BNEXP_NORM_KERNELS_CHANNELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BNEXP_NORM_KERNELS_CHANNELS_INL_H_
#undef BNEXP_NORM_KERNELS_CHANNELS_INL_H_
#else
#define BNEXP_NORM_KERNELS_CHANNELS_INL_H_
#endif

#include <algorithm>

#include "norm/kernels/normalize-inl.h"
#include "norm/kernels/windows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace bnexp::norm::kernels {
namespace HWY_NAMESPACE {

// One number per channel, with room for a register beyond the last.
template <class Number>
std::vector<Number> PerChannel(std::int64_t channels, Number value) {
  return std::vector<Number>(static_cast<std::size_t>(channels) + kPadding, value);
}

// The normalization of every channel.
struct ChannelMaps {
  ChannelMaps(const Block& block, const float* weight, const float* bias, const float* given_mean, const float* var)
      : mean(PerChannel(block.channels, 0.0f)), rstd(PerChannel(block.channels, 1.0f)), scale(rstd), shift(mean) {
    if (block.over == Statistics::none) return;
    for (std::int64_t c = 0; c < block.channels; ++c) {
      const auto i = static_cast<std::size_t>(c);
      mean[i] = given_mean[c];
      rstd[i] = Rstd(var[c], block.eps);
      scale[i] = rstd[i] * Or(weight, c, 1);
      shift[i] = Or(bias, c, 0);
    }
  }
  PerPlane at(D d, std::size_t c) const {
    return {hn::LoadU(d, mean.data() + c), hn::LoadU(d, scale.data() + c), hn::LoadU(d, shift.data() + c)};
  }

  std::vector<float> mean;
  std::vector<float> rstd;
  std::vector<float> scale;
  std::vector<float> shift;
};

// Two sums per channel, accumulated in double.
struct ChannelSums {
  explicit ChannelSums(std::int64_t channels) : first(PerChannel(channels, 0.0)), second(first) {}
  HWY_INLINE void Add(D d, std::size_t c, V a, V b) {
    HWY_ALIGN float lanes[2 * hn::MaxLanes(D{})];
    const std::size_t n = hn::Lanes(d);
    hn::StoreU(a, d, lanes);
    hn::StoreU(b, d, lanes + n);
    for (std::size_t i = 0; i < n; ++i) first[c + i] += static_cast<double>(lanes[i]);
    for (std::size_t i = 0; i < n; ++i) second[c + i] += static_cast<double>(lanes[n + i]);
  }
  std::vector<double> first;
  std::vector<double> second;
};

constexpr std::int64_t kChunk = 8192;  // values that fit the L1 cache while all channels are processed

// Calls f(first value, rows, first channel, Full or Part): all channels of some rows, then those of the next rows.
template <class F>
HWY_INLINE void EachChunk(D d, const Block& block, const F& f) {
  const std::int64_t rows = block.samples * block.positions();
  const std::int64_t step = std::max<std::int64_t>(kChunk / block.channels, 16);
  for (std::int64_t first = 0; first < rows; first += step) {
    const std::int64_t some = std::min(step, rows - first);
    ForEach(d, static_cast<std::size_t>(block.channels),
            [&](std::size_t c, auto n) { f(first * block.channels + static_cast<std::int64_t>(c), some, c, n); });
  }
}

// Accumulates f(value, V& a, V& b) into a and b along the rows from `first`, in four independent chains.
template <class F>
HWY_INLINE void SumDown(D d, std::int64_t first, std::int64_t rows, std::int64_t channels, const F& f, V& a, V& b) {
  const V zero = hn::Zero(d);
  V a0 = zero, a1 = zero, a2 = zero, a3 = zero, b0 = zero, b1 = zero, b2 = zero, b3 = zero;
  std::int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    const std::int64_t i = first + r * channels;
    f(i, a0, b0);
    f(i + channels, a1, b1);
    f(i + 2 * channels, a2, b2);
    f(i + 3 * channels, a3, b3);
  }
  for (; r < rows; ++r) f(first + r * channels, a0, b0);
  a = hn::Add(hn::Add(a0, a1), hn::Add(a2, a3));
  b = hn::Add(hn::Add(b0, b1), hn::Add(b2, b3));
}

// Mean and variance in one pass about `start`, and whether `start` was so far off that digits are lost.
template <class T>
HWY_NOINLINE bool MomentsAbout(D d, const Block& block, const T* x, const std::vector<float>& start, float* mean,
                               float* var) {
  ChannelSums sums(block.channels);
  EachChunk(d, block, [&](std::int64_t first, std::int64_t rows, std::size_t c, auto n) {
    const V middle = hn::LoadU(d, start.data() + c);
    V a, b;
    SumDown(
        d, first, rows, block.channels,
        [&](std::int64_t i, V& sum, V& square) {
          const V v = hn::Sub(Load(d, x + i, n), middle);
          sum = hn::Add(sum, v);
          square = hn::MulAdd(v, v, square);
        },
        a, b);
    sums.Add(d, c, a, b);
  });
  const double values = static_cast<double>(block.samples) * static_cast<double>(block.positions());
  bool is_far = false;
  for (std::int64_t c = 0; c < block.channels; ++c) {
    const auto i = static_cast<std::size_t>(c);
    const double off = sums.first[i] / values;
    const double square = sums.second[i] / values;
    const double spread = square - off * off;
    mean[c] = static_cast<float>(static_cast<double>(start[i]) + off);
    var[c] = static_cast<float>(std::isfinite(square) ? std::fmax(spread, 0.0) : square);
    is_far = is_far || off * off > 16 * spread;
  }
  return is_far;
}

// About the first row, one value per channel; about the mean if that is far from it.
template <class T>
HWY_INLINE void ChannelMoments(D d, const Block& block, const T* x, float* mean, float* var) {
  std::vector<float> start = PerChannel(block.channels, 0.0f);
  ForEach(d, static_cast<std::size_t>(block.channels),
          [&](std::size_t c, auto n) { hn::StoreU(Load(d, x + c, n), d, start.data() + c); });
  if (!MomentsAbout(d, block, x, start, mean, var)) return;
  std::copy(mean, mean + block.channels, start.begin());
  MomentsAbout(d, block, x, start, mean, var);
}

template <class Act, class T>
void ForwardChannels(const Block& block, const T* x, const float* weight, const float* bias, float* mean, float* var,
                     T* y, std::uint8_t* argmax) {
  const D d;
  if (block.over == Statistics::batch && !block.frozen) ChannelMoments(d, block, x, mean, var);
  const ChannelMaps maps(block, weight, bias, mean, var);
  if (!block.pool) {
    EachChunk(d, block, [&](std::int64_t first, std::int64_t rows, std::size_t c, auto n) {
      const PerPlane map = maps.at(d, c);
      for (std::int64_t r = 0; r < rows; ++r) {
        const std::int64_t i = first + r * block.channels;
        Store(d, Act::Value(d, Normalized(d, map, Load(d, x + i, n), 0, n)), y + i, n);
      }
    });
    return;
  }
  const Window window(block);
  EachRowOfWindows(d, block, [&](std::int64_t in, std::int64_t out, std::int64_t windows, std::size_t c, auto n) {
    const PerPlane map = maps.at(d, c);
    for (std::int64_t w = 0; w < windows; ++w, in += 2 * block.channels, out += block.channels) {
      V largest = Normalized(d, map, Load(d, x + in, n), 0, n);
      Place place = hn::Zero(DPlace{});
      for (int k = 1; k < 4; ++k) {
        const V t = Normalized(d, map, Load(d, x + in + window.at[k], n), 0, n);
        const auto is_larger = hn::Or(hn::Gt(t, largest), hn::IsNaN(t));
        largest = hn::IfThenElse(is_larger, t, largest);
        place = hn::IfThenElse(hn::RebindMask(DPlace{}, is_larger), hn::Set(DPlace{}, k), place);
      }
      Store(d, Act::Value(d, largest), y + out, n);
      StorePlace(place, argmax + out, n);
    }
  });
}

// The gradient at the activation's input where a window has its maximum, `largest` before it is normalized. y may be
// null for kFromInput.
template <class Act, class T, class N>
HWY_INLINE V GradientAtMaximum(D d, const PerPlane& map, V largest, const T* y, const T* gy, N n) {
  if constexpr (kFromInput<Act, T>) {
    return Act::FromInput(d, Load(d, gy, n), Normalized(d, map, largest, 0, n));
  } else {
    return Act::FromOutput(d, Load(d, gy, n), Load(d, y, n));
  }
}

// Sums over a channel of g, the gradient before the activation, and of g * (x - mean).
template <class Act, class T>
HWY_NOINLINE ChannelSums ChannelGradientSums(D d, const Block& block, const ChannelMaps& maps, const T* x, const T* y,
                                             const T* gy, const std::uint8_t* argmax) {
  ChannelSums sums(block.channels);
  if (!block.pool) {
    EachChunk(d, block, [&](std::int64_t first, std::int64_t rows, std::size_t c, auto n) {
      const PerPlane map = maps.at(d, c);
      V a, b;
      SumDown(
          d, first, rows, block.channels,
          [&](std::int64_t i, V& sum, V& product) {
            const V centred = hn::Sub(Load(d, x + i, n), map.mean);
            const V g = Act::FromInput(d, Load(d, gy + i, n), hn::MulAdd(centred, map.scale, map.shift));
            sum = hn::Add(sum, g);
            product = hn::MulAdd(g, centred, product);
          },
          a, b);
      sums.Add(d, c, a, b);
    });
    return sums;
  }
  const Window window(block);
  EachRowOfWindows(d, block, [&](std::int64_t in, std::int64_t out, std::int64_t windows, std::size_t c, auto n) {
    const PerPlane map = maps.at(d, c);
    V sum = hn::Zero(d);
    V product = hn::Zero(d);
    for (std::int64_t w = 0; w < windows; ++w, in += 2 * block.channels, out += block.channels) {
      const V largest = Largest(d, window, x + in, LoadPlace(argmax + out, n), n);
      const V g = GradientAtMaximum<Act, T>(d, map, largest, At(y, out), gy + out, n);
      sum = hn::Add(sum, g);
      product = hn::MulAdd(g, hn::Sub(largest, map.mean), product);
    }
    sums.Add(d, c, sum, product);
  });
  return sums;
}

template <class Act, class T>
void BackwardChannels(const Block& block, const T* x, const T* y, const T* gy, const float* weight, const float* bias,
                      const float* mean, const float* var, const std::uint8_t* argmax, T* gx, float* gweight,
                      float* gbias) {
  const D d;
  const bool normalizes = block.over == Statistics::batch;
  const ChannelMaps maps(block, weight, bias, mean, var);
  std::vector<float> constant = PerChannel(block.channels, 0.0f);
  std::vector<float> slope = constant;
  if (normalizes) {
    const ChannelSums sums = ChannelGradientSums<Act>(d, block, maps, x, y, gy, argmax);
    const double values = static_cast<double>(block.samples) * static_cast<double>(block.positions());
    for (std::int64_t c = 0; c < block.channels; ++c) {
      const auto i = static_cast<std::size_t>(c);
      const double rstd = maps.rstd[i];
      const double scale = maps.scale[i];
      if (gweight != nullptr) gweight[c] = static_cast<float>(sums.second[i] * rstd);
      if (gbias != nullptr) gbias[c] = static_cast<float>(sums.first[i]);
      constant[i] = static_cast<float>(-scale * sums.first[i] / values);
      slope[i] = static_cast<float>(-scale * sums.second[i] * rstd * rstd / values);
    }
  }
  // The gradient through the statistics: (x - mean) * slope + constant.
  const auto share_at = [&](std::size_t c) {
    return PerPlane{hn::LoadU(d, maps.mean.data() + c), hn::LoadU(d, slope.data() + c),
                    hn::LoadU(d, constant.data() + c)};
  };
  const auto share_of = [&](std::int64_t i, const PerPlane& share, auto n) {
    return normalizes ? Normalized(d, share, Load(d, x + i, n), 0, n) : hn::Zero(d);
  };
  if (!block.pool) {
    EachChunk(d, block, [&](std::int64_t first, std::int64_t rows, std::size_t c, auto n) {
      const PerPlane map = maps.at(d, c);
      const PerPlane share = share_at(c);
      for (std::int64_t r = 0; r < rows; ++r) {
        const std::int64_t i = first + r * block.channels;
        const V g = Act::FromInput(d, Load(d, gy + i, n), Normalized(d, map, Load(d, x + i, n), 0, n));
        Store(d, hn::MulAdd(g, map.scale, share_of(i, share, n)), gx + i, n);
      }
    });
    return;
  }
  const Window window(block);
  EachRowOfWindows(d, block, [&](std::int64_t in, std::int64_t out, std::int64_t windows, std::size_t c, auto n) {
    const PerPlane map = maps.at(d, c);
    const PerPlane share = share_at(c);
    for (std::int64_t w = 0; w < windows; ++w, in += 2 * block.channels, out += block.channels) {
      const Place place = LoadPlace(argmax + out, n);
      const V largest = kFromInput<Act, T> ? Largest(d, window, x + in, place, n) : hn::Zero(d);
      const V g = hn::Mul(GradientAtMaximum<Act, T>(d, map, largest, At(y, out), gy + out, n), map.scale);
      for (int k = 0; k < 4; ++k) {
        const std::int64_t i = in + window.at[k];
        Store(d, hn::Add(share_of(i, share, n), hn::IfThenElseZero(IsAt(d, place, k), g)), gx + i, n);
      }
    }
  });
  EachOutsideWindows(block, [&](std::int64_t i) {
    ForEach(d, static_cast<std::size_t>(block.channels), [&](std::size_t c, auto n) {
      const std::int64_t value = i + static_cast<std::int64_t>(c);
      Store(d, share_of(value, share_at(c), n), gx + value, n);
    });
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace bnexp::norm::kernels
HWY_AFTER_NAMESPACE();

#endif
