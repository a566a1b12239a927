// A fully connected network: linear, norm, activation, as often as there are widths, then a linear classifier.
#include <fmt/format.h>

#include "model/layers.h"
#include "model/model.h"

namespace bnexp::model {
namespace {

struct MlpOptions {
  std::vector<std::int64_t> widths{100, 100, 100};
  std::string activation = "relu";

  void fields(config::Fields& f) {
    f.integers("widths", widths, config::between(1, 65536), "outputs of each hidden layer, first to last");
    f.choice("activation", activation, {"relu", "sigmoid", "tanh"}, "follows each hidden layer's norm");
  }

  std::vector<norm::Slot> slots(const Input&) const {
    std::vector<norm::Slot> result;
    for (std::size_t i = 0; i < widths.size(); ++i) result.push_back({fmt::format("norm{}", i + 1), widths[i], {}});
    return result;
  }
};

class Mlp final : public Model {
 public:
  Mlp(const MlpOptions& options, const Input& input, const config::Variant& norm) : activation_(options.activation) {
    const auto slots = options.slots(input);
    add_norms(slots, norm);
    std::int64_t in = input.channels * input.rows * input.columns;
    for (const auto& slot : slots) {
      add_layer(in, slot.channels, slot.name, needs_bias(slot.name));
      in = slot.channels;
    }
    add_layer(in, input.classes, "", true);
  }

  torch::Tensor forward(const torch::Tensor& images) override {
    torch::Tensor x = images.flatten(1);
    for (const auto& layer : layers_) {
      x = seen(layer.name, layer.linear->forward(x));
      if (!layer.norm.empty()) x = activate(normalize(layer.norm, x));
    }
    return x;
  }

 private:
  struct Layer {
    std::string name;
    std::string norm;  // the slot after it; empty after the classifier
    std::shared_ptr<Linear> linear;
  };

  void add_layer(std::int64_t in, std::int64_t out, const std::string& norm, bool with_bias) {
    const std::string name = fmt::format("fc{}", layers_.size() + 1);
    layers_.push_back({name, norm, register_module(name, std::make_shared<Linear>(in, out, with_bias))});
  }

  torch::Tensor activate(const torch::Tensor& x) const {
    if (activation_ == "sigmoid") return torch::sigmoid(x);
    if (activation_ == "tanh") return torch::tanh(x);
    return torch::relu(x);
  }

  std::string activation_;
  std::vector<Layer> layers_;
};

BNEXP_MODEL(mlp, Mlp, MlpOptions,
            {.summary = "Fully connected layers, each with a norm before its activation, and a linear classifier.",
             .formula = "(fc - norm - activation) x len(widths) - fc",
             .source = "Ioffe & Szegedy 2015, section 4.1, for three hidden layers of 100"});

}  // namespace
}  // namespace bnexp::model
