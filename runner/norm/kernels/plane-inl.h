// Vectors, activations and pooling on one plane of contiguous values, for the kernels; compiled once per instruction
// set.
#if defined(BNEXP_NORM_KERNELS_PLANE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BNEXP_NORM_KERNELS_PLANE_INL_H_
#undef BNEXP_NORM_KERNELS_PLANE_INL_H_
#else
#define BNEXP_NORM_KERNELS_PLANE_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <cstddef>
#include <cstring>
#include <type_traits>

#include "norm/kernels/block.h"

HWY_BEFORE_NAMESPACE();
namespace bnexp::norm::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr std::size_t kPadding = 64;  // floats that may be accessed beyond a scratch plane: two vectors

// A full vector of values, or the n values left at the end of a plane.
struct Full {};
struct Part {
  std::size_t n;
};

// Conversions between a T in memory and floats in a register.
template <class T>
struct Stored;
template <>
struct Stored<float> {
  using Tag = D;
  using Number = float;
  static HWY_INLINE V ToFloat(V v) { return v; }
  static HWY_INLINE V FromFloat(V v) { return v; }
};
template <>
struct Stored<BFloat16> {
  using Tag = hn::Rebind<std::uint16_t, D>;
  using Number = std::uint16_t;
  static HWY_INLINE V ToFloat(hn::Vec<Tag> v) {
    return hn::BitCast(D{}, hn::ShiftLeft<16>(hn::PromoteTo(hn::RebindToUnsigned<D>{}, v)));
  }
  // Rounds to nearest, ties to even; a NaN stays one.
  static HWY_INLINE hn::Vec<Tag> FromFloat(V v) {
    const hn::RebindToUnsigned<D> d32;
    const auto bits = hn::BitCast(d32, v);
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d32, 1u));
    const auto rounded = hn::ShiftRight<16>(hn::Add(bits, hn::Add(odd, hn::Set(d32, 0x7fffu))));
    const auto kept = hn::IfThenElse(hn::RebindMask(d32, hn::IsNaN(v)), hn::Set(d32, 0x7fc0u), rounded);
    return hn::DemoteTo(Tag{}, hn::BitCast(hn::RebindToSigned<D>{}, kept));
  }
};

// Whether a masked access to T accesses nothing outside of its mask.
template <class T>
constexpr bool kMasks = HWY_TARGET <= HWY_AVX3 || (HWY_TARGET <= HWY_AVX2 && sizeof(T) == sizeof(float));

template <class T>
HWY_INLINE V Load(D /*d*/, const T* p, Full) {
  using S = Stored<T>;
  return S::ToFloat(hn::LoadU(typename S::Tag{}, reinterpret_cast<const typename S::Number*>(p)));
}
template <class T>
HWY_INLINE V Load(D d, const T* p, Part part) {
  using S = Stored<T>;
  if constexpr (kMasks<T>) {
    const typename S::Tag tag;
    return S::ToFloat(hn::MaskedLoad(hn::FirstN(tag, part.n), tag, reinterpret_cast<const typename S::Number*>(p)));
  } else {
    T values[hn::MaxLanes(D{})] = {};
    std::memcpy(values, p, part.n * sizeof(T));
    return Load(d, values, Full{});
  }
}

template <class T>
HWY_INLINE void Store(D /*d*/, V v, T* p, Full) {
  using S = Stored<T>;
  hn::StoreU(S::FromFloat(v), typename S::Tag{}, reinterpret_cast<typename S::Number*>(p));
}
template <class T>
HWY_INLINE void Store(D d, V v, T* p, Part part) {
  using S = Stored<T>;
  if constexpr (kMasks<T>) {
    const typename S::Tag tag;
    hn::BlendedStore(S::FromFloat(v), hn::FirstN(tag, part.n), tag, reinterpret_cast<typename S::Number*>(p));
  } else {
    T values[hn::MaxLanes(D{})];
    Store(d, v, values, Full{});
    std::memcpy(p, values, part.n * sizeof(T));
  }
}

// Zero in the lanes beyond the part.
HWY_INLINE V Clip(D /*d*/, V v, Full) { return v; }
HWY_INLINE V Clip(D d, V v, Part part) { return hn::IfThenElseZero(hn::FirstN(d, part.n), v); }

