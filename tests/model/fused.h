// What tests of fused blocks share.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "norm/every_norm.h"

namespace bnexp::tests {

inline const std::vector<std::string> kFused{"none", "batch", "group", "layer", "layer_channel", "instance", "rms"};
// "groups" and "affine" as the case and norm allow.
inline config::Variant variant_of(const std::string& name) {
  config::Variant variant = config::default_variant("norm", name);
  if (variant.settings.contains("affine")) variant.settings["affine"] = true;
  return variant;
}

struct Outcome {
  torch::Tensor y;
  std::vector<torch::Tensor> gradients;  // of x, then of the parameters
};

inline double error(const torch::Tensor& actual, const torch::Tensor& expected) {
  if (expected.numel() == 0) return 0;
  const torch::Tensor reference = expected.to(torch::kDouble);
  const double scale = std::max(reference.abs().max().item<double>(), 1e-3);
  return (actual.to(torch::kDouble) - reference).abs().max().item<double>() / scale;
}

}  // namespace bnexp::tests
