// Batch statistics of images plane by plane; compiled once per instruction set.
#if defined(BNEXP_NORM_KERNELS_BATCH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BNEXP_NORM_KERNELS_BATCH_INL_H_
#undef BNEXP_NORM_KERNELS_BATCH_INL_H_
#else
#define BNEXP_NORM_KERNELS_BATCH_INL_H_
#endif

#include "norm/kernels/normalize-inl.h"

HWY_BEFORE_NAMESPACE();
namespace bnexp::norm::kernels {
namespace HWY_NAMESPACE {

// Channel by channel, so that the channel's planes stay in the cache.
template <class Act, class T>
void ForwardBatch(const Block& block, const T* x, const float* weight, const float* bias, float* mean, float* var, T* y,
                  std::uint8_t* argmax) {
  const D d;
  const Call call(block);
  for (std::int64_t c = 0; c < block.channels; ++c) {
    if (!block.frozen) {
      Moments<T>(
          d, call.plane, block.samples, /*centred=*/true,
          [&](std::int64_t n) { return x + call.in(n * block.channels + c); }, mean + c, var + c);
    }
    const PerPlane map(d, mean[c], Rstd(var[c], block.eps) * Or(weight, c, 1), Or(bias, c, 0));
    for (std::int64_t n = 0; n < block.samples; ++n) {
      const std::int64_t p = n * block.channels + c;
      if (n + 1 < block.samples) Prefetch(y + call.out(p + block.channels), call.out_size());
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
  const auto arriving = [&](std::int64_t p) {
    return Arriving<T>{At(y, call.out(p)), gy + call.out(p), At(argmax, call.place(p))};
  };
  for (std::int64_t c = 0; c < block.channels; ++c) {
    const float rstd = Rstd(var[c], block.eps);
    const float scale = rstd * Or(weight, c, 1);
    const PerPlane map(d, mean[c], scale, Or(bias, c, 0));
    Sums total;
    for (std::int64_t n = 0; n < block.samples; ++n) {
      const std::int64_t p = n * block.channels + c;
      if (n + 1 < block.samples) {
        const std::int64_t q = p + block.channels;
        Prefetch(x + call.in(q), call.plane);
        Prefetch(gy + call.out(q), call.out_size());
        if (block.pool) Prefetch(y + call.out(q), call.pooled);
        if (block.pool) Prefetch(argmax + call.place(q), call.pooled);
      }
      const Sums sums = GradientSums<Act>(d, call, map, x + call.in(p), arriving(p));
      total.first += sums.first;
      total.second += sums.second;
    }
    if (gweight != nullptr) gweight[c] = static_cast<float>(total.second * rstd);
    if (gbias != nullptr) gbias[c] = static_cast<float>(total.first);
    const auto constant = static_cast<float>(-scale * total.first / values);
    const auto slope = static_cast<float>(-scale * total.second * rstd * rstd / values);
    for (std::int64_t n = 0; n < block.samples; ++n) {
      const std::int64_t p = n * block.channels + c;
      if (n + 1 < block.samples) Prefetch(gx + call.in(p + block.channels), call.plane);
      BackwardPlane<Act>(d, call, map, slope, constant, x + call.in(p), arriving(p), gx + call.in(p));
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace bnexp::norm::kernels
HWY_AFTER_NAMESPACE();

#endif
