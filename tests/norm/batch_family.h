// Norms of batch normalization's family in fp64, and inputs for them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/settings/catalog.h"
#include "norm/norm.h"
#include "support/catch.h"

namespace bnexp::family {

inline const norm::Slot kVector{"vector", 6, {}};
inline const norm::Slot kLine{"line", 6, {5}};
inline const norm::Slot kImage{"image", 6, {3, 5}};

inline std::shared_ptr<norm::Norm> make(const std::string& name, const norm::Slot& slot, const Json& settings = {}) {
  config::Variant variant = config::default_variant("norm", name);
  if (!settings.is_null()) variant.settings.update(settings);
  auto norm = norm::make(variant, slot);
  norm->to(torch::kDouble);
  return norm;
}

inline torch::Tensor sample(const norm::Slot& slot, std::int64_t batch = 8) {
  torch::manual_seed(3);
  std::vector<std::int64_t> shape{batch, slot.channels};
  shape.insert(shape.end(), slot.spatial.begin(), slot.spatial.end());
  return torch::randn(shape, torch::kDouble) * 2 - 1;
}

inline double largest(const torch::Tensor& a, const torch::Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace bnexp::family
