// Residual networks against plain compositions of torch functions, and what their schemes promise at the start.
#include <cmath>

#include "config/settings/fields.h"
#include "model/models.h"

namespace bnexp {
namespace {

using tests::make_model;
using tests::Notes;
using tests::randomize;
using tests::sample_images;
using tests::variant;

// A model's parameters by name, and what its layers do with them.
class Plain {
 public:
  explicit Plain(const model::Model& model) : parameters_(model.named_parameters()) {}

  torch::Tensor operator()(const std::string& name) const { return parameters_[name]; }
  torch::Tensor bias(const std::string& name) const {
    const auto* found = parameters_.find(name + ".bias");
    return found == nullptr ? torch::Tensor() : *found;
  }
  torch::Tensor conv(const std::string& name, const torch::Tensor& x, std::int64_t stride = 1,
                     std::int64_t padding = 1) const {
    return torch::conv2d(x, parameters_[name + ".weight"], bias(name), stride, padding);
  }
  torch::Tensor linear(const std::string& name, const torch::Tensor& x) const {
    return torch::linear(x, parameters_[name + ".weight"], bias(name));
  }
  // In training mode: over the batch and positions.
  torch::Tensor norm(const std::string& name, const torch::Tensor& x) const {
    return torch::batch_norm(x, parameters_[name + ".weight"], bias(name), {}, {}, true, 0.1, 1e-5, false);
  }

