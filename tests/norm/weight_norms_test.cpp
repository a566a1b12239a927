// Norms of weights, each against its formula.
#include <cmath>

#include "norm/formula.h"

namespace bnexp {
namespace {

using namespace formula;

Tensor initial_weights() {
  torch::manual_seed(9);
  return torch::randn({6, 2, 3, 3}, torch::kDouble) * 0.4 + 0.1;
}

TEST_CASE("weight norm starts from the layer's own weights, bit for bit") {
  const auto norm = norm::make(variant("weight"), kImage);
  const Tensor w = initial_weights().to(torch::kFloat);
  norm->begin(w);
  CHECK(torch::equal(norm->weight(w), w));
}

TEST_CASE("weight norm is g v / |v| per output, with the paper's gradients") {
  const auto norm = make("weight", kImage);
  const Tensor v = initial_weights().requires_grad_();
  norm->begin(v);
  shake(*norm);
  const Tensor g = norm->named_parameters()["weight_g"];
  const Tensor used = norm->weight(v);
  weighted_sum(used).backward();
  const torch::NoGradGuard no_grad;
  for (std::int64_t row = 0; row < 6; ++row) {
    const Tensor direction = v[row] / v[row].pow(2).sum().sqrt();
    const double length = v[row].pow(2).sum().sqrt().item<double>();
    CHECK(distance(used[row], g[row] * direction) < 1e-14);
    const Tensor of_used = torch::cos(torch::arange(row * 18, row * 18 + 18, torch::kDouble) * 1.7).view({2, 3, 3});
    const Tensor of_g = (of_used * direction).sum();
    CHECK(std::abs((g.grad()[row] - of_g).item<double>()) < 1e-13);
    const Tensor of_v = g[row] / length * of_used - g[row] * of_g / (length * length) * v[row];
    CHECK(distance(v.grad()[row], of_v) < 1e-13);
  }
}

TEST_CASE("norms of weights refuse slots that don't follow a layer") {
  const norm::Slot sum{"blocks.0.norm2", 6, {3, 5}, "relu", /*after_layer=*/false};
  for (const char* name : {"weight", "weight_standardization"}) {
    INFO(name);
    CHECK(refusal(name, sum).find("blocks.0.norm2") != std::string::npos);
    CHECK(refusal(name, kImage).empty());
  }
  CHECK_FALSE(refusal("weight", {"norm_x", 6, {}, "", true, 5}, {{"data_init", true}}).empty());
  CHECK(refusal("weight_standardization", kImage, {{"groups", 4}}) ==
        "groups 4 doesn't divide the 6 channels of norm1");
}

TEST_CASE("weight norm refuses a layer that starts from 0, whose weights have no direction") {
  const auto norm = make("weight", kImage);
  Tensor w = initial_weights();
  w[2].zero_();
  CHECK_THROWS(norm->begin(w));
}

struct DataInit {
  explicit DataInit(const norm::Slot& slot) : norm(make("weight", slot, {{"data_init", true}})) {
    v = slot.spatial.empty() ? initial_weights().flatten(1) : initial_weights();
    norm->begin(v);
    v.requires_grad_();
    torch::manual_seed(21);
    x = slot.spatial.empty() ? torch::randn({5, 18}, torch::kDouble) : torch::randn({5, 2, 5, 7}, torch::kDouble);
  }

  Tensor layer(const Tensor& w) const { return w.dim() == 2 ? torch::linear(x, w) : torch::conv2d(x, w); }
  Tensor forward() const { return norm->forward(layer(norm->weight(v))); }

