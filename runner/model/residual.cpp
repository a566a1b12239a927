#include "model/residual.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace bnexp::model {
namespace {

// U(-sqrt(6 / fan_in), sqrt(6 / fan_in)) has variance 2 / fan_in (He et al. 2015).
const double kHe = std::sqrt(6.0);

torch::Tensor plus(torch::Tensor x, const torch::Tensor& bias) {
  if (!bias.defined()) return x;
  return x + bias;
}
torch::Tensor times(const torch::Tensor& x, const torch::Tensor& factor) { return factor.defined() ? x * factor : x; }

}  // namespace

std::string block_path(std::size_t index) { return fmt::format("blocks.{}", index); }

void ResidualOptions::fields(config::Fields& f) {
  f.choice("block", block, {"post", "pre"}, "place of norms and activations: after the layers, or before them");
  f.choice("residual", residual, {"standard", "zero_gamma", "skip_init", "fixup"}, "how the branches are initialized");
  f.boolean("skip", skip, "false: the plain network, without skip connections");
  f.check(skip || residual == "standard", "residual", residual + " needs skip connections, and skip is false",
          "use residual: standard");
  f.check(skip || is_post(), "block", "without skip connections, pre and post are the same network", "use block: post");
  f.check(is_post() || residual != "zero_gamma", "residual",
          "zero_gamma in a pre block is before a relu, which passes no gradient at 0: the branch would never learn",
          "use skip_init, or block: post");
  f.check(is_post() || !is_fixup(), "residual", "fixup sets its biases around the layers of a post block",
          "use skip_init, or block: post");
  DropoutOptions::fields(f);
}

std::vector<norm::Slot> ResidualOptions::slots(const std::vector<BlockShape>& blocks) const {
  std::vector<norm::Slot> result;
  const auto add = [&](const std::string& name, const Extent& at, const char* activation, bool after_layer) {
    result.push_back({name, at.channels, at.spatial, activation, after_layer});
  };
  if (is_post()) add("norm0", blocks.front().from, "relu", true);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::string path = block_path(i);
    add(path + ".norm1", is_post() ? blocks[i].to : blocks[i].from, "relu", is_post());
    add(path + ".norm2", blocks[i].to, is_post() && skip ? "" : "relu", true);
    if (is_post() && skip && blocks[i].is_projected()) add(path + ".norm_shortcut", blocks[i].to, "", true);
  }
  if (!is_post()) add("norm_final", blocks.back().to, "relu", false);
  return result;
}

std::string ResidualOptions::refuses(const config::Variant& norm, const std::vector<norm::Slot>& slots) const {
  if (is_fixup() && !norm::is_identity(norm)) {
    return "residual: fixup replaces a norm and needs norm: none, not " + norm.name;
  }
  if (residual != "zero_gamma") return "";
  for (const auto& slot : slots) {
    if (!slot.name.ends_with(".norm2") || !norm::check(norm, slot).empty()) continue;
    if (!norm::make(norm, slot)->named_parameters().contains("weight")) {
      return fmt::format("residual: zero_gamma starts the weight of {} at 0 and norm {} has no weight", slot.name,
                         norm.name);
    }
    break;
  }
  return "";
}

ResidualNet::ResidualNet(const ResidualOptions& options, const std::vector<norm::Slot>& slots,
                         const config::Variant& norm)
    : options_(options) {
  set_dropout(options);
  add_norms(slots, norm);
  // What a pre block adds to the sum is read only by norms, all of which remove a constant if one does.
  with_bias_ = !options.is_fixup() && (options.is_post() || !norm_slots().front().norm->replaces_bias());
  if (options.is_fixup()) {
    bias_stem_ = add_parameter("bias_stem", torch::zeros({1}));
    bias_fc_ = add_parameter("bias_fc", torch::zeros({1}));
  }
}

void ResidualNet::set_stem(const std::shared_ptr<Layer>& stem) {
  stem_ = stem;
  stem_->bound = kHe;
}

void ResidualNet::add_block(const std::string& path, const std::shared_ptr<Layer>& first,
                            const std::shared_ptr<Layer>& second, const std::shared_ptr<Layer>& shortcut) {
  Block block;
  block.first = first;
  block.second = second;
  block.shortcut = shortcut;
  block.norm1 = path + ".norm1";
  block.norm2 = path + ".norm2";
  block.norm_shortcut = after_shortcut(path);
  for (const auto& layer : {first, second, shortcut}) {
    if (layer) layer->bound = kHe;
  }
  if (options_.residual == "skip_init") block.factor = add_parameter(path + ".alpha", torch::zeros({1}));
  if (options_.is_fixup()) {
    block.factor = add_parameter(path + ".scale", torch::ones({1}));
    block.bias1a = add_parameter(path + ".bias1a", torch::zeros({1}));
    block.bias1b = add_parameter(path + ".bias1b", torch::zeros({1}));
    block.bias2a = add_parameter(path + ".bias2a", torch::zeros({1}));
    block.bias2b = add_parameter(path + ".bias2b", torch::zeros({1}));
  }
  blocks_.push_back(block);
}

void ResidualNet::adjust_initial() {
  const double fixup = 1 / std::sqrt(static_cast<double>(blocks_.size()));
  if (stem_->bias.defined()) stem_->bias.zero_();
  for (const auto& block : blocks_) {
    for (const auto& layer : {block.first, block.second, block.shortcut}) {
      if (layer && layer->bias.defined()) layer->bias.zero_();
    }
    if (options_.is_fixup()) {
      block.first->weight.mul_(fixup);
      block.second->weight.zero_();
    }
    if (options_.residual == "zero_gamma") find_norm(block.norm2)->named_parameters()["weight"].zero_();
  }
  if (options_.is_fixup()) {
    classifier_->weight.zero_();
    classifier_->bias.zero_();
  }
}

torch::Tensor ResidualNet::forward(const torch::Tensor& input) {
  torch::Tensor x = plus(through(*stem_, input), bias_stem_);
  if (options_.is_post()) x = norm_act(after_stem(), "relu", std::move(x));
  for (const auto& block : blocks_) x = options_.is_post() ? post(block, x) : pre(block, x);
  if (!options_.is_post()) x = norm_act("norm_final", "relu", std::move(x));
  if (x.dim() > 2) x = x.flatten(2).mean(2);
  return through(*classifier_, drop("before_classifier", plus(x, bias_fc_)));
}

torch::Tensor ResidualNet::post(const Block& block, const torch::Tensor& x) {
  const torch::Tensor in = plus(x, block.bias1a);
  torch::Tensor y = norm_act(block.norm1, "relu", plus(through(*block.first, in), block.bias1b));
  y = through(*block.second, plus(y, block.bias2a));
  if (!options_.skip) return norm_act(block.norm2, "relu", std::move(y));
  y = plus(times(norm_act(block.norm2, "", std::move(y)), block.factor), block.bias2b);
  const torch::Tensor kept = block.shortcut ? normalize(block.norm_shortcut, through(*block.shortcut, in)) : x;
  return torch::relu(y + kept);
}

torch::Tensor ResidualNet::pre(const Block& block, const torch::Tensor& x) {
  const torch::Tensor in = norm_act(block.norm1, "relu", x);
  torch::Tensor y = norm_act(block.norm2, "relu", through(*block.first, in));
  y = times(through(*block.second, y), block.factor);
  return y + (block.shortcut ? through(*block.shortcut, in) : x);
}

}  // namespace bnexp::model