 private:
  torch::OrderedDict<std::string, torch::Tensor> parameters_;
};

using torch::relu;

const Json kTwoStages{{"depth", 2}, {"stages", 2}, {"width", 4}};

std::shared_ptr<model::Model> randomized(const std::string& name, const std::string& norm, Json settings,
                                         const Json& more) {
  settings.update(more);
  auto model = make_model(name, norm, settings);
  randomize(*model);
  return model;
}

void check_close(const torch::Tensor& found, const torch::Tensor& expected) {
  CHECK((found - expected).abs().max().item<double>() < 1e-10 * expected.abs().max().item<double>());
}

TEST_CASE("a post-activation network adds the normalized branch to the skip and then takes the relu") {
  for (const bool skip_init : {false, true}) {
    const auto model = randomized("resnet", "batch", kTwoStages, {{"residual", skip_init ? "skip_init" : "standard"}});
    const Plain p(*model);
    const torch::Tensor images = sample_images(5).to(torch::kDouble);
    torch::Tensor x = relu(p.norm("norm0", p.conv("stem", images)));
    for (int i = 0; i < 4; ++i) {
      const std::string b = "blocks." + std::to_string(i) + ".";
      const std::int64_t stride = i == 2 ? 2 : 1;
      torch::Tensor y = relu(p.norm(b + "norm1", p.conv(b + "conv1", x, stride)));
      y = p.norm(b + "norm2", p.conv(b + "conv2", y));
      if (skip_init) y = p(b + "alpha") * y;
      const torch::Tensor kept = i == 2 ? p.norm(b + "norm_shortcut", p.conv(b + "shortcut", x, 2, 0)) : x;
      x = relu(y + kept);
    }
    CHECK(x.sizes() == std::vector<std::int64_t>{5, 8, 14, 14});
    check_close(model->forward(images), p.linear("fc", x.mean({2, 3})));
  }
}

TEST_CASE("a pre-activation network normalizes before its layers and once more at the end") {
  for (const bool skip_init : {false, true}) {
    const auto model = randomized("resnet", "batch", kTwoStages,
                                  {{"block", "pre"}, {"residual", skip_init ? "skip_init" : "standard"}});
    const Plain p(*model);
    const torch::Tensor images = sample_images(5).to(torch::kDouble);
    torch::Tensor x = p.conv("stem", images);
    for (int i = 0; i < 4; ++i) {
      const std::string b = "blocks." + std::to_string(i) + ".";
      const torch::Tensor a = relu(p.norm(b + "norm1", x));
      torch::Tensor y = relu(p.norm(b + "norm2", p.conv(b + "conv1", a, i == 2 ? 2 : 1)));
      y = p.conv(b + "conv2", y);
      if (skip_init) y = p(b + "alpha") * y;
      x = y + (i == 2 ? p.conv(b + "shortcut", a, 2, 0) : x);
    }
    check_close(model->forward(images), p.linear("fc", relu(p.norm("norm_final", x)).mean({2, 3})));
  }
}

TEST_CASE("a plain network is the chain of its layers") {
  const auto model = randomized("residual_mlp", "batch", {{"depth", 3}}, {{"skip", false}});
  const Plain p(*model);
  const torch::Tensor images = sample_images(5).to(torch::kDouble);
  torch::Tensor x = relu(p.norm("norm0", p.linear("stem", images.flatten(1))));
  for (int i = 0; i < 3; ++i) {
    const std::string b = "blocks." + std::to_string(i) + ".";
    x = relu(p.norm(b + "norm1", p.linear(b + "fc1", x)));
    x = relu(p.norm(b + "norm2", p.linear(b + "fc2", x)));
  }
  check_close(model->forward(images), p.linear("fc", x));
}

TEST_CASE("a fixup network has a scalar bias before each layer and activation, and one factor a block") {
  const auto model = randomized("resnet", "none", kTwoStages, {{"residual", "fixup"}});
  const Plain p(*model);
  const torch::Tensor images = sample_images(5).to(torch::kDouble);
  torch::Tensor x = relu(p.conv("stem", images) + p("bias_stem"));
  for (int i = 0; i < 4; ++i) {
    const std::string b = "blocks." + std::to_string(i) + ".";
    torch::Tensor y = relu(p.conv(b + "conv1", x + p(b + "bias1a"), i == 2 ? 2 : 1) + p(b + "bias1b"));
    y = p.conv(b + "conv2", y + p(b + "bias2a")) * p(b + "scale") + p(b + "bias2b");
    x = relu(y + (i == 2 ? p.conv(b + "shortcut", x + p(b + "bias1a"), 2, 0) : x));
  }
  check_close(model->forward(images), p.linear("fc", x.mean({2, 3}) + p("bias_fc")));
  for (const auto& layer : model->layers()) CHECK(layer->bias.defined() == (layer->path == "fc"));
}

TEST_CASE("fixup scales the first layer of L blocks by the root of 1/L, zeroes the second and the classifier") {
  for (const std::int64_t depth : {1, 4, 9}) {
    const auto fixup = make_model("residual_mlp", "none", {{"depth", depth}, {"residual", "fixup"}});
    const auto plain = make_model("residual_mlp", "none", {{"depth", depth}});
    const auto expected = plain->named_parameters();
    const double scale = 1 / std::sqrt(static_cast<double>(depth));
    for (const auto& item : fixup->named_parameters()) {
      INFO(item.key());
      if (item.key().ends_with("fc1.weight"))
        CHECK(torch::allclose(item.value(), expected[item.key()] * scale));
      else if (item.key() == "stem.weight")
        CHECK(torch::equal(item.value(), expected[item.key()]));
      else if (item.key().ends_with("scale"))
        CHECK(item.value().item<double>() == 1);
      else
        CHECK(item.value().count_nonzero().item<std::int64_t>() == 0);
    }
  }
}

TEST_CASE("blocks with zero gamma or SkipInit start as the identity") {
  const torch::Tensor images = sample_images(5);
  const std::vector<std::pair<std::string, std::string>> schemes{
      {"batch", "zero_gamma"}, {"batch", "skip_init"}, {"none", "skip_init"}};
  for (const auto& [norm, residual] : schemes) {
    for (const char* name : {"resnet", "residual_mlp"}) {
      INFO(name << " " << norm << " " << residual);
      Json settings{{"depth", 4}, {"residual", residual}};
      if (std::string(name) == "resnet") settings["stages"] = 1;
      const auto model = make_model(name, norm, settings);
      const Plain p(*model);
      torch::Tensor x = name == std::string("resnet") ? p.conv("stem", images) : p.linear("stem", images.flatten(1));
      if (norm == "batch") x = p.norm("norm0", x);
      x = relu(x);
      if (x.dim() > 2) x = x.flatten(2).mean(2);
      CHECK(torch::allclose(model->forward(images), p.linear("fc", x), 1e-5, 1e-6));
    }
  }
}

TEST_CASE("a block that starts as the identity still learns") {
  struct Scheme {
    std::string norm;
    std::string residual;
    std::string parameter;
  };
  for (const auto& [norm, residual, parameter] : std::vector<Scheme>{{"batch", "zero_gamma", "blocks.1.norm2.weight"},
                                                                     {"none", "skip_init", "blocks.1.alpha"},
                                                                     {"none", "fixup", "fc.weight"}}) {
    INFO(residual);
    const auto model = make_model("residual_mlp", norm, {{"depth", 3}, {"residual", residual}});
    torch::cross_entropy_loss(model->forward(sample_images(8)), torch::arange(8)).backward();
    CHECK(model->named_parameters()[parameter].grad().abs().max().item<double>() > 0);
  }
}

// Mean square of what enters each pre-activation block and the final norm.
std::vector<double> sizes_at_blocks(const std::string& norm, std::int64_t depth) {
  const auto model = make_model("residual_mlp", norm, {{"depth", depth}, {"width", 512}, {"block", "pre"}});
  Notes notes(*model);
  model->forward(sample_images(256));
  std::vector<double> result;
  for (std::int64_t i = 0; i <= depth; ++i) {
    const std::string slot = i == depth ? "norm_final" : "blocks." + std::to_string(i) + ".norm1";
    result.push_back(notes.norms.at(slot).before.square().mean().item<double>());
  }
  return result;
}

TEST_CASE("without a norm the variance doubles in every block, with batch norm it grows by one") {
  const auto without = sizes_at_blocks("none", 8);
  const auto with = sizes_at_blocks("batch", 8);
  CHECK(without[0] == Approx(2).epsilon(0.1));  // the stem's inputs have variance 1
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(without[i + 1] / without[i] == Approx(2).epsilon(0.15));
    CHECK(with[i + 1] - with[i] == Approx(1).epsilon(0.15));
  }
}

TEST_CASE("schemes refuse the norms that they can't go with, and say why") {
  const auto refusal = [](const char* residual, const char* norm, const char* model = "resnet") {
    return model::check(variant("model", model, {{"residual", residual}}), variant("norm", norm));
  };
  CHECK(refusal("fixup", "none").empty());
  CHECK(refusal("fixup", "batch").find("fixup") != std::string::npos);
  CHECK(refusal("zero_gamma", "batch").empty());
  CHECK(refusal("zero_gamma", "layer", "residual_mlp").empty());
  CHECK(refusal("zero_gamma", "none").find("has no weight") != std::string::npos);
  CHECK(refusal("zero_gamma", "weight", "residual_mlp").find("has no weight") != std::string::npos);
  CHECK(refusal("skip_init", "none").empty());
  CHECK(refusal("skip_init", "batch").empty());
  CHECK(refusal("standard", "none").empty());
}

}  // namespace
}  // namespace bnexp