  std::shared_ptr<norm::Norm> norm;
  Tensor v;
  Tensor x;
};

TEST_CASE("data-dependent initialization gives the first batch mean 0 and variance 1, by g and the bias") {
  for (const auto& slot : {kImage, kVector}) {
    INFO(slot.name);
    const DataInit stage(slot);
    const Tensor before = stage.layer(stage.v).detach();
    const Tensor g = stage.norm->named_parameters()["weight_g"].detach().clone();
    const Tensor y = stage.forward().detach();
    CHECK(average(y, but_channels(y)).abs().max().item<double>() < 1e-12);
    CHECK(distance(variance(y, but_channels(y)), torch::ones({}, torch::kDouble)) < 1e-12);
    const Tensor m = average(before, but_channels(before)).flatten();
    const Tensor deviation = variance(before, but_channels(before)).flatten().sqrt();
    CHECK(distance(stage.norm->named_parameters()["weight_g"], g / deviation) < 1e-12);
    CHECK(distance(stage.norm->named_parameters()["bias"], -m / deviation) < 1e-12);
    // And the second batch is what the weights so set make of it.
    CHECK(distance(stage.forward(), y) < 1e-12);
  }
}

TEST_CASE("the first step after data-dependent initialization has the gradients of what was set") {
  const DataInit first(kImage);
  weighted_sum(first.forward()).backward();
  const DataInit second(kImage);
  {
    const torch::NoGradGuard no_grad;
    second.forward();
  }
  weighted_sum(second.forward()).backward();
  CHECK(distance(first.v.grad(), second.v.grad()) < 1e-12);
  for (const char* name : {"weight_g", "bias"}) {
    INFO(name);
    CHECK(distance(first.norm->named_parameters()[name].grad(), second.norm->named_parameters()[name].grad()) < 1e-11);
  }
}

TEST_CASE("data-dependent initialization happens once, in training, also after being saved and loaded") {
  DataInit stage(kImage);
  stage.norm->eval();
  const Tensor untouched = stage.forward().detach();
  CHECK(distance(untouched, stage.layer(stage.v)) < 1e-12);
  stage.norm->train();
  stage.forward();
  const Tensor g = stage.norm->named_parameters()["weight_g"].detach().clone();
  DataInit copy(kImage);
  save_and_load(*stage.norm, *copy.norm);
  for (DataInit* one : {&stage, &copy}) {
    one->x = one->x * 10 + 3;
    one->forward();
    CHECK(torch::equal(one->norm->named_parameters()["weight_g"], g));
  }
}

Tensor standardized(const Tensor& w) {
  std::vector<Tensor> rows;
  for (std::int64_t row = 0; row < w.size(0); ++row) {
    const Tensor values = w[row].flatten();
    const Tensor centred = values - values.sum() / 18;
    rows.push_back((centred / (torch::sqrt(centred.pow(2).sum() / 17) + 1e-5)).view(w[row].sizes()));
  }
  return torch::stack(rows);
}

TEST_CASE("weight standardization takes mean and unbiased deviation from each row and leaves the parameter alone") {
  const auto norm = make("weight_standardization", kImage);
  const Tensor w = initial_weights();
  norm->begin(w);
  const Tensor w1 = w.clone().requires_grad_();
  const Tensor w2 = w.clone().requires_grad_();
  const Tensor used = norm->weight(w1);
  const Tensor expected = standardized(w2);
  CHECK(distance(used, expected) < 1e-13);
  weighted_sum(used).backward();
  weighted_sum(expected).backward();
  CHECK(distance(w1.grad(), w2.grad()) < 1e-12);
  CHECK(torch::equal(w1.detach(), w));
  const Tensor x = sample(kImage);
  CHECK(torch::equal(norm->forward(x), x));
  CHECK_FALSE(norm->replaces_bias());
}

TEST_CASE("weight standardization keeps a row that never varies finite, and refuses rows of one weight") {
  const auto norm = make("weight_standardization", kImage);
  Tensor w = initial_weights();
  w[1].fill_(0.3);
  w.requires_grad_();
  const Tensor used = norm->weight(w);
  weighted_sum(used).backward();
  CHECK(torch::isfinite(used).all().item<bool>());
  CHECK(torch::isfinite(w.grad()).all().item<bool>());
  CHECK_THROWS(norm->begin(torch::ones({6, 1}, torch::kDouble)));
}

TEST_CASE("weight standardization with groups normalizes the activations by group norm") {
  const auto norm = make("weight_standardization", kImage, {{"groups", 3}});
  shake(*norm);
  CHECK(norm->replaces_bias());
  check_same(*norm, sample(kImage), [](const Tensor& x, const Parameters& p) {
    std::vector<Tensor> groups;
    for (const auto& group : x.chunk(3, 1)) {
      groups.push_back((group - average(group, {1, 2, 3})) / torch::sqrt(variance(group, {1, 2, 3}) + 1e-5));
    }
    return torch::cat(groups, 1) * column(p.at("weight"), x) + column(p.at("bias"), x);
  });
}

}  // namespace
}  // namespace bnexp
