// A fully connected network: linear, norm, activation for each width, then a linear classifier.
#include <fmt/format.h>

#include <utility>

#include "model/model.h"

namespace bnexp::model {
namespace {

struct MlpOptions : DropoutOptions {
  std::vector<std::int64_t> widths{100, 100, 100};
  std::string activation = "relu";
  std::string norm_place = "before";

  void fields(config::Fields& f) {
    f.integers("widths", widths, config::between(1, 65536), "outputs of each hidden layer, first to last");
    f.choice("activation", activation, {"relu", "sigmoid", "tanh", "leaky_relu"}, "activation of each hidden layer");
    f.choice("norm_place", norm_place, {"before", "after"}, "place of the norms: before or after the activation");
    DropoutOptions::fields(f);
  }

  bool is_before() const { return norm_place == "before"; }

  std::vector<norm::Slot> slots(const Input&) const {
    std::vector<norm::Slot> result;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      result.push_back({.name = fmt::format("norm{}", i + 1),
                        .channels = widths[i],
                        .spatial = {},
                        .activation = is_before() ? activation : "",
                        .after_layer = is_before()});
    }
    return result;
  }
};

class Mlp final : public Model {
 public:
  Mlp(const MlpOptions& options, const Input& input, const config::Variant& norm) : options_(options) {
    set_dropout(options);
    const auto slots = options.slots(input);
    add_norms(slots, norm);
    std::int64_t in = input.channels * input.rows * input.columns;
    for (const auto& slot : slots) {
      const std::string name = fmt::format("fc{}", hidden_.size() + 1);
      hidden_.push_back({slot.name, add_linear(name, in, slot.channels, options.is_before() ? slot.name : "")});
      in = slot.channels;
    }
    classifier_ = add_linear(fmt::format("fc{}", hidden_.size() + 1), in, input.classes);
  }

  torch::Tensor forward(const torch::Tensor& images) override {
    torch::Tensor x = images.flatten(1);
    for (const auto& [slot, linear] : hidden_) {
      x = through(*linear, x);
      if (!options_.is_before()) x = activate(options_.activation, x);
      x = norm_act(slot, options_.is_before() ? options_.activation : "", std::move(x));
    }
    return through(*classifier_, drop("before_classifier", x));
  }

 private:
  struct Hidden {
    std::string slot;
    std::shared_ptr<Linear> linear;
  };

  MlpOptions options_;
  std::vector<Hidden> hidden_;
  std::shared_ptr<Linear> classifier_;
};

BNEXP_MODEL(
    mlp, Mlp, MlpOptions,
    {.summary = "Fully connected layers, each with a norm before or after its activation, and a linear classifier.",
     .formula = "(fc - norm - activation) x len(widths) - fc",
     .source = "Ioffe & Szegedy 2015, section 4.1, for three hidden layers of 100"});

}  // namespace
}  // namespace bnexp::model
