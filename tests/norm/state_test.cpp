// What every registered norm keeps: parameters, buffers and running statistics.
#include <cmath>
#include <sstream>

#include "norm/every_norm.h"

namespace bnexp {
namespace {

using tests::for_every_norm;
using tests::sample;
using tests::Stage;
using tests::usable_variant;
using tests::usual_slots;

TEST_CASE("every norm's state survives being saved and loaded") {
  for_every_norm(usual_slots(), [](Stage& stage) {
    stage.norm->train();
    for (int i = 0; i < 3; ++i) stage(sample(stage.slot, 4).to(torch::kFloat) + i);
    std::stringstream file;
    torch::serialize::OutputArchive out;
    stage.norm->save(out);
    out.save_to(file);
    Stage copy(stage.variant, stage.slot);
    torch::serialize::InputArchive in;
    in.load_from(file);
    copy.norm->load(in);
    const torch::Tensor x = sample(stage.slot, 4).to(torch::kFloat);
    for (const bool training : {false, true}) {
      stage.norm->train(training);
      copy.norm->train(training);
      CHECK(torch::equal(copy(x), stage(x)));
    }
  });
}

TEST_CASE("no norm changes its state in evaluation") {
  for_every_norm(usual_slots(), [](Stage& stage) {
    stage.norm->eval();
    const auto before = stage.state();
    stage(sample(stage.slot, 4).to(torch::kFloat).requires_grad_()).sum().backward();
    const auto after = stage.state();
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(torch::equal(after[i], before[i]));
  });
}

TEST_CASE("training changes nothing but the norm's own buffers") {
  for_every_norm(usual_slots(), [](Stage& stage) {
    stage.norm->train();
    const std::size_t parameters = stage.norm->parameters().size();
    const auto before = stage.state();
    torch::Tensor x = sample(stage.slot, 4).to(torch::kFloat);
    const torch::Tensor values = x.clone();
    const torch::Tensor w = stage.w.defined() ? stage.w.clone() : torch::Tensor();
    stage(x.requires_grad_()).square().sum().backward();
    if (w.defined()) stage.norm->weight(stage.w);
    CHECK(torch::equal(x, values));
    if (w.defined()) CHECK(torch::equal(stage.w, w));
    const auto after = stage.state();
    for (std::size_t i = 0; i < parameters; ++i) CHECK(torch::equal(after[i], before[i]));
  });
}

// After many Gaussian batches, channels' running means differ with standard deviation
// sigma * sqrt(m / ((2 - m) N)): an average of batch means with weights m (1-m)^k.
TEST_CASE("running means scatter as an exponential average of batch means does") {
  constexpr double kSigma = 2;
  constexpr std::int64_t kBatch = 32;
  const double momentum = 0.2;
  for (const norm::Slot& where : std::vector<norm::Slot>{{"vector", 4096, {}}, {"norm_x", 4096, {}, "", true, 3}}) {
    for (const auto& name : config::Catalog::instance().names("norm")) {
      config::Variant variant = usable_variant(name);
      if (!norm::check(variant, where).empty() || !variant.settings.contains("momentum")) continue;
      variant.settings["momentum"] = momentum;
      INFO(name << " in a " << where.name << " slot");
      const Stage stage(variant, where);
      const auto buffers = stage.norm->named_buffers();
      if (!buffers.contains("running_mean")) continue;
      torch::manual_seed(13);
      for (int i = 0; i < 30; ++i) stage(torch::randn({kBatch, where.channels}) * kSigma + 1);
      torch::Tensor mean = buffers["running_mean"].to(torch::kDouble);
      if (mean.dim() == 2) mean = mean[1];
      CHECK(mean.mean().item<double>() == Approx(1).epsilon(0.01));
      const double law = kSigma * std::sqrt(momentum / ((2 - momentum) * kBatch));
      CHECK(mean.std().item<double>() == Approx(law).epsilon(0.03));
    }
  }
}

}  // namespace
}  // namespace bnexp
