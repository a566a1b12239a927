#include "norm/kernels/block.h"

#include <cmath>
#include <vector>

// What is worth a version of its own: the baseline, AVX2 and AVX-512 on x86; all there is elsewhere.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "norm/kernels/block.cpp"
#include <hwy/foreach_target.h>
// After it.
#include <hwy/highway.h>

#include "norm/kernels/plane-inl.h"

HWY_BEFORE_NAMESPACE();
namespace bnexp::norm::kernels {
namespace HWY_NAMESPACE {

// How a plane is normalized: t = (x - mean) * scale + shift, with scale and shift for the plane or for each value.
struct PerPlane {
  PerPlane(D d, float m, float a, float b) : mean(hn::Set(d, m)), scale(hn::Set(d, a)), shift(hn::Set(d, b)) {}
  template <class N>
  HWY_INLINE V Scale(D, std::size_t, N) const {
    return scale;
  }
  template <class N>
  HWY_INLINE V Shift(D, std::size_t, N) const {
    return shift;
  }
  V mean;
  V scale;
  V shift;
};
struct PerElement {
  PerElement(D d, float m, float r, const float* w, const float* b)
      : mean(hn::Set(d, m)), rstd(hn::Set(d, r)), weight(w), bias(b) {}
  template <class N>
  HWY_INLINE V Scale(D d, std::size_t i, N n) const {
    return weight == nullptr ? rstd : hn::Mul(rstd, Load(d, weight + i, n));
  }
  template <class N>
  HWY_INLINE V Shift(D d, std::size_t i, N n) const {
    return bias == nullptr ? hn::Zero(d) : Load(d, bias + i, n);
  }
  V mean;
  V rstd;
  const float* weight;
  const float* bias;
};

template <class Map, class N>
HWY_INLINE V Normalized(D d, const Map& map, V x, std::size_t i, N n) {
  return hn::MulAdd(hn::Sub(x, map.mean), map.Scale(d, i, n), map.Shift(d, i, n));
}

// One call of forward or backward: the block, its plane and what it allocates.
struct Call {
  explicit Call(const Block& b) : block(b), plane(static_cast<std::size_t>(b.positions())) {
    if (!block.pool) return;
    pooled = static_cast<std::size_t>(block.rows / 2 * (block.columns / 2));
    const std::size_t room = plane + kPadding;
    memory.resize(5 * room);
    scratch = {memory.data(), memory.data() + room, memory.data() + 2 * room, memory.data() + 3 * room,
               memory.data() + 4 * room};
  }
  // Where plane p begins among inputs, outputs and places of maxima.
  std::int64_t in(std::int64_t p) const { return p * static_cast<std::int64_t>(plane); }
  std::int64_t out(std::int64_t p) const { return p * static_cast<std::int64_t>(block.pool ? pooled : plane); }
  std::int64_t place(std::int64_t p) const { return p * static_cast<std::int64_t>(pooled); }

