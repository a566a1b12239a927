// The fused blocks against the norm, activation and pooling one after the other in fp64, on every instruction set that
// this machine has.
#include "norm/fused.h"

#include <string>
#include <utility>
#include <vector>

#include "model/fused.h"
#include "model/models.h"
#include "norm/gradient_buffers.h"
#include "support/targets.h"

namespace bnexp {
namespace {

using tests::error;
using tests::kFused;
using tests::Outcome;
using tests::variant_of;

const std::vector<std::string> kActivations{"", "relu", "leaky_relu", "sigmoid", "tanh"};

struct Case {
  std::string name;
  norm::Slot slot;
  std::int64_t batch;
  bool pool;
  bool channels_last = false;
};

std::vector<Case> cases() {
  return {{"deck's first", {"norm1", 8, {26, 26}}, 5, false},
          {"deck's second", {"norm2", 8, {24, 24}}, 5, true},
          {"vector", {"norm3", 40, {}}, 9, false},
          {"odd", {"odd", 16, {5, 7}}, 3, true},
          {"line", {"line", 8, {3}}, 4, false},
          {"narrow", {"narrow", 8, {2, 3}}, 1, true},
          {"wide", {"wide", 8, {3, 70}}, 2, true},
          {"channels last", {"last1", 32, {26, 26}}, 5, false, true},
          {"channels last, pooled", {"last2", 64, {24, 24}}, 3, true, true},
          {"channels last, odd", {"last3", 21, {5, 7}}, 3, true, true},
          {"channels last, few", {"last4", 3, {6, 5}}, 4, false, true}};
}

Outcome outcome(const torch::Tensor& y, const torch::Tensor& x, norm::Norm& module, const torch::Tensor& gy) {
  std::vector<torch::Tensor> inputs{x};
  for (const auto& parameter : module.parameters()) inputs.push_back(parameter);
  return {y.detach(), torch::autograd::grad({y}, inputs, {gy.to(y.scalar_type())})};
}

// Both ways to execute one block, from the same parameters and input.
struct Pair {
  Pair(const Case& where, const std::string& name, const std::string& activation, torch::ScalarType type,
       double shift = 0.3) {
    auto slot = where.slot;
    slot.activation = activation;
    fused_norm = norm::make(variant_of(name), slot);
    composed_norm = norm::make(variant_of(name), slot);
    torch::manual_seed(11);
    const torch::NoGradGuard no_grad;
    auto theirs = composed_norm->parameters();
    std::size_t i = 0;
    for (auto& parameter : fused_norm->parameters()) {
      parameter.add_(torch::randn_like(parameter) * 0.5);
      theirs[i++].copy_(parameter);
    }
    composed_norm->to(torch::kDouble);
    x = (tests::sample(slot, where.batch) + (shift - 0.3)).to(type);
    if (where.channels_last) x = x.contiguous(at::MemoryFormat::ChannelsLast);
  }

  std::pair<Outcome, Outcome> run(const std::string& activation, bool pool) {
    const torch::Tensor a = x.clone().requires_grad_();
    const torch::Tensor b = x.to(torch::kDouble).requires_grad_();
    const auto y = norm::fused(fused_norm.get(), activation, pool, a);
    REQUIRE(y);
    torch::Tensor z = model::activate(activation, composed_norm->forward(b));
    if (pool) z = torch::max_pool2d(z, 2);
    const torch::Tensor gy = torch::randn(z.sizes()).to(x.scalar_type());
    return {outcome(*y, a, *fused_norm, gy), outcome(z, b, *composed_norm, gy)};
  }

