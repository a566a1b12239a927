#include "train/kernels.h"

#include <cmath>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/kernels.cpp"
#include <hwy/foreach_target.h>
// After it.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace bnexp::train {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;

bool AllFinite(const float* values, std::int64_t count) {
  const D d;
  const hn::RebindToUnsigned<D> du;
  const auto exponent = hn::Set(du, 0x7f800000u);
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  auto bad = hn::Zero(du);
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto bits = hn::And(hn::BitCast(du, hn::LoadU(d, values + i)), exponent);
    bad = hn::Or(bad, hn::VecFromMask(du, hn::Eq(bits, exponent)));
  }
  bool finite = hn::AllTrue(du, hn::Eq(bad, hn::Zero(du)));
  for (; i < count; ++i) finite = finite && std::isfinite(values[i]);
  return finite;
}

// The sum of exp(row - largest); writes its terms to `terms`.
float SumOfExp(const float* row, std::int64_t classes, float largest, float* terms) {
  const D d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto top = hn::Set(d, largest);
  float part[hn::MaxLanes(D{})];
  float sum = 0;
  for (std::int64_t c = 0; c < classes; c += lanes) {
    const std::int64_t n = classes - c < lanes ? classes - c : lanes;
    for (std::int64_t i = 0; i < n; ++i) part[i] = row[c + i];
    for (std::int64_t i = n; i < lanes; ++i) part[i] = largest;
    hn::StoreU(hn::Exp(d, hn::Sub(hn::LoadU(d, part), top)), d, part);
    for (std::int64_t i = 0; i < n; ++i) {
      terms[c + i] = part[i];
      sum += part[i];
    }
  }
  return sum;
}

}  // namespace HWY_NAMESPACE
}  // namespace bnexp::train
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <vector>

namespace bnexp::train {

HWY_EXPORT(AllFinite);
HWY_EXPORT(SumOfExp);

bool all_finite(const float* values, std::int64_t count) { return HWY_DYNAMIC_DISPATCH(AllFinite)(values, count); }

CrossEntropy cross_entropy(const float* logits, const std::int64_t* labels, std::int64_t rows, std::int64_t classes,
                           double label_smoothing, float* gradient) {
  const auto sum_of_exp = HWY_DYNAMIC_DISPATCH(SumOfExp);
  const auto share = static_cast<float>(label_smoothing / static_cast<double>(classes));
  const auto own = static_cast<float>(1 - label_smoothing);
  std::vector<float> terms(static_cast<std::size_t>(classes));
  CrossEntropy result;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* row = logits + r * classes;
    std::int64_t best = 0;
    bool comparable = true;
    double total = 0;
    for (std::int64_t c = 0; c < classes; ++c) {
      if (row[c] > row[best]) best = c;
      comparable = comparable && !std::isnan(row[c]);
      total += static_cast<double>(row[c]);
    }
    const float sum = sum_of_exp(row, classes, row[best], terms.data());
    const double log_sum = static_cast<double>(row[best]) + std::log(static_cast<double>(sum));
    const std::int64_t label = labels[r];
    result.correct += comparable && best == label ? 1 : 0;
    result.loss += log_sum - (1 - label_smoothing) * static_cast<double>(row[label]) -
                   label_smoothing * total / static_cast<double>(classes);
    if (gradient == nullptr) continue;
    float* g = gradient + r * classes;
    for (std::int64_t c = 0; c < classes; ++c) {
      const float target = share + (c == label ? own : 0.0f);
      g[c] = (terms[static_cast<std::size_t>(c)] / sum - target) / static_cast<float>(rows);
    }
  }
  return result;
}

}  // namespace bnexp::train
#endif