// Calls f(first, Full or Part) over n values.
template <class F>
HWY_INLINE void ForEach(D d, std::size_t n, const F& f) {
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) f(i, Full{});
  if (i < n) f(i, Part{n - i});
}

struct Sums {
  double first = 0;
  double second = 0;
};

// Accumulates f(first, Full or Part, V& a, V& b) into a and b, in four independent chains.
template <class F>
HWY_INLINE Sums Reduce(D d, std::size_t n, const F& f) {
  const std::size_t lanes = hn::Lanes(d);
  const V zero = hn::Zero(d);
  V a0 = zero, a1 = zero, a2 = zero, a3 = zero, b0 = zero, b1 = zero, b2 = zero, b3 = zero;
  std::size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    f(i, Full{}, a0, b0);
    f(i + lanes, Full{}, a1, b1);
    f(i + 2 * lanes, Full{}, a2, b2);
    f(i + 3 * lanes, Full{}, a3, b3);
  }
  for (; i + lanes <= n; i += lanes) f(i, Full{}, a0, b0);
  if (i < n) f(i, Part{n - i}, a1, b1);
  const V a = hn::Add(hn::Add(a0, a1), hn::Add(a2, a3));
  const V b = hn::Add(hn::Add(b0, b1), hn::Add(b2, b3));
  return {hn::GetLane(hn::SumOfLanes(d, a)), hn::GetLane(hn::SumOfLanes(d, b))};
}

// Each has the value for an input, and the input's gradient from the output's gradient and from the output or input,
// which have the same sign. A NaN stays NaN. kCurved as in block.h.
struct Identity {
  static constexpr bool kCurved = false;
  static HWY_INLINE V Value(D, V t) { return t; }
  static HWY_INLINE V FromInput(D, V g, V) { return g; }
  static HWY_INLINE V FromOutput(D, V g, V) { return g; }
};
struct Relu {
  static constexpr bool kCurved = false;
  static HWY_INLINE V Value(D d, V t) { return hn::IfThenZeroElse(hn::Lt(t, hn::Zero(d)), t); }
  static HWY_INLINE V FromInput(D d, V g, V t) { return hn::IfThenZeroElse(hn::Le(t, hn::Zero(d)), g); }
  static HWY_INLINE V FromOutput(D d, V g, V y) { return FromInput(d, g, y); }
};
struct LeakyRelu {
  static constexpr bool kCurved = false;
  static HWY_INLINE V Value(D d, V t) { return hn::IfThenElse(hn::Gt(t, hn::Zero(d)), t, Slope(d, t)); }
  static HWY_INLINE V FromInput(D d, V g, V t) { return hn::IfThenElse(hn::Gt(t, hn::Zero(d)), g, Slope(d, g)); }
  static HWY_INLINE V FromOutput(D d, V g, V y) { return FromInput(d, g, y); }
  static HWY_INLINE V Slope(D d, V v) { return hn::Mul(hn::Set(d, 0.01f), v); }
};
struct Sigmoid {
  static constexpr bool kCurved = true;
  static HWY_INLINE V Value(D d, V t) {
    const V one = hn::Set(d, 1.0f);
    return hn::Div(one, hn::Add(one, hn::Exp(d, hn::Neg(t))));
  }
  static HWY_INLINE V FromInput(D d, V g, V t) { return FromOutput(d, g, Value(d, t)); }
  static HWY_INLINE V FromOutput(D d, V g, V y) { return hn::Mul(g, hn::Mul(y, hn::Sub(hn::Set(d, 1.0f), y))); }
};
struct Tanh {
  static constexpr bool kCurved = true;
  static HWY_INLINE V Value(D d, V t) { return hn::Tanh(d, t); }
  static HWY_INLINE V FromInput(D d, V g, V t) { return FromOutput(d, g, Value(d, t)); }
  static HWY_INLINE V FromOutput(D d, V g, V y) { return hn::Mul(g, hn::NegMulAdd(y, y, hn::Set(d, 1.0f))); }
};

// Whether the gradient through Act is computed from its input, because an output of type T has too few digits.
template <class Act, class T>
constexpr bool kFromInput = Act::kCurved&& std::is_same_v<T, BFloat16>;

