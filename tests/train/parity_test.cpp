// bnexp's training against PyTorch's, step by step, from the same weights and batches. scripts/compare_pytorch writes
// the fixture: PyTorch's losses in double precision, the same on every processor. In single precision rounding grows
// from step to step and each processor rounds its own way, so that comparison is the script's, in one run.
#include <fstream>

#include "data/batches.h"
#include "model/model.h"
#include "support/catch.h"
#include "support/trials.h"
#include "train/optimizer.h"
#include "train/parameters.h"

namespace bnexp {
namespace {

struct Fixture {
  config::TrialSpec spec;
  std::vector<double> losses;
};

Fixture fixture() {
  std::ifstream file(std::string(BNEXP_SOURCE_DIR) + "/tests/train/parity_pytorch.json");
  REQUIRE(file);
  const Json json = Json::parse(file);
  return {config::from_json<config::TrialSpec>(json.at("settings")), json.at("losses")};
}

TEST_CASE("the losses of the first steps are PyTorch's, and the later ones stay close") {
  const auto [spec, expected] = fixture();
  REQUIRE(spec.model.name == "convnet");
  REQUIRE(spec.norm.name == "batch");
  const train::TrialResult result = tests::run(spec);
  REQUIRE(result.status == train::Status::ok);
  const Json& actual = result.probes.at("loss_curve").at("loss");
  REQUIRE(expected.size() == 50);
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("step " << i + 1);
    CHECK(actual[i].get<double>() == Approx(expected[i]).epsilon(i < 5 ? 1e-4 : 0.1));
  }
}

TEST_CASE("in double precision all 50 losses are PyTorch's") {
  const auto [spec, expected] = fixture();
  const auto data = data::load(spec.data, {});
  const data::Split split = data->train(spec.data.settings.at("validation"));
  const data::Normalizer normalizer(spec.data.settings.at("mean"), spec.data.settings.at("std"));
  data::Batches batches(split, 28 * 28, spec.train.batch_size, spec.train.drop_last,
                        static_cast<std::uint64_t>(spec.seed));
  const auto model = model::make(spec.model, {}, spec.norm);
  model::initialize(*model, static_cast<std::uint64_t>(spec.seed));
  model->to(torch::kDouble);
  model->train();
  train::Parameters parameters(*model, /*half=*/false);
  const auto optimizer = train::make_optimizer(spec.train.optimizer, {parameters.values(), parameters.gradients()});
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto count = static_cast<std::int64_t>(batches.next().size());
    torch::Tensor images = torch::empty({count, 1, 28, 28});
    torch::Tensor labels = torch::empty({count}, torch::kLong);
    batches.fill(normalizer, images.data_ptr<float>(), labels.data_ptr<std::int64_t>());
    parameters.clear();
    const torch::Tensor loss = torch::cross_entropy_loss(model->forward(images.to(torch::kDouble)), labels);
    INFO("step " << i + 1);
    CHECK(loss.item<double>() == Approx(expected[i]).epsilon(1e-8));
    loss.backward();
    parameters.gather();
    optimizer->step(train::base_lr(spec.train.optimizer));
  }
}

}  // namespace
}  // namespace bnexp
