// Shared by the convolutional and the fully connected residual networks. Blocks of two layers have skip connections, in
// either order of He et al. 2016 (arXiv:1603.05027), figures 4a and 4e:
//   post   y = relu(skip(x) + norm2(layer2(relu(norm1(layer1(x))))))               ends in the classifier
//   pre    y = skip(x) + layer2(relu(norm2(layer1(relu(norm1(x))))))               ends in norm_final and relu
// skip(x) is x; if the shape changes, a projection: norm_shortcut(shortcut(x)), or shortcut(relu(norm1(x))) in pre.
// Slide 9 recommends `post`, although depth argues against it, and starts every gamma at 1.
//
// Initialization of the branch f of a block of L:
//   standard    the layers' own, which without a norm doubles the variance in every block
//   zero_gamma  the last norm's weight is 0, so f = 0 (Goyal et al. 2017, arXiv:1706.02677); post only
//   skip_init   alpha f, with a learned scalar alpha from 0 (De & Smith 2020, arXiv:2002.10444)
//   fixup       without a norm: layer1 scaled by L^(-1/2), layer2 and classifier 0, a learned scalar bias before each
//               layer and activation, a learned factor from 1 after layer2 (Zhang et al. 2019, arXiv:1901.09321)
// All weights before an activation are He-initialized, their biases are 0. Dropout is in branches, never in shortcuts.
#pragma once

#include <string>
#include <vector>

#include "model/model.h"

namespace bnexp::model {

// One sample between blocks: (channels, spatial...).
struct Extent {
  std::int64_t channels = 1;
  std::vector<std::int64_t> spatial;

  bool operator==(const Extent&) const = default;
};

struct BlockShape {
  Extent from;
  Extent to;
  std::int64_t stride = 1;

  bool is_projected() const { return from != to; }
};

struct ResidualOptions : DropoutOptions {
  std::string block = "post";
  std::string residual = "standard";
  bool skip = true;

  void fields(config::Fields& f);
  bool is_post() const { return block == "post"; }
  bool is_fixup() const { return residual == "fixup"; }

  std::vector<norm::Slot> slots(const std::vector<BlockShape>& blocks) const;
  // Why the norm can't be combined with `residual`, or "".
  std::string refuses(const config::Variant& norm, const std::vector<norm::Slot>& slots) const;
};

class ResidualNet : public Model {
 public:
  torch::Tensor forward(const torch::Tensor& x) override;
  void adjust_initial() override;

 protected:
  ResidualNet(const ResidualOptions& options, const std::vector<norm::Slot>& slots, const config::Variant& norm);

  // The slot that a layer's output goes to; one that doesn't exist if the output is added to a sum or has no norm.
  std::string after_stem() const { return "norm0"; }
  std::string after_first(const std::string& block) const { return block + (options_.is_post() ? ".norm1" : ".norm2"); }
  std::string after_second(const std::string& block) const { return options_.is_post() ? block + ".norm2" : ""; }
  std::string after_shortcut(const std::string& block) const { return block + ".norm_shortcut"; }
  // Whether the initialization scheme allows biases. A norm after the layer can still make its bias redundant.
  bool with_bias() const { return with_bias_; }

  void set_stem(const std::shared_ptr<Layer>& stem);
  // `shortcut` is null if x itself is the shortcut.
  void add_block(const std::string& path, const std::shared_ptr<Layer>& first, const std::shared_ptr<Layer>& second,
                 const std::shared_ptr<Layer>& shortcut = nullptr);
  void set_classifier(const std::shared_ptr<Layer>& classifier) { classifier_ = classifier; }

 private:
  // Scalars are undefined if the scheme has none.
  struct Block {
    std::shared_ptr<Layer> first;
    std::shared_ptr<Layer> second;
    std::shared_ptr<Layer> shortcut;
    std::string norm1;
    std::string norm2;
    std::string norm_shortcut;
    torch::Tensor factor;
    torch::Tensor bias1a;
    torch::Tensor bias1b;
    torch::Tensor bias2a;
    torch::Tensor bias2b;
  };

  torch::Tensor post(const Block& block, const torch::Tensor& x);
  torch::Tensor pre(const Block& block, const torch::Tensor& x);

  ResidualOptions options_;
  bool with_bias_;
  std::shared_ptr<Layer> stem_;
  std::vector<Block> blocks_;
  std::shared_ptr<Layer> classifier_;
  torch::Tensor bias_stem_;
  torch::Tensor bias_fc_;
};

// "blocks.0".
std::string block_path(std::size_t index);

}  // namespace bnexp::model
