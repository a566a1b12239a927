// Only linear layers: without a norm the network is the product of its matrices, but its optimization is that of a deep
// network. It shows what a norm does to internal covariate shift without activations. The source fits y = A x with it;
// here its last layer classifies. Hidden layers have no bias, and weights of variance 1 / fan_in (Glorot's, in square
// layers), so that the signal keeps its size over 25 layers without a norm.
#include <fmt/format.h>

#include <cmath>

#include "model/model.h"

namespace bnexp::model {
namespace {

struct DeepLinearOptions {
  std::int64_t depth = 25;
  std::int64_t width = 32;

  void fields(config::Fields& f) {
    f.integer("depth", depth, config::between(1, 1024), "linear layers before the classifier");
    f.integer("width", width, config::between(1, 65536), "outputs of each of these layers");
  }

  std::vector<norm::Slot> slots(const Input&) const {
    std::vector<norm::Slot> result;
    for (std::int64_t i = 1; i <= depth; ++i) {
      result.push_back({.name = fmt::format("norm{}", i), .channels = width, .spatial = {}, .activation = ""});
    }
    return result;
  }
};

class DeepLinear final : public Model {
 public:
  DeepLinear(const DeepLinearOptions& options, const Input& input, const config::Variant& norm) {
    add_norms(options.slots(input), norm);
    std::int64_t in = input.channels * input.rows * input.columns;
    for (const auto& [slot, placed, unused] : norm_slots()) {
      hidden_.push_back(add_linear(fmt::format("fc{}", hidden_.size() + 1), in, options.width, slot.name, false));
      hidden_.back()->bound = std::sqrt(3.0);
      in = options.width;
    }
    classifier_ = add_linear(fmt::format("fc{}", hidden_.size() + 1), in, input.classes);
  }

  torch::Tensor forward(const torch::Tensor& images) override {
    torch::Tensor x = images.flatten(1);
    for (std::size_t i = 0; i < hidden_.size(); ++i) x = normalize(norm_slots()[i].slot.name, through(*hidden_[i], x));
    return through(*classifier_, x);
  }

 private:
  std::vector<std::shared_ptr<Linear>> hidden_;
  std::shared_ptr<Linear> classifier_;
};

BNEXP_MODEL(deep_linear, DeepLinear, DeepLinearOptions,
            {.summary = "A deep linear network: linear layers, each with a norm, no activation, a linear classifier.",
             .formula = "(fc - norm) x depth - fc",
             .source = "Santurkar et al. 2018, arXiv:1805.11604, section 2"});

}  // namespace
}  // namespace bnexp::model
