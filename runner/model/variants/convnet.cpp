// The small convolutional network of the slides: two 3x3 convolutions, 2x2 max-pooling, two linear layers. The slide's
// code leaves out the pooling, which its own 64 * 12 * 12 inputs of fc1 imply. A norm is before each ReLU.
#include <algorithm>

#include "model/model.h"

namespace bnexp::model {
namespace {

struct ConvNetOptions : DropoutOptions {
  std::int64_t conv1 = 32;
  std::int64_t conv2 = 64;
  std::int64_t fc1 = 128;
  std::vector<std::string> norm_after{"conv1", "conv2", "fc1"};

  void fields(config::Fields& f) {
    f.integer("conv1", conv1, config::between(1, 4096), "output channels of the first convolution");
    f.integer("conv2", conv2, config::between(1, 4096), "output channels of the second convolution");
    f.integer("fc1", fc1, config::between(1, 65536), "outputs of the first linear layer");
    f.choices("norm_after", norm_after, {"conv1", "conv2", "fc1"}, "the layers that are followed by a norm");
    DropoutOptions::fields(f);
  }

  bool has_norm(const char* layer) const {
    return std::find(norm_after.begin(), norm_after.end(), layer) != norm_after.end();
  }

  std::vector<norm::Slot> slots(const Input& input) const {
    std::vector<norm::Slot> result;
    if (has_norm("conv1")) result.push_back({"norm1", conv1, {input.rows - 2, input.columns - 2}});
    if (has_norm("conv2")) result.push_back({"norm2", conv2, {input.rows - 4, input.columns - 4}});
    if (has_norm("fc1")) result.push_back({"norm3", fc1, {}});
    return result;
  }
};

class ConvNet final : public Model {
 public:
  ConvNet(const ConvNetOptions& options, const Input& input, const config::Variant& norm) {
    set_dropout(options);
    add_norms(options.slots(input), norm);
    const std::int64_t flat = options.conv2 * ((input.rows - 4) / 2) * ((input.columns - 4) / 2);
    conv1_ = add_conv("conv1", {.in = input.channels, .out = options.conv1}, "norm1");
    conv2_ = add_conv("conv2", {.in = options.conv1, .out = options.conv2}, "norm2");
    fc1_ = add_linear("fc1", flat, options.fc1, "norm3");
    fc2_ = add_linear("fc2", options.fc1, input.classes);
  }

  torch::Tensor forward(const torch::Tensor& images) override {
    torch::Tensor x = norm_act("norm1", "relu", through(*conv1_, images));
    x = norm_act("norm2", "relu", through(*conv2_, x), Pool::max2);
    x = norm_act("norm3", "relu", through(*fc1_, x.flatten(1)));
    return through(*fc2_, drop("before_classifier", x));
  }

 private:
  std::shared_ptr<Conv2d> conv1_;
  std::shared_ptr<Conv2d> conv2_;
  std::shared_ptr<Linear> fc1_;
  std::shared_ptr<Linear> fc2_;
};

BNEXP_MODEL(convnet, ConvNet, ConvNetOptions,
            {.summary = "Two 3x3 convolutions, 2x2 max-pooling and two linear layers; a norm before each ReLU.",
             .formula = "conv1 - norm1 - relu - conv2 - norm2 - relu - maxpool2 - fc1 - norm3 - relu - fc2",
             .source = "slide 3; pytorch/examples mnist without dropout"});

}  // namespace
}  // namespace bnexp::model
