// The step's own arithmetic against LibTorch's, on every instruction set that this machine has.
#include "train/kernels.h"

#include <torch/torch.h>

#include <cmath>
#include <limits>
#include <vector>

#include "model/models.h"
#include "support/catch.h"
#include "support/targets.h"
#include "train/parameters.h"

namespace bnexp {
namespace {

TEST_CASE("cross-entropy, its gradient and the number of right answers are LibTorch's") {
  tests::on_every_target([] {
    for (const std::int64_t classes : {2, 10, 16, 37}) {
      for (const double smoothing : {0.0, 0.1}) {
        INFO(classes << " classes, smoothing " << smoothing);
        torch::manual_seed(4);
        const torch::Tensor logits = torch::randn({23, classes}) * 30;
        const torch::Tensor labels = torch::randint(classes, {23}, torch::kLong);
        const torch::Tensor exact = logits.to(torch::kDouble).requires_grad_();
        const torch::Tensor loss =
            torch::cross_entropy_loss(exact, labels, {}, at::Reduction::Mean, /*ignore_index=*/-100, smoothing);
        loss.backward();
        torch::Tensor gradient = torch::empty_like(logits);
        const auto result = train::cross_entropy(logits.data_ptr<float>(), labels.data_ptr<std::int64_t>(), 23, classes,
                                                 smoothing, gradient.data_ptr<float>());
        CHECK(result.loss / 23 == Approx(loss.item<double>()).epsilon(1e-6));
        CHECK((gradient.to(torch::kDouble) - exact.grad()).abs().max().item<double>() < 1e-7);
        CHECK(result.correct == logits.argmax(1).eq(labels).sum().item<std::int64_t>());
      }
    }
  });
}

TEST_CASE("a loss of logits that aren't numbers isn't one") {
  const std::vector<float> logits{0, std::nanf(""), 1, 0, std::numeric_limits<float>::infinity(), 1};
  const std::vector<std::int64_t> labels{0, 0};
  CHECK_FALSE(std::isfinite(train::cross_entropy(logits.data(), labels.data(), 2, 3, 0, nullptr).loss));
  CHECK_FALSE(std::isfinite(train::cross_entropy(logits.data() + 3, labels.data(), 1, 3, 0, nullptr).loss));
}

TEST_CASE("one value that isn't finite is found wherever it stands") {
  tests::on_every_target([] {
    for (const std::int64_t count : {1, 7, 16, 33, 100}) {
      std::vector<float> values(static_cast<std::size_t>(count), std::numeric_limits<float>::max());
      CHECK(train::all_finite(values.data(), count));
      for (const float bad :
           {std::nanf(""), std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
        for (auto& value : values) {
          const float kept = value;
          value = bad;
          CHECK_FALSE(train::all_finite(values.data(), count));
          value = kept;
        }
      }
    }
  });
}

TEST_CASE("parameters in one buffer are the model's own") {
  const auto model = tests::make_model("convnet", "batch");
  const auto before = model->forward(tests::sample_images(4));
  train::Parameters parameters(*model, /*half=*/true);
  CHECK(torch::equal(model->forward(tests::sample_images(4)), before));

  parameters.clear();
  model->forward(tests::sample_images(4)).sum().backward();
  std::vector<torch::Tensor> gradients;
  for (const auto& parameter : model->parameters()) gradients.push_back(parameter.grad().clone());
  parameters.gather();
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    CHECK(torch::equal(model->parameters()[i].grad(), gradients[i]));
  }
  double squares = 0;
  for (const auto& gradient : gradients) squares += gradient.to(torch::kDouble).square().sum().item<double>();
  CHECK(parameters.gradients().to(torch::kDouble).square().sum().item<double>() == Approx(squares));

  parameters.values().mul_(2);
  parameters.refresh();
  CHECK_FALSE(torch::equal(model->forward(tests::sample_images(4)), before));
  const torch::Tensor weight = model->named_parameters()["fc1.weight"];
  CHECK(torch::equal(parameters.gradient_buffers().find(weight)->half, weight.detach().to(torch::kBFloat16)));
}

}  // namespace
}  // namespace bnexp
