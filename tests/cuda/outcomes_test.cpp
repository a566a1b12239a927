// Trials on a CUDA device that end otherwise, and what is done with their weights.
#include "base/safetensors.h"
#include "cuda/trials.h"
#include "train/trained.h"

namespace bnexp {
namespace {

using tests::digits;
using tests::on_cpu;
using tests::outcome;
using tests::spec_of;
using tests::train_one;
using tests::Trained;
using tests::variant;
using train::Status;

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

// Tensors that take the device's free memory, all but about `left` GiB.
std::vector<torch::Tensor> fill_device(std::size_t left) {
  std::vector<torch::Tensor> tensors;
  try {
    for (;;)
      tensors.push_back(
          torch::empty({std::int64_t{1} << 30}, torch::TensorOptions(tests::device()).dtype(torch::kByte)));
  } catch (const c10::OutOfMemoryError&) {  // full
  }
  REQUIRE(tensors.size() > left);
  tensors.resize(tensors.size() - left);
  train::release_memory(tests::device());
  return tensors;
}

TEST_CASE("a trial that does not fit on the device is oom, and leaves the memory to the next one") {
  BNEXP_NEEDS_CUDA;
  if (tests::device_name() != "cuda") return;
  const config::TrialSpec small = spec_of({tests::forms("mlp")[0], variant("norm", "batch")});
  const Trained before = train_one(small);
  REQUIRE(outcome(before) == "ok");
  const auto filled = fill_device(3);
  // The first convolution's output has 1.5 GiB.
  config::TrialSpec spec = small;
  spec.model = variant("model", "convnet", {{"conv1", 128}, {"conv2", 4}, {"fc1", 8}});
  spec.data.settings.update({{"train", 4096}, {"validation", 0}});
  spec.train.batch_size = 4096;
  spec.train.steps = 2;
  const Trained large = train_one(spec);
  INFO(outcome(large));
  CHECK(large.result.status == Status::oom);
  CHECK(outcome(large).find("out of memory") != std::string::npos);
  const Trained after = train_one(small);
  CHECK(outcome(after) == "ok");
  CHECK(after.deterministic() == before.deterministic());
  CHECK(after.result.timing.value("peak_device_bytes", std::int64_t{0}) < static_cast<std::int64_t>(filled.size() + 1)
                                                                              << 30);
}

}  // namespace
}  // namespace bnexp
