// Statistics of one sample: of its channels, group by group; compiled once per instruction set.
#if defined(BNEXP_NORM_KERNELS_GROUPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BNEXP_NORM_KERNELS_GROUPS_INL_H_
#undef BNEXP_NORM_KERNELS_GROUPS_INL_H_
#else
#define BNEXP_NORM_KERNELS_GROUPS_INL_H_
#endif

#include "norm/kernels/normalize-inl.h"

HWY_BEFORE_NAMESPACE();
namespace bnexp::norm::kernels {
namespace HWY_NAMESPACE {

// The channels of a group are adjacent. Without positions the whole group is one plane, and weight and bias are per
// element of it.

struct Groups {
  explicit Groups(const Block& b) : block(b), channels(b.channels / b.groups), flat(b.positions() == 1) {
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
        d, static_cast<std::size_t>(planes) * call.plane, 1, whole.centred, [&](std::int64_t) { return from; },
        mean + s, var + s);
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
  const auto arriving = [&](std::int64_t p) {
    return Arriving<T>{At(y, call.out(p)), gy + call.out(p), At(argmax, call.place(p))};
  };
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
      if (per_element) {
        const Sums sums =
            GradientSums<Act>(d, call, element_map(c), in, arriving(p), At(gweight, call.in(c)), At(gbias, call.in(c)));
        total.first += sums.first;
        total.second += sums.second;
      } else {
        const Sums sums = GradientSums<Act>(d, call, plane_map(c), in, arriving(p));
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
        BackwardPlane<Act>(d, call, map, slope, constant, x + call.in(p), arriving(p), gx + call.in(p));
      };
      if (per_element) {
        run(element_map(c));
      } else {
        run(plane_map(c));
      }
    });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace bnexp::norm::kernels
HWY_AFTER_NAMESPACE();

#endif
