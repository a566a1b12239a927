#include "norm/kernels/block.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "norm/kernels/block.cpp"
#include <hwy/foreach_target.h>
// After it.
#include <hwy/highway.h>

#include "norm/kernels/batch-inl.h"
#include "norm/kernels/channels-inl.h"
#include "norm/kernels/groups-inl.h"
#include "norm/kernels/normalize-inl.h"

HWY_BEFORE_NAMESPACE();
namespace bnexp::norm::kernels {
namespace HWY_NAMESPACE {

// A block without a norm, whose values need no channel.
HWY_INLINE bool goes_by_planes(const Block& block) {
  return block.over == Statistics::none && !(block.pool && block.channels_last);
}

// Without pooling, all values are one plane.
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
void BackwardNone(const Block& block, const T* x, const T* y, const T* gy, const std::uint8_t* argmax, T* gx) {
  const D d;
  const Block planes = in_long_planes(block);
  const Call call(planes);
  const PerPlane map(d, 0, 1, 0);
  for (std::int64_t p = 0; p < planes.samples * planes.channels; ++p) {
    const T* in = At(x, call.in(p));
    const T* from = gy + call.out(p);
    const T* out = At(y, call.out(p));
    T* to = gx + call.in(p);
    if (planes.pool) {
      Unpool<Act>(d, call, map, in, out, from, At(argmax, call.place(p)));
      ForEach(d, call.plane, [&](std::size_t i, auto n) { Store(d, Load(d, call.scratch.full + i, n), to + i, n); });
    } else if constexpr (kFromInput<Act, T>) {
      ForEach(d, call.plane, [&](std::size_t i, auto n) {
        Store(d, Act::FromInput(d, Load(d, from + i, n), Load(d, in + i, n)), to + i, n);
      });
    } else {
      ForEach(d, call.plane, [&](std::size_t i, auto n) {
        Store(d, Act::FromOutput(d, Load(d, from + i, n), Load(d, out + i, n)), to + i, n);
      });
    }
  }
}

template <class T>
void Forward(const Block& block, const T* x, const float* weight, const float* bias, float* mean, float* var, T* y,
             std::uint8_t* argmax) {
  WithActivation(block.activation, [&](auto activation) {
    using Act = decltype(activation);
    if (block.over == Statistics::group) return ForwardGroups<Act>(block, x, weight, bias, mean, var, y, argmax);
    if (goes_by_planes(block)) return ForwardNone<Act>(block, x, y, argmax);
    if (block.channels_last) return ForwardChannels<Act>(block, x, weight, bias, mean, var, y, argmax);
    ForwardBatch<Act>(block, x, weight, bias, mean, var, y, argmax);
  });
}

template <class T>
void Backward(const Block& block, const T* x, const T* y, const T* gy, const float* weight, const float* bias,
              const float* mean, const float* var, const std::uint8_t* argmax, T* gx, float* gweight, float* gbias) {
  WithActivation(block.activation, [&](auto activation) {
    using Act = decltype(activation);
    if (block.over == Statistics::group) {
      return BackwardGroups<Act>(block, x, y, gy, weight, bias, mean, var, argmax, gx, gweight, gbias);
    }
    if (goes_by_planes(block)) return BackwardNone<Act>(block, x, y, gy, argmax, gx);
    if (block.channels_last) {
      return BackwardChannels<Act>(block, x, y, gy, weight, bias, mean, var, argmax, gx, gweight, gbias);
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
