#include "train/trained.h"

#include <algorithm>

#include "base/error.h"
#include "base/safetensors.h"
#include "support/catch.h"
#include "support/trials.h"

namespace bnexp {
namespace {

using tests::small_spec;
using tests::variant;

struct Kept {
  train::TrialResult result;
  train::Weights weights{"w", ""};
};

Kept train_and_keep(const config::TrialSpec& spec, const data::Dataset& data) {
  Kept kept;
  train::Callbacks callbacks;
  callbacks.weights = [&](const std::string& bytes) { kept.weights.bytes = bytes; };
  kept.result = train::run(spec, data, callbacks);
  return kept;
}

TEST_CASE("kept weights evaluate to the record's loss and accuracy, bit for bit, with any norm") {
  for (const char* norm : {"batch", "batch_inplace", "weight", "batch_renorm", "none"}) {
    INFO(norm);
    config::TrialSpec spec = small_spec();
    spec.norm = variant("norm", norm);
    const auto data = data::load(spec.data, {});
    const Kept kept = train_and_keep(spec, *data);
    REQUIRE(kept.result.status == train::Status::ok);
    const train::Evaluation evaluation = train::evaluate(spec, *data, kept.weights);
    CHECK(evaluation.loss == kept.result.metrics.at("test_loss").get<double>());
    CHECK(evaluation.accuracy == kept.result.metrics.at("test_accuracy").get<double>());
    CHECK(evaluation.predictions.size() == 200);
    const auto file = safetensors::read(evaluation.logits, "logits");
    REQUIRE(file.tensors.size() == 1);
    const auto* logits = reinterpret_cast<const float*>(file.tensors[0].data.data());
    for (std::size_t i = 0; i < 200; ++i) {
      const float* row = logits + 10 * i;
      CHECK(std::max_element(row, row + 10) - row == evaluation.predictions[i]);
    }
  }
}

TEST_CASE("keeping weights changes no bit of the training") {
  const config::TrialSpec spec = small_spec();
  const auto data = data::load(spec.data, {});
  const Kept kept = train_and_keep(spec, *data);
  const train::TrialResult plain = train::run(spec, *data, {});
  CHECK(kept.result.metrics.dump() == plain.metrics.dump());
  CHECK(kept.result.history.dump() == plain.history.dump());
}

TEST_CASE("a trial that doesn't end ok leaves no weights") {
  config::TrialSpec spec = small_spec();
  spec.train.optimizer = variant("optimizer", "sgd", {{"lr", 1e30}});
  spec.norm = variant("norm", "none");
  const auto data = data::load(spec.data, {});
  const Kept kept = train_and_keep(spec, *data);
  CHECK(kept.result.status == train::Status::diverged);
  CHECK(kept.weights.bytes.empty());
}

TEST_CASE("a trained network folds: every prediction stays, in both precisions the logits nearly so") {
  for (const char* model : {"mlp", "convnet", "resnet"}) {
    INFO(model);
    config::TrialSpec spec = small_spec();
    spec.model = variant("model", model);
    if (model == std::string("resnet")) spec.model = variant("model", model, {{"width", 4}, {"depth", 1}});
    const auto data = data::load(spec.data, {});
    const Kept kept = train_and_keep(spec, *data);
    const train::Folding folding = train::fold(spec, *data, kept.weights);
    CHECK(folding.refused.empty());
    CHECK(folding.folded.size() == (model == std::string("resnet") ? 9 : 3));
    CHECK(folding.images == 200);
    CHECK(folding.equal == 200);
    CHECK(folding.accuracy_before == kept.result.metrics.at("test_accuracy").get<double>());
    CHECK(folding.accuracy_after == folding.accuracy_before);
    CHECK(folding.difference < 1e-4);
    CHECK(folding.difference_double < 1e-12);
    CHECK(folding.speedup > 0);
    // The folded weights are those of the network without norms.
    if (model == std::string("resnet")) continue;
    config::TrialSpec plain = spec;
    plain.norm = variant("norm", "none");
    const train::Evaluation after = train::evaluate(plain, *data, {"folded", folding.weights});
    CHECK(after.predictions == train::evaluate(spec, *data, kept.weights).predictions);
  }
}

TEST_CASE("a pre-activation network folds the norms that follow a layer alone") {
  config::TrialSpec spec = small_spec();
  spec.model = variant("model", "resnet", {{"width", 4}, {"depth", 1}, {"block", "pre"}});
  const auto data = data::load(spec.data, {});
  const train::Folding folding = train::fold(spec, *data, train_and_keep(spec, *data).weights);
  std::vector<std::string> folded;
  for (const auto& [norm, layer] : folding.folded) folded.push_back(norm + " into " + layer);
  CHECK(folded == std::vector<std::string>{"blocks.0.norm2 into blocks.0.conv1", "blocks.1.norm2 into blocks.1.conv1",
                                           "blocks.2.norm2 into blocks.2.conv1"});
  CHECK(folding.refused.size() == 4);
  CHECK(folding.equal == 200);
  CHECK(folding.difference_double < 1e-12);
}

TEST_CASE("weights of another network are refused") {
  config::TrialSpec spec = small_spec();
  const auto data = data::load(spec.data, {});
  const Kept kept = train_and_keep(spec, *data);
  spec.norm = variant("norm", "group", {{"groups", 1}});
  CHECK_THROWS_AS(train::evaluate(spec, *data, kept.weights), Error);
  CHECK_THROWS_AS(train::fold(spec, *data, kept.weights), Error);
}

}  // namespace
}  // namespace bnexp
