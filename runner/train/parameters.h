// A model's parameters in one buffer and their gradients in another of the same layout, so that one pass processes all.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "model/model.h"
#include "norm/gradient_buffers.h"

namespace bnexp::train {

// A part of the two buffers: values and gradients of some parameters, as two tensors of one shape.
struct ParameterRange {
  torch::Tensor values;
  torch::Tensor gradients;
  bool decayed = true;  // by the optimizer's weight decay
};

// The parameters with weight decay. `weights`: those with two or more dimensions that aren't a norm's; the others are
// biases, scalars such as SkipInit's alpha, and norm parameters.
enum class Decayed { all, weights };

class Parameters {
 public:
  // Moves the model's parameters into the buffer; they must be of one type and on one device. With `half` there is also
  // a bfloat16 copy, which refresh() updates.
  Parameters(model::Model& model, bool half, Decayed decayed = Decayed::all);

  torch::Tensor& values() { return values_; }
  const torch::Tensor& values() const { return values_; }
  torch::Tensor& gradients() { return gradients_; }
  const norm::GradientBuffers& gradient_buffers() const { return gradient_buffers_; }

  // The whole buffer; or the parameters with and without weight decay, if there are any.
  const std::vector<ParameterRange>& ranges() const { return ranges_; }

  // Call before backward: clears all gradients.
  void clear();
  // Call after backward: copies gradients that autograd allocated elsewhere into the flat buffer; parameters without a
  // gradient get zeros.
  void gather();
  // Call after the values have changed.
  void refresh();
  // Multiplies each value by 1 + e or 1 - e, as drawn with the seed. e is 2^-23, the spacing of floats at 1; with a
  // bfloat16 copy it is 2^-9, the largest error of rounding to it.
  void perturb(std::uint64_t seed);

 private:
  std::vector<torch::Tensor> parameters_;  // in the buffers' order
  std::vector<torch::Tensor> views_;       // of gradients_
  torch::Tensor values_;
  torch::Tensor gradients_;
  torch::Tensor half_;
  norm::GradientBuffers gradient_buffers_;
  std::vector<ParameterRange> ranges_;
};

}  // namespace bnexp::train