  std::shared_ptr<norm::Norm> fused_norm;
  std::shared_ptr<norm::Norm> composed_norm;
  torch::Tensor x;
};

TEST_CASE("fused blocks have the values and gradients of their parts, in fp32") {
  tests::on_every_target([] {
    for (const auto& where : cases()) {
      for (const auto& name : kFused) {
        if (!norm::check(variant_of(name), where.slot).empty()) continue;
        for (const auto& activation : kActivations) {
          if (name == "none" && activation.empty() && !where.pool) continue;
          INFO(where.name << ", " << name << ", " << activation);
          Pair pair(where, name, activation, torch::kFloat);
          const auto [fused, composed] = pair.run(activation, where.pool);
          CHECK(error(fused.y, composed.y) < 1e-5);
          REQUIRE(fused.gradients.size() == composed.gradients.size());
          for (std::size_t i = 0; i < fused.gradients.size(); ++i) {
            INFO("gradient " << i);
            CHECK(error(fused.gradients[i], composed.gradients[i]) < 1e-5);
          }
        }
      }
    }
  });
}

// Half of the distance between a bfloat16 and the next, relative, and a little for fp32. Gradients too are rounded only
// at the end: none is taken from an output that was rounded, whose 1 - y^2 would have few digits.
constexpr double kHalfStep = 1.0 / 256 + 1e-5;

TEST_CASE("fused blocks on bfloat16 compute in fp32 and round once") {
  tests::on_every_target([] {
    for (const auto& where : cases()) {
      for (const auto& name : kFused) {
        if (!norm::check(variant_of(name), where.slot).empty()) continue;
        for (const auto& activation : kActivations) {
          if (name == "none" && activation.empty() && !where.pool) continue;
          INFO(where.name << ", " << name << ", " << activation);
          Pair pair(where, name, activation, torch::kBFloat16);
          const auto [fused, composed] = pair.run(activation, where.pool);
          CHECK(fused.y.scalar_type() == torch::kBFloat16);
          CHECK(error(fused.y, composed.y) < kHalfStep);
          CHECK(error(fused.gradients[0], composed.gradients[0]) < kHalfStep);
          for (std::size_t i = 1; i < fused.gradients.size(); ++i) {
            CHECK(error(fused.gradients[i], composed.gradients[i]) < 1e-5);
          }
        }
      }
    }
  });
}

// A mean of 1e4 is kept to 5e-4 in fp32, and outputs are off by that; the variance is not. Mean square minus squared
// mean would be wrong in its first digit.
TEST_CASE("a mean of 1e4 at a spread of 1 costs the variance no digits") {
  tests::on_every_target([] {
    for (const auto& name : {"batch", "group", "layer", "instance"}) {
      for (const auto& where :
           {Case{"image", {"norm1", 8, {26, 26}}, 16, false}, Case{"vector", {"v", 40, {}}, 300, false},
            Case{"channels last", {"last", 8, {26, 26}}, 16, false, true}}) {
        if (!norm::check(variant_of(name), where.slot).empty()) continue;
        INFO(name << ", " << where.name);
        Pair pair(where, name, "", torch::kFloat, 1e4);
        const auto [fused, composed] = pair.run("", false);
        CHECK(error(fused.y, composed.y) < 1e-3);
        CHECK(error(fused.y.std(), composed.y.std()) < 1e-4);
        CHECK(error(fused.gradients[0], composed.gradients[0]) < 1e-3);
      }
    }
  });
}

// Statistics are taken about a value of the channel, which may happen to be its strangest.
TEST_CASE("a first value far from all others costs the variance no digits") {
  tests::on_every_target([] {
    for (const auto& where :
         {Case{"vector", {"v", 40, {}}, 5000, false}, Case{"channels last", {"last", 8, {26, 26}}, 16, false, true}}) {
      INFO(where.name);
      Pair pair(where, "batch", "", torch::kFloat);
      pair.x.select(0, 0).add_(1e4);
      if (where.channels_last) pair.x.slice(2, 1).slice(3, 1).select(0, 0).sub_(1e4);
      const auto [fused, composed] = pair.run("", false);
      CHECK(error(fused.y, composed.y) < 1e-5);
      CHECK(error(pair.fused_norm->named_buffers()["running_var"], pair.composed_norm->named_buffers()["running_var"]) <
            1e-6);
    }
  });
}

TEST_CASE("images in channels-last memory stay there, where statistics are the batch's or none") {
  const norm::Slot slot{"image", 8, {4, 6}};
  const torch::Tensor x = torch::randn({2, 8, 4, 6}).contiguous(at::MemoryFormat::ChannelsLast);
  for (const bool pool : {false, true}) {
    for (const auto& [name, stays] : {std::pair{"none", true}, {"batch", true}, {"group", false}, {"layer", false}}) {
      INFO(name);
      const auto norm = norm::make(variant_of(name), slot);
      CHECK(norm::fuses_channels_last(*norm) == stays);
      const auto y = norm::fused(norm.get(), "relu", pool, x);
      CHECK(y->is_contiguous(stays ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous));
    }
  }
}

TEST_CASE("running statistics move the same way, and evaluation uses them") {
  for (const auto& where : cases()) {
    INFO(where.name);
    Pair pair(where, "batch", "relu", torch::kFloat);
    pair.run("relu", where.pool);
    pair.run("relu", where.pool);
    const auto theirs = pair.composed_norm->named_buffers();
    for (const auto& buffer : pair.fused_norm->named_buffers()) {
      INFO(buffer.key());
      CHECK(error(buffer.value(), theirs[buffer.key()]) < 1e-6);
    }
    pair.fused_norm->eval();
    pair.composed_norm->eval();
    const torch::NoGradGuard no_grad;
    const auto y = norm::fused(pair.fused_norm.get(), "relu", where.pool, pair.x);
    REQUIRE(y);
    torch::Tensor z = torch::relu(pair.composed_norm->forward(pair.x.to(torch::kDouble)));
    if (where.pool) z = torch::max_pool2d(z, 2);
    CHECK(error(*y, z) < 1e-5);
  }
}

TEST_CASE("a NaN goes through a fused block, and an infinite value through statistics becomes one") {
  tests::on_every_target([] {
    for (const auto& name : kFused) {
      for (const bool channels_last : {false, true}) {
        for (const double bad : std::vector<double>{std::nan(""), INFINITY, -INFINITY}) {
          if (name == "none" && std::isinf(bad)) continue;
          INFO(name << (channels_last ? ", channels last, " : ", ") << bad);
          Pair pair({"image", {"image", 8, {4, 6}}, 2, true, channels_last}, name, "relu", torch::kFloat);
          pair.x.select(0, 1).select(0, 2)[1][3] = bad;
          const torch::NoGradGuard no_grad;
          CHECK(norm::fused(pair.fused_norm.get(), "relu", true, pair.x)->isnan().any().item<bool>());
        }
      }
    }
  });
}

// A last backward writes the gradient into the input's memory if nothing else uses that.
TEST_CASE("a backward leaves what others still see of a block's input, and can be done twice") {
  tests::on_every_target([] {
    for (const auto& where : cases()) {
      for (const auto& name : kFused) {
        if (!norm::check(variant_of(name), where.slot).empty()) continue;
        for (const auto type : {torch::kFloat, torch::kBFloat16}) {
          INFO(where.name << ", " << name << ", " << type);
          Pair pair(where, name, "relu", type);
          const torch::Tensor a = pair.x.clone().requires_grad_();
          const auto block = [&](const torch::Tensor& x) {
            return *norm::fused(pair.fused_norm.get(), "relu", where.pool, x);
          };
          const auto gradient = [&](const torch::Tensor& y, bool keep_graph) {
            return torch::autograd::grad({y}, {a}, {torch::ones_like(y)}, keep_graph)[0];
          };
          const torch::Tensor held = a * 2;
          const torch::Tensor before = held.detach().clone();
          const torch::Tensor expected = gradient(block(held), false);
          CHECK(torch::equal(held, before));
          const torch::Tensor y = block(a * 2);
          CHECK(torch::equal(gradient(y, true), expected));
          CHECK(torch::equal(gradient(y, false), expected));
          CHECK_THROWS(gradient(y, false));
        }
      }
    }
  });
}

TEST_CASE("what no kernel fits is left to the norm itself") {
  const norm::Slot slot{"image", 8, {4, 6}};
  const auto batch = norm::make(variant_of("batch"), slot);
  const torch::Tensor x = torch::randn({2, 8, 4, 6});
  CHECK_FALSE(norm::fused(batch.get(), "relu", false, x.to(torch::kDouble)));
  CHECK_FALSE(norm::fused(norm::make(variant_of("ghost"), slot).get(), "relu", false, x));
  CHECK_FALSE(
      norm::fused(norm::make(variant_of("batch"), {"vector", 8, {}}).get(), "relu", false, torch::randn({1, 8})));
  batch->eval();
  CHECK_FALSE(norm::fused(batch.get(), "relu", false, x.clone().requires_grad_()));
}

// Logits and all gradients of a model on fixed images.

TEST_CASE("groups that don't divide the channels are refused before a kernel reads beyond them") {
  for (const std::int64_t groups : {std::int64_t{7}, std::int64_t{16}, std::int64_t{1} << 62}) {
    config::Variant variant = variant_of("group");
    variant.settings["groups"] = groups;
    const auto norm = norm::make(variant, {"norm1", 8, {}});
    CHECK_THROWS_AS(norm::fused(norm.get(), "relu", false, torch::zeros({4, 8}), nullptr, nullptr), c10::Error);
  }
}

}  // namespace
}  // namespace bnexp
