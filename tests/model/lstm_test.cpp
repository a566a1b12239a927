// The LSTM against torch::lstm_cell and against plain formulas with a norm at each step.
#include <algorithm>

#include "base/random.h"
#include "model/models.h"

namespace bnexp {
namespace {

using tests::count_parameters;
using tests::make_model;
using tests::Notes;
using tests::randomize;
using tests::sample_images;

constexpr std::int64_t kHidden = 6;

Json settings(const Json& more = {}) {
  Json result{{"hidden", kHidden}, {"pool", 4}, {"initial_noise", 0}};
  if (!more.is_null()) result.update(more);
  return result;
}

std::vector<std::int64_t> documented_order(std::uint32_t count) {
  const auto order = Random(0, "permutation").permutation(count);
  return {order.begin(), order.end()};
}

// (N, 1, 28, 28) in 4x4 squares, to (49, N, 1).
torch::Tensor pooled(const torch::Tensor& images) {
  return images.reshape({-1, 7, 4, 7, 4}).mean({2, 4}).reshape({-1, 49}).t().unsqueeze(2);
}

TEST_CASE("an LSTM without a norm is torch's, one pixel a step") {
  for (const bool permuted : {false, true}) {
    for (const std::uint64_t seed : {1, 2}) {
      INFO("permuted " << permuted << " seed " << seed);
      const auto model = make_model("lstm", "none", settings({{"order", permuted ? "permuted" : "sequential"}}));
      model::initialize(*model, seed);
      randomize(*model);
      auto p = model->named_parameters();
      const torch::Tensor images = sample_images(5).to(torch::kDouble);
      torch::Tensor pixels = pooled(images);
      if (permuted) pixels = pixels.index_select(0, torch::tensor(documented_order(49)));
      torch::Tensor h = torch::zeros({5, kHidden}, torch::kDouble);
      torch::Tensor c = h;
      for (int t = 0; t < 49; ++t) {
        std::tie(h, c) = torch::lstm_cell(pixels[t], {h, c}, p["wx.weight"], p["wh.weight"], p["bias"],
                                          torch::zeros_like(p["bias"]));
      }
      const torch::Tensor expected = torch::linear(h, p["fc.weight"], p["fc.bias"]);
      CHECK((model->forward(images) - expected).abs().max().item<double>() < 1e-12);
    }
  }
}

TEST_CASE("the order of permuted pixels is a permutation") {
  for (const std::uint32_t count : {49U, 784U}) {
    auto order = documented_order(count);
    CHECK_FALSE(std::is_sorted(order.begin(), order.end()));
    std::sort(order.begin(), order.end());
    for (std::int64_t i = 0; i < count; ++i) REQUIRE(order[static_cast<std::size_t>(i)] == i);
  }
}

TEST_CASE("all 784 pixels are read, each once") {
  const auto model = make_model("lstm", "none", {{"hidden", 3}, {"initial_noise", 0}, {"hidden_init", "uniform"}});
  model->to(torch::kDouble);
  const torch::NoGradGuard no_grad;
  // With a forget gate held open nothing is lost on the way.
  model->named_parameters()["bias"].narrow(0, 3, 3).fill_(10);
  const torch::Tensor images = sample_images(1).to(torch::kDouble).requires_grad_();
  {
    const torch::AutoGradMode gradients(true);
    model->forward(images).sum().backward();
  }
  CHECK(images.grad().count_nonzero().item<std::int64_t>() == 784);
}

TEST_CASE("recurrent batch norm enters at both products and the cell, with statistics for each step") {
  const auto model = make_model("lstm", "recurrent_batch", settings());
  randomize(*model);
  auto p = model->named_parameters();
  const torch::Tensor images = sample_images(7).to(torch::kDouble);
  const torch::Tensor pixels = pooled(images);
  const auto normalized = [&](const std::string& slot, const torch::Tensor& x) {
    const torch::Tensor var = x.var(0, /*unbiased=*/false);
    const torch::Tensor y = p[slot + ".weight"] * (x - x.mean(0)) / torch::sqrt(var + 1e-5);
    return slot == "norm_c" ? y + p["norm_c.bias"] : y;
  };
  torch::Tensor h = torch::zeros({7, kHidden}, torch::kDouble);
  torch::Tensor c = h;
  std::vector<torch::Tensor> cell_means;
  std::vector<torch::Tensor> hidden_vars;
  for (int t = 0; t < 49; ++t) {
    const torch::Tensor wx = torch::matmul(pixels[t], p["wx.weight"].t());
    const torch::Tensor wh = torch::matmul(h, p["wh.weight"].t());
    const auto g = (normalized("norm_x", wx) + normalized("norm_h", wh) + p["bias"]).split(kHidden, 1);
    c = g[1].sigmoid() * c + g[0].sigmoid() * g[2].tanh();
    h = g[3].sigmoid() * normalized("norm_c", c).tanh();
    cell_means.push_back(c.mean(0));
    hidden_vars.push_back(wh.var(0, /*unbiased=*/true));
  }
  const torch::Tensor expected = torch::linear(h, p["fc.weight"], p["fc.bias"]);
  CHECK((model->forward(images) - expected).abs().max().item<double>() < 1e-9);
  const auto buffers = model->named_buffers();
  CHECK(torch::allclose(buffers["norm_c.running_mean"], 0.1 * torch::stack(cell_means)));
  CHECK(torch::allclose(buffers["norm_h.running_var"], 0.9 + 0.1 * torch::stack(hidden_vars)));
}

TEST_CASE("an LSTM has one bias, whatever its norms add") {
  const std::int64_t weights = 4 * kHidden + 4 * kHidden * kHidden + 10 * kHidden + 10;
  CHECK(count_parameters(*make_model("lstm", "none", settings())) == weights + 4 * kHidden);
  // gamma at all three places, beta at the cell alone.
  CHECK(count_parameters(*make_model("lstm", "recurrent_batch", settings())) ==
        weights + 4 * kHidden + (4 + 4 + 1) * kHidden + kHidden);
  const auto cell = make_model("lstm", "batch", settings({{"norm_at", {"cell"}}}));
  CHECK(count_parameters(*cell) == weights + 4 * kHidden + 2 * kHidden);
  for (const auto& layer : cell->layers()) CHECK(layer->bias.defined() == (layer->path == "fc"));
}

TEST_CASE("an LSTM starts with an open forget gate and, unless told otherwise, an orthogonal W_h") {
  const auto model = make_model("lstm", "none", settings({{"hidden", 40}, {"forget_bias", 1.5}}));
  const torch::Tensor bias = model->named_parameters()["bias"];
  CHECK(torch::equal(bias, torch::cat({torch::zeros(40), torch::full({40}, 1.5), torch::zeros(80)})));
  const auto gates = model->named_parameters()["wh.weight"].chunk(4);
  for (const auto& gate : gates) CHECK(torch::allclose(torch::matmul(gate, gate.t()), torch::eye(40), 0, 1e-5));
  CHECK(torch::equal(gates[2], torch::eye(40)));
  CHECK(gates[0].abs().max().item<double>() < 0.9);
  CHECK_FALSE(torch::allclose(gates[0], gates[1]));

  const auto uniform = make_model("lstm", "none", settings({{"hidden", 40}, {"hidden_init", "uniform"}}));
  for (const char* name : {"wx.weight", "wh.weight"}) {
    const double largest = uniform->named_parameters()[name].abs().max().item<double>();
    CHECK(largest <= 1 / std::sqrt(40.0));
    CHECK(largest > 0.9 / std::sqrt(40.0));
  }
}

TEST_CASE("the noise in the first state is there in training only, by seed") {
  const auto noisy = make_model("lstm", "none", settings({{"initial_noise", 0.1}, {"forget_bias", 5}}));
  const auto still = make_model("lstm", "none", settings({{"forget_bias", 5}}));
  const torch::Tensor images = sample_images(4);
  const torch::Tensor first = noisy->forward(images);
  CHECK_FALSE(torch::equal(first, noisy->forward(images)));
  CHECK_FALSE(torch::equal(first, still->forward(images)));
  model::initialize(*noisy, 1);
  CHECK(torch::equal(first, noisy->forward(images)));
  noisy->eval();
  CHECK(torch::equal(noisy->forward(images), still->forward(images)));
}

TEST_CASE("an observer of an LSTM sees the last step, once") {
  const auto model = make_model("lstm", "batch", settings());
  const torch::Tensor images = sample_images(4);
  Notes notes(*model);
  const torch::Tensor logits = model->forward(images);
  std::sort(notes.seen.begin(), notes.seen.end());
  CHECK(notes.seen == std::vector<std::string>{"fc", "norm_c", "norm_h", "norm_x", "wh", "wx"});
  const torch::Tensor last = torch::matmul(pooled(images)[48], model->named_parameters()["wx.weight"].t());
  CHECK(torch::allclose(notes.layers.at("wx"), last, 1e-5, 1e-6));
  CHECK(torch::equal(notes.layers.at("fc"), logits));
}

}  // namespace
}  // namespace bnexp
