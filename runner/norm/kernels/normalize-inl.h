// A plane of contiguous values: its moments, and norm, activation and pooling forward and backward. Compiled once per
// instruction set.
#if defined(BNEXP_NORM_KERNELS_NORMALIZE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BNEXP_NORM_KERNELS_NORMALIZE_INL_H_
#undef BNEXP_NORM_KERNELS_NORMALIZE_INL_H_
#else
#define BNEXP_NORM_KERNELS_NORMALIZE_INL_H_
#endif

#include <cmath>
#include <vector>

#include "norm/kernels/plane-inl.h"

HWY_BEFORE_NAMESPACE();
namespace bnexp::norm::kernels {
namespace HWY_NAMESPACE {

// Normalization of a plane: t = (x - mean) * scale + shift, with scale and shift for the plane or for each value.
struct PerPlane {
  PerPlane(D d, float m, float a, float b) : PerPlane(hn::Set(d, m), hn::Set(d, a), hn::Set(d, b)) {}
  PerPlane(V m, V a, V b) : mean(m), scale(a), shift(b) {}
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

// One call of forward or backward: the block, its plane and its allocations.
struct Call {
  explicit Call(const Block& b) : block(b), plane(static_cast<std::size_t>(b.positions())) {
    if (!block.pool) return;
    pooled = static_cast<std::size_t>(block.rows / 2 * (block.columns / 2));
    const std::size_t room = plane + kPadding;
    memory.resize(5 * room);
    scratch = {memory.data(), memory.data() + room, memory.data() + 2 * room, memory.data() + 3 * room,
               memory.data() + 4 * room};
  }
  // The start of plane p in inputs, outputs and places of maxima.
  std::int64_t in(std::int64_t p) const { return p * static_cast<std::int64_t>(plane); }
  std::int64_t out(std::int64_t p) const { return p * static_cast<std::int64_t>(out_size()); }
  std::int64_t place(std::int64_t p) const { return p * static_cast<std::int64_t>(pooled); }

  std::size_t out_size() const { return block.pool ? pooled : plane; }

