#include "model/fold.h"

#include <set>

#include "config/settings/catalog.h"
#include "support/catch.h"

namespace bnexp {
namespace {

using model::FoldReport;

config::Variant variant(const std::string& kind, const std::string& name, const Json& settings = {}) {
  config::Variant result = config::default_variant(kind, name);
  if (!settings.is_null()) result.settings.update(settings);
  return result;
}

const Json kSmall{{"conv1", 8}, {"conv2", 16}, {"fc1", 16}};  // a convnet

torch::Tensor images(std::int64_t count = 16) {
  torch::manual_seed(7);
  return torch::randn({count, 1, 28, 28});
}

// What a network looks like after training: statistics that moved, gamma and beta of both signs. One channel of each
// norm hardly varies, so that its scale is large.
void season(model::Model& model) {
  const torch::NoGradGuard no_grad;
  model.train();
  for (int i = 0; i < 3; ++i) model.forward(images() * (i + 1));
  torch::manual_seed(11);
  for (const auto& [slot, norm, layer] : model.norm_slots()) {
    for (auto& item : norm->named_parameters()) item.value().add_(torch::randn_like(item.value()), 0.5);
    for (auto& item : norm->named_buffers()) {
      if (item.key() == "running_var") item.value()[0] = 1e-8;
    }
  }
  model.eval();
}

std::shared_ptr<model::Model> seasoned(const std::string& name, const config::Variant& norm,
                                       const Json& settings = {}) {
  auto result = model::make(variant("model", name, settings), {}, norm);
  model::initialize(*result, 3);
  season(*result);
  return result;
}

std::vector<std::string> names(const FoldReport& report) {
  std::vector<std::string> result;
  for (const auto& one : report.folded) result.push_back(one.norm + " into " + one.layer);
  return result;
}

std::map<std::string, std::string> reasons(const FoldReport& report) {
  std::map<std::string, std::string> result;
  for (const auto& one : report.refused) result[one.norm] = one.reason;
  return result;
}

// Folds and says by how much the logits moved, relative to the largest.
double shift(model::Model& model, FoldReport& report, const torch::Tensor& x) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor before = model.forward(x);
  report = model::fold(model, x.slice(0, 0, 2));
  const torch::Tensor after = model.forward(x);
  CHECK_FALSE(model.is_training());
  return ((after - before).abs().max() / before.abs().max()).item<double>();
}

// In both precisions; the report of the last.
FoldReport check_exact(const std::function<std::shared_ptr<model::Model>()>& make) {
  FoldReport report;
  CHECK(shift(*make(), report, images()) < 1e-4);
  const auto exact = make();
  exact->to(torch::kDouble);
  CHECK(shift(*exact, report, images().to(torch::kDouble)) < 1e-12);
  return report;
}

// A network of the tests' own: `wiring` runs with its layers and norms. Slots norm0 to norm3 follow layers deep in it.
class Custom : public model::Model {
 public:
  using Wiring = std::function<torch::Tensor(Custom&, const torch::Tensor&)>;
  Custom(const config::Variant& norm, Wiring wiring) : wiring_(std::move(wiring)) {
    add_norms({{.name = "stem.norm0", .channels = 4, .spatial = {14, 14}},
               {.name = "deep.0.norm1", .channels = 4, .spatial = {14, 14}},
               {.name = "deep.0.short.norm2", .channels = 4, .spatial = {14, 14}},
               {.name = "head.norm3", .channels = 6, .spatial = {}}},
              norm);
    conv0 = add_conv("stem.conv", {.in = 1, .out = 4, .size = 3, .stride = 2, .padding = 1}, "stem.norm0");
    conv1 = add_conv("deep.0.conv", {.in = 4, .out = 4, .size = 3, .padding = 1}, "deep.0.norm1");
    conv2 = add_conv("deep.0.short.conv", {.in = 4, .out = 4, .size = 1}, "deep.0.short.norm2");
    linear = add_linear("head.fc", 4 * 14 * 14, 6, "head.norm3");
    last = add_linear("fc", 6, 10);
  }
  torch::Tensor forward(const torch::Tensor& x) override { return wiring_(*this, x); }

  using Model::add_parameter;
  using Model::norm_act;
  using Model::normalize;
  using Model::through;
  std::shared_ptr<model::Conv2d> conv0, conv1, conv2;
  std::shared_ptr<model::Linear> linear, last;

