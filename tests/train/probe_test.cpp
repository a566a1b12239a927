#include "train/probe.h"

#include <algorithm>
#include <cmath>

#include "support/catch.h"
#include "support/trials.h"

namespace bnexp {
namespace {

using tests::run;
using tests::small_spec;
using tests::variant;

// The probe, reading at every step where it has such a setting.
config::Variant eager(const std::string& name) {
  config::Variant probe = variant("probe", name);
  if (probe.settings.contains("every")) probe.settings["every"] = 1;
  return probe;
}

// Every member but timing.
std::string bits(const train::TrialResult& result) {
  return train::to_string(result.status) + (result.failure ? result.failure->message : "") + result.metrics.dump() +
         result.history.dump();
}

TEST_CASE("probes change no bit of the training, whatever the norm does in a forward") {
  for (const auto& [norm, settings] : std::vector<std::pair<std::string, Json>>{
           {"batch", {}}, {"weight", {{"data_init", true}}}, {"noisy_batch", {}}, {"batch_renorm", {}}}) {
    config::TrialSpec spec = small_spec();
    spec.norm = variant("norm", norm, settings);
    spec.model.settings["dropout"] = 0.2;
    const auto bare = run(spec);
    CHECK(bare.status == train::Status::ok);
    for (const auto& name : config::Catalog::instance().names("probe")) {
      INFO(norm << ", " << name);
      spec.probes = {eager(name)};
      const auto probed = run(spec);
      CHECK(bits(probed) == bits(bare));
      CHECK((probed.probes.contains(name) || probed.timing.contains(name)));
    }
  }
}

TEST_CASE("probes change no outcome of a trial whose norm refuses some numbers of images") {
  config::TrialSpec spec = small_spec();
  SECTION("one image for validation") { spec.data.settings["validation"] = 1; }
  SECTION("a last group of one") {
    spec.norm = variant("norm", "ghost", {{"group", 9}});  // 100 images for validation: 11 groups and one
    spec.train.batch_size = 18;
    spec.train.drop_last = true;
  }
  const auto bare = run(spec);
  CHECK(bare.status == train::Status::ok);
  for (const auto& name : config::Catalog::instance().names("probe")) {
    INFO(name);
    spec.probes = {eager(name)};
    CHECK(bits(run(spec)) == bits(bare));
  }
}

TEST_CASE("probes change no outcome of a trial whose numbers overflow") {
  const auto check_alike = [](config::TrialSpec spec, const std::string& status) {
    const auto bare = run(spec);
    CHECK(train::to_string(bare.status) == status);
    for (const auto& name : config::Catalog::instance().names("probe")) {
      INFO(status << ", " << name);
      spec.probes = {eager(name)};
      CHECK(bits(run(spec)) == bits(bare));
    }
  };
  config::TrialSpec far = small_spec();
  far.train.optimizer.settings["lr"] = 1e300;
  check_alike(far, "diverged");
  config::TrialSpec huge = small_spec();
  huge.data.settings["mean"] = 1e19;
  check_alike(huge, "ok");
  huge.norm = variant("norm", "none");
  check_alike(huge, "diverged");
}

// A probe that computes with what a probe may see, and does everything that it must not leave behind.
struct Nosy final : train::Probe {
  struct Options {
    void fields(config::Fields&) {}
  };
  explicit Nosy(const Options&) {}

  void on_gradients(train::ProbeContext& context, const train::Step& step) override {
    const torch::Tensor gradient = context.model.parameters().front().grad().clone();
    {
      const train::PreservedModel preserved(context.model);
      const torch::Tensor logits = context.model.forward(step.images);
      losses.push_back(torch::cross_entropy_loss(logits, step.labels).item<double>() - step.loss);
      for (auto& parameter : context.model.parameters()) parameter.mutable_grad() = torch::Tensor();
      torch::cross_entropy_loss(logits, step.labels).backward();
      difference =
          std::max(difference, (context.model.parameters().front().grad() - gradient).abs().max().item<double>());
      const torch::NoGradGuard no_grad;
      for (auto& parameter : context.model.parameters()) parameter.add_(1);
      for (auto& buffer : context.model.buffers()) buffer.add_(1);
      context.model.eval();
    }
    CHECK(torch::equal(context.model.parameters().front().grad(), gradient));
    CHECK(context.model.is_training());
    samples += step.labels.size(0);
  }
  Json result() const override { return {{"losses", losses}, {"difference", difference}, {"samples", samples}}; }
  train::SavedState save() const override { return {}; }
  void load(train::ProbeContext&, const train::SavedState&) override {}

  std::vector<double> losses;
  double difference = 0;
  std::int64_t samples = 0;
};

TEST_CASE("a probe sees batch, labels, loss and gradients before the update, and what it touches is put back") {
  static const bool added =
      train::add_probe<Nosy, Nosy::Options>("nosy", {.summary = "A test's.", .formula = "", .source = ""});
  REQUIRE(added);
  config::TrialSpec spec = small_spec();
  spec.execution.fused = false;
  const auto bare = run(spec);
  spec.probes = {variant("probe", "nosy")};
  const auto probed = run(spec);
  CHECK(bits(probed) == bits(bare));
  const Json& seen = probed.probes.at("nosy");
  CHECK(seen.at("samples") == 12 * 32);
  REQUIRE(seen.at("losses").size() == 12);
  for (const auto& loss : seen.at("losses")) CHECK(std::abs(loss.get<double>()) < 1e-6);
  CHECK(seen.at("difference").get<double>() < 1e-6);
}

}  // namespace
}  // namespace bnexp
