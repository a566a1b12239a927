// Each norm against its formula, written out here in double: values, and gradients by autograd of that formula.
#include <cmath>
#include <functional>
#include <map>
#include <sstream>

#include "config/catalog.h"
#include "norm/norm.h"
#include "support/catch.h"

namespace bnexp {
namespace {

using torch::Tensor;
using Parameters = std::map<std::string, Tensor>;
using Formula = std::function<Tensor(const Tensor& x, const Parameters& p)>;

config::Variant variant(const std::string& name, const Json& settings = {}) {
  config::Variant result = config::default_variant("norm", name);
  if (!settings.is_null()) result.settings.update(settings);
  return result;
}

std::shared_ptr<norm::Norm> make(const std::string& name, const norm::Slot& slot, const Json& settings = {}) {
  auto norm = norm::make(variant(name, settings), slot);
  norm->to(torch::kDouble);
  return norm;
}

std::string refusal(const std::string& name, const norm::Slot& slot, const Json& settings = {}) {
  return norm::check(variant(name, settings), slot);
}

const norm::Slot kImage{"norm1", 6, {3, 5}};
const norm::Slot kLine{"norm2", 6, {4}};
const norm::Slot kVector{"norm3", 6, {}};
const std::vector<norm::Slot> kSlots{kImage, kLine, kVector};

Tensor sample(const norm::Slot& slot, std::int64_t batch = 4) {
  torch::manual_seed(3);
  std::vector<std::int64_t> sizes{batch, slot.channels};
  sizes.insert(sizes.end(), slot.spatial.begin(), slot.spatial.end());
  return torch::randn(sizes, torch::kDouble) * 2 - 0.7;
}

std::vector<std::int64_t> dims(const Tensor& x, std::int64_t first) {
  std::vector<std::int64_t> result;
  for (std::int64_t i = first; i < x.dim(); ++i) result.push_back(i);
  return result;
}

// (C) against (N, C, spatial...).
Tensor column(const Tensor& values, const Tensor& x) {
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(x.dim()), 1);
  sizes[1] = -1;
  return values.view(sizes);
}

// E[x] and E[(x - E[x])^2] over the dimensions, which stay as 1.
Tensor average(const Tensor& x, const std::vector<std::int64_t>& over) { return x.mean(over, true); }
Tensor variance(const Tensor& x, const std::vector<std::int64_t>& over) {
  return average((x - average(x, over)).pow(2), over);
}

double distance(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

Tensor weighted_sum(const Tensor& y) {
  return (y * torch::cos(torch::arange(y.numel(), torch::kDouble) * 1.7).view(y.sizes())).sum();
}

void shake(norm::Norm& norm) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(5);
  for (auto& parameter : norm.parameters()) parameter.add_(0.3 * torch::randn_like(parameter));
}

void check_same(norm::Norm& norm, const Tensor& x, const Formula& formula) {
  const Tensor x1 = x.clone().requires_grad_();
  const Tensor x2 = x.clone().requires_grad_();
  Parameters copies;
  for (const auto& item : norm.named_parameters()) copies[item.key()] = item.value().detach().clone().requires_grad_();
  const Tensor y1 = norm.forward(x1);
  const Tensor y2 = formula(x2, copies);
  CHECK(distance(y1, y2) < 1e-12);
  norm.zero_grad();
  weighted_sum(y1).backward();
  weighted_sum(y2).backward();
  CHECK(distance(x1.grad(), x2.grad()) < 1e-11);
  for (const auto& item : norm.named_parameters()) {
    INFO(item.key());
    REQUIRE(item.value().grad().defined());
    CHECK(distance(item.value().grad(), copies[item.key()].grad()) < 1e-11);
  }
}

// In every slot, with learned values away from their initial ones.
void check_formula(const std::string& name, const Formula& formula, const Json& settings = {}) {
  for (const auto& slot : kSlots) {
    INFO(slot.name);
    REQUIRE(refusal(name, slot, settings).empty());
    const auto norm = make(name, slot, settings);
    shake(*norm);
    check_same(*norm, sample(slot), formula);
  }
}

void save_and_load(const norm::Norm& from, norm::Norm& to) {
  std::stringstream file;
  torch::serialize::OutputArchive out;
  from.save(out);
  out.save_to(file);
  torch::serialize::InputArchive in;
  in.load_from(file);
  to.load(in);
}

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

std::vector<std::int64_t> but_channels(const Tensor& x) {
  std::vector<std::int64_t> over = dims(x, 2);
  over.insert(over.begin(), 0);
  return over;
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

// --- norms of weights ---

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
