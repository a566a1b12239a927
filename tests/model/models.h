// Models by name, for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/settings/catalog.h"
#include "model/model.h"
#include "support/catch.h"
#include "support/trials.h"

namespace bnexp::tests {

// Initialized with seed 1.
inline std::shared_ptr<model::Model> make_model(const std::string& name, const std::string& norm = "none",
                                                const Json& settings = {}, const Json& norm_settings = {}) {
  auto model = model::make(variant("model", name, settings), {}, variant("norm", norm, norm_settings));
  model::initialize(*model, 1);
  return model;
}

inline std::int64_t count_parameters(const model::Model& model) {
  std::int64_t count = 0;
  for (const auto& parameter : model.parameters()) count += parameter.numel();
  return count;
}

inline torch::Tensor sample_images(std::int64_t count) {
  torch::manual_seed(3);
  return torch::randn({count, 1, 28, 28});
}

// Learned values away from the zeros and ones that hide mistakes, and everything in double.
inline void randomize(model::Model& model) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(11);
  model.to(torch::kDouble);
  for (auto& parameter : model.parameters()) parameter.add_(0.2 * torch::randn_like(parameter));
}

// What an observer is shown in one forward.
class Notes final : public model::Observer {
 public:
  struct Pair {
    torch::Tensor before;
    torch::Tensor after;
  };
  explicit Notes(model::Model& model) : observed_(model, *this) {}

  void on_norm(const norm::Slot& slot, const torch::Tensor& before, const torch::Tensor& after) override {
    seen.push_back(slot.name);
    norms[slot.name] = {before.detach(), after.detach()};
  }
  void on_layer(const std::string& name, const torch::Tensor& output) override {
    seen.push_back(name);
    layers[name] = output.detach();
  }

  std::vector<std::string> seen;
  std::map<std::string, Pair> norms;
  std::map<std::string, torch::Tensor> layers;

 private:
  model::ScopedObserver observed_;
};

}  // namespace bnexp::tests
