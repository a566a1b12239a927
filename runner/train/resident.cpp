#include "train/resident.h"

#include <numeric>
#include <stdexcept>

namespace bnexp::train {
namespace {

torch::Tensor on(const torch::Device& device, const std::uint8_t* bytes, const std::vector<std::int64_t>& shape) {
  return torch::from_blob(const_cast<std::uint8_t*>(bytes), shape, torch::kByte).to(device);
}

}  // namespace

Resident::Resident(const data::Dataset& data, const data::Normalizer& normalizer, const torch::Device& device)
    : rows_(data.header().rows), columns_(data.header().columns) {
  parts_[0].whole = data.train(0);
  parts_[1].whole = data.test();
  std::array<std::uint8_t, 256> bytes{};
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  torch::Tensor values = torch::empty({256});
  normalizer.apply(bytes.data(), 256, values.data_ptr<float>());
  values_ = values.to(device);
}

std::pair<const Resident::Part&, std::int64_t> Resident::find(const data::Split& split) const {
  for (const Part& part : parts_) {
    const auto& [images, labels, count] = part.whole;
    const std::int64_t first = (split.images - images) / (rows_ * columns_);
    if (split.images < images || first + split.count > count) continue;
    if (!part.images.defined()) {
      part.images = on(values_.device(), images, {count, rows_, columns_});
      part.labels = on(values_.device(), labels, {count});
    }
    return {part, first};
  }
  throw std::logic_error("a split of another data set");
}

torch::Tensor Resident::normalized(const torch::Tensor& bytes) const {
  return values_.index_select(0, bytes.flatten().to(torch::kInt)).view({-1, 1, rows_, columns_});
}

std::pair<torch::Tensor, torch::Tensor> Resident::gather(const data::Split& split,
                                                         const std::vector<std::uint32_t>& positions) const {
  const auto& [part, first] = find(split);
  const auto count = static_cast<std::int64_t>(positions.size());
  torch::Tensor where = torch::empty({count}, torch::kLong);
  auto* out = where.data_ptr<std::int64_t>();
  for (const std::uint32_t position : positions) *out++ = first + position;
  where = where.to(values_.device(), torch::kLong, /*non_blocking=*/true);
  return {normalized(part.images.index_select(0, where)), part.labels.index_select(0, where).to(torch::kLong)};
}

torch::Tensor Resident::images(const data::Split& split, std::int64_t first, std::int64_t count) const {
  const auto& [part, begin] = find(split);
  return normalized(part.images.narrow(0, begin + first, count));
}

}  // namespace bnexp::train