  const Block& block;
  std::size_t plane;
  std::size_t pooled = 0;
  std::vector<float> memory;
  Scratch scratch{};
};

// Normalizes a plane, and pools it into scratch.pooled and scratch.place.
template <class T, class Map>
HWY_NOINLINE void NormalizeAndPool(D d, const Call& call, const Map& map, const T* x) {
  ForEach(d, call.plane, [&](std::size_t i, auto n) {
    Store(d, Normalized(d, map, Load(d, x + i, n), i, n), call.scratch.full + i, n);
  });
  PoolPlane(d, static_cast<std::size_t>(call.block.rows), static_cast<std::size_t>(call.block.columns), call.scratch);
}

template <class Act, class T, class Map>
HWY_INLINE void ForwardPlane(D d, const Call& call, const Map& map, const T* x, T* y, std::uint8_t* argmax) {
  if (!call.block.pool) {
    ForEach(d, call.plane, [&](std::size_t i, auto n) {
      Store(d, Act::Value(d, Normalized(d, map, Load(d, x + i, n), i, n)), y + i, n);
    });
    return;
  }
  NormalizeAndPool(d, call, map, x);
  ForEach(d, call.pooled,
          [&](std::size_t i, auto n) { Store(d, Act::Value(d, Load(d, call.scratch.pooled + i, n)), y + i, n); });
  for (std::size_t i = 0; i < call.pooled; ++i) argmax[i] = static_cast<std::uint8_t>(call.scratch.place[i]);
}

// The gradient at the activation's input, for a pooled plane: into scratch.full.
template <class Act, class T, class Map>
HWY_NOINLINE void Unpool(D d, const Call& call, const Map& map, const T* x, const T* y, const T* gy,
                         const std::uint8_t* argmax) {
  if constexpr (kFromInput<Act, T>) {
    NormalizeAndPool(d, call, map, x);
    ForEach(d, call.pooled, [&](std::size_t i, auto n) {
      float* t = call.scratch.pooled + i;
      Store(d, Act::FromInput(d, Load(d, gy + i, n), Load(d, t, n)), t, n);
    });
  } else {
    ForEach(d, call.pooled, [&](std::size_t i, auto n) {
      Store(d, Act::FromOutput(d, Load(d, gy + i, n), Load(d, y + i, n)), call.scratch.pooled + i, n);
    });
  }
  for (std::size_t i = 0; i < call.pooled; ++i) call.scratch.place[i] = argmax[i];
  UnpoolPlane(d, static_cast<std::size_t>(call.block.rows), static_cast<std::size_t>(call.block.columns), call.scratch);
}

// The gradient at the activation's input, from the plane's i-th output or from its input t. For a pooled plane it is
// the result of Unpool, else gy through the activation.
struct Unpooled {
  template <class N>
  HWY_INLINE V operator()(D d, std::size_t i, N n, V /*t*/) const {
    return Load(d, full + i, n);
  }
  const float* full;
};
template <class Act, class T>
struct Through {
  template <class N>
  HWY_INLINE V operator()(D d, std::size_t i, N n, V t) const {
    return Act::FromInput(d, Load(d, gy + i, n), t);
  }
  const T* gy;
};

// Sums of g and of g * (x - mean) over a plane; g includes the weight if that is per element. gweight and gbias are
// then increased by the plane's part.
template <class T, class Gradient>
HWY_NOINLINE Sums GradientSums(D d, const Call& call, const PerPlane& map, const Gradient& gradient, const T* x) {
  return Reduce(d, call.plane, [&](std::size_t i, auto n, V& a, V& b) {
    const V value = Load(d, x + i, n);
    const V g = Clip(d, gradient(d, i, n, Normalized(d, map, value, i, n)), n);
    a = hn::Add(a, g);
    b = hn::MulAdd(g, hn::Sub(value, map.mean), b);
  });
}
template <class T, class Gradient>
HWY_NOINLINE Sums GradientSums(D d, const Call& call, const PerElement& map, const Gradient& gradient, const T* x,
                               float* gweight, float* gbias) {
  return Reduce(d, call.plane, [&](std::size_t i, auto n, V& a, V& b) {
    const V value = Load(d, x + i, n);
    const V g = Clip(d, gradient(d, i, n, Normalized(d, map, value, i, n)), n);
    const V centred = hn::Sub(value, map.mean);
    if (gbias != nullptr) Store(d, hn::Add(Load(d, gbias + i, n), g), gbias + i, n);
    if (gweight != nullptr) {
      Store(d, hn::MulAdd(g, hn::Mul(centred, map.rstd), Load(d, gweight + i, n)), gweight + i, n);
    }
    const V weighted = map.weight == nullptr ? g : hn::Mul(g, Load(d, map.weight + i, n));
    a = hn::Add(a, weighted);
    b = hn::MulAdd(weighted, centred, b);
  });
}

// The form in which a plane's gradients are given.
template <class T>
struct Arriving {
  const T* y;
  const T* gy;
  const std::uint8_t* argmax;
};

// With pooling, the gradient must be at its places in scratch.full. `affine`: gweight and gbias of a PerElement.
template <class Act, class T, class Map, class... Affine>
HWY_INLINE Sums GradientSums(D d, const Call& call, const Map& map, const T* x, const Arriving<T>& from,
                             Affine... affine) {
  if (!call.block.pool) return GradientSums(d, call, map, Through<Act, T>{from.gy}, x, affine...);
  Unpool<Act>(d, call, map, x, from.y, from.gy, from.argmax);
  return GradientSums(d, call, map, Unpooled{call.scratch.full}, x, affine...);
}

// gx = g * scale + (x - mean) * slope + constant.
template <class T, class Map, class Gradient>
HWY_NOINLINE void BackwardPlane(D d, const Call& call, const Map& map, float slope, float constant,
                                const Gradient& gradient, const T* x, T* gx) {
  const V k1 = hn::Set(d, constant);
  const V k2 = hn::Set(d, slope);
  ForEach(d, call.plane, [&](std::size_t i, auto n) {
    const V value = Load(d, x + i, n);
    const V scale = map.Scale(d, i, n);
    const V centred = hn::Sub(value, map.mean);
    const V g = gradient(d, i, n, hn::MulAdd(centred, scale, map.Shift(d, i, n)));
    Store(d, hn::MulAdd(g, scale, hn::MulAdd(centred, k2, k1)), gx + i, n);
  });
}
template <class Act, class T, class Map>
HWY_INLINE void BackwardPlane(D d, const Call& call, const Map& map, float slope, float constant, const T* x,
                              const Arriving<T>& from, T* gx) {
  if (!call.block.pool) return BackwardPlane(d, call, map, slope, constant, Through<Act, T>{from.gy}, x, gx);
  Unpool<Act>(d, call, map, x, from.y, from.gy, from.argmax);
  BackwardPlane(d, call, map, slope, constant, Unpooled{call.scratch.full}, x, gx);
}

constexpr std::size_t kLine = 64;  // bytes of a cache line

// Planes of one channel are far apart, so hardware prefetchers do not find the next one. A constant one will be read.
template <class T>
HWY_INLINE void Prefetch(T* p, std::size_t n) {
  for (std::size_t byte = 0; byte < n * sizeof(T); byte += kLine) {
    __builtin_prefetch(reinterpret_cast<const char*>(p) + byte, std::is_const_v<T> ? 0 : 1);
  }
}

template <class T>
HWY_NOINLINE double Sum(D d, std::size_t n, const T* x) {
  return Reduce(d, n, [&](std::size_t i, auto part, V& a, V&) { a = hn::Add(a, Load(d, x + i, part)); }).first;
}

template <class T>
HWY_NOINLINE Sums DeviationSums(D d, std::size_t n, const T* x, float mean) {
  const V m = hn::Set(d, mean);
  return Reduce(d, n, [&](std::size_t i, auto part, V& a, V& b) {
    const V v = Clip(d, hn::Sub(Load(d, x + i, part), m), part);
    a = hn::Add(a, v);
    b = hn::MulAdd(v, v, b);
  });
}

// Mean and variance of `count` planes, given by `plane(i)`; if not centred, 0 and the mean square.
template <class T, class F>
HWY_INLINE void Moments(D d, std::size_t size, std::int64_t count, bool centred, const F& plane, float* mean,
                        float* var) {
  const double values = static_cast<double>(size) * static_cast<double>(count);
  double guess = 0;
  if (centred) {
    for (std::int64_t i = 0; i < count; ++i) {
      if (i + 1 < count) Prefetch(plane(i + 1), size);
      guess += Sum<T>(d, size, plane(i));
    }
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

}  // namespace HWY_NAMESPACE
}  // namespace bnexp::norm::kernels
HWY_AFTER_NAMESPACE();

#endif
