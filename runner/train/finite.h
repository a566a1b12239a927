// Finds numbers that aren't numbers, cheaply at every step and by name when there is one.
#pragma once

#include <torch/torch.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/model.h"

namespace bnexp::train {

struct Culprit {
  std::string layer;   // "conv1"
  std::string tensor;  // "output", "grad of weight", "running_var"
};

bool all_finite(const torch::Tensor& tensor);

// Watches one model's tensors, by the names they have in it.
class Watch {
 public:
  explicit Watch(model::Model& model);

  // The first buffer, in the model's order, that holds a non-finite number.
  std::optional<Culprit> bad_buffer() const;
  // The first parameter whose gradient does.
  std::optional<Culprit> bad_gradient() const;
  // Where a non-finite loss came from: a parameter, else the first layer or norm whose output isn't finite, else the
  // loss itself. Runs the model forward once more; only for a trial that is over.
  Culprit origin_of_bad_loss(const torch::Tensor& images) const;

 private:
  using Named = std::vector<std::pair<std::string, torch::Tensor>>;
  model::Model& model_;
  Named parameters_;
  Named buffers_;
};

}  // namespace bnexp::train
