// Order statistics shared by the probes.
#pragma once

#include <torch/torch.h>

#include <algorithm>

#include "base/json.h"
#include "train/result.h"
#include "train/saved_state.h"

namespace bnexp::experiments {

// 15th, 50th and 85th percentiles over time, as the records keep them: {"q15": [...], "q50": [...], "q85": [...]}.
// Linear interpolation between order statistics; null where it isn't finite. 15 and 85 are about one standard deviation
// of a Gaussian.
class QuantileSeries {
 public:
  // Of all values of a tensor; appends one point.
  void add(const torch::Tensor& values) {
    const torch::Tensor q = torch::tensor({0.15, 0.5, 0.85}, torch::kDouble);
    const torch::Tensor found = torch::quantile(values.detach().to(torch::kCPU, torch::kDouble).flatten(), q);
    for (int i = 0; i < 3; ++i) series_[kNames[i]].push_back(train::finite_or_null(found[i].item<double>()));
  }

  const Json& json() const { return series_; }
  // Continues from the result of json() after `points` measurements. Throws Error(environment) if it is another value.
  void resume(const Json& series, std::size_t points) {
    const auto is_value = [](const Json& value) { return value.is_number() || value.is_null(); };
    for (const char* name : kNames) {
      const Json& values = series.at(name);
      train::require(values.is_array() && values.size() == points && std::ranges::all_of(values, is_value),
                     "has percentiles that do not fit its steps");
      series_[name] = values;
    }
  }

 private:
  static constexpr const char* kNames[] = {"q15", "q50", "q85"};
  Json series_{{"q15", Json::array()}, {"q50", Json::array()}, {"q85", Json::array()}};
};

}  // namespace bnexp::experiments
