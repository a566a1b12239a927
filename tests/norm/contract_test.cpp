// What every registered norm must do, whoever wrote it.
#include "config/catalog.h"
#include "norm/norm.h"
#include "support/catch.h"
#include "support/gradcheck.h"

namespace bnexp {
namespace {

const std::vector<norm::Slot> kSlots{{"vector", 16, {}}, {"line", 16, {5}}, {"image", 16, {3, 5}}};

std::vector<std::int64_t> shape(const norm::Slot& slot, std::int64_t batch) {
  std::vector<std::int64_t> sizes{batch, slot.channels};
  sizes.insert(sizes.end(), slot.spatial.begin(), slot.spatial.end());
  return sizes;
}

torch::Tensor sample(const norm::Slot& slot, std::int64_t batch) {
  torch::manual_seed(7);
  return torch::randn(shape(slot, batch), torch::kDouble) * 1.5 + 0.3;
}

// Gamma, beta and running statistics away from the values that hide mistakes.
void unsettle(norm::Norm& norm) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(11);
  norm.to(torch::kDouble);
  for (auto& parameter : norm.parameters()) parameter.add_(0.4 * torch::randn_like(parameter));
  for (const auto& item : norm.named_buffers()) {
    if (item.key() == "running_mean") item.value().copy_(0.2 * torch::randn_like(item.value()));
    if (item.key() == "running_var") item.value().copy_(0.5 + torch::rand_like(item.value()));
  }
}

// Calls `body(name, slot, norm)` for every norm in every slot that it accepts.
template <class Body>
void for_every_norm(const Body& body) {
  for (const auto& name : config::Catalog::instance().names("norm")) {
    const config::Variant variant = config::default_variant("norm", name);
    for (const auto& slot : kSlots) {
      if (!norm::check(variant, slot).empty()) continue;
      const auto norm = norm::make(variant, slot);
      INFO(name << " in a " << slot.name << " slot");
      body(variant, slot, *norm);
    }
  }
}

TEST_CASE("the norms of the slides are registered") {
  const auto names = config::Catalog::instance().names("norm");
  for (const char* name : {"none", "batch", "layer", "instance", "group"}) {
    INFO(name);
    CHECK(std::find(names.begin(), names.end(), name) != names.end());
  }
}

TEST_CASE("every norm's gradients match finite differences, in training and in evaluation") {
  for_every_norm([](const config::Variant&, const norm::Slot& slot, norm::Norm& norm) {
    unsettle(norm);
    for (const bool training : {true, false}) {
      INFO((training ? "training" : "evaluation"));
      norm.train(training);
      std::vector<torch::Tensor> inputs{sample(slot, 4).requires_grad_()};
      for (const auto& parameter : norm.parameters()) inputs.push_back(parameter);
      CHECK(tests::gradient_error([&] { return norm.forward(inputs[0]); }, inputs) < 1e-7);
    }
  });
}

TEST_CASE("every norm keeps shape and type and stays finite, also on channels that never vary") {
  for_every_norm([](const config::Variant&, const norm::Slot& slot, norm::Norm& norm) {
    for (const std::int64_t batch : {2, 3, 7}) {
      for (const bool training : {true, false}) {
        norm.train(training);
        torch::Tensor x = sample(slot, batch).to(torch::kFloat);
        x.select(1, 1).fill_(3);
        const torch::Tensor y = norm.forward(x);
        CHECK(y.sizes() == x.sizes());
        CHECK(y.dtype() == torch::kFloat);
        CHECK(torch::isfinite(y).all().item<bool>());
      }
    }
  });
}

TEST_CASE("every norm gives the same values on non-contiguous and channels-last input") {
  for_every_norm([](const config::Variant&, const norm::Slot& slot, norm::Norm& norm) {
    norm.train();
    const torch::Tensor x = sample(slot, 4).to(torch::kFloat);
    const torch::Tensor expected = norm.forward(x);
    const torch::Tensor strided = x.transpose(0, 1).contiguous().transpose(0, 1);
    CHECK(torch::allclose(norm.forward(strided), expected, 1e-5, 1e-6));
    if (x.dim() == 4) {
      CHECK(torch::allclose(norm.forward(x.contiguous(torch::MemoryFormat::ChannelsLast)), expected, 1e-5, 1e-6));
    }
  });
}

TEST_CASE("every norm evaluates a batch of one, and each sample on its own") {
  for_every_norm([](const config::Variant& variant, const norm::Slot& slot, norm::Norm& norm) {
    norm.eval();
    const torch::Tensor x = sample(slot, 3).to(torch::kFloat);
    const torch::Tensor together = norm.forward(x);
    REQUIRE(variant.settings.value("track_running_stats", true));
    for (std::int64_t i = 0; i < 3; ++i) {
      CHECK(torch::allclose(norm.forward(x.slice(0, i, i + 1)), together.slice(0, i, i + 1), 1e-5, 1e-6));
    }
  });
}

TEST_CASE("every norm's state survives being saved and loaded") {
  for_every_norm([](const config::Variant& variant, const norm::Slot& slot, norm::Norm& norm) {
    norm.train();
    for (int i = 0; i < 3; ++i) norm.forward(sample(slot, 4).to(torch::kFloat) + i);
    std::stringstream file;
    torch::serialize::OutputArchive out;
    norm.save(out);
    out.save_to(file);
    const auto copy = norm::make(variant, slot);
    torch::serialize::InputArchive in;
    in.load_from(file);
    copy->load(in);
    norm.eval();
    copy->eval();
    const torch::Tensor x = sample(slot, 4).to(torch::kFloat);
    CHECK(torch::equal(copy->forward(x), norm.forward(x)));
  });
}

TEST_CASE("no norm changes its state in evaluation") {
  for_every_norm([](const config::Variant&, const norm::Slot& slot, norm::Norm& norm) {
    norm.eval();
    std::vector<torch::Tensor> before;
    for (const auto& buffer : norm.buffers()) before.push_back(buffer.clone());
    norm.forward(sample(slot, 4).to(torch::kFloat));
    const auto after = norm.buffers();
    REQUIRE(after.size() == before.size());
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(torch::equal(after[i], before[i]));
  });
}

}  // namespace
}  // namespace bnexp
