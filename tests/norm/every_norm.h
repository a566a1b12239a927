// Every registered norm in every kind of slot, for tests that hold all of them to one contract.
#pragma once

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "config/settings/catalog.h"
#include "norm/norm.h"
#include "support/catch.h"

namespace bnexp::tests {

// The places of the models: after linear and convolution layers, after an addition, in a recurrence (last two).
inline const std::vector<norm::Slot>& usual_slots() {
  static const std::vector<norm::Slot> slots{{"vector", 16, {}},
                                             {"line", 16, {3}},
                                             {"image", 16, {2, 3}},
                                             {"leaky", 16, {2, 3}, "leaky_relu"},
                                             {"sigmoid", 16, {}, "sigmoid"},
                                             {"sum", 16, {2, 3}, "relu", /*after_layer=*/false},
                                             {"norm_x", 16, {}, "", /*after_layer=*/true, /*steps=*/3},
                                             {"norm_c", 16, {}, "tanh", /*after_layer=*/false, /*steps=*/3}};
  return slots;
}

// One position, one channel, nothing divisible.
inline const std::vector<norm::Slot>& odd_slots() {
  static const std::vector<norm::Slot> slots{{"point", 16, {1, 1}}, {"single", 1, {3, 3}},   {"single vector", 1, {}},
                                             {"prime", 7, {3, 5}},  {"prime line", 13, {7}}, {"column", 16, {5, 1}}};
  return slots;
}

inline torch::Tensor sample(const norm::Slot& slot, std::int64_t batch) {
  torch::manual_seed(7);
  std::vector<std::int64_t> sizes{batch, slot.channels};
  sizes.insert(sizes.end(), slot.spatial.begin(), slot.spatial.end());
  return torch::randn(sizes, torch::kDouble) * 1.5 + 0.3;
}

// A norm with its defaults. One that stands in no slot with these, because its settings name a file, has the settings
// of its fixture's first case.
inline config::Variant usable_variant(const std::string& name) {
  config::Variant variant = config::default_variant("norm", name);
  const auto stands = [&](const norm::Slot& slot) { return norm::check(variant, slot).empty(); };
  if (std::ranges::any_of(usual_slots(), stands)) return variant;
  variant.folder = std::string(BNEXP_SOURCE_DIR) + "/tests/norm";
  std::ifstream file(variant.folder / "fixtures" / (name + ".json"));
  if (file) variant.settings.update(Json::parse(file).at("cases").at(0).at("settings"));
  return variant;
}

// A norm with the layer before it: linear on vectors, 1-wide convolution elsewhere, from 3 features or channels.
class Stage {
 public:
  Stage(config::Variant kind, const norm::Slot& where) : variant(std::move(kind)), slot(where) {
    norm = norm::make(variant, slot);
    torch::manual_seed(5);
    std::vector<std::int64_t> sizes{slot.channels, 3};
    sizes.insert(sizes.end(), slot.spatial.size(), 1);
    w = slot.after_layer ? torch::randn(sizes) : torch::Tensor();
    norm->begin(w);
    at_step(1);
  }

  void at_step(std::int64_t t) const {
    if (slot.steps > 0) norm->at_step(t);
  }

  // Draws the same random numbers whenever it is called.
  torch::Tensor operator()(const torch::Tensor& x) const {
    norm->seed(7);
    return norm->forward(x);
  }

  // Whether what the norm makes of x is partly chance.
  bool draws(const torch::Tensor& x) const {
    const Stage one(variant, slot);
    one.norm->to(x.scalar_type());
    one.norm->train(norm->is_training());
    const torch::Tensor first = one(x);
    one.norm->seed(8);
    return !torch::equal(first, one.norm->forward(x));
  }

  bool reparametrizes() const { return w.defined() && !norm->weight(w).is_same(w); }

  // The norm of what the layer makes of x, (batch, 3, spatial...).
  torch::Tensor after_layer(const torch::Tensor& x) const {
    const torch::Tensor used = norm->weight(w);
    if (slot.spatial.empty()) return (*this)(torch::linear(x, used));
    return (*this)(slot.spatial.size() == 1 ? torch::conv1d(x, used) : torch::conv2d(x, used));
  }

  bool has(const std::string& parameter) const { return norm->named_parameters().contains(parameter); }

  // Learned values and statistics away from those that hide mistakes, in double.
  void randomize() {
    const torch::NoGradGuard no_grad;
    torch::manual_seed(11);
    norm->to(torch::kDouble);
    if (w.defined()) w = w.to(torch::kDouble);
    for (auto& parameter : norm->parameters()) parameter.add_(0.4 * torch::randn_like(parameter));
    auto buffers = norm->named_buffers();
    for (auto& item : buffers) {
      torch::Tensor& value = item.value();
      if (item.key() == "running_mean") {
        value.copy_(0.2 * torch::randn_like(value));
      } else if (item.key().starts_with("running")) {
        value.copy_(0.5 + torch::rand_like(value));
      }
    }
  }

  std::vector<torch::Tensor> state() const {
    std::vector<torch::Tensor> copies;
    for (const auto& parameter : norm->parameters()) copies.push_back(parameter.detach().clone());
    for (const auto& buffer : norm->buffers()) copies.push_back(buffer.clone());
    return copies;
  }

  config::Variant variant;
  norm::Slot slot;
  std::shared_ptr<norm::Norm> norm;
  torch::Tensor w;
};

// Calls `body(stage)` for every norm in its usable form, in every one of the slots that it accepts.
template <class Body>
void for_every_norm(const std::vector<norm::Slot>& slots, const Body& body) {
  for (const auto& name : config::Catalog::instance().names("norm")) {
    const config::Variant variant = usable_variant(name);
    for (const auto& slot : slots) {
      if (!norm::check(variant, slot).empty()) continue;
      INFO(name << " in a " << slot.name << " slot");
      Stage stage(variant, slot);
      body(stage);
    }
  }
}

}  // namespace bnexp::tests
