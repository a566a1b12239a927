// One contract for every registered model, and what the known architectures are known for.
#include <cmath>

#include "model/models.h"

namespace bnexp {
namespace {

using tests::count_parameters;
using tests::make_model;
using tests::Notes;
using tests::sample_images;
using tests::variant;

// Small enough to be trained in no time, of the same build.
Json small(const std::string& model) {
  if (model == "lstm") return {{"pool", 4}, {"hidden", 12}};
  if (model == "residual_mlp") return {{"depth", 3}};
  return {};
}

struct Arm {
  std::string norm;
  Json settings;
};
const std::vector<Arm>& arms() {
  static const std::vector<Arm> list{{"none", {}}, {"batch", {}}, {"group", {{"groups", 2}}}};
  return list;
}

// Every model, and its other builds.
std::vector<std::pair<std::string, Json>> builds() {
  std::vector<std::pair<std::string, Json>> result;
  for (const auto& name : config::Catalog::instance().names("model")) result.emplace_back(name, small(name));
  for (const char* name : {"resnet", "residual_mlp"}) {
    for (const Json& settings : {Json{{"block", "pre"}}, Json{{"skip", false}}, Json{{"residual", "skip_init"}}}) {
      Json all = small(name).is_null() ? Json::object() : small(name);
      all.update(settings);
      result.emplace_back(name, all);
    }
  }
  result.emplace_back("lenet", Json{{"activation", "tanh"}});
  result.emplace_back("mlp", Json{{"norm_place", "after"}});
  return result;
}

template <class Body>
void for_every_model(const Body& body) {
  for (const auto& [name, settings] : builds()) {
    for (const auto& arm : arms()) {
      INFO(name << " " << settings.dump() << " with " << arm.norm);
      body(name, settings, arm);
    }
  }
}

torch::Tensor loss_of(model::Model& model) {
  return torch::cross_entropy_loss(model.forward(sample_images(6)), torch::arange(6));
}

TEST_CASE("every model gives ten logits for each image and has the slots that it lists") {
  for_every_model([](const std::string& name, const Json& settings, const Arm& arm) {
    const auto model = make_model(name, arm.norm, settings, arm.settings);
    REQUIRE(model::check(variant("model", name, settings), variant("norm", arm.norm, arm.settings)).empty());
    Notes notes(*model);
    CHECK(model->forward(sample_images(3)).sizes() == std::vector<std::int64_t>{3, 10});
    const auto listed = model::slots(variant("model", name, settings), {});
    REQUIRE(listed.size() == model->norm_slots().size());
    REQUIRE(listed.size() == notes.norms.size());
    for (std::size_t i = 0; i < listed.size(); ++i) {
      const auto& [slot, norm, layer] = model->norm_slots()[i];
      INFO(slot.name);
      CHECK(listed[i].name == slot.name);
      CHECK(model->named_modules()[slot.name].get() == norm.get());
      // The slot says what comes in, and the layer before it is the one whose output that is.
      std::vector<std::int64_t> sizes{3, listed[i].channels};
      sizes.insert(sizes.end(), listed[i].spatial.begin(), listed[i].spatial.end());
      CHECK(notes.norms.at(slot.name).before.sizes() == sizes);
      CHECK(listed[i].after_layer == (layer != nullptr));
      if (layer) CHECK(torch::equal(notes.norms.at(slot.name).before, notes.layers.at(layer->path)));
    }
  });
}

TEST_CASE("the seed alone decides the initial values, and arms share those that they both have") {
  for_every_model([](const std::string& name, const Json& settings, const Arm& arm) {
    const auto model = make_model(name, arm.norm, settings, arm.settings);
    const auto again = make_model(name, arm.norm, settings, arm.settings);
    const auto without = make_model(name, "none", settings);
    const auto other = make_model(name, arm.norm, settings, arm.settings);
    model::initialize(*other, 2);
    for (const auto& item : model->named_parameters()) {
      INFO(item.key());
      CHECK(torch::equal(item.value(), again->named_parameters()[item.key()]));
    }
    for (const auto& layer : model->layers()) {
      INFO(layer->path);
      CHECK(torch::equal(layer->weight, without->named_parameters()[layer->path + ".weight"]));
      CHECK_FALSE(torch::equal(layer->weight, other->named_parameters()[layer->path + ".weight"]));
    }
  });
}

TEST_CASE("a gradient reaches every parameter that doesn't start behind a zero") {
  for_every_model([](const std::string& name, const Json& settings, const Arm& arm) {
    if (settings.is_object() && settings.value("residual", "") == "skip_init") return;
    const auto model = make_model(name, arm.norm, settings, arm.settings);
    loss_of(*model).backward();
    for (const auto& item : model->named_parameters()) {
      INFO(item.key());
      REQUIRE(item.value().grad().defined());
      CHECK(torch::isfinite(item.value().grad()).all().item<bool>());
      CHECK(item.value().grad().abs().max().item<double>() > 0);
    }
  });
}

TEST_CASE("no bias stands where a batch norm takes it away") {
  for (const auto& [name, settings] : builds()) {
    INFO(name << " " << settings.dump());
    const auto model = make_model(name, "batch", settings);
    model->to(torch::kDouble);
    const torch::Tensor logits = model->forward(sample_images(6).to(torch::kDouble));
    torch::cross_entropy_loss(logits, torch::arange(6)).backward();
    for (const auto& layer : model->layers()) {
      if (!layer->bias.defined() || (settings.is_object() && settings.value("residual", "") == "skip_init")) continue;
      INFO(layer->path);
      // A redundant bias has the gradient 0 up to rounding.
      CHECK(layer->bias.grad().abs().max().item<double>() > 1e-12);
    }
  }
}

TEST_CASE("a model's state is all that its evaluation depends on") {
  for_every_model([](const std::string& name, const Json& settings, const Arm& arm) {
    const auto model = make_model(name, arm.norm, settings, arm.settings);
    model->forward(sample_images(6));  // moves running statistics
    const auto other = make_model(name, arm.norm, settings, arm.settings);
    model::initialize(*other, 2);
    const torch::NoGradGuard no_grad;
    for (const auto& item : model->named_parameters()) other->named_parameters()[item.key()].copy_(item.value());
    for (const auto& item : model->named_buffers()) other->named_buffers()[item.key()].copy_(item.value());
    model->eval();
    other->eval();
    CHECK(torch::equal(model->forward(sample_images(4)), other->forward(sample_images(4))));
  });
}

TEST_CASE("known architectures have the number of parameters that their papers' shapes imply") {
  CHECK(count_parameters(*make_model("lenet")) == 61706);  // of LeNet-5 with a full second convolution
  CHECK(count_parameters(*make_model("lenet", "batch")) == 61706 + 6 + 16 + 120 + 84);

  const auto conv = [](int in, int out) { return in * out * 9 + out; };
  CHECK(count_parameters(*make_model("vgg_small")) ==
        conv(1, 16) + conv(16, 16) + conv(16, 32) + conv(32, 32) + conv(32, 64) + conv(64, 64) + 64 * 3 * 3 * 10 + 10);

  // ResNet-20 with projections has 272,474 on three channels.
  const auto resnet20 = model::make(variant("model", "resnet", {{"depth", 3}}),
                                    {.channels = 3, .rows = 32, .columns = 32}, variant("norm", "batch"));
  CHECK(count_parameters(*resnet20) == 272474);

  CHECK(count_parameters(*make_model("deep_linear")) == 784 * 32 + 24 * 32 * 32 + 330);
  CHECK(count_parameters(*make_model("residual_mlp", "none", {{"depth", 5}})) ==
        784 * 64 + 64 + 5 * 2 * (64 * 64 + 64) + 650);
  CHECK(count_parameters(*make_model("residual_mlp", "batch", {{"depth", 5}})) ==
        784 * 64 + 128 + 5 * 2 * (64 * 64 + 128) + 650);
  // The pre-activation order: two norms a block, one at the end, none after the stem, and no biases but the last.
  CHECK(count_parameters(*make_model("residual_mlp", "batch", {{"depth", 5}, {"block", "pre"}})) ==
        784 * 64 + 5 * 2 * (64 * 64 + 128) + 128 + 650);
}

TEST_CASE("a deep linear network without a norm is one matrix and keeps its signal's size") {
  const auto model = make_model("deep_linear", "none", {{"width", 256}});
  torch::Tensor product = model->layers().front()->weight;
  for (std::size_t i = 1; i < 25; ++i) product = torch::matmul(model->layers()[i]->weight, product);
  const torch::Tensor x = sample_images(64);
  Notes notes(*model);
  model->forward(x);
  const torch::Tensor expected = torch::matmul(x.flatten(1), product.t());
  CHECK(torch::allclose(notes.layers.at("fc25"), expected, 1e-4, 1e-5));
  const double first = notes.layers.at("fc1").square().mean().item<double>();
  const double last = notes.layers.at("fc25").square().mean().item<double>();
  CHECK(first == Approx(1).epsilon(0.1));
  CHECK(std::abs(std::log(last / first)) < 0.7);
}

TEST_CASE("dropout drops at its rate and at its place, by seed, and never in evaluation") {
  const double rate = 0.3;
  for (const char* name : {"mlp", "convnet", "lenet", "vgg_small", "resnet", "residual_mlp"}) {
    for (const char* place : {"before_norm", "after_norm", "before_classifier"}) {
      INFO(name << " " << place);
      Json settings{{"dropout", rate}, {"dropout_at", place}};
      if (std::string(name) == "mlp") settings["widths"] = {1000};
      const auto model = make_model(name, "batch", settings);
      const torch::Tensor x = sample_images(16);
      const torch::NoGradGuard no_grad;
      torch::Tensor first;
      std::int64_t zeros = 0;
      std::int64_t all = 0;
      {
        Notes notes(*model);
        first = model->forward(x);
        for (const auto& [slot, norm, layer] : model->norm_slots()) {
          if (!layer || slot.name.ends_with("shortcut")) continue;
          const torch::Tensor out = notes.layers.at(layer->path);
          const torch::Tensor in = notes.norms.at(slot.name).before;
          CHECK(torch::allclose(in, torch::where(in == 0, torch::zeros_like(out), out / (1 - rate))) ==
                (place == std::string("before_norm")));
          zeros += in.eq(0).sum().item<std::int64_t>();
          all += in.numel();
        }
      }
      if (place == std::string("before_norm")) {
        CHECK(static_cast<double>(zeros) / static_cast<double>(all) == Approx(rate).margin(0.02));
      }
      CHECK_FALSE(torch::equal(model->forward(x), first));
      model::initialize(*model, 1);
      CHECK(torch::equal(model->forward(x), first));
      model::initialize(*model, 2);
      CHECK_FALSE(torch::equal(model->forward(x), first));

      settings["dropout"] = 0;
      const auto without = make_model(name, "batch", settings);
      model::initialize(*without, 2);
      for (const auto& item : model->named_buffers()) without->named_buffers()[item.key()].copy_(item.value());
      model->eval();
      without->eval();
      CHECK(torch::equal(model->forward(x), without->forward(x)));
    }
  }
}

}  // namespace
}  // namespace bnexp
