// Models that are executed in fused blocks against the same models in parts.
#include <string>
#include <vector>

#include "model/fused.h"
#include "model/models.h"
#include "norm/fused.h"
#include "norm/gradient_buffers.h"

namespace bnexp {
namespace {

using tests::error;
using tests::kFused;
using tests::Outcome;
using tests::variant_of;

Outcome trained(model::Model& model, const torch::Tensor& images) {
  const torch::Tensor logits = model.forward(images);
  torch::manual_seed(2);
  logits.backward(torch::randn(logits.sizes()).to(logits.scalar_type()));
  Outcome result{logits.detach(), {}};
  for (const auto& parameter : model.parameters()) result.gradients.push_back(parameter.grad().clone());
  return result;
}

const std::vector<std::string> kModels{"convnet", "mlp", "lenet", "vgg_small", "resnet", "residual_mlp"};

TEST_CASE("a model executed in fused blocks is the same model") {
  for (const auto& name : kModels) {
    for (const std::string norm : {"none", "batch", "layer", "ghost"}) {
      INFO(name << ", " << norm);
      const auto composed = tests::make_model(name, norm);
      const auto fused = tests::make_model(name, norm);
      fused->execute({.fused = true});
      const torch::Tensor images = tests::sample_images(16);
      composed->to(torch::kDouble);
      const Outcome theirs = trained(*composed, images.to(torch::kDouble));
      const Outcome ours = trained(*fused, images);
      CHECK(error(ours.y, theirs.y) < 1e-4);
      for (std::size_t i = 0; i < ours.gradients.size(); ++i) {
        if (theirs.gradients[i].abs().max().item<double>() < 1e-6) continue;  // of biases that a norm takes away
        INFO(fused->named_parameters().keys()[i]);
        const torch::Tensor difference = ours.gradients[i].to(torch::kDouble) - theirs.gradients[i];
        CHECK(difference.norm().item<double>() < 0.01 * theirs.gradients[i].norm().item<double>());
      }
    }
  }
}

TEST_CASE("gradients that go to their sinks are those that autograd takes") {
  for (const auto& name : kModels) {
    INFO(name);
    const auto plain = tests::make_model(name, "batch");
    const auto buffered = tests::make_model(name, "batch");
    norm::GradientBuffers gradient_buffers;
    for (const auto& parameter : buffered->parameters())
      gradient_buffers.add(parameter, torch::empty_like(parameter), {});
    plain->execute({.fused = true});
    buffered->execute({.fused = true, .gradient_buffers = &gradient_buffers});
    const torch::Tensor images = tests::sample_images(8);
    const auto expected = trained(*plain, images).gradients;
    const auto actual = trained(*buffered, images).gradients;
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(torch::equal(actual[i], expected[i]));
    const auto twice = trained(*buffered, images).gradients;  // grads were not cleared: they add up
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(error(twice[i], 2 * expected[i]) < 1e-5);
  }
}

TEST_CASE("an observer sees the tensors inside a fused block and changes no bit") {
  for (const auto& norm : kFused) {
    if (!norm::check(variant_of(norm), {"norm3", 128, {}}).empty()) continue;
    INFO(norm);
    const auto alone = tests::make_model("convnet", norm);
    const auto watched = tests::make_model("convnet", norm);
    const auto composed = tests::make_model("convnet", norm);
    alone->execute({.fused = true});
    watched->execute({.fused = true});
    const torch::Tensor images = tests::sample_images(4);
    const tests::Notes notes(*watched);
    const tests::Notes expected(*composed);
    CHECK(torch::equal(trained(*watched, images).y, trained(*alone, images).y));
    for (std::size_t i = 0; i < alone->buffers().size(); ++i)
      CHECK(torch::equal(alone->buffers()[i], watched->buffers()[i]));
    trained(*composed, images);
    CHECK(notes.seen == expected.seen);
    for (const auto& [slot, pair] : expected.norms) {
      INFO(slot);
      CHECK(error(notes.norms.at(slot).before, pair.before) < 1e-4);
      CHECK(error(notes.norms.at(slot).after, pair.after) < 1e-4);
    }
  }
}

TEST_CASE("with products in bfloat16 a model's logits stay near, fused or not, and its weights stay fp32") {
  for (const std::string name : {"convnet", "mlp", "resnet", "lstm"}) {
    for (const bool fused : {false, true}) {
      INFO(name << (fused ? ", fused" : ", composed"));
      const Json settings = name == "lstm" ? Json{{"pool", 7}} : Json();
      const auto exact = tests::make_model(name, "batch", settings);
      const auto rough = tests::make_model(name, "batch", settings);
      rough->execute({.fused = fused, .products = torch::kBFloat16});
      const torch::Tensor images = tests::sample_images(16);
      const Outcome theirs = trained(*exact, images);
      const Outcome ours = trained(*rough, images);
      CHECK(error(ours.y, theirs.y) < 0.1);
      CHECK(error(ours.y, theirs.y) > 1e-5);
      for (const auto& gradient : ours.gradients) CHECK(gradient.scalar_type() == torch::kFloat);
    }
  }
}

}  // namespace
}  // namespace bnexp
