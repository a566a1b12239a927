// A residual network for small images: a 3x3 stem, `stages` of `depth` blocks, global average pooling, a linear
// classifier. Each stage after the first halves the positions and doubles the channels, by a stride of 2 in its first
// block, whose shortcut is a 1x1 convolution. Wiring, schemes and what slide 9 says of them: model/residual.h.
#include "model/residual.h"

namespace bnexp::model {
namespace {

struct ResNetOptions : ResidualOptions {
  std::int64_t depth = 2;
  std::int64_t stages = 3;
  std::int64_t width = 16;

  void fields(config::Fields& f) {
    f.integer("depth", depth, config::between(1, 200), "blocks in each stage");
    f.integer("stages", stages, config::between(1, 5),
              "number of stages; each but the first halves height and width and doubles the channels");
    f.integer("width", width, config::between(1, 1024), "channels of the first stage");
    ResidualOptions::fields(f);
  }

  std::vector<BlockShape> blocks(const Input& input) const {
    std::vector<BlockShape> result;
    Extent at{width, {input.rows, input.columns}};
    for (std::int64_t i = 0; i < stages * depth; ++i) {
      const bool halves = i > 0 && i % depth == 0;
      Extent next = at;
      if (halves) next = {2 * at.channels, {(at.spatial[0] + 1) / 2, (at.spatial[1] + 1) / 2}};
      result.push_back({at, next, halves ? 2 : 1});
      at = next;
    }
    return result;
  }

  std::vector<norm::Slot> slots(const Input& input) const { return ResidualOptions::slots(blocks(input)); }
  std::string refuses(const config::Variant& norm) const { return ResidualOptions::refuses(norm, slots({})); }
};

class ResNet final : public ResidualNet {
 public:
  ResNet(const ResNetOptions& options, const Input& input, const config::Variant& norm)
      : ResidualNet(options, options.slots(input), norm) {
    set_stem(add_conv("stem", {.in = input.channels, .out = options.width, .padding = 1}, after_stem(), with_bias()));
    const auto shapes = options.blocks(input);
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const auto& [from, to, stride] = shapes[i];
      const std::string path = block_path(i);
      const auto conv1 = add_conv(path + ".conv1", {from.channels, to.channels, 3, stride, /*padding=*/1},
                                  after_first(path), with_bias());
      const auto conv2 = add_conv(path + ".conv2", {to.channels, to.channels, 3, /*stride=*/1, /*padding=*/1},
                                  after_second(path), with_bias());
      std::shared_ptr<Conv2d> shortcut;
      if (options.skip && shapes[i].is_projected()) {
        shortcut =
            add_conv(path + ".shortcut", {from.channels, to.channels, 1, stride}, after_shortcut(path), with_bias());
      }
      add_block(path, conv1, conv2, shortcut);
    }
    set_classifier(add_linear("fc", shapes.back().to.channels, input.classes));
  }
};

BNEXP_MODEL(resnet, ResNet, ResNetOptions,
            {.summary = "Stages of residual blocks of two 3x3 convolutions; norms after the layers or before them.",
             .formula = "stem - (x <- relu(x + f(x)) or x + f(x)) x depth x stages - mean over positions - fc",
             .source = "slide 9; He et al. 2016, arXiv:1512.03385 and arXiv:1603.05027"});

}  // namespace
}  // namespace bnexp::model
