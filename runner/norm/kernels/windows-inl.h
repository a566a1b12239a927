// Max pooling over windows of 2 x 2 on images in channels-last order: where the windows lie, and which of its four
// values is the largest of each, which a byte keeps.
#if defined(BNEXP_NORM_KERNELS_WINDOWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BNEXP_NORM_KERNELS_WINDOWS_INL_H_
#undef BNEXP_NORM_KERNELS_WINDOWS_INL_H_
#else
#define BNEXP_NORM_KERNELS_WINDOWS_INL_H_
#endif

#include "norm/kernels/normalize-inl.h"

HWY_BEFORE_NAMESPACE();
namespace bnexp::norm::kernels {
namespace HWY_NAMESPACE {

// Windows of 2 x 2. f(first value of its upper left one, its output, windows in the row, first channel, Full or Part).
template <class F>
HWY_INLINE void EachRowOfWindows(D d, const Block& block, const F& f) {
  const std::int64_t high = block.rows / 2;
  const std::int64_t wide = block.columns / 2;
  for (std::int64_t w = 0; w < block.samples * high; ++w) {
    const std::int64_t row = w / high * block.rows + w % high * 2;
    ForEach(d, static_cast<std::size_t>(block.channels), [&](std::size_t c, auto n) {
      const auto channel = static_cast<std::int64_t>(c);
      f(row * block.columns * block.channels + channel, w * wide * block.channels + channel, wide, c, n);
    });
  }
}

// f(first value) for each position in a last odd row or column.
template <class F>
HWY_INLINE void EachOutsideWindows(const Block& block, const F& f) {
  for (std::int64_t s = 0; s < block.samples; ++s) {
    for (std::int64_t r = 0; r < block.rows; ++r) {
      const std::int64_t inside = r < block.rows / 2 * 2 ? block.columns / 2 * 2 : 0;
      for (std::int64_t c = inside; c < block.columns; ++c) {
        f(((s * block.rows + r) * block.columns + c) * block.channels);
      }
    }
  }
}

// Where the four values of a window lie, seen from the first.
struct Window {
  explicit Window(const Block& block)
      : at{0, block.channels, block.columns * block.channels, (block.columns + 1) * block.channels} {}
  std::int64_t at[4];
};

using DPlace = hn::RebindToSigned<D>;
using Place = hn::Vec<DPlace>;
constexpr hn::Rebind<std::uint8_t, D> kBytes{};

template <class N>
HWY_INLINE Place LoadPlace(const std::uint8_t* p, N n) {
  std::uint8_t bytes[hn::MaxLanes(D{})] = {};
  if constexpr (std::is_same_v<N, Part>) {
    std::memcpy(bytes, p, n.n);
    p = bytes;
  }
  return hn::PromoteTo(DPlace{}, hn::LoadU(kBytes, p));
}
template <class N>
HWY_INLINE void StorePlace(Place place, std::uint8_t* p, N n) {
  const auto narrow = hn::DemoteTo(kBytes, place);
  if constexpr (std::is_same_v<N, Part>) {
    std::uint8_t bytes[hn::MaxLanes(D{})];
    hn::StoreU(narrow, kBytes, bytes);
    std::memcpy(p, bytes, n.n);
  } else {
    hn::StoreU(narrow, kBytes, p);
  }
}
// Lanes where the maximum stands at place k.
HWY_INLINE auto IsAt(D d, Place place, int k) { return hn::RebindMask(d, hn::Eq(place, hn::Set(DPlace{}, k))); }

// The values at the places of the windows' maxima; x points at the first value of the windows.
template <class T, class N>
HWY_INLINE V Largest(D d, const Window& window, const T* x, Place place, N n) {
  V largest = Load(d, x, n);
  for (int k = 1; k < 4; ++k) largest = hn::IfThenElse(IsAt(d, place, k), Load(d, x + window.at[k], n), largest);
  return largest;
}

}  // namespace HWY_NAMESPACE
}  // namespace bnexp::norm::kernels
HWY_AFTER_NAMESPACE();

#endif