 private:
  Wiring wiring_;
};

// A residual block with a normalized shortcut, then a normalized linear layer.
torch::Tensor residual(Custom& m, const torch::Tensor& images) {
  const torch::Tensor x = m.norm_act("stem.norm0", "relu", m.through(*m.conv0, images));
  const torch::Tensor branch = m.normalize("deep.0.norm1", m.through(*m.conv1, x));
  const torch::Tensor shortcut = m.normalize("deep.0.short.norm2", m.through(*m.conv2, x));
  const torch::Tensor y = torch::relu(branch + shortcut).flatten(1);
  return m.through(*m.last, m.norm_act("head.norm3", "relu", m.through(*m.linear, y)));
}

std::shared_ptr<Custom> custom(Custom::Wiring wiring, const config::Variant& norm = variant("norm", "batch")) {
  auto result = std::make_shared<Custom>(norm, std::move(wiring));
  model::initialize(*result, 3);
  season(*result);
  return result;
}

TEST_CASE("folding takes every batch norm of the convolutional network into its layer, the linear one too") {
  const auto report = check_exact([] { return seasoned("convnet", variant("norm", "batch")); });
  CHECK(report.refused.empty());
  CHECK(names(report) == std::vector<std::string>{"norm1 into conv1", "norm2 into conv2", "norm3 into fc1"});
}

TEST_CASE("a folded network has the parameters of one without norms, and all its layers a bias") {
  const auto folded = seasoned("convnet", variant("norm", "batch"));
  model::fold(*folded, images(1));
  const auto plain = model::make(variant("model", "convnet"), {}, variant("norm", "none"));
  std::set<std::string> expected, actual;
  for (const auto& item : plain->named_parameters()) expected.insert(item.key());
  for (const auto& item : folded->named_parameters()) actual.insert(item.key());
  CHECK(actual == expected);
  CHECK(folded->buffers().empty());
  CHECK(folded->named_parameters()["fc1.weight"].sizes() == std::vector<std::int64_t>{128, 9216});
  CHECK(model::fold(*folded, images(1)).folded.empty());
}

TEST_CASE("folding a fully connected network, with a bias in place and without gamma and beta") {
  const Json widths{{"widths", {12, 8}}};
  const auto mlp = check_exact([&] { return seasoned("mlp", variant("norm", "batch"), widths); });
  CHECK(names(mlp) == std::vector<std::string>{"norm1 into fc1", "norm2 into fc2"});
  const auto bare = variant("norm", "batch", {{"affine", false}});
  CHECK(check_exact([&] { return seasoned("mlp", bare, widths); }).folded.size() == 2);
  // A bias is left out before a batch norm; here there is one all the same.
  CHECK(check_exact([&] {
          auto model = seasoned("mlp", variant("norm", "batch"), widths);
          auto layer = model->norm_slots()[0].layer;
          layer->bias = layer->register_parameter("bias", torch::linspace(-1, 1, 12));
          return model;
        }).folded.size() == 2);
}

TEST_CASE("folding goes through nested modules, a residual sum and a normalized shortcut") {
  const auto report = check_exact([] { return custom(residual); });
  CHECK(report.refused.empty());
  CHECK(names(report) == std::vector<std::string>{"stem.norm0 into stem.conv", "deep.0.norm1 into deep.0.conv",
                                                  "deep.0.short.norm2 into deep.0.short.conv",
                                                  "head.norm3 into head.fc"});
}

TEST_CASE("every norm that says it is frozen folds exactly") {
  for (const auto& name : config::Catalog::instance().names("norm")) {
    INFO(name);
    const config::Variant norm = variant("norm", name);
    const auto slots = model::slots(variant("model", "convnet", kSmall), {});
    if (std::ranges::any_of(slots, [&](const auto& slot) { return !norm::check(norm, slot).empty(); })) continue;
    const auto model = seasoned("convnet", norm, kSmall);
    const auto& [slot, first, layer] = model->norm_slots().front();
    const bool can = first->frozen().has_value() && !first->replaces_activation() && name != "none";
    CHECK(check_exact([&] { return seasoned("convnet", norm, kSmall); }).folded.size() == (can ? 3 : 0));
  }
}

TEST_CASE("a batch norm whose layer's output has another reader isn't folded, and the others are") {
  const auto report = check_exact([] {
    return custom([](Custom& m, const torch::Tensor& images) {
      const torch::Tensor x = m.norm_act("stem.norm0", "relu", m.through(*m.conv0, images));
      const torch::Tensor raw = m.through(*m.conv1, x);
      const torch::Tensor y = torch::relu(m.normalize("deep.0.norm1", raw) + raw +
                                          m.normalize("deep.0.short.norm2", m.through(*m.conv2, x)));
      return m.through(*m.last, m.norm_act("head.norm3", "relu", m.through(*m.linear, y.flatten(1))));
    });
  });
  CHECK(report.folded.size() == 3);
  CHECK(reasons(report) ==
        std::map<std::string, std::string>{{"deep.0.norm1", "the output of deep.0.conv is used elsewhere too"}});
}

TEST_CASE("a batch norm isn't folded into a layer that is used twice, or whose weights are") {
  const auto twice = check_exact([] {
    return custom([](Custom& m, const torch::Tensor& images) {
      const torch::Tensor x = m.norm_act("stem.norm0", "relu", m.through(*m.conv0, images));
      const torch::Tensor y = torch::relu(m.normalize("deep.0.norm1", m.through(*m.conv1, m.through(*m.conv1, x))) +
                                          m.normalize("deep.0.short.norm2", m.through(*m.conv2, x)));
      return m.through(*m.last, m.norm_act("head.norm3", "relu", m.through(*m.linear, y.flatten(1))));
    });
  });
  CHECK(reasons(twice) ==
        std::map<std::string, std::string>{{"deep.0.norm1", "deep.0.conv is used 2 times in a forward"}});
  const auto tied = check_exact([] {
    return custom([](Custom& m, const torch::Tensor& images) { return residual(m, images) + m.conv2->weight.mean(); });
  });
  CHECK(reasons(tied) == std::map<std::string, std::string>{
                             {"deep.0.short.norm2", "the weights of deep.0.short.conv are used elsewhere too"}});
}

TEST_CASE("a norm that is used twice, passed by, or parted from its layer isn't folded") {
  const auto report = check_exact([] {
    return custom([](Custom& m, const torch::Tensor& images) {
      // norm0 twice, a ReLU between conv1 and norm1, norm2 nowhere.
      torch::Tensor x = m.normalize("stem.norm0", m.through(*m.conv0, images));
      x = torch::relu(m.normalize("stem.norm0", x));
      x = m.normalize("deep.0.norm1", torch::relu(m.through(*m.conv1, x))) + m.through(*m.conv2, x);
      return m.through(*m.last, m.norm_act("head.norm3", "relu", m.through(*m.linear, x.flatten(1))));
    });
  });
  CHECK(names(report) == std::vector<std::string>{"head.norm3 into head.fc"});
  CHECK(reasons(report) ==
        std::map<std::string, std::string>{{"stem.norm0", "it is used 2 times in a forward"},
                                           {"deep.0.norm1", "another operation is between deep.0.conv and it"},
                                           {"deep.0.short.norm2", "the forward pass doesn't use it"}});
}

TEST_CASE("nothing is folded in training mode, and no statistic moves") {
  const auto model = seasoned("convnet", variant("norm", "batch"), kSmall);
  model->train();
  const torch::Tensor mean = model->named_buffers()["norm1.running_mean"].clone();
  const auto report = model::fold(*model, images());
  CHECK(report.folded.empty());
  CHECK(reasons(report)["norm2"] == "the network is in training mode");
  CHECK(torch::equal(model->named_buffers()["norm1.running_mean"], mean));

  const auto one = seasoned("convnet", variant("norm", "batch"), kSmall);
  one->norm_slots()[1].norm->train();
  const auto partly = model::fold(*one, images());
  CHECK(partly.folded.size() == 2);
  CHECK(reasons(partly)["norm2"] == "it is in training mode");
}

TEST_CASE("norms that depend on the statistics of their input, or follow no layer, are refused with the reason") {
  const auto refusals = [](const config::Variant& norm, const std::string& model = "convnet", const Json& with = {}) {
    const auto built = seasoned(model, norm, with.is_null() ? kSmall : with);
    FoldReport report;
    CHECK(shift(*built, report, images()) == 0);
    CHECK(report.folded.empty());
    return reasons(report);
  };
  const std::string not_fixed = "evaluation doesn't apply a fixed scale and shift per channel";
  CHECK(refusals(variant("norm", "batch", {{"track_running_stats", false}}))["norm1"] == not_fixed);
  CHECK(refusals(variant("norm", "group"))["norm1"] == not_fixed);
  CHECK(refusals(variant("norm", "layer"))["norm3"] == not_fixed);
  CHECK(refusals(variant("norm", "dyt"))["norm1"] == not_fixed);
  CHECK(refusals(variant("norm", "weight_standardization", {{"groups", 4}}))["norm1"] == not_fixed);
  CHECK(refusals(variant("norm", "none"))["norm1"] == "it changes nothing");
  CHECK(refusals(variant("norm", "batch_inplace"))["norm1"] ==
        "it includes the activation, which can't be folded into a layer");
  CHECK(refusals(variant("norm", "batch"), "mlp", {{"norm_place", "after"}})["norm1"] ==
        "it doesn't come right after a convolution or linear layer");
}

TEST_CASE("folding keeps the weight that a norm makes of the learned one") {
  for (const std::string name : {"mean_only", "weight", "weight_standardization"}) {
    INFO(name);
    const auto report = check_exact([&] { return seasoned("convnet", variant("norm", name), kSmall); });
    CHECK(report.folded.size() == 3);
    CHECK(report.refused.empty());
    // The folded weight is the one that the layer has computed with.
    const auto model = seasoned("convnet", variant("norm", name), kSmall);
    const auto& [slot, norm, layer] = model->norm_slots().front();
    const torch::Tensor used = norm->weight(layer->weight).detach().clone();
    CHECK_FALSE(torch::equal(used, layer->weight));
    model::fold(*model, images(2));
    CHECK(torch::equal(layer->weight, used));
  }
}

}  // namespace
}  // namespace bnexp
