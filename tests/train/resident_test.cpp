#include "train/resident.h"

#include "support/catch.h"
#include "support/trials.h"
#include "train/inputs.h"

namespace bnexp {
namespace {

TEST_CASE("a data set in a device's memory gives the bits that the processor's batches have") {
  const config::TrialSpec spec = tests::small_spec();
  const auto data = data::load(spec.data, {});
  const train::Inputs inputs = train::make_inputs(spec, *data);
  const train::Resident resident(*data, inputs.normalizer, torch::kCPU);
  const std::int64_t pixels = inputs.shape.rows * inputs.shape.columns;

  for (const data::Split& split : {data->train(100), data->validation(100)}) {
    data::Batches batches(split, pixels, 24, /*drop_last=*/false, /*seed=*/3);
    for (std::int64_t i = 0; i <= batches.batches_per_epoch(); ++i) {
      const auto& positions = batches.next();
      const auto count = static_cast<std::int64_t>(positions.size());
      torch::Tensor images = torch::empty({count, 1, inputs.shape.rows, inputs.shape.columns});
      torch::Tensor labels = torch::empty({count}, torch::kLong);
      batches.fill(inputs.normalizer, images.data_ptr<float>(), labels.data_ptr<std::int64_t>());
      const auto [kept_images, kept_labels] = resident.gather(split, positions);
      CHECK(torch::equal(kept_images, images));
      CHECK(torch::equal(kept_labels, labels));
    }
  }
  for (const data::Split& split : {data->train(100), data->validation(100), data->test()}) {
    CHECK(torch::equal(resident.images(split, 3, 60), inputs.images(split, 3, 60)));
  }
}

}  // namespace
}  // namespace bnexp
