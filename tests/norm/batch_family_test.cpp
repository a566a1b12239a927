// The family of batch normalization, each against LibTorch's kernel or a closed form.
#include "norm/batch_family.h"

#include <chrono>
#include <cmath>

#include "base/random.h"

namespace bnexp {
namespace {

using norm::Norm;
using namespace family;

void set_affine(Norm& norm) {
  const torch::NoGradGuard no_grad;
  auto parameters = norm.named_parameters();
  if (parameters.contains("weight")) {
    parameters["weight"].copy_(torch::linspace(0.5, 2, parameters["weight"].numel()));
  }
  if (parameters.contains("bias")) parameters["bias"].copy_(torch::linspace(-1, 1, parameters["bias"].numel()));
}

constexpr const char* kOneValue = "Expected more than 1 value per channel";

// What LibTorch's kind of error says when the norm refuses x, "" when it doesn't.
std::string complaint(Norm& norm, const torch::Tensor& x) {
  try {
    norm.forward(x);
  } catch (const c10::Error& error) {
    return error.what();
  }
  return "";
}

// Values, gradients and buffers of two norms on the same input, in training and then in evaluation.
void check_same(Norm& actual, Norm& expected, const torch::Tensor& x, double tolerance) {
  set_affine(actual);
  set_affine(expected);
  for (const bool training : {true, true, false}) {
    actual.train(training);
    expected.train(training);
    const torch::Tensor a = x.clone().requires_grad_();
    const torch::Tensor b = x.clone().requires_grad_();
    const torch::Tensor dy = torch::cos(torch::arange(x.numel(), torch::kDouble)).view_as(x);
    actual.zero_grad();
    expected.zero_grad();
    const torch::Tensor y = actual.forward(a);
    const torch::Tensor z = expected.forward(b);
    y.backward(dy);
    z.backward(dy);
    INFO((training ? "training" : "evaluation"));
    CHECK(largest(y, z) < tolerance);
    CHECK(largest(a.grad(), b.grad()) < tolerance);
    for (const auto& parameter : expected.named_parameters()) {
      INFO(parameter.key());
      CHECK(largest(actual.named_parameters()[parameter.key()].grad(), parameter.value().grad()) < 10 * tolerance);
    }
    for (const auto& buffer : expected.named_buffers()) {
      INFO(buffer.key());
      CHECK(largest(actual.named_buffers()[buffer.key()].to(torch::kDouble), buffer.value().to(torch::kDouble)) <
            tolerance);
    }
  }
}

TEST_CASE("reference, efficient and synchronized batch norm are batch norm: values, gradients, running statistics") {
  for (const char* name : {"batch_reference", "batch_efficient", "sync_batch"}) {
    for (const auto& slot : {kVector, kLine, kImage}) {
      for (const Json& momentum : {Json(0.3), Json(nullptr)}) {
        INFO(name << " in a " << slot.name << " slot, momentum " << momentum.dump());
        const Json settings{{"momentum", momentum}};
        check_same(*make(name, slot, settings), *make("batch", slot, settings), sample(slot), 1e-12);
      }
    }
  }
}

TEST_CASE("the family is batch norm also without gamma and beta, and without running statistics") {
  for (const char* name : {"batch_reference", "batch_efficient", "sync_batch"}) {
    for (const Json& settings : {Json{{"affine", false}}, Json{{"track_running_stats", false}}}) {
      INFO(name << " with " << settings.dump());
      check_same(*make(name, kImage, settings), *make("batch", kImage, settings), sample(kImage), 1e-12);
    }
  }
}

TEST_CASE("synchronized batch norm is the same for any number of workers, also more than samples") {
  const auto start = std::chrono::steady_clock::now();
  for (const std::int64_t workers : {1, 3, 8, 11, 1'000'000}) {
    INFO(workers << " workers");
    check_same(*make("sync_batch", kImage, {{"workers", workers}}), *make("batch", kImage), sample(kImage), 1e-12);
  }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}

TEST_CASE("the reference keeps the biased variance when told to") {
  const auto norm = make("batch_reference", kVector, {{"variance", "biased"}, {"momentum", 1.0}});
  const torch::Tensor x = sample(kVector);
  norm->forward(x);
  CHECK(largest(norm->named_buffers()["running_var"], x.var(0, /*unbiased=*/false)) < 1e-12);
}

TEST_CASE("in-place batch norm is batch norm and a leaky ReLU, with |w| + eps for gamma") {
  const auto inplace = make("batch_inplace", kImage);
  const auto batch = make("batch", kImage);
  {
    const torch::NoGradGuard no_grad;
    inplace->named_parameters()["weight"].copy_(torch::linspace(-2, 2, 6) + 0.1);
    inplace->named_parameters()["bias"].copy_(torch::linspace(-1, 1, 6));
    batch->named_parameters()["weight"].copy_(inplace->named_parameters()["weight"].abs() + 1e-5);
    batch->named_parameters()["bias"].copy_(inplace->named_parameters()["bias"]);
  }
  for (const bool training : {true, false}) {
    inplace->train(training);
    batch->train(training);
    const torch::Tensor a = sample(kImage).requires_grad_();
    const torch::Tensor b = sample(kImage).requires_grad_();
    const torch::Tensor z = inplace->forward(a);
    const torch::Tensor y = torch::leaky_relu(batch->forward(b), 0.01);
    CHECK(largest(z, y) < 1e-12);
    z.square().sum().backward();
    y.square().sum().backward();
    CHECK(largest(a.grad(), b.grad()) < 1e-10);
  }
}

TEST_CASE("ghost batch norm is batch norm of each chunk, and tracks the mean of their statistics") {
  const auto ghost = make("ghost", kImage, {{"group", 3}, {"momentum", 1.0}});
  set_affine(*ghost);
  const torch::Tensor x = sample(kImage, 8);  // chunks of 3, 3 and 2
  std::vector<torch::Tensor> expected;
  torch::Tensor mean = torch::zeros({6}, torch::kDouble);
  torch::Tensor var = torch::zeros({6}, torch::kDouble);
  for (const auto& chunk : x.split(3)) {
    const auto batch = make("batch", kImage, {{"momentum", 1.0}});
    set_affine(*batch);
    expected.push_back(batch->forward(chunk));
    mean += batch->named_buffers()["running_mean"] / 3;
    var += batch->named_buffers()["running_var"] / 3;
  }
  CHECK(largest(ghost->forward(x), torch::cat(expected)) < 1e-12);
  CHECK(largest(ghost->named_buffers()["running_mean"], mean) < 1e-12);
  CHECK(largest(ghost->named_buffers()["running_var"], var) < 1e-12);
}

TEST_CASE("ghost batch norm refuses a last chunk of one value per channel") {
  const auto ghost = make("ghost", kVector, {{"group", 4}});
  CHECK(complaint(*ghost, sample(kVector, 9)).find(kOneValue) != std::string::npos);
  CHECK(torch::isfinite(ghost->forward(sample(kVector, 10))).all().item<bool>());
}

TEST_CASE("a chunk of the whole batch makes ghost batch norm batch norm") {
  check_same(*make("ghost", kVector, {{"group", 8}}), *make("batch", kVector), sample(kVector), 1e-12);
}

TEST_CASE("batch renorm is batch norm until its warm-up is over") {
  const auto renorm = make("batch_renorm", kImage, {{"momentum", 0.1}, {"eps", 1e-5}});
  check_same(*renorm, *make("batch", kImage), sample(kImage), 1e-12);
}

TEST_CASE("batch renorm corrects towards the running statistics, within its bounds") {
  const Json settings{{"warmup_steps", 0}, {"r_full_step", 0}, {"d_full_step", 0}, {"r_max", 2}, {"d_max", 0.5}};
  const auto norm = make("batch_renorm", kVector, settings);
  const torch::Tensor scales = torch::tensor({0.1, 0.6, 0.9, 1.0, 1.5, 9.0}, torch::kDouble);
  const torch::Tensor x = sample(kVector, 32) * scales;
  const torch::Tensor y = norm->forward(x);  // running mean 0, running variance 1
  const torch::Tensor sigma = (x.var(0, false) + 1e-3).sqrt();
  const torch::Tensor run = std::sqrt(1 + 1e-3) * torch::ones({6}, torch::kDouble);
  const torch::Tensor r = torch::minimum(torch::maximum(sigma / run, torch::full({6}, 0.5, torch::kDouble)),
                                         torch::full({6}, 2.0, torch::kDouble));
  const torch::Tensor d = (x.mean(0) / run).clamp(-0.5, 0.5);
  CHECK(largest(y, (x - x.mean(0)) / sigma * r + d) < 1e-12);
  CHECK(r[0].item<double>() == 0.5);
  CHECK(r[5].item<double>() == 2);
}

TEST_CASE("within its bounds batch renorm trains on what it evaluates") {
  const Json settings{{"warmup_steps", 0}, {"r_full_step", 0}, {"d_full_step", 0}, {"r_max", 1e6}, {"d_max", 1e6}};
  const auto norm = make("batch_renorm", kVector, settings);
  const torch::Tensor x = sample(kVector);
  norm->eval();
  const torch::Tensor evaluated = norm->forward(x);
  norm->train();
  CHECK(largest(norm->forward(x), evaluated) < 1e-12);
}

TEST_CASE("Lp norms divide by the mean absolute value, the root mean square and the largest value") {
  const torch::Tensor x = sample(kVector, 16);
  const torch::Tensor centred = x - x.mean(0);
  const auto of = [&](const char* p, bool rescale) {
    return make("lp", kVector, {{"p", p}, {"rescale", rescale}, {"eps", 1e-12}})->forward(x);
  };
  CHECK(largest(of("1", false), centred / centred.abs().mean(0)) < 1e-10);
  CHECK(largest(of("1", true), centred / centred.abs().mean(0) / std::sqrt(std::acos(-1.0) / 2)) < 1e-10);
  CHECK(largest(of("2", true), centred / centred.square().mean(0).sqrt()) < 1e-10);
  CHECK(largest(of("inf", true), centred / std::get<0>(centred.abs().max(0))) < 1e-10);
}

TEST_CASE("the rescaled L1 form puts out Gaussian values with deviation 1") {
  torch::manual_seed(1);
  const torch::Tensor x = torch::randn({20000, 6}, torch::kDouble) * 3 + 2;
  CHECK(make("lp", kVector)->forward(x).std().item<double>() == Approx(1).epsilon(0.01));
  CHECK(make("lp", kVector, {{"rescale", false}})->forward(x).std().item<double>() == Approx(1.2533).epsilon(0.01));
}

TEST_CASE("noise follows batch norm, differs at every forward, depends on the seed, and is absent in evaluation") {
  const auto noisy = make("noisy_batch", kVector);
  const auto batch = make("batch", kVector);
  const torch::Tensor x = sample(kVector);
  noisy->seed(5);
  const torch::Tensor first = noisy->forward(x);
  const torch::Tensor second = noisy->forward(x);
  CHECK_FALSE(torch::equal(first, second));
  noisy->seed(5);
  CHECK(torch::equal(noisy->forward(x), first));
  for (int i = 0; i < 3; ++i) batch->forward(x);
  CHECK(largest(noisy->named_buffers()["running_mean"], batch->named_buffers()["running_mean"]) < 1e-12);
  noisy->eval();
  batch->eval();
  CHECK(largest(noisy->forward(x), batch->forward(x)) < 1e-12);
}

TEST_CASE("the noise has the means and deviations of its law") {
  const auto noisy = make("noisy_batch", {"wide", 400, {}});
  noisy->seed(1);
  torch::manual_seed(1);
  const torch::Tensor x = torch::randn({400, 400}, torch::kDouble);
  const torch::Tensor xhat = make("batch", {"wide", 400, {}})->forward(x);
  double shift = 0;
  double scale = 0;
  constexpr int kDraws = 40;
  for (int i = 0; i < kDraws; ++i) {
    const torch::Tensor y = noisy->forward(x);
    // y = s * xhat + m: regress y on xhat.
    scale += (y * xhat).mean().item<double>() / kDraws;
    shift += std::abs(y.mean().item<double>()) / kDraws;
  }
  CHECK(scale == Approx(1.125).epsilon(0.03));  // E[sigma]
  CHECK(shift == Approx(0.25).epsilon(0.35));   // E|mu|
}

TEST_CASE("mean-only batch norm takes the mean away and normalizes the weight before it") {
  const auto norm = make("mean_only", kVector);
  const torch::Tensor v = sample({"", 6, {}}, 6);
  {
    const torch::NoGradGuard no_grad;
    norm->begin(v);
  }
  CHECK(largest(norm->weight(v), v) < 1e-12);  // g starts as the norm of each row
  CHECK(largest(norm->weight(7 * v), v) < 1e-12);
  const torch::Tensor x = sample(kVector).requires_grad_();
  const torch::Tensor y = norm->forward(x);
  CHECK(largest(y, x - x.mean(0)) < 1e-12);
  const torch::Tensor dy = torch::cos(torch::arange(x.numel(), torch::kDouble)).view_as(x);
  y.backward(dy);
  CHECK(largest(x.grad(), dy - dy.mean(0)) < 1e-12);
  CHECK(norm->named_buffers().size() == 1);
}

TEST_CASE("one value per channel can't be trained on, and the message says so") {
  for (const char* name : {"batch", "batch_reference", "batch_efficient", "batch_inplace", "sync_batch", "lp",
                           "batch_renorm", "noisy_batch", "ghost", "mean_only"}) {
    INFO(name);
    CHECK(complaint(*make(name, kVector), torch::ones({1, 6}, torch::kDouble)).find(kOneValue) != std::string::npos);
  }
}

TEST_CASE("the running mean's noise follows its law for every norm that tracks plain batch means") {
  constexpr std::int64_t kChannels = 4000;
  constexpr double kMomentum = 0.1;
  constexpr std::int64_t kBatch = 32;
  for (const char* name : {"batch_reference", "batch_efficient", "sync_batch", "noisy_batch"}) {
    INFO(name);
    const auto norm = make(name, {"wide", kChannels, {}}, {{"momentum", kMomentum}});
    const torch::NoGradGuard no_grad;
    torch::manual_seed(2);
    for (int t = 0; t < 100; ++t) norm->forward(torch::randn({kBatch, kChannels}, torch::kDouble));
    const double share = kMomentum / (2 - kMomentum);
    CHECK(norm->named_buffers()["running_mean"].std().item<double>() ==
          Approx(std::sqrt(share / kBatch)).epsilon(0.03));
    CHECK(norm->named_buffers()["running_var"].std().item<double>() ==
          Approx(std::sqrt(2 * share / (kBatch - 1))).epsilon(0.04));
  }
}

}  // namespace
}  // namespace bnexp
