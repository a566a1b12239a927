// VGG's architecture for MNIST: blocks of two 3x3 convolutions, each with a norm and a ReLU, then 2x2 max-pooling; a
// linear classifier instead of VGG's three linear layers. Convolutions are He-initialized with biases 0, as in
// torchvision; with PyTorch's default, the signal of the network without a norm would vanish over six layers.
#include <fmt/format.h>

#include <cmath>

#include "model/model.h"

namespace bnexp::model {
namespace {

struct VggSmallOptions : DropoutOptions {
  std::vector<std::int64_t> widths{16, 32, 64};

  void fields(config::Fields& f) {
    f.integers("widths", widths, config::between(1, 4096), "channels of each block, first to last; one to four blocks");
    f.check(!widths.empty() && widths.size() <= 4, "widths",
            "each block halves the 28 rows, so there may be one to four blocks", "list one to four widths");
    DropoutOptions::fields(f);
  }

  std::vector<norm::Slot> slots(const Input& input) const {
    std::vector<norm::Slot> result;
    std::int64_t rows = input.rows;
    std::int64_t columns = input.columns;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      for (const char* name : {"norm1", "norm2"}) {
        result.push_back({fmt::format("blocks.{}.{}", i, name), widths[i], {rows, columns}});
      }
      rows /= 2;
      columns /= 2;
    }
    return result;
  }
};

class VggSmall final : public Model {
 public:
  VggSmall(const VggSmallOptions& options, const Input& input, const config::Variant& norm) {
    set_dropout(options);
    add_norms(options.slots(input), norm);
    std::int64_t in = input.channels;
    std::int64_t positions = 0;
    for (const auto& [slot, placed, unused] : norm_slots()) {
      std::string path = slot.name;
      path.replace(path.rfind("norm"), 4, "conv");
      convs_.push_back(add_conv(path, {.in = in, .out = slot.channels, .size = 3, .padding = 1}, slot.name));
      convs_.back()->bound = std::sqrt(6.0);
      in = slot.channels;
      positions = (slot.spatial[0] / 2) * (slot.spatial[1] / 2);
    }
    fc_ = add_linear("fc", in * positions, input.classes);
  }

  void adjust_initial() override {
    for (const auto& conv : convs_) {
      if (conv->bias.defined()) conv->bias.zero_();
    }
  }

  torch::Tensor forward(const torch::Tensor& images) override {
    torch::Tensor x = images;
    for (std::size_t i = 0; i < convs_.size(); ++i) {
      const Pool pool = i % 2 == 1 ? Pool::max2 : Pool::none;
      x = norm_act(norm_slots()[i].slot.name, "relu", through(*convs_[i], x), pool);
    }
    return through(*fc_, drop("before_classifier", x.flatten(1)));
  }

 private:
  std::vector<std::shared_ptr<Conv2d>> convs_;
  std::shared_ptr<Linear> fc_;
};

BNEXP_MODEL(vgg_small, VggSmall, VggSmallOptions,
            {.summary = "Blocks of two 3x3 convolutions and max-pooling, a norm before each ReLU; a linear classifier.",
             .formula = "((conv - norm - relu) x 2 - maxpool2) x len(widths) - fc",
             .source = "Simonyan & Zisserman 2015, arXiv:1409.1556, made small"});

}  // namespace
}  // namespace bnexp::model
