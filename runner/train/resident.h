// A data set's images and labels in the memory of the training device, so that a step sends indices, not images.
#pragma once

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "data/batches.h"

namespace bnexp::train {

class Resident {
 public:
  // The data set must outlive it. Each of its two files is sent on first use.
  Resident(const data::Dataset& data, const data::Normalizer& normalizer, const torch::Device& device);

  // Images and labels of a split at these indices: (n, 1, rows, columns), normalized, with the bits of
  // Normalizer::apply; and (n), int64.
  std::pair<torch::Tensor, torch::Tensor> gather(const data::Split& split,
                                                 const std::vector<std::uint32_t>& positions) const;
  // Images [first, first + count) of a split.
  torch::Tensor images(const data::Split& split, std::int64_t first, std::int64_t count) const;

 private:
  struct Part {
    data::Split whole;
    mutable torch::Tensor images;  // (n, rows, columns), bytes; undefined before first use
    mutable torch::Tensor labels;  // (n), bytes
  };
  // The part that contains a split, and the split's first image in it.
  std::pair<const Part&, std::int64_t> find(const data::Split& split) const;
  torch::Tensor normalized(const torch::Tensor& bytes) const;

  std::int64_t rows_;
  std::int64_t columns_;
  torch::Tensor values_;       // normalized value of each byte
  std::array<Part, 2> parts_;  // training images with the validation split; test images
};

}  // namespace bnexp::train
