// What every registered norm must do, whoever wrote it.
#include <algorithm>
#include <filesystem>

#include "norm/every_norm.h"
#include "support/gradcheck.h"

namespace bnexp {
namespace {

using tests::for_every_norm;
using tests::odd_slots;
using tests::sample;
using tests::Stage;
using tests::usable_variant;
using tests::usual_slots;

constexpr const char* kOneValue = "Expected more than 1 value per channel";

std::vector<norm::Slot> all_slots() {
  std::vector<norm::Slot> slots = usual_slots();
  slots.insert(slots.end(), odd_slots().begin(), odd_slots().end());
  return slots;
}

// Training on the sample, or an undefined tensor when that has no variance to divide by.
torch::Tensor train(const Stage& stage, const torch::Tensor& x) {
  stage.norm->train();
  try {
    return stage(x);
  } catch (const std::exception& error) {
    CHECK(std::string(error.what()).find(kOneValue) != std::string::npos);
    return {};
  }
}

TEST_CASE("every file of variants registers a norm, which says what it is, its formula and its source") {
  const auto& catalog = config::Catalog::instance();
  std::vector<std::string> files;
  for (const auto& file :
       std::filesystem::directory_iterator(std::string(BNEXP_SOURCE_DIR) + "/runner/norm/variants")) {
    files.push_back(file.path().stem());
  }
  std::sort(files.begin(), files.end());
  CHECK(catalog.names("norm") == files);
  for (const auto& name : catalog.names("norm")) {
    INFO(name);
    const config::About& about = catalog.find("norm", name)->about;
    for (const std::string& line : {about.summary, about.formula, about.source}) {
      CHECK_FALSE(line.empty());
      CHECK(line.find('\n') == std::string::npos);
    }
  }
}

TEST_CASE("every norm stands in some slot of a model, and says in a sentence why not in the others") {
  for (const auto& name : config::Catalog::instance().names("norm")) {
    INFO(name);
    const config::Variant variant = usable_variant(name);
    const auto& slots = usual_slots();
    for (const auto& slot : slots) {
      const std::string refusal = norm::check(variant, slot);
      if (!refusal.empty()) CHECK(refusal.find(slot.name) != std::string::npos);
    }
    CHECK(std::any_of(slots.begin(), slots.end(),
                      [&](const norm::Slot& slot) { return norm::check(variant, slot).empty(); }));
  }
}

TEST_CASE("every norm's gradients match finite differences, in training and in evaluation") {
  const std::vector<norm::Slot> slots{usual_slots()[0], usual_slots()[1], usual_slots()[2], usual_slots()[7]};
  for_every_norm(slots, [](Stage& stage) {
    stage.randomize();
    std::vector<torch::Tensor> buffers;
    for (const auto& buffer : stage.norm->buffers()) buffers.push_back(buffer.clone());
    const bool layer = stage.reparametrizes();
    norm::Slot before = stage.slot;
    if (layer) before.channels = 3;
    for (const bool training : {true, false}) {
      INFO((training ? "training" : "evaluation"));
      stage.norm->train(training);
      std::vector<torch::Tensor> inputs{sample(before, 3).requires_grad_()};
      for (const auto& parameter : stage.norm->parameters()) inputs.push_back(parameter);
      if (layer) inputs.push_back(stage.w.requires_grad_());
      const auto forward = [&] {
        const auto now = stage.norm->buffers();
        for (std::size_t i = 0; i < now.size(); ++i) torch::Tensor(now[i]).copy_(buffers[i]);
        return layer ? stage.after_layer(inputs[0]) : stage(inputs[0]);
      };
      CHECK(tests::gradient_error(forward, inputs) < 1e-7);
    }
  });
}

TEST_CASE("every norm in a recurrence has right gradients through all of its steps, and past the last") {
  for_every_norm(usual_slots(), [](Stage& stage) {
    if (stage.slot.steps == 0) return;
    stage.randomize();
    for (const bool training : {true, false}) {
      INFO((training ? "training" : "evaluation"));
      stage.norm->train(training);
      std::vector<torch::Tensor> inputs{sample(stage.slot, 3).requires_grad_()};
      for (const auto& parameter : stage.norm->parameters()) inputs.push_back(parameter);
      const auto unrolled = [&] {
        torch::Tensor h = inputs[0];
        for (std::int64_t t = 0; t < stage.slot.steps + 2; ++t) {
          stage.at_step(t);
          h = stage(torch::sin(h) + inputs[0]);
        }
        return h;
      };
      CHECK(tests::gradient_error(unrolled, inputs) < 1e-6);
    }
  });
}

TEST_CASE("every norm keeps shape and type, whatever the sizes") {
  for_every_norm(all_slots(), [](Stage& stage) {
    for (const auto type : {torch::kFloat, torch::kDouble}) {
      stage.norm->to(type);
      for (const std::int64_t batch : {2, 3, 7}) {
        const torch::Tensor x = sample(stage.slot, batch).to(type);
        for (const bool training : {true, false}) {
          INFO("batch of " << batch << (training ? ", training" : ", evaluation"));
          stage.norm->train(training);
          const torch::Tensor y = stage(x);
          CHECK(y.sizes() == x.sizes());
          CHECK(y.scalar_type() == type);
          CHECK(torch::isfinite(y).all().item<bool>());
        }
      }
    }
  });
}

TEST_CASE("every norm computes in double what it computes in float") {
  for_every_norm(usual_slots(), [](Stage& stage) {
    for (const bool training : {true, false}) {
      const Stage narrow(stage.variant, stage.slot);
      const Stage wide(stage.variant, stage.slot);
      wide.norm->to(torch::kDouble);
      narrow.norm->train(training);
      wide.norm->train(training);
      const torch::Tensor x = sample(stage.slot, 7).to(torch::kFloat);
      if (narrow.draws(x)) continue;  // other random numbers for each type
      CHECK(torch::allclose(narrow(x).to(torch::kDouble), wide(x.to(torch::kDouble)), 1e-4, 1e-5));
    }
  });
}

TEST_CASE("channels that never vary give finite outputs and gradients") {
  for_every_norm(all_slots(), [](Stage& stage) {
    for (const bool training : {true, false}) {
      for (const bool everywhere : {true, false}) {
        INFO((training ? "training" : "evaluation") << (everywhere ? ", all channels" : ", one channel"));
        stage.norm->train(training);
        torch::Tensor x = sample(stage.slot, 4).to(torch::kFloat);
        if (everywhere)
          x.fill_(3);
        else
          x.select(1, 0).fill_(3);
        x.requires_grad_();
        stage.norm->zero_grad();
        const torch::Tensor y = stage(x);
        CHECK(torch::isfinite(y).all().item<bool>());
        (y * torch::linspace(-1, 2, y.numel()).view_as(y)).sum().backward();
        CHECK(torch::isfinite(x.grad()).all().item<bool>());
        for (const auto& parameter : stage.norm->parameters()) {
          if (parameter.grad().defined()) CHECK(torch::isfinite(parameter.grad()).all().item<bool>());
        }
        for (const auto& buffer : stage.norm->buffers()) CHECK(torch::isfinite(buffer).all().item<bool>());
      }
    }
  });
}

TEST_CASE("every norm gives the same values and gradients on non-contiguous and channels-last input") {
  for_every_norm(all_slots(), [](Stage& stage) {
    const torch::Tensor x = sample(stage.slot, 4);
    std::vector<torch::Tensor> layouts{x, x.transpose(0, 1).contiguous().transpose(0, 1),
                                       x.transpose(1, -1).contiguous().transpose(1, -1)};
    if (x.dim() == 4) layouts.push_back(x.contiguous(torch::MemoryFormat::ChannelsLast));
    for (const bool training : {true, false}) {
      torch::Tensor y;
      torch::Tensor gradient;
      for (const auto& layout : layouts) {
        Stage fresh(stage.variant, stage.slot);
        fresh.norm->to(torch::kDouble);
        fresh.norm->train(training);
        torch::Tensor leaf = layout.detach().requires_grad_();
        const torch::Tensor now = fresh(leaf);
        // The gradient that comes in has the input's layout too.
        (now * torch::cos(layout)).sum().backward();
        if (!y.defined()) {
          y = now.detach();
          gradient = leaf.grad().clone();
        }
        CHECK(torch::allclose(now, y, 1e-9, 1e-10));
        CHECK(torch::allclose(leaf.grad(), gradient, 1e-9, 1e-10));
      }
    }
  });
}

TEST_CASE("every norm evaluates a batch of one, and each sample on its own") {
  for_every_norm(all_slots(), [](Stage& stage) {
    stage.randomize();
    stage.norm->eval();
    const torch::Tensor x = sample(stage.slot, 3);
    const torch::Tensor together = stage(x);
    for (std::int64_t i = 0; i < 3; ++i) {
      CHECK(torch::allclose(stage(x.slice(0, i, i + 1)), together.slice(0, i, i + 1), 1e-9, 1e-10));
    }
  });
}

TEST_CASE("every norm trains on a batch of one or says that it needs more values") {
  for_every_norm(all_slots(), [](Stage& stage) {
    const torch::Tensor y = train(stage, sample(stage.slot, 1).to(torch::kFloat));
    if (y.defined()) CHECK(torch::isfinite(y).all().item<bool>());
    const bool needs_variance = stage.norm->named_buffers().contains("running_var");
    if (needs_variance && stage.slot.values_per_channel() == 1) CHECK_FALSE(y.defined());
  });
}

TEST_CASE("no norm is the identity") {
  const Stage stage(config::default_variant("norm", "none"), usual_slots()[2]);
  const torch::Tensor x = sample(stage.slot, 4);
  CHECK(torch::equal(stage(x), x));
  CHECK(stage.norm->weight(stage.w).is_same(stage.w));
}

TEST_CASE("a norm that makes a bias before it redundant takes constants away or learns a shift") {
  for_every_norm(usual_slots(), [](Stage& stage) {
    if (!stage.norm->replaces_bias() || stage.has("bias")) return;
    stage.norm->to(torch::kDouble);
    stage.norm->train();
    const torch::Tensor x = sample(stage.slot, 4);
    torch::Tensor constant = torch::linspace(-2, 3, stage.slot.channels, torch::kDouble);
    for (std::size_t i = 0; i < stage.slot.spatial.size(); ++i) constant = constant.unsqueeze(-1);
    CHECK(torch::allclose(stage(x + constant), stage(x), 1e-9, 1e-10));
  });
}

TEST_CASE("a frozen norm is the scale and shift per channel that evaluation applies") {
  for_every_norm(all_slots(), [](Stage& stage) {
    stage.randomize();
    stage.norm->eval();
    const auto affine = stage.norm->frozen();
    if (!affine) return;
    const torch::Tensor x = sample(stage.slot, 3);
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(x.dim()), 1);
    sizes[1] = stage.slot.channels;
    torch::Tensor expected = x;
    if (affine->scale.defined()) expected = expected * affine->scale.view(sizes);
    if (affine->shift.defined()) expected = expected + affine->shift.view(sizes);
    // The only activations that norms with a frozen form stand for.
    if (stage.norm->replaces_activation()) expected = torch::leaky_relu(expected, 0.01);
    CHECK(torch::allclose(stage(x), expected, 1e-9, 1e-9));
  });
}

}  // namespace
}  // namespace bnexp
