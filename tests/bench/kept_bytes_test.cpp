// What norms keep for backward, in bytes.
#include "bench/kept_bytes.h"

#include "config/settings/catalog.h"
#include "norm/fused.h"
#include "norm/norm.h"
#include "support/catch.h"

namespace bnexp {
namespace {

torch::Tensor sample(const norm::Slot& slot) {
  std::vector<std::int64_t> shape{64, slot.channels};
  shape.insert(shape.end(), slot.spatial.begin(), slot.spatial.end());
  return torch::randn(shape).requires_grad_();
}

double buffers(std::int64_t bytes, const torch::Tensor& x) {
  return static_cast<double>(bytes) / static_cast<double>(x.nbytes());
}

// Kept by norm and activation, in buffers of the input's size.
double kept(const std::string& name, const norm::Slot& slot, bool with_relu) {
  const auto norm = norm::make(config::default_variant("norm", name), slot);
  const torch::Tensor x = sample(slot);
  return buffers(bench::kept_bytes(x,
                                   [&](const torch::Tensor& in) {
                                     const torch::Tensor y = norm->forward(in);
                                     return with_relu ? torch::relu(y) : y;
                                   }),
                 x);
}

const norm::Slot kConv1{"norm1", 32, {26, 26}};
const norm::Slot kConv2{"norm2", 64, {24, 24}};

TEST_CASE("in-place batch norm keeps at least 45% less than batch norm and ReLU") {
  for (const auto& slot : {kConv1, kConv2}) {
    const double plain = kept("batch", slot, true);
    const double inplace = kept("batch_inplace", slot, false);
    INFO(slot.name << ": batch and relu " << plain << " buffers, batch_inplace " << inplace);
    CHECK(plain == Approx(2).epsilon(0.01));
    CHECK(inplace == Approx(1).epsilon(0.01));
    CHECK(inplace <= 0.55 * plain);
  }
}

TEST_CASE("efficient batch norm keeps as much as batch norm, its input; the reference keeps the normalized values") {
  for (const auto& slot : {kConv1, kConv2}) {
    INFO(slot.name);
    CHECK(kept("batch_efficient", slot, true) == Approx(kept("batch", slot, true)).epsilon(0.01));
    CHECK(kept("batch_efficient", slot, true) == Approx(2).epsilon(0.01));
    // The reference's normalized values take the place of the input, which is free then.
    CHECK(kept("batch_reference", slot, true) == Approx(2).epsilon(0.01));
    CHECK(kept("sync_batch", slot, true) >= 2);
  }
}

TEST_CASE("a fused block keeps its input alone, with pooling also its small output and where each maximum was") {
  const auto norm = norm::make(config::default_variant("norm", "batch"), kConv1);
  const torch::Tensor x = sample(kConv1);
  const auto kept_with = [&](bool pool) {
    return buffers(
        bench::kept_bytes(x, [&](const torch::Tensor& in) { return *norm::fused(norm.get(), "relu", pool, in); }), x);
  };
  CHECK(kept_with(false) == Approx(1).epsilon(0.01));
  CHECK(kept_with(true) == Approx(1 + 1.0 / 4 + 1.0 / 16).epsilon(0.01));
}

TEST_CASE("what backward doesn't need isn't counted, and counting leaves nothing behind") {
  const torch::Tensor x = torch::randn({1000}).requires_grad_();
  const auto twice = [](const torch::Tensor& in) { return in * 2.0; };
  CHECK(bench::kept_bytes(x, twice) == 0);
  CHECK(bench::kept_bytes(x, [](const torch::Tensor& in) { return torch::relu(in); }) == 4000);
  CHECK(bench::kept_bytes(x, twice) == 0);
}

}  // namespace
}  // namespace bnexp
