// Residual blocks of two linear layers, all of one width, between a linear stem and a linear classifier: cheap depth,
// to compare norms and initializations over tens of blocks. Wiring and schemes: model/residual.h.
#include "model/residual.h"

namespace bnexp::model {
namespace {

struct ResidualMlpOptions : ResidualOptions {
  std::int64_t depth = 16;
  std::int64_t width = 64;

  void fields(config::Fields& f) {
    f.integer("depth", depth, config::between(1, 1024), "number of blocks; each has two linear layers");
    f.integer("width", width, config::between(1, 65536), "outputs of each of these layers");
    ResidualOptions::fields(f);
  }

  std::vector<norm::Slot> slots(const Input&) const {
    const Extent at{width, {}};
    return ResidualOptions::slots(std::vector<BlockShape>(static_cast<std::size_t>(depth), BlockShape{at, at}));
  }
  std::string refuses(const config::Variant& norm) const { return ResidualOptions::refuses(norm, slots({})); }
};

class ResidualMlp final : public ResidualNet {
 public:
  ResidualMlp(const ResidualMlpOptions& options, const Input& input, const config::Variant& norm)
      : ResidualNet(options, options.slots(input), norm) {
    const std::int64_t width = options.width;
    set_stem(add_linear("stem", input.channels * input.rows * input.columns, width, after_stem(), with_bias()));
    for (std::size_t i = 0; i < static_cast<std::size_t>(options.depth); ++i) {
      const std::string path = block_path(i);
      const auto fc1 = add_linear(path + ".fc1", width, width, after_first(path), with_bias());
      add_block(path, fc1, add_linear(path + ".fc2", width, width, after_second(path), with_bias()));
    }
    set_classifier(add_linear("fc", width, input.classes));
  }

  torch::Tensor forward(const torch::Tensor& images) override { return ResidualNet::forward(images.flatten(1)); }
};

BNEXP_MODEL(residual_mlp, ResidualMlp, ResidualMlpOptions,
            {.summary = "Residual blocks of two linear layers; norms after the layers or before them.",
             .formula = "stem - (x <- relu(x + f(x)) or x + f(x)) x depth - fc",
             .source = "the blocks of He et al. 2016, arXiv:1603.05027, fully connected"});

}  // namespace
}  // namespace bnexp::model
