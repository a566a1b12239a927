// A data set's images and labels in the memory of the device that trains: a step sends positions, not images.
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
  // The data set must outlive it; each of its two files is sent when it is first asked for.
  Resident(const data::Dataset& data, const data::Normalizer& normalizer, const torch::Device& device);

  // Images and labels of a split at these positions: (n, 1, rows, columns), normalized, the bits that Normalizer::apply
  // gives; and (n), int64.
  std::pair<torch::Tensor, torch::Tensor> gather(const data::Split& split,
                                                 const std::vector<std::uint32_t>& positions) const;
  // Images [first, first + count) of a split.
  torch::Tensor images(const data::Split& split, std::int64_t first, std::int64_t count) const;

 private:
  struct Part {
    data::Split whole;
    mutable torch::Tensor images;  // (n, rows, columns), bytes; undefined before it is asked for
    mutable torch::Tensor labels;  // (n), bytes
  };
  // The part that a split is of, and the split's first image in it.
  std::pair<const Part&, std::int64_t> find(const data::Split& split) const;
  torch::Tensor normalized(const torch::Tensor& bytes) const;

  std::int64_t rows_;
  std::int64_t columns_;
  torch::Tensor values_;       // what each byte becomes
  std::array<Part, 2> parts_;  // to train on, validation included, and to test
};

}  // namespace bnexp::train
