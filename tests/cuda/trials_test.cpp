// Whole trials on a CUDA device: against the CPU, against themselves, and when they go wrong.
#include <cmath>

#include "base/hash.h"
#include "base/safetensors.h"
#include "cuda/device.h"
#include "train/guard.h"
#include "train/trained.h"
#include "train/training.h"

namespace bnexp {
namespace {

using tests::small_spec;
using tests::variant;
using train::Status;

const data::Dataset& digits(const config::TrialSpec& spec) {
  static std::map<std::string, std::shared_ptr<data::Dataset>> known;
  auto& data = known[spec.data.settings.dump()];
  if (!data) data = data::load(spec.data, {});
  return *data;
}

config::TrialSpec spec_of(const tests::Pairing& pairing, int steps = 20) {
  config::TrialSpec spec = small_spec();
  spec.device = tests::device_name();
  spec.model = pairing.model;
  spec.norm = pairing.norm;
  spec.train.steps = steps;
  spec.train.optimizer = variant("optimizer", "sgd", {{"lr", 0.02}, {"momentum", 0.5}});
  spec.probes = {variant("probe", "loss_curve", {{"every", 1}})};
  return spec;
}

struct Trained {
  train::TrialResult result;
  std::string weights;
  // What a record holds of it that may not differ between two runs, and the weights.
  std::string deterministic() const {
    return Json{result.data, result.history, result.metrics, result.probes, train::to_string(result.status)}.dump() +
           sha256_hex(weights);
  }
  std::vector<double> losses() const { return result.probes.at("loss_curve").at("loss").get<std::vector<double>>(); }
};

Trained train_one(const config::TrialSpec& spec) {
  Trained trained;
  train::Callbacks callbacks;
  callbacks.weights = [&](const std::string& bytes) { trained.weights = bytes; };
  trained.result = train::guarded([&](const auto& all) { return train::run(spec, digits(spec), all); },
                                  config::to_json(spec), digits(spec), callbacks);
  return trained;
}

config::TrialSpec on_cpu(config::TrialSpec spec) {
  spec.device = "cpu";
  return spec;
}

std::string outcome(const Trained& trained) {
  const auto& failure = trained.result.failure;
  return train::to_string(trained.result.status) + (failure ? ": " + failure->message : "");
}

double worst_loss(const std::vector<double>& actual, const std::vector<double>& expected) {
  if (actual.size() != expected.size()) return HUGE_VAL;
  double result = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double one = std::abs(actual[i] - expected[i]) / std::abs(expected[i]);
    result = std::isfinite(one) ? std::max(result, one) : HUGE_VAL;
  }
  return result;
}

TEST_CASE("the records of a CUDA device name it, its driver and its libraries", "[provenance]") {
  CHECK(train::cuda_version(13000) == "13.0");
  CHECK(train::cuda_version(12080) == "12.8");
  CHECK(train::cuda_version(0).empty());
  CHECK(train::cudnn_version(91900) == "9.19.0");
  CHECK(train::cudnn_version(8902) == "8.9.2");
  CHECK(train::cudnn_version(0).empty());
  BNEXP_NEEDS_CUDA;
  if (tests::device_name() != "cuda") return;
  const Json context = train::cuda_context();
  WARN(context.dump());
  for (const char* key : {"gpu", "gpu_driver", "cuda", "cudnn"}) {
    INFO(key);
    CHECK_FALSE(context.value(key, "").empty());
  }
}

// fp32's rounding grows over the steps, the more so the deeper the network; in double models_test.cpp holds all steps
// to 1e-10.
constexpr double kLosses = 1e-3;

TEST_CASE("every norm in every model trains to the same bits twice, and nearly to the CPU's losses") {
  BNEXP_NEEDS_CUDA;
  tests::for_every_model([](const std::string& model, const std::vector<tests::Pairing>& all) {
    tests::Table table("trials-" + model,
                       "norm\tmodel\tsame bits twice\tfirst loss\t20 losses\ttest accuracy, device\tCPU");
    for (const auto& pairing : all) {
      INFO(pairing.name());
      const config::TrialSpec spec = spec_of(pairing);
      const Trained one = train_one(spec);
      const Trained two = train_one(spec);
      const Trained expected = train_one(on_cpu(spec));
      CHECK(outcome(one) == outcome(expected));
      CHECK(one.deterministic() == two.deterministic());
      if (outcome(one) != "ok" || outcome(expected) != "ok") continue;
      const auto actual_losses = one.losses();
      const auto losses = expected.losses();
      const double first = std::abs(actual_losses[0] - losses[0]) / losses[0];
      table.row(pairing.norm.name, pairing.model.name, one.deterministic() == two.deterministic() ? "yes" : "no", first,
                worst_loss(actual_losses, losses), one.result.metrics.at("test_accuracy"),
                expected.result.metrics.at("test_accuracy"));
      CHECK(first <= 1e-5);
      CHECK(worst_loss(actual_losses, losses) <= kLosses);
    }
  });
}

TEST_CASE("every optimizer, both precisions and both executions train to the same bits twice, near the CPU's") {
  BNEXP_NEEDS_CUDA;
  for (const auto& optimizer : config::Catalog::instance().names("optimizer")) {
    for (const char* precision : {"fp32", "bf16"}) {
      for (const bool fused : {true, false}) {
        INFO(optimizer << ", " << precision << (fused ? ", fused" : ""));
        config::TrialSpec spec = spec_of({tests::forms("convnet")[0], variant("norm", "batch")});
        spec.train.optimizer = variant("optimizer", optimizer);
        spec.train.optimizer.settings["lr"] = 0.001;
        spec.train.clip_grad_norm = 1;
        spec.train.label_smoothing = 0.1;
        spec.precision = precision;
        spec.execution.fused = fused;
        const Trained one = train_one(spec);
        REQUIRE(outcome(one) == "ok");
        CHECK(one.deterministic() == train_one(spec).deterministic());
        // bfloat16 has 8 bits.
        const double allowed = precision == std::string("bf16") ? 0.03 : kLosses;
        CHECK(worst_loss(one.losses(), train_one(on_cpu(spec)).losses()) <= allowed);
      }
    }
  }
}

TEST_CASE("an MLP without a norm trains to the same bits twice on a device, with steps of other sizes in between") {
  BNEXP_NEEDS_CUDA;
  config::TrialSpec spec = spec_of({variant("model", "mlp", {{"widths", {32, 16}}}), variant("norm", "none")}, 30);
  const Trained one = train_one(spec);
  REQUIRE(outcome(one) == "ok");
  CHECK(one.deterministic() == train_one(spec).deterministic());
  CHECK(worst_loss(one.losses(), train_one(on_cpu(spec)).losses()) <= kLosses);
}

TEST_CASE("every probe reads on a device what it reads on the CPU") {
  BNEXP_NEEDS_CUDA;
  config::TrialSpec spec = spec_of({variant("model", "mlp", {{"widths", {32, 16}}}), variant("norm", "batch")});
  spec.probes.clear();
  for (const auto& name : config::Catalog::instance().names("probe")) spec.probes.push_back(variant("probe", name));
  const Trained one = train_one(spec);
  const Trained expected = train_one(on_cpu(spec));
  REQUIRE(outcome(one) == "ok");
  CHECK(one.deterministic() == train_one(spec).deterministic());
  // The same numbers but for rounding, at the same places.
  const Json actual = one.result.probes.flatten();
  const Json wanted = expected.result.probes.flatten();
  REQUIRE(actual.size() == wanted.size());
  for (const auto& [place, value] : wanted.items()) {
    INFO(place);
    REQUIRE(actual.contains(place));
    // A histogram's edges move its counts.
    if (!value.is_number_float() || place.find("densit") != std::string::npos) continue;
    CHECK(actual.at(place).get<double>() == Approx(value.get<double>()).epsilon(0.01).margin(1e-3));
  }
}

TEST_CASE("a trial on a device goes on from its saved state with the same bits") {
  BNEXP_NEEDS_CUDA;
  for (const auto& optimizer : config::Catalog::instance().names("optimizer")) {
    INFO(optimizer);
    config::TrialSpec spec =
        spec_of({variant("model", "convnet", {{"conv1", 4}, {"conv2", 4}, {"fc1", 8}, {"dropout", 0.25}}),
                 variant("norm", "noisy_batch")},
                12);
    spec.train.optimizer = variant("optimizer", optimizer);
    spec.probes = {variant("probe", "activations", {{"every", 2}}), variant("probe", "running_stats")};
    train::prepare(tests::device());
    const train::Callbacks none;
    std::string saved;
    {
      train::Training first(spec, digits(spec), none);
      first.advance(5);
      saved = first.save();
    }
    train::Training second(spec, digits(spec), none);
    second.load(saved, "saved");
    const auto resumed = second.run();
    const auto whole = train_one(spec).result;
    CHECK(resumed.history.dump() == whole.history.dump());
    CHECK(resumed.metrics.dump() == whole.metrics.dump());
    CHECK(resumed.probes.dump() == whole.probes.dump());
  }
}

TEST_CASE("a trial that diverges on a device names the step, layer and tensor that it names on the CPU") {
  BNEXP_NEEDS_CUDA;
  for (const char* model : {"mlp", "convnet", "resnet"}) {
    for (const double lr : {1e20, 1e30}) {
      INFO(model << ", lr " << lr);
      config::TrialSpec spec = spec_of({tests::forms(model)[0], variant("norm", "none")}, 60);
      spec.train.optimizer = variant("optimizer", "sgd", {{"lr", lr}});
      const Trained one = train_one(spec);
      CHECK(outcome(one) == outcome(train_one(on_cpu(spec))));
      CHECK(one.result.status == Status::diverged);
    }
  }
}

TEST_CASE("kept weights evaluate on a device as they do on the CPU, and to the record's bits where they were trained") {
  BNEXP_NEEDS_CUDA;
  for (const char* norm : {"batch", "layer", "group", "weight", "none"}) {
    INFO(norm);
    config::TrialSpec spec = spec_of({tests::forms("convnet")[0], variant("norm", norm)}, 40);
    const Trained trained = train_one(spec);
    REQUIRE(outcome(trained) == "ok");
    const train::Weights weights{"w", trained.weights};
    const train::Evaluation actual = train::evaluate(spec, digits(spec), weights);
    CHECK(actual.loss == trained.result.metrics.at("test_loss").get<double>());
    CHECK(actual.accuracy == trained.result.metrics.at("test_accuracy").get<double>());
    const train::Evaluation expected = train::evaluate(on_cpu(spec), digits(spec), weights);
    CHECK(actual.loss == Approx(expected.loss).epsilon(1e-5));
    CHECK(actual.predictions == expected.predictions);
    // The other way round.
    const Trained on_processor = train_one(on_cpu(spec));
    const train::Weights others{"w", on_processor.weights};
    CHECK(train::evaluate(spec, digits(spec), others).loss ==
          Approx(on_processor.result.metrics.at("test_loss").get<double>()).epsilon(1e-5));
  }
}

TEST_CASE("networks fold on a device as they do on the CPU") {
  BNEXP_NEEDS_CUDA;
  for (const char* model : {"mlp", "convnet", "resnet", "vgg_small"}) {
    INFO(model);
    config::TrialSpec spec = spec_of({tests::forms(model)[0], variant("norm", "batch")}, 40);
    const Trained trained = train_one(spec);
    REQUIRE(outcome(trained) == "ok");
    const train::Weights weights{"w", trained.weights};
    const train::Folding actual = train::fold(spec, digits(spec), weights);
    const train::Folding expected = train::fold(on_cpu(spec), digits(spec), weights);
    CHECK(actual.folded == expected.folded);
    CHECK(actual.refused == expected.refused);
    CHECK(actual.equal == actual.images);
    CHECK(actual.accuracy_before == trained.result.metrics.at("test_accuracy").get<double>());
    CHECK(actual.accuracy_after == expected.accuracy_after);
    CHECK(actual.largest_logit == Approx(expected.largest_logit).epsilon(1e-5));
    CHECK(actual.difference < 1e-4);
    CHECK(actual.difference_double < 1e-12);
    CHECK(actual.speedup > 0);
    const auto folded = safetensors::read(actual.weights, "folded").tensors;
    const auto wanted = safetensors::read(expected.weights, "folded").tensors;
    REQUIRE(folded.size() == wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(folded[i].name == wanted[i].name);
  }
}

TEST_CASE("a norm that evaluates by the batch gets more than one image in each on a device too") {
  BNEXP_NEEDS_CUDA;
  config::TrialSpec spec =
      spec_of({tests::forms("mlp")[0], variant("norm", "batch", {{"track_running_stats", false}})});
  spec.data.settings.update({{"test", 65}, {"validation", 65}});
  spec.train.evaluation_batch_size = 64;
  CHECK(outcome(train_one(spec)) == "ok");
}

TEST_CASE("a trial without room on the device is oom, and leaves the room to the next one") {
  BNEXP_NEEDS_CUDA;
  if (tests::device_name() != "cuda") return;
  const config::TrialSpec small = spec_of({tests::forms("mlp")[0], variant("norm", "batch")});
  const Trained before = train_one(small);
  REQUIRE(outcome(before) == "ok");
  // 4 GiB for each of 2 values per layer, and no more weights than a processor makes at once.
  config::TrialSpec spec = small;
  spec.norm = variant("norm", "none");
  std::vector<std::int64_t> widths;
  for (int i = 0; i < 24; ++i) widths.insert(widths.end(), {65536, 1});
  spec.model = variant("model", "mlp", {{"widths", widths}});
  spec.data.settings.update({{"train", 16384}, {"validation", 0}});
  spec.train.batch_size = 16384;
  spec.train.steps = 2;
  const Trained large = train_one(spec);
  CHECK(train::to_string(large.result.status) == "oom");
  CHECK(large.result.failure.value().message.find("out of memory") != std::string::npos);
  WARN(outcome(large));
  const Trained after = train_one(small);
  CHECK(outcome(after) == "ok");
  CHECK(after.deterministic() == before.deterministic());
  // LibTorch gave back what the large trial had taken.
  CHECK(after.result.timing.value("peak_device_bytes", std::int64_t{0}) < (std::int64_t{1} << 30));
}

}  // namespace
}  // namespace bnexp
