// Where a norm stands in a model. Free of LibTorch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bnexp::norm {

// One sample's shape at the slot is (channels, spatial...): {} after a linear layer, {L} or {H, W} after a convolution.
struct Slot {
  std::string name;  // the norm's module name in the model: "norm1"
  std::int64_t channels = 0;
  std::vector<std::int64_t> spatial;

  std::int64_t values_per_channel() const {
    std::int64_t count = 1;
    for (const std::int64_t extent : spatial) count *= extent;
    return count;
  }
};

}  // namespace bnexp::norm
