// Batch statistics; compiled once per instruction set.
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

// Where a channel has positions: channel by channel, whose planes stay in the cache.

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
      if (n + 1 < block.samples) WillWrite(y + call.out(p + block.channels), call.out_size());
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
      if (n + 1 < block.samples) {
        const std::int64_t q = p + block.channels;
        WillRead(x + call.in(q), call.plane);
        WillRead(gy + call.out(q), call.out_size());
        if (block.pool) WillRead(y + call.out(q), call.pooled);
        if (block.pool) WillRead(argmax + call.place(q), call.pooled);
      }
      const Sums sums = GradientSums<Act>(d, call, map, x + call.in(p), At(y, call.out(p)), gy + call.out(p),
                                          At(argmax, call.place(p)));
      total.first += sums.first;
      total.second += sums.second;
    }
    if (gweight != nullptr) gweight[c] = static_cast<float>(total.second * rstd);
    if (gbias != nullptr) gbias[c] = static_cast<float>(total.first);
    const auto constant = static_cast<float>(-scale * total.first / values);
    const auto slope = static_cast<float>(-scale * total.second * rstd * rstd / values);
    for (std::int64_t n = 0; n < block.samples; ++n) {
      const std::int64_t p = n * block.channels + c;
      if (n + 1 < block.samples) WillWrite(gx + call.in(p + block.channels), call.plane);
      BackwardPlane<Act>(d, call, map, slope, constant, x + call.in(p), At(y, call.out(p)), gy + call.out(p),
                         At(argmax, call.place(p)), gx + call.in(p));
    }
  }
}

// Vectors, which have no positions: as many channels at a time as a register holds; was of channels at a time, down the
// samples.

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

}  // namespace HWY_NAMESPACE
}  // namespace bnexp::norm::kernels
HWY_AFTER_NAMESPACE();

#endif
