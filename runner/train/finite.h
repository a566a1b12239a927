// Detects NaN and infinity: a cheap check every step, and a slow search that names the layer and the tensor.
#pragma once

#include <torch/torch.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/model.h"

namespace bnexp::train {

// The place of a NaN or infinite number.
struct NonFinite {
  std::string layer;   // "conv1"
  std::string tensor;  // "output", "grad of weight", "running_var"
};

bool all_finite(const torch::Tensor& tensor);

// Checks one model's tensors and names them with the model's names.
class FiniteCheck {
 public:
  explicit FiniteCheck(model::Model& model);

  // The first buffer, in the model's order, with a number that is not finite.
  std::optional<NonFinite> in_buffers() const;
  // The first parameter with such a gradient.
  std::optional<NonFinite> in_gradients() const;
  // The origin of a non-finite loss: a parameter, else the first layer or norm whose output isn't finite, else the loss
  // itself. Runs one more forward; only for a trial that has ended.
  NonFinite origin_of_loss(const torch::Tensor& images) const;

 private:
  using Named = std::vector<std::pair<std::string, torch::Tensor>>;
  model::Model& model_;
  Named parameters_;
  Named buffers_;
};

}  // namespace bnexp::train
