// Order statistics shared by the probes.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "base/json.h"

namespace bnexp::experiments {

// 15th, 50th and 85th percentiles over time, as the records keep them: {"q15": [...], "q50": [...], "q85": [...]}.
// Linear interpolation between order statistics. 15 and 85 are about one standard deviation of a Gaussian.
class QuantileSeries {
 public:
  // Of all values of a tensor; appends one point.
  void add(const torch::Tensor& values) {
    const torch::Tensor q = torch::tensor({0.15, 0.5, 0.85}, torch::kDouble);
    const torch::Tensor found = torch::quantile(values.detach().to(torch::kCPU, torch::kDouble).flatten(), q);
    for (int i = 0; i < 3; ++i) series_[i].push_back(found[i].item<double>());
  }

  Json json() const { return {{"q15", series_[0]}, {"q50", series_[1]}, {"q85", series_[2]}}; }

 private:
  std::vector<double> series_[3];
};

}  // namespace bnexp::experiments
