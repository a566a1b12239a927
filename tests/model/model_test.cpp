#include "model/model.h"

#include <cmath>
#include <map>

#include "model/models.h"

namespace bnexp {
namespace {

using tests::count_parameters;
using tests::make_model;

TEST_CASE("the convolutional network has the parameters that the slides' shapes imply") {
  // conv1 32*9+32, conv2 64*32*9+64, fc1 128*9216+128, fc2 10*128+10.
  CHECK(count_parameters(*make_model("convnet", "none")) == 320 + 18496 + 1179776 + 1290);
  // A norm adds gamma and beta for 32 + 64 + 128 channels and makes as many biases redundant.
  CHECK(count_parameters(*make_model("convnet", "batch")) == 1199882 + 448 - 224);
}

TEST_CASE("a norm that learns no shift leaves the bias in place") {
  CHECK(count_parameters(*make_model("convnet", "none", {{"norm_after", {"fc1"}}})) == 1199882);
  CHECK(count_parameters(*make_model("convnet", "group", {}, {{"affine", false}})) == 1199882);
}

TEST_CASE("two arms with one seed start from the same weights wherever their shapes agree") {
  const auto with = make_model("convnet", "batch");
  const auto without = make_model("convnet", "none");
  model::initialize(*with, 5);
  model::initialize(*without, 5);
  const auto expected = without->named_parameters();
  for (const char* name : {"conv1.weight", "conv2.weight", "fc1.weight", "fc2.weight", "fc2.bias"}) {
    INFO(name);
    CHECK(torch::equal(with->named_parameters()[name], expected[name]));
  }
  model::initialize(*with, 6);
  CHECK_FALSE(torch::equal(with->named_parameters()["conv1.weight"], expected["conv1.weight"]));
}

TEST_CASE("initial weights are uniform within one over the root of the fan-in") {
  const auto model = make_model("convnet", "none");
  model::initialize(*model, 1);
  for (const auto& [name, fan_in] : std::map<std::string, double>{{"conv1", 9}, {"conv2", 288}, {"fc1", 9216}}) {
    INFO(name);
    const double bound = 1 / std::sqrt(fan_in);
    const torch::Tensor weight = model->named_parameters()[name + ".weight"];
    CHECK(weight.abs().max().item<double>() <= bound);
    CHECK(weight.abs().max().item<double>() > 0.95 * bound);
    // The standard deviation of U(-b, b) is b / sqrt(3).
    CHECK(weight.std().item<double>() == Approx(bound / std::sqrt(3.0)).epsilon(0.1));
    CHECK(model->named_parameters()[name + ".bias"].abs().max().item<double>() <= bound);
  }
}

TEST_CASE("an observer sees what enters and leaves each norm and changes nothing") {
  class Notes final : public model::Observer {
   public:
    void on_norm(const norm::Slot& slot, const torch::Tensor& before, const torch::Tensor& after) override {
      seen.push_back(slot.name);
      CHECK(before.sizes() == after.sizes());
      CHECK(before.size(1) == slot.channels);
    }
    void on_layer(const std::string& name, const torch::Tensor&) override { seen.push_back(name); }
    std::vector<std::string> seen;
  };
  const auto model = make_model("convnet", "batch");
  model::initialize(*model, 1);
  model->eval();
  torch::manual_seed(1);
  const torch::Tensor images = torch::randn({2, 1, 28, 28});
  const torch::Tensor alone = model->forward(images);
  Notes notes;
  {
    const model::ScopedObserver observed(*model, notes);
    CHECK(torch::equal(model->forward(images), alone));
  }
  CHECK(notes.seen == std::vector<std::string>{"conv1", "norm1", "conv2", "norm2", "fc1", "norm3", "fc2"});
}

TEST_CASE("an observer sees nothing after its scope, also when a forward throws or another observer was inside") {
  struct Count final : model::Observer {
    void on_norm(const norm::Slot&, const torch::Tensor&, const torch::Tensor&) override {}
    void on_layer(const std::string&, const torch::Tensor&) override { ++layers; }
    int layers = 0;
  };
  const auto model = make_model("mlp", "none");
  model::initialize(*model, 1);
  const torch::Tensor images = torch::zeros({2, 1, 28, 28});
  Count outer;
  Count inner;
  {
    const model::ScopedObserver observed(*model, outer);
    try {
      const model::ScopedObserver nested(*model, inner);
      model->forward(torch::zeros({2, 1, 5, 5}));
      FAIL("images of another size fit");
    } catch (const c10::Error&) {
    }
    model->forward(images);
  }
  CHECK_FALSE(model->is_observed());
  const int seen = outer.layers;
  CHECK(seen > 0);
  model->forward(images);
  CHECK(outer.layers == seen);
  CHECK(inner.layers == 0);
}

}  // namespace
}  // namespace bnexp