  const Block& block;
  std::size_t plane;
  std::size_t pooled = 0;
  std::vector<float> memory;
  Scratch scratch{};
};

template <class Act, class T, class Map>
HWY_INLINE void ForwardPlane(D d, const Call& call, const Map& map, const T* x, T* y, std::uint8_t* argmax) {
  if (!call.block.pool) {
    ForEach(d, call.plane, [&](std::size_t i, auto n) {
      Store(d, Act::Value(d, Normalized(d, map, Load(d, x + i, n), i, n)), y + i, n);
    });
    return;
  }
  ForEach(d, call.plane, [&](std::size_t i, auto n) {
    Store(d, Normalized(d, map, Load(d, x + i, n), i, n), call.scratch.full + i, n);
  });
  PoolPlane(d, static_cast<std::size_t>(call.block.rows), static_cast<std::size_t>(call.block.columns), call.scratch);
  ForEach(d, call.pooled, [&](std::size_t i, auto n) {
    Store(d, Act::Value(d, Load(d, call.scratch.pooled + i, n)), y + i, n);
  });
  for (std::size_t i = 0; i < call.pooled; ++i) argmax[i] = static_cast<std::uint8_t>(call.scratch.place[i]);
}

// The gradient at the activation's input, for a pooled plane: into scratch.full.
template <class Act, class T>
HWY_INLINE void Unpool(D d, const Call& call, const T* y, const T* gy, const std::uint8_t* argmax) {
  ForEach(d, call.pooled, [&](std::size_t i, auto n) {
    Store(d, Act::FromOutput(d, Load(d, gy + i, n), Load(d, y + i, n)), call.scratch.pooled + i, n);
  });
  for (std::size_t i = 0; i < call.pooled; ++i) call.scratch.place[i] = argmax[i];
  UnpoolPlane(d, static_cast<std::size_t>(call.block.rows), static_cast<std::size_t>(call.block.columns), call.scratch);
}

// f(the gradient at the activation's input, as a function of place and input).
template <class Act, class T, class F>
HWY_INLINE void WithGradient(D d, const Call& call, const T* y, const T* gy, const std::uint8_t* argmax, const F& f) {
  if (call.block.pool) {
    Unpool<Act>(d, call, y, gy, argmax);
    f([&](std::size_t i, auto n, V) { return Load(d, call.scratch.full + i, n); });
  } else {
    f([&](std::size_t i, auto n, V t) { return Act::FromInput(d, Load(d, gy + i, n), t); });
  }
}

// The sums of g and of g * (x - mean) over a plane, g times the weight when that is per element; then gweight and gbias
// get what the plane adds to them.
template <class Act, class T>
HWY_INLINE Sums GradientSums(D d, const Call& call, const PerPlane& map, const T* x, const T* y, const T* gy,
                             const std::uint8_t* argmax) {
  Sums sums;
  WithGradient<Act>(d, call, y, gy, argmax, [&](const auto& gradient) {
    sums = Reduce(d, call.plane, [&](std::size_t i, auto n, V& a, V& b) {
      const V value = Load(d, x + i, n);
      const V g = Clip(d, gradient(i, n, Normalized(d, map, value, i, n)), n);
      a = hn::Add(a, g);
      b = hn::MulAdd(g, hn::Sub(value, map.mean), b);
    });
  });
  return sums;
}
template <class Act, class T>
HWY_INLINE Sums GradientSums(D d, const Call& call, const PerElement& map, const T* x, const T* y, const T* gy,
                             const std::uint8_t* argmax, float* gweight, float* gbias) {
  Sums sums;
  WithGradient<Act>(d, call, y, gy, argmax, [&](const auto& gradient) {
    sums = Reduce(d, call.plane, [&](std::size_t i, auto n, V& a, V& b) {
      const V value = Load(d, x + i, n);
      const V g = Clip(d, gradient(i, n, Normalized(d, map, value, i, n)), n);
      const V centred = hn::Sub(value, map.mean);
      if (gbias != nullptr) Store(d, hn::Add(Load(d, gbias + i, n), g), gbias + i, n);
      if (gweight != nullptr) {
        Store(d, hn::MulAdd(g, hn::Mul(centred, map.rstd), Load(d, gweight + i, n)), gweight + i, n);
      }
      const V weighted = map.weight == nullptr ? g : hn::Mul(g, Load(d, map.weight + i, n));
      a = hn::Add(a, weighted);
      b = hn::MulAdd(weighted, centred, b);
    });
  });
  return sums;
}

// gx = g * scale + (x - mean) * slope + constant.
template <class Act, class T, class Map>
HWY_INLINE void BackwardPlane(D d, const Call& call, const Map& map, float slope, float constant, const T* x, const T* y,
                              const T* gy, const std::uint8_t* argmax, T* gx) {
  const V k1 = hn::Set(d, constant);
  const V k2 = hn::Set(d, slope);
  WithGradient<Act>(d, call, y, gy, argmax, [&](const auto& gradient) {
    ForEach(d, call.plane, [&](std::size_t i, auto n) {
      const V value = Load(d, x + i, n);
      const V scale = map.Scale(d, i, n);
      const V centred = hn::Sub(value, map.mean);
      const V g = gradient(i, n, hn::MulAdd(centred, scale, map.Shift(d, i, n)));
      Store(d, hn::MulAdd(g, scale, hn::MulAdd(centred, k2, k1)), gx + i, n);
    });
  });
}

template <class T>
HWY_INLINE double Sum(D d, std::size_t n, const T* x) {
  return Reduce(d, n, [&](std::size_t i, auto part, V& a, V&) { a = hn::Add(a, Load(d, x + i, part)); }).first;
}

template <class T>
HWY_INLINE Sums DeviationSums(D d, std::size_t n, const T* x, float mean) {
  const V m = hn::Set(d, mean);
  return Reduce(d, n, [&](std::size_t i, auto part, V& a, V& b) {
    const V v = Clip(d, hn::Sub(Load(d, x + i, part), m), part);
    a = hn::Add(a, v);
    b = hn::MulAdd(v, v, b);
  });
}

// Mean and variance of `count` planes that `plane(i)` finds; not centred: 0 and the mean square.
template <class T, class F>
HWY_INLINE void Moments(D d, std::size_t size, std::int64_t count, bool centred, const F& plane, float* mean,
                        float* var) {
  const double values = static_cast<double>(size) * static_cast<double>(count);
  double guess = 0;
  if (centred) {
    for (std::int64_t i = 0; i < count; ++i) guess += Sum<T>(d, size, plane(i));
    guess /= values;
  }
  const auto start = static_cast<float>(guess);
  Sums total;
  for (std::int64_t i = 0; i < count; ++i) {
    const Sums sums = DeviationSums<T>(d, size, plane(i), start);
    total.first += sums.first;
    total.second += sums.second;
  }
  const double off = centred ? total.first / values : 0;
  *mean = centred ? static_cast<float>(static_cast<double>(start) + off) : 0.0f;
  *var = static_cast<float>(std::fmax(total.second / values - off * off, 0.0));
  if (std::isnan(total.second)) *var = static_cast<float>(total.second);
}

HWY_INLINE float Rstd(float var, double eps) {
  return static_cast<float>(1 / std::sqrt(static_cast<double>(var) + eps));
}
template <class T>
HWY_INLINE T* At(T* values, std::int64_t offset) {
  return values == nullptr ? nullptr : values + offset;
}
HWY_INLINE float Or(const float* values, std::int64_t i, float otherwise) {
  return values == nullptr ? otherwise : values[i];
}

// --- Nothing is normalized.

// Without pooling all values are alike, and one plane.
HWY_INLINE Block in_long_planes(const Block& block) {
  Block planes = block;
  if (block.pool) return planes;
  planes.columns = block.samples * block.channels * block.positions();
  planes.samples = planes.channels = planes.rows = 1;
  return planes;
}

template <class Act, class T>
void ForwardNone(const Block& block, const T* x, T* y, std::uint8_t* argmax) {
  const D d;
  const Block planes = in_long_planes(block);
  const Call call(planes);
  const PerPlane map(d, 0, 1, 0);
  for (std::int64_t p = 0; p < planes.samples * planes.channels; ++p) {
    ForwardPlane<Act>(d, call, map, x + call.in(p), At(y, call.out(p)), At(argmax, call.place(p)));
  }
}

template <class Act, class T>
void BackwardNone(const Block& block, const T* y, const T* gy, const std::uint8_t* argmax, T* gx) {
  const D d;
  const Block planes = in_long_planes(block);
  const Call call(planes);
  for (std::int64_t p = 0; p < planes.samples * planes.channels; ++p) {
    const T* from = gy + call.out(p);
    const T* out = At(y, call.out(p));
    T* to = gx + call.in(p);
    if (planes.pool) {
      Unpool<Act>(d, call, out, from, At(argmax, call.place(p)));
      ForEach(d, call.plane, [&](std::size_t i, auto n) { Store(d, Load(d, call.scratch.full + i, n), to + i, n); });
    } else {
      ForEach(d, call.plane, [&](std::size_t i, auto n) {
        Store(d, Act::FromOutput(d, Load(d, from + i, n), Load(d, out + i, n)), to + i, n);
      });
    }
  }
}

// --- Batch statistics where a channel has positions: channel by channel, whose planes stay in the cache.

template <class Act, class T>
void ForwardBatch(const Block& block, const T* x, const float* weight, const float* bias, float* mean, float* var, T* y,
                  std::uint8_t* argmax) {
  const D d;
  const Call call(block);
  for (std::int64_t c = 0; c < block.channels; ++c) {
    if (!block.frozen) {
      Moments<T>(
          d, call.plane, block.samples, block.centred,
          [&](std::int64_t n) { return x + call.in(n * block.channels + c); }, mean + c, var + c);
    }
    const PerPlane map(d, mean[c], Rstd(var[c], block.eps) * Or(weight, c, 1), Or(bias, c, 0));
    for (std::int64_t n = 0; n < block.samples; ++n) {
      const std::int64_t p = n * block.channels + c;
      ForwardPlane<Act>(d, call, map, x + call.in(p), At(y, call.out(p)), At(argmax, call.place(p)));
    }
  }
}

template <class Act, class T>
void BackwardBatch(const Block& block, const T* x, const T* y, const T* gy, const float* weight, const float* bias,
                   const float* mean, const float* var, const std::uint8_t* argmax, T* gx, float* gweight,
                   float* gbias) {
  const D d;
  const Call call(block);
  const double values = static_cast<double>(block.samples) * static_cast<double>(call.plane);
  for (std::int64_t c = 0; c < block.channels; ++c) {
    const float rstd = Rstd(var[c], block.eps);
    const float scale = rstd * Or(weight, c, 1);
    const PerPlane map(d, mean[c], scale, Or(bias, c, 0));
    Sums total;
    for (std::int64_t n = 0; n < block.samples; ++n) {
      const std::int64_t p = n * block.channels + c;
      const Sums sums = GradientSums<Act>(d, call, map, x + call.in(p), At(y, call.out(p)),
                                          gy + call.out(p), At(argmax, call.place(p)));
      total.first += sums.first;
      total.second += sums.second;
    }
    if (gweight != nullptr) gweight[c] = static_cast<float>(total.second * rstd);
    if (gbias != nullptr) gbias[c] = static_cast<float>(total.first);
    const auto constant = static_cast<float>(-scale * total.first / values);
    const auto slope = static_cast<float>(-scale * total.second * rstd * rstd / values);
    for (std::int64_t n = 0; n < block.samples; ++n) {
      const std::int64_t p = n * block.channels + c;
      BackwardPlane<Act>(d, call, map, slope, constant, x + call.in(p), At(y, call.out(p)),
                         gy + call.out(p), At(argmax, call.place(p)), gx + call.in(p));
    }
  }
}

// --- Batch statistics of vectors: a vector of channels at a time, down the samples.

template <class Act, class T>
void ForwardColumns(const Block& block, const T* x, const float* weight, const float* bias, float* mean, float* var,
                    T* y) {
  const D d;
  const auto samples = static_cast<float>(block.samples);
  ForEach(d, static_cast<std::size_t>(block.channels), [&](std::size_t c, auto part) {
    const auto row = [&](std::int64_t n) { return n * block.channels + static_cast<std::int64_t>(c); };
    if (!block.frozen) {
      const V first = Load(d, x + row(0), part);
      V sum = hn::Zero(d);
      for (std::int64_t n = 1; n < block.samples; ++n) sum = hn::Add(sum, hn::Sub(Load(d, x + row(n), part), first));
      const V middle = hn::Add(first, hn::Div(sum, hn::Set(d, samples)));
      V off = hn::Zero(d);
      V square = hn::Zero(d);
      for (std::int64_t n = 0; n < block.samples; ++n) {
        const V v = hn::Sub(Load(d, x + row(n), part), middle);
        off = hn::Add(off, v);
        square = hn::MulAdd(v, v, square);
      }
      off = hn::Div(off, hn::Set(d, samples));
      Store(d, hn::Add(middle, off), mean + c, part);
      Store(d, hn::NegMulAdd(off, off, hn::Div(square, hn::Set(d, samples))), var + c, part);
    }
    float rstd[hn::MaxLanes(D{})];
    Store(d, Load(d, var + c, part), rstd, Full{});
    for (float& r : rstd) r = Rstd(r, block.eps);
    const V m = Load(d, mean + c, part);
    const V unit = hn::LoadU(d, rstd);
    const V scale = weight == nullptr ? unit : hn::Mul(unit, Load(d, weight + c, part));
    const V shift = bias == nullptr ? hn::Zero(d) : Load(d, bias + c, part);
    for (std::int64_t n = 0; n < block.samples; ++n) {
      const V t = hn::MulAdd(hn::Sub(Load(d, x + row(n), part), m), scale, shift);
      Store(d, Act::Value(d, t), y + row(n), part);
    }
  });
}

template <class Act, class T>
void BackwardColumns(const Block& block, const T* x, const T* gy, const float* weight, const float* bias,
                     const float* mean, const float* var, T* gx, float* gweight, float* gbias) {
  const D d;
  const V inverse = hn::Set(d, 1 / static_cast<float>(block.samples));
  ForEach(d, static_cast<std::size_t>(block.channels), [&](std::size_t c, auto part) {
    const auto row = [&](std::int64_t n) { return n * block.channels + static_cast<std::int64_t>(c); };
    float rstds[hn::MaxLanes(D{})];
    Store(d, Load(d, var + c, part), rstds, Full{});
    for (float& r : rstds) r = Rstd(r, block.eps);
    const V rstd = hn::LoadU(d, rstds);
    const V m = Load(d, mean + c, part);
    const V scale = weight == nullptr ? rstd : hn::Mul(rstd, Load(d, weight + c, part));
    const V shift = bias == nullptr ? hn::Zero(d) : Load(d, bias + c, part);
    V first = hn::Zero(d);
    V second = hn::Zero(d);
    for (std::int64_t n = 0; n < block.samples; ++n) {
      const V centred = hn::Sub(Load(d, x + row(n), part), m);
      const V g = Act::FromInput(d, Load(d, gy + row(n), part), hn::MulAdd(centred, scale, shift));
      first = hn::Add(first, g);
      second = hn::MulAdd(g, centred, second);
    }
    if (gweight != nullptr) Store(d, hn::Mul(second, rstd), gweight + c, part);
    if (gbias != nullptr) Store(d, first, gbias + c, part);
    const V average = hn::Neg(hn::Mul(scale, inverse));
    const V constant = hn::Mul(average, first);
    const V slope = hn::Mul(hn::Mul(average, second), hn::Mul(rstd, rstd));
    for (std::int64_t n = 0; n < block.samples; ++n) {
      const V centred = hn::Sub(Load(d, x + row(n), part), m);
      const V g = Act::FromInput(d, Load(d, gy + row(n), part), hn::MulAdd(centred, scale, shift));
      Store(d, hn::MulAdd(g, scale, hn::MulAdd(centred, slope, constant)), gx + row(n), part);
    }
  });
}

// --- Statistics of a group of one sample's channels, which lie side by side. Without positions the whole group is one
// plane, and weight and bias are per element of it.

struct Groups {
  explicit Groups(const Block& b)
      : block(b), channels(b.channels / b.groups), flat(b.positions() == 1) {
    if (flat) {
      block.columns = channels;
      block.per_element = true;
    }
  }
  std::int64_t planes() const { return flat ? 1 : channels; }
  Block block;  // of one plane
  std::int64_t channels;
  bool flat;
};

template <class Act, class T>
void ForwardGroups(const Block& whole, const T* x, const float* weight, const float* bias, float* mean, float* var,
                   T* y, std::uint8_t* argmax) {
  const D d;
  const Groups groups(whole);
  const Call call(groups.block);
  const std::int64_t planes = groups.planes();
  for (std::int64_t s = 0; s < whole.samples * whole.groups; ++s) {
    const T* from = x + call.in(s * planes);
    Moments<T>(
        d, static_cast<std::size_t>(planes) * call.plane, 1, whole.centred, [&](std::int64_t) { return from; }, mean + s, var + s);
    const float rstd = Rstd(var[s], whole.eps);
    for (std::int64_t k = 0; k < planes; ++k) {
      const std::int64_t p = s * planes + k;
      const std::int64_t c = s % whole.groups * planes + k;
      const auto run = [&](const auto& map) {
        ForwardPlane<Act>(d, call, map, x + call.in(p), At(y, call.out(p)), At(argmax, call.place(p)));
      };
      if (groups.block.per_element) {
        run(PerElement(d, mean[s], rstd, At(weight, call.in(c)), At(bias, call.in(c))));
      } else {
        run(PerPlane(d, mean[s], rstd * Or(weight, c, 1), Or(bias, c, 0)));
      }
    }
  }
}

template <class Act, class T>
void BackwardGroups(const Block& whole, const T* x, const T* y, const T* gy, const float* weight, const float* bias,
                    const float* mean, const float* var, const std::uint8_t* argmax, T* gx, float* gweight,
                    float* gbias) {
  const D d;
  const Groups groups(whole);
  const Call call(groups.block);
  const std::int64_t planes = groups.planes();
  const double values = static_cast<double>(planes) * static_cast<double>(call.plane);
  const bool per_element = groups.block.per_element;
  const std::size_t affine =
      static_cast<std::size_t>(whole.groups * planes) * (per_element ? call.plane : std::size_t{1});
  if (gweight != nullptr) std::memset(gweight, 0, affine * sizeof(float));
  if (gbias != nullptr) std::memset(gbias, 0, affine * sizeof(float));
  for (std::int64_t s = 0; s < whole.samples * whole.groups; ++s) {
    const float rstd = Rstd(var[s], whole.eps);
    const auto each_plane = [&](const auto& f) {
      for (std::int64_t k = 0; k < planes; ++k) f(s * planes + k, s % whole.groups * planes + k);
    };
    const auto element_map = [&](std::int64_t c) {
      return PerElement(d, mean[s], rstd, At(weight, call.in(c)), At(bias, call.in(c)));
    };
    const auto plane_map = [&](std::int64_t c) {
      return PerPlane(d, mean[s], rstd * Or(weight, c, 1), Or(bias, c, 0));
    };
    Sums total;
    each_plane([&](std::int64_t p, std::int64_t c) {
      const T* in = x + call.in(p);
      const T* out = At(y, call.out(p));
      const T* from = gy + call.out(p);
      const std::uint8_t* places = At(argmax, call.place(p));
      if (per_element) {
        const Sums sums = GradientSums<Act>(d, call, element_map(c), in, out, from, places, At(gweight, call.in(c)),
                                            At(gbias, call.in(c)));
        total.first += sums.first;
        total.second += sums.second;
      } else {
        const Sums sums = GradientSums<Act>(d, call, plane_map(c), in, out, from, places);
        if (gweight != nullptr) gweight[c] += static_cast<float>(sums.second * rstd);
        if (gbias != nullptr) gbias[c] += static_cast<float>(sums.first);
        total.first += Or(weight, c, 1) * sums.first;
        total.second += Or(weight, c, 1) * sums.second;
      }
    });
    const auto constant = whole.centred ? static_cast<float>(-rstd * total.first / values) : 0.0f;
    const auto slope = static_cast<float>(-total.second * rstd * rstd * rstd / values);
    each_plane([&](std::int64_t p, std::int64_t c) {
      const auto run = [&](const auto& map) {
        BackwardPlane<Act>(d, call, map, slope, constant, x + call.in(p), At(y, call.out(p)),
                           gy + call.out(p), At(argmax, call.place(p)), gx + call.in(p));
      };
      if (per_element) {
        run(element_map(c));
      } else {
        run(plane_map(c));
      }
    });
  }
}

template <class T>
void Forward(const Block& block, const T* x, const float* weight, const float* bias, float* mean, float* var, T* y,
             std::uint8_t* argmax) {
  WithActivation(block.activation, [&](auto activation) {
    using Act = decltype(activation);
    if (block.over == Statistics::none) return ForwardNone<Act>(block, x, y, argmax);
    if (block.over == Statistics::group) return ForwardGroups<Act>(block, x, weight, bias, mean, var, y, argmax);
    if (block.positions() == 1) return ForwardColumns<Act>(block, x, weight, bias, mean, var, y);
    ForwardBatch<Act>(block, x, weight, bias, mean, var, y, argmax);
  });
}

template <class T>
void Backward(const Block& block, const T* x, const T* y, const T* gy, const float* weight, const float* bias,
              const float* mean, const float* var, const std::uint8_t* argmax, T* gx, float* gweight, float* gbias) {
  WithActivation(block.activation, [&](auto activation) {
    using Act = decltype(activation);
    if (block.over == Statistics::none) return BackwardNone<Act>(block, y, gy, argmax, gx);
    if (block.over == Statistics::group) {
      return BackwardGroups<Act>(block, x, y, gy, weight, bias, mean, var, argmax, gx, gweight, gbias);
    }
    if (block.positions() == 1) {
      return BackwardColumns<Act>(block, x, gy, weight, bias, mean, var, gx, gweight, gbias);
    }
    BackwardBatch<Act>(block, x, y, gy, weight, bias, mean, var, argmax, gx, gweight, gbias);
  });
}

void ForwardF32(const Block& block, const float* x, const float* weight, const float* bias, float* mean, float* var,
                float* y, std::uint8_t* argmax) {
  Forward(block, x, weight, bias, mean, var, y, argmax);
}
void ForwardBF16(const Block& block, const BFloat16* x, const float* weight, const float* bias, float* mean, float* var,
                 BFloat16* y, std::uint8_t* argmax) {
  Forward(block, x, weight, bias, mean, var, y, argmax);
}
void BackwardF32(const Block& block, const float* x, const float* y, const float* gy, const float* weight,
                 const float* bias, const float* mean, const float* var, const std::uint8_t* argmax, float* gx,
                 float* gweight, float* gbias) {
  Backward(block, x, y, gy, weight, bias, mean, var, argmax, gx, gweight, gbias);
}
void BackwardBF16(const Block& block, const BFloat16* x, const BFloat16* y, const BFloat16* gy, const float* weight,
                  const float* bias, const float* mean, const float* var, const std::uint8_t* argmax, BFloat16* gx,
                  float* gweight, float* gbias) {
  Backward(block, x, y, gy, weight, bias, mean, var, argmax, gx, gweight, gbias);
}

}  // namespace HWY_NAMESPACE
}  // namespace bnexp::norm::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bnexp::norm::kernels {

