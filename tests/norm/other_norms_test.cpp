// Norms of activations beyond the batch family, each against its formula.
#include <cmath>

#include "norm/formula.h"

namespace bnexp {
namespace {

using namespace formula;

TEST_CASE("rms norm divides a sample by its root mean square and scales each element") {
  check_formula("rms", [](const Tensor& x, const Parameters& p) {
    return x / torch::sqrt(average(x.pow(2), dims(x, 1)) + 1e-6) * p.at("weight");
  });
  CHECK(make("rms", kImage)->named_parameters()["weight"].sizes() == std::vector<std::int64_t>{6, 3, 5});
  CHECK_FALSE(make("rms", kImage)->replaces_bias());
}

TEST_CASE("layer norm per channel is layer norm but for the shape of gamma and beta") {
  check_formula("layer_channel", [](const Tensor& x, const Parameters& p) {
    const Tensor z = (x - average(x, dims(x, 1))) / torch::sqrt(variance(x, dims(x, 1)) + 1e-5);
    return z * column(p.at("weight"), x) + column(p.at("bias"), x);
  });
  const auto per_channel = make("layer_channel", kImage, {{"affine", false}});
  const auto per_element = make("layer", kImage, {{"affine", false}});
  CHECK(distance(per_channel->forward(sample(kImage)), per_element->forward(sample(kImage))) < 1e-13);
  CHECK_FALSE(refusal("layer_channel", {"norm1", 1, {}}).empty());
}

TEST_CASE("dynamic tanh squashes by one slope and scales per channel") {
  check_formula("dyt", [](const Tensor& x, const Parameters& p) {
    return column(p.at("weight"), x) * torch::tanh(p.at("alpha") * x) + column(p.at("bias"), x);
  });
  CHECK(make("dyt", kImage)->named_parameters()["alpha"].item<double>() == 0.5);
}

TEST_CASE("filter response norm divides a channel by its root mean square and cuts off at a threshold") {
  check_formula("frn", [](const Tensor& x, const Parameters& p) {
    const bool is_vector = x.dim() == 2;
    const Tensor square = is_vector ? x.pow(2) : average(x.pow(2), dims(x, 2));
    const Tensor eps = is_vector ? column(p.at("eps"), x).abs() : torch::full({}, 1e-6, torch::kDouble);
    const Tensor y = column(p.at("weight"), x) * x / torch::sqrt(square + eps) + column(p.at("bias"), x);
    const Tensor cut = column(p.at("threshold"), x);
    const Tensor above = (y > cut).to(torch::kDouble);
    return y * above + cut * (1 - above);
  });
}

TEST_CASE("filter response norm learns eps where a channel has one value, and only there") {
  for (const norm::Slot& slot : {kVector, norm::Slot{"point", 6, {1, 1}}}) {
    const auto norm = make("frn", slot);
    const Tensor eps = norm->named_parameters()["eps"];
    CHECK(distance(eps, torch::full_like(eps, 1e-6)) < 1e-12);
    {
      const torch::NoGradGuard no_grad;
      eps.fill_(-3);
    }
    const Tensor x = sample(slot);
    CHECK(distance(norm->forward(x), torch::relu(x / torch::sqrt(x * x + 3))) < 1e-14);
  }
  CHECK_FALSE(make("frn", kImage)->named_parameters().contains("eps"));
}

TEST_CASE("norms that include their activation stand for a ReLU alone") {
  for (const char* name : {"frn", "evonorm_s0", "evonorm_b0"}) {
    INFO(name);
    const Json settings = std::string(name) == "evonorm_s0" ? Json{{"groups", 2}} : Json();
    CHECK(make(name, kImage, settings)->replaces_activation());
    CHECK(refusal(name, kImage, settings).empty());
    for (const char* activation : {"sigmoid", "tanh", "leaky_relu", ""}) {
      CHECK(refusal(name, {"norm7", 6, {3, 5}, activation}, settings).find("norm7") != std::string::npos);
    }
  }
}

TEST_CASE("evonorm s0 gates each value by a sigmoid and divides by the deviation of its group") {
  for (const std::int64_t groups : {1, 2}) {
    check_formula("evonorm_s0",
                  [&](const Tensor& x, const Parameters& p) {
                    std::vector<Tensor> deviations;
                    for (const auto& group : x.chunk(groups, 1)) {
                      deviations.push_back(torch::sqrt(variance(group, dims(x, 1)) + 1e-5).expand_as(group));
                    }
                    const Tensor gate = 1 / (1 + torch::exp(-column(p.at("slope"), x) * x));
                    return column(p.at("weight"), x) * x * gate / torch::cat(deviations, 1) + column(p.at("bias"), x);
                  },
                  {{"groups", groups}});
  }
  CHECK(refusal("evonorm_s0", kImage, {{"groups", 4}}) == "groups 4 doesn't divide the 6 channels of norm1");
  CHECK_FALSE(refusal("evonorm_s0", kVector, {{"groups", 6}}).empty());
  CHECK(make("evonorm_s0", {"norm1", 16, {3, 5}})->named_parameters()["slope"].min().item<double>() == 1);
}

Tensor evonorm_b0(const Tensor& x, const Parameters& p, const Tensor& batch_variance) {
  const Tensor own = x.dim() == 2 ? torch::zeros_like(x) : variance(x, dims(x, 2));
  const Tensor left = torch::sqrt(batch_variance + 1e-3).expand_as(x);
  const Tensor right = column(p.at("slope"), x) * x + torch::sqrt(own + 1e-3);
  const Tensor is_left = (left > right).to(torch::kDouble);
  return column(p.at("weight"), x) * x / (left * is_left + right * (1 - is_left)) + column(p.at("bias"), x);
}

TEST_CASE("evonorm b0 divides by the larger of the batch's and the shifted instance's deviation") {
  check_formula("evonorm_b0",
                [](const Tensor& x, const Parameters& p) { return evonorm_b0(x, p, variance(x, but_channels(x))); });
}

TEST_CASE("evonorm b0 evaluates with a running variance that learns of the unbiased one") {
  for (const auto& slot : kSlots) {
    INFO(slot.name);
    const auto norm = make("evonorm_b0", slot, {{"momentum", 0.3}});
    shake(*norm);
    const Tensor x = sample(slot);
    norm->forward(x);
    const double n = static_cast<double>(x.numel()) / 6;
    const Tensor expected = 0.7 + 0.3 * variance(x, but_channels(x)).flatten() * n / (n - 1);
    const Tensor running = norm->named_buffers()["running_var"];
    CHECK(distance(running, expected) < 1e-12);
    norm->eval();
    check_same(*norm, x, [&](const Tensor& y, const Parameters& p) { return evonorm_b0(y, p, column(running, y)); });
  }
}

// Shares of instance, layer and batch; without positions, of layer and batch.
Tensor switchable(const Tensor& x, const Tensor& p, const Tensor& q, const Parameters& parameters) {
  Tensor mean_of;
  Tensor variance_of;
  if (x.dim() == 2) {
    const double channels = static_cast<double>(x.size(1));
    const double samples = static_cast<double>(x.size(0));
    mean_of = p[0] * average(x, {1}) + p[1] * average(x, {0});
    variance_of =
        q[0] * variance(x, {1}) * channels / (channels - 1) + q[1] * variance(x, {0}) * samples / (samples - 1);
  } else {
    const double positions = static_cast<double>(x.numel() / x.size(0) / x.size(1));
    const Tensor m = average(x, dims(x, 2));
    const Tensor v = variance(x, dims(x, 2)) * positions / (positions - 1);
    const Tensor square = v + m * m;
    mean_of = p[0] * m + p[1] * average(m, {1}) + p[2] * average(m, {0});
    variance_of = q[0] * v + q[1] * (average(square, {1}) - average(m, {1}).pow(2)) +
                  q[2] * (average(square, {0}) - average(m, {0}).pow(2));
  }
  return (x - mean_of) / torch::sqrt(variance_of + 1e-5) * column(parameters.at("weight"), x) +
         column(parameters.at("bias"), x);
}

TEST_CASE("switchable norm mixes the statistics of instance, layer and batch by two softmaxes") {
  const auto shares = [](const Tensor& w) { return w.exp() / w.exp().sum(); };
  check_formula("switchable", [&](const Tensor& x, const Parameters& p) {
    return switchable(x, shares(p.at("mean_weight")), shares(p.at("var_weight")), p);
  });
}

TEST_CASE("switchable norm starts from equal shares") {
  for (const auto& slot : kSlots) {
    INFO(slot.name);
    const auto norm = make("switchable", slot);
    const std::int64_t parts = slot.spatial.empty() ? 2 : 3;
    const Tensor equal = torch::full({parts}, 1.0 / static_cast<double>(parts), torch::kDouble);
    Parameters p;
    for (const auto& item : norm->named_parameters()) p[item.key()] = item.value().detach();
    CHECK(distance(norm->forward(sample(slot)), switchable(sample(slot), equal, equal, p)) < 1e-12);
  }
}

TEST_CASE("switchable norm evaluates before any training step, and by running statistics after") {
  const auto norm = make("switchable", kImage, {{"momentum", 0.25}});
  const Tensor x = sample(kImage);
  norm->eval();
  CHECK(torch::isfinite(norm->forward(x)).all().item<bool>());
  CHECK(torch::isfinite(norm->forward(torch::full_like(x, 3))).all().item<bool>());
  norm->train();
  norm->forward(x);
  const Tensor m = average(x, {2, 3});
  const Tensor v = variance(x, {2, 3}) * 15 / 14;
  const auto buffers = norm->named_buffers();
  CHECK(distance(buffers["running_mean"], 0.25 * average(m, {0}).flatten()) < 1e-13);
  CHECK(distance(buffers["running_var"], 0.25 * (average(v + m * m, {0}) - average(m, {0}).pow(2)).flatten()) < 1e-12);
  norm->eval();
  const Tensor mean_of = (m + average(m, {1}) + column(buffers["running_mean"], x)) / 3;
  const Tensor layer = average(v + m * m, {1}) - average(m, {1}).pow(2);
  const Tensor variance_of = (v + layer + column(buffers["running_var"], x)) / 3;
  CHECK(distance(norm->forward(x), (x - mean_of) / torch::sqrt(variance_of + 1e-5)) < 1e-12);
}

}  // namespace
}  // namespace bnexp
