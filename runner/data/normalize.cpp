#include <cstddef>

#include "data/batches.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "data/normalize.cpp"
#include <hwy/foreach_target.h>
// After it.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace bnexp::data {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void ScaleAndShift(const std::uint8_t* bytes, std::size_t count, double scale, double shift, float* out) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<std::uint8_t, decltype(d)> d8;
  const hn::Rebind<std::int32_t, decltype(d)> d32;
  const hn::Rebind<float, decltype(d)> narrow;
  const auto factor = hn::Set(d, scale);
  const auto summand = hn::Set(d, shift);
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto value = hn::PromoteTo(d, hn::PromoteTo(d32, hn::LoadU(d8, bytes + i)));
    hn::StoreU(hn::DemoteTo(narrow, hn::Add(hn::Mul(value, factor), summand)), narrow, out + i);
  }
  for (; i < count; ++i) out[i] = static_cast<float>(bytes[i] * scale + shift);
}

}  // namespace HWY_NAMESPACE
}  // namespace bnexp::data
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bnexp::data {

HWY_EXPORT(ScaleAndShift);

Normalizer::Normalizer(double mean, double std) : scale_(1 / (255 * std)), shift_(-mean / std) {}

void Normalizer::apply(const std::uint8_t* pixels, std::int64_t count, float* out) const {
  HWY_DYNAMIC_DISPATCH(ScaleAndShift)(pixels, static_cast<std::size_t>(count), scale_, shift_, out);
}

}  // namespace bnexp::data
#endif