HWY_EXPORT(ForwardF32);
HWY_EXPORT(ForwardBF16);
HWY_EXPORT(BackwardF32);
HWY_EXPORT(BackwardBF16);

template <>
void forward(const Block& block, const float* x, const float* weight, const float* bias, float* mean, float* var,
             float* y, std::uint8_t* argmax) {
  HWY_DYNAMIC_DISPATCH(ForwardF32)(block, x, weight, bias, mean, var, y, argmax);
}
template <>
void forward(const Block& block, const BFloat16* x, const float* weight, const float* bias, float* mean, float* var,
             BFloat16* y, std::uint8_t* argmax) {
  HWY_DYNAMIC_DISPATCH(ForwardBF16)(block, x, weight, bias, mean, var, y, argmax);
}
template <>
void backward(const Block& block, const float* x, const float* y, const float* gy, const float* weight,
              const float* bias, const float* mean, const float* var, const std::uint8_t* argmax, float* gx,
              float* gweight, float* gbias) {
  HWY_DYNAMIC_DISPATCH(BackwardF32)(block, x, y, gy, weight, bias, mean, var, argmax, gx, gweight, gbias);
}
template <>
void backward(const Block& block, const BFloat16* x, const BFloat16* y, const BFloat16* gy, const float* weight,
              const float* bias, const float* mean, const float* var, const std::uint8_t* argmax, BFloat16* gx,
              float* gweight, float* gbias) {
  HWY_DYNAMIC_DISPATCH(BackwardBF16)(block, x, y, gy, weight, bias, mean, var, argmax, gx, gweight, gbias);
}

}  // namespace bnexp::norm::kernels
#endif
