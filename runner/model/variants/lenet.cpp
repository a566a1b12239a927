// LeNet-5 as it is used today: 5x5 convolutions to 6 and 16 channels, 2x2 max-pooling, linear layers of 120, 84 and 10.
// The original of 1998 pools by a learned average, connects only some channels of the second convolution, and ends in
// radial basis functions. A norm is before each activation.
#include "model/model.h"

namespace bnexp::model {
namespace {

struct LeNetOptions : DropoutOptions {
  std::string activation = "relu";

  void fields(config::Fields& f) {
    f.choice("activation", activation, {"relu", "tanh"}, "activation of each hidden layer; the original uses tanh");
    DropoutOptions::fields(f);
  }

  std::vector<norm::Slot> slots(const Input& input) const {
    return {{"norm1", 6, {input.rows, input.columns}, activation},
            {"norm2", 16, {input.rows / 2 - 4, input.columns / 2 - 4}, activation},
            {"norm3", 120, {}, activation},
            {"norm4", 84, {}, activation}};
  }
};

class LeNet final : public Model {
 public:
  LeNet(const LeNetOptions& options, const Input& input, const config::Variant& norm)
      : activation_(options.activation) {
    set_dropout(options);
    add_norms(options.slots(input), norm);
    const std::int64_t positions = ((input.rows / 2 - 4) / 2) * ((input.columns / 2 - 4) / 2);
    conv1_ = add_conv("conv1", {.in = input.channels, .out = 6, .size = 5, .padding = 2}, "norm1");
    conv2_ = add_conv("conv2", {.in = 6, .out = 16, .size = 5}, "norm2");
    fc1_ = add_linear("fc1", 16 * positions, 120, "norm3");
    fc2_ = add_linear("fc2", 120, 84, "norm4");
    fc3_ = add_linear("fc3", 84, input.classes);
  }

  torch::Tensor forward(const torch::Tensor& images) override {
    torch::Tensor x = norm_act("norm1", activation_, through(*conv1_, images), Pool::max2);
    x = norm_act("norm2", activation_, through(*conv2_, x), Pool::max2);
    x = norm_act("norm3", activation_, through(*fc1_, x.flatten(1)));
    x = norm_act("norm4", activation_, through(*fc2_, x));
    return through(*fc3_, drop("before_classifier", x));
  }

 private:
  std::string activation_;
  std::shared_ptr<Conv2d> conv1_;
  std::shared_ptr<Conv2d> conv2_;
  std::shared_ptr<Linear> fc1_;
  std::shared_ptr<Linear> fc2_;
  std::shared_ptr<Linear> fc3_;
};

BNEXP_MODEL(lenet, LeNet, LeNetOptions,
            {.summary = "LeNet-5: two 5x5 convolutions with max-pooling and three linear layers.",
             .formula = "(conv - norm - activation - maxpool2) x 2 - (fc - norm - activation) x 2 - fc",
             .source = "LeCun et al. 1998, Gradient-based learning applied to document recognition",
             .semantics = 1});

}  // namespace
}  // namespace bnexp::model
