#include "train/forward_backward.h"

#include "model/models.h"
#include "train/parameters.h"

namespace bnexp {
namespace {

// A model that trains as a trial's does, without a change of its weights.
struct Trained {
  Trained(const std::string& name, const std::string& norm, const Json& settings, bool half)
      : model(tests::make_model(name, norm, settings)), parameters(*model, half), pass(*model) {
    model->execute({.fused = true,
                    .products = half ? torch::kBFloat16 : torch::kFloat,
                    .gradient_buffers = &parameters.gradient_buffers(),
                    .tape = &pass.tape()});
  }

  // Whether the step was played without autograd.
  bool step(std::int64_t count) {
    logits = pass.forward(tests::sample_images(count));
    const bool played = !logits.requires_grad();
    torch::manual_seed(5);
    parameters.clear();
    parameters.gradients().fill_(NAN);
    pass.backward(torch::randn(logits.sizes()).to(logits.scalar_type()));
    parameters.gather();
    gradients = model->parameters();
    for (auto& gradient : gradients) gradient = gradient.grad().clone();
    return played;
  }

  std::shared_ptr<model::Model> model;
  train::Parameters parameters;
  train::ForwardBackward pass;
  torch::Tensor logits;
  std::vector<torch::Tensor> gradients;
};

void check_same(const Trained& a, const Trained& b) {
  CHECK(torch::equal(a.logits, b.logits));
  REQUIRE(a.gradients.size() == b.gradients.size());
  for (std::size_t i = 0; i < a.gradients.size(); ++i) {
    INFO("gradient " << i);
    CHECK(torch::equal(a.gradients[i], b.gradients[i]));
  }
  const auto buffers = b.model->buffers();
  for (std::size_t i = 0; i < buffers.size(); ++i) CHECK(torch::equal(a.model->buffers()[i], buffers[i]));
}

TEST_CASE("steps of a chain of fused layers are played without autograd, with its bits") {
  const std::vector<Json> shapes{{{"widths", {40, 30}}, {"activation", "relu"}},
                                 {{"widths", {64}}, {"activation", "tanh"}}};
  for (const std::string norm : {"none", "batch", "layer", "rms"}) {
    for (const auto& settings : shapes) {
      for (const bool half : {false, true}) {
        INFO(norm << ", " << settings.dump() << (half ? ", bf16" : ""));
        Trained played("mlp", norm, settings, half);
        Trained plain("mlp", norm, settings, half);
        CHECK_FALSE(played.step(16));
        for (int i = 0; i < 2; ++i) CHECK(played.step(16));
        {
          const tests::Notes someone_looks_on(*plain.model);
          for (int i = 0; i < 3; ++i) CHECK_FALSE(plain.step(16));
        }
        check_same(played, plain);
      }
    }
  }
}

TEST_CASE("batches of another size are taken to be unknown") {
  Trained played("mlp", "batch", {}, false);
  CHECK_FALSE(played.step(16));
  CHECK(played.step(16));
  CHECK_FALSE(played.step(8));
  CHECK(played.step(8));
}

TEST_CASE("what is not a chain of fused layers is left to autograd") {
  const std::vector<std::tuple<std::string, std::string, Json>> others{
      {"mlp", "ghost", {}},
      {"mlp", "weight", {}},
      {"mlp", "batch", {{"norm_place", "after"}}},
      {"mlp", "batch", {{"dropout", 0.5}, {"dropout_at", "after_norm"}}},
      {"mlp", "batch", {{"dropout", 0.5}, {"dropout_at", "before_classifier"}}},
      {"convnet", "batch", {}},
      {"residual_mlp", "batch", {}},
      {"residual_mlp", "none", {{"residual", "fixup"}}},
      {"lstm", "none", {}}};
  for (const auto& [model, norm, settings] : others) {
    INFO(model << ", " << norm << ", " << settings.dump());
    Trained trained(model, norm, settings, false);
    for (int i = 0; i < 2; ++i) CHECK_FALSE(trained.step(8));
  }
}

// A norm that does nothing until it is told to, as one from Python may.
struct Late final : norm::Norm {
  torch::Tensor forward(const torch::Tensor& x) override { return starts ? x / x.norm() : x; }
  bool replaces_bias() const override { return false; }
  bool starts = false;
};

TEST_CASE("a norm without a kernel is left to autograd even while it puts out what it gets") {
  Trained trained("deep_linear", "none", {}, false);
  const auto late = std::make_shared<Late>();
  trained.model->replace_norm(trained.model->norm_slots()[0].slot.name, late);
  for (int i = 0; i < 2; ++i) CHECK_FALSE(trained.step(8));
  late->starts = true;
  CHECK_FALSE(trained.step(8));
}

TEST_CASE("a chain that becomes another one while it is trained is refused, not trained wrongly") {
  Trained trained("deep_linear", "none", {}, false);
  CHECK_FALSE(trained.step(8));
  trained.model->replace_norm(trained.model->norm_slots()[0].slot.name, std::make_shared<Late>());
  CHECK_THROWS_AS(trained.step(8), std::logic_error);
}

}  // namespace
}  // namespace bnexp