// Calls f with an activation.
template <class F>
HWY_INLINE void WithActivation(Activation activation, const F& f) {
  switch (activation) {
    case Activation::none:
      return f(Identity{});
    case Activation::relu:
      return f(Relu{});
    case Activation::leaky_relu:
      return f(LeakyRelu{});
    case Activation::sigmoid:
      return f(Sigmoid{});
    case Activation::tanh:
      return f(Tanh{});
  }
}

// Planes for one kernel call, each with room for kPadding more.
struct Scratch {
  float* full;        // rows x columns
  float* half;        // rows x columns / 2
  float* half_place;  // the same
  float* pooled;      // rows / 2 x columns / 2
  float* place;       // the same
};

// The larger of two values and its place; the first of equal values, and NaN before all.
HWY_INLINE void Larger(D d, V a, V a_place, V b, V b_place, V* value, V* place) {
  static_cast<void>(d);
  const auto second = hn::Or(hn::Gt(b, a), hn::IsNaN(b));
  *value = hn::IfThenElse(second, b, a);
  *place = hn::IfThenElse(second, b_place, a_place);
}

// Functions that do not depend on the activation are not inlined: in each of the activations' kernels they would
// multiply the compile time, and their calls take little time.

// Pools scratch.full into scratch.pooled and scratch.place.
HWY_NOINLINE void PoolPlane(D d, std::size_t rows, std::size_t columns, const Scratch& scratch) {
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t width = columns / 2;
  const V zero = hn::Zero(d);
  const V one = hn::Set(d, 1.0f);
  const V two = hn::Set(d, 2.0f);
  const auto pairs = [&](const float* from, float* to, float* place, std::size_t n) {
    for (std::size_t i = 0; i < n; i += lanes) {
      V even, odd, value, at;
      hn::LoadInterleaved2(d, from + 2 * i, even, odd);
      Larger(d, even, zero, odd, one, &value, &at);
      hn::StoreU(value, d, to + i);
      hn::StoreU(at, d, place + i);
    }
  };
  if (columns % 2 == 0) {
    pairs(scratch.full, scratch.half, scratch.half_place, rows * width);
  } else {
    for (std::size_t r = 0; r < rows; ++r) {
      pairs(scratch.full + r * columns, scratch.half + r * width, scratch.half_place + r * width, width);
    }
  }
  for (std::size_t r = 0; r + 1 < rows; r += 2) {
    const float* top = scratch.half + r * width;
    const float* top_place = scratch.half_place + r * width;
    float* to = scratch.pooled + r / 2 * width;
    float* place = scratch.place + r / 2 * width;
    for (std::size_t i = 0; i < width; i += lanes) {
      V value, at;
      Larger(d, hn::LoadU(d, top + i), hn::LoadU(d, top_place + i), hn::LoadU(d, top + width + i),
             hn::Add(two, hn::LoadU(d, top_place + width + i)), &value, &at);
      hn::StoreU(value, d, to + i);
      hn::StoreU(at, d, place + i);
    }
  }
}

// Writes each pooled gradient to the place of its maximum in scratch.full, and zero elsewhere. Reads scratch.pooled and
// scratch.place.
HWY_NOINLINE void UnpoolPlane(D d, std::size_t rows, std::size_t columns, const Scratch& scratch) {
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t width = columns / 2;
  for (std::size_t r = 0; r + 1 < rows; r += 2) {
    for (std::size_t below = 0; below < 2; ++below) {
      const V left = hn::Set(d, below == 0 ? 0.0f : 2.0f);
      const V right = hn::Set(d, below == 0 ? 1.0f : 3.0f);
      const float* g = scratch.pooled + r / 2 * width;
      const float* place = scratch.place + r / 2 * width;
      float* to = scratch.full + (r + below) * columns;
      for (std::size_t i = 0; i < width; i += lanes) {
        const V value = hn::LoadU(d, g + i);
        const V at = hn::LoadU(d, place + i);
        hn::StoreInterleaved2(hn::IfThenElseZero(hn::Eq(at, left), value), hn::IfThenElseZero(hn::Eq(at, right), value),
                              d, to + 2 * i);
      }
      if (columns % 2 == 1) to[columns - 1] = 0;
    }
  }
  if (rows % 2 == 1) std::memset(scratch.full + (rows - 1) * columns, 0, columns * sizeof(float));
}

}  // namespace HWY_NAMESPACE
}  // namespace bnexp::norm::kernels
HWY_AFTER_NAMESPACE();

#endif
