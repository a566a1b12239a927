// The place of a norm in a model. Free of LibTorch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bnexp::norm {

// One sample's shape at the slot is (channels, spatial...): {} after a linear layer, {L} or {H, W} after a convolution.
struct Slot {
  std::string name;  // the norm's module name in the model: "norm1", "blocks.0.norm2"
  std::int64_t channels = 0;
  std::vector<std::int64_t> spatial;
  std::string activation =
      "relu";  // the activation after the norm: "relu", "sigmoid", "tanh", "leaky_relu"; "" for none
  // Whether the input is the output of a layer with weights, and not a sum, a cell's state or an activation's output.
  bool after_layer = true;
  std::int64_t steps = 0;  // time steps of the recurrence that uses the slot once per step; 0: not in a recurrence

  std::int64_t values_per_channel() const {
    std::int64_t count = 1;
    for (const std::int64_t extent : spatial) count *= extent;
    return count;
  }
};

}  // namespace bnexp::norm
