// Detects NaN and infinity: a cheap check every step, and a slow search that names the layer and the tensor.
#pragma once

#include <torch/torch.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/model.h"

namespace bnexp::train {

// Where a number is NaN or infinite.
struct NonFinite {
  std::string layer;   // "conv1"
  std::string tensor;  // "output", "grad of weight", "running_var"
};

bool all_finite(const torch::Tensor& tensor);

// Checks one model's tensors and names them as the model does.
class FiniteCheck {
 public:
  explicit FiniteCheck(model::Model& model);

  // The first buffer, in the model's order, with a non-finite number.
  std::optional<NonFinite> in_buffers() const;
  // The first parameter whose gradient has one.
  std::optional<NonFinite> in_gradients() const;
  // Where a non-finite loss came from: a parameter, else the first layer or norm whose output isn't finite, else the
  // loss itself. Runs the model forward once more; only for a trial that is over.
  NonFinite origin_of_loss(const torch::Tensor& images) const;

 private:
  using Named = std::vector<std::pair<std::string, torch::Tensor>>;
  model::Model& model_;
  Named parameters_;
  Named buffers_;
};

}  // namespace bnexp::train
