#include <cstddef>

#include "data/batches.h"

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "data/normalize.cpp"
#include <hwy/foreach_target.h>
// After it.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace bnexp::data {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// out[i] = table[bytes[i]].
void LookUp(const std::uint8_t* bytes, std::size_t count, const float* table, float* out) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> indices;
  const hn::Rebind<std::uint8_t, decltype(d)> narrow;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::GatherIndex(d, table, hn::PromoteTo(indices, hn::LoadU(narrow, bytes + i))), d, out + i);
  }
  for (; i < count; ++i) out[i] = table[bytes[i]];
}

}  // namespace HWY_NAMESPACE
}  // namespace bnexp::data
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bnexp::data {

HWY_EXPORT(LookUp);

void Normalizer::apply(const std::uint8_t* pixels, std::int64_t count, float* out) const {
  HWY_DYNAMIC_DISPATCH(LookUp)(pixels, static_cast<std::size_t>(count), table_.data(), out);
}

}  // namespace bnexp::data
#endif
