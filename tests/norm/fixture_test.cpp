// Every norm against PyTorch or its paper's formula: the values that scripts/make_fixtures computed, in fixtures/.
// BNEXP_WRITE_ACCURACY=FILE writes the largest errors as a table, which scripts/approve publishes.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "config/settings/catalog.h"
#include "norm/norm.h"
#include "support/catch.h"

namespace bnexp {
namespace {

namespace fs = std::filesystem;
const fs::path kFixtures = fs::path(BNEXP_SOURCE_DIR) / "tests/norm/fixtures";
const fs::path kTable = fs::path(BNEXP_SOURCE_DIR) / "reports/published/norm_accuracy.md";
// Relative to the largest value of a tensor.
constexpr double kDoubleTolerance = 1e-10;
constexpr double kFloatTolerance = 1e-5;

// The largest relative errors of outputs, gradients of the input, gradients of what is learned, and buffers.
struct Errors {
  double y = 0;
  double dx = 0;
  double parameters = 0;
  double buffers = 0;
  double largest() const { return std::max({y, dx, parameters, buffers}); }
};

struct Row {
  std::string norm;
  std::string reference;
  std::size_t cases = 0;
  Errors wide;
  Errors narrow;
};

torch::Tensor tensor(const Json& json) {
  const auto values = json.at("values").get<std::vector<double>>();
  return torch::tensor(values, torch::kDouble).reshape(json.at("shape").get<std::vector<std::int64_t>>());
}

void take(double& largest, const torch::Tensor& actual, const Json& expected_json) {
  const torch::Tensor expected = tensor(expected_json);
  REQUIRE(actual.defined());
  REQUIRE(actual.sizes() == expected.sizes());
  const double scale = expected.abs().max().item<double>();
  const double error = (actual.to(torch::kDouble) - expected).abs().max().item<double>();
  REQUIRE(std::isfinite(error));
  largest = std::max(largest, scale > 0 ? error / scale : error);
}

norm::Slot slot_of(const Json& json) {
  return {json.at("name"),       json.at("channels"),    json.at("spatial").get<std::vector<std::int64_t>>(),
          json.at("activation"), json.at("after_layer"), json.at("steps")};
}

// Sets what `values` names, which must be all of `items`.
void set(torch::OrderedDict<std::string, torch::Tensor> items, const Json& values) {
  const torch::NoGradGuard no_grad;
  REQUIRE(items.size() == values.size());
  for (const auto& [name, value] : values.items()) {
    INFO(name);
    REQUIRE(items.contains(name));
    REQUIRE(items[name].sizes() == tensor(value).sizes());
    items[name].copy_(tensor(value));
  }
}

torch::Tensor layer(const torch::Tensor& x, const torch::Tensor& w) {
  if (x.dim() == 2) return torch::linear(x, w);
  return x.dim() == 3 ? torch::conv1d(x, w) : torch::conv2d(x, w);
}

Errors run(const std::string& name, const Json& fixture, bool training, torch::ScalarType type) {
  config::Variant variant = config::default_variant("norm", name);
  variant.settings.update(fixture.at("settings"));
  variant.folder = kFixtures.parent_path();
  const norm::Slot slot = slot_of(fixture.at("slot"));
  REQUIRE(norm::check(variant, slot).empty());
  const auto norm = norm::make(variant, slot);
  torch::Tensor w;
  if (fixture.contains("layer_weight")) w = tensor(fixture["layer_weight"]).to(type).requires_grad_();
  norm->to(type);
  norm->begin(w.defined() ? w.detach() : w);
  set(norm->named_parameters(), fixture.at("parameters"));
  set(norm->named_buffers(), fixture.at("buffers"));
  norm->train(training);
  if (fixture.contains("step")) norm->at_step(fixture["step"]);

  const torch::Tensor x = tensor(fixture.at("x")).to(type).requires_grad_();
  const torch::Tensor y = norm->forward(w.defined() ? layer(x, norm->weight(w)) : x);
  (y * tensor(fixture.at("upstream")).to(type)).sum().backward();

  Errors errors;
  take(errors.y, y, fixture.at("y"));
  take(errors.dx, x.grad(), fixture.at("dx"));
  const auto parameters = norm->named_parameters();
  for (const auto& [key, gradient] : fixture.at("gradients").items()) {
    INFO("gradient of " << key);
    take(errors.parameters, parameters[key].grad(), gradient);
  }
  if (w.defined()) take(errors.parameters, w.grad(), fixture.at("layer_gradient"));
  const auto buffers = norm->named_buffers();
  for (const auto& [key, value] : fixture.at("buffers_after").items()) take(errors.buffers, buffers[key], value);
  return errors;
}

void keep_largest(Errors& all, const Errors& now) {
  all = {std::max(all.y, now.y), std::max(all.dx, now.dx), std::max(all.parameters, now.parameters),
         std::max(all.buffers, now.buffers)};
}

Row compare(const std::string& name) {
  std::ifstream file(kFixtures / (name + ".json"));
  REQUIRE(file);
  const Json fixture = Json::parse(file);
  Row row{name, fixture.at("reference")};
  for (const auto& one : fixture.at("cases")) {
    INFO(one.at("case").get<std::string>());
    ++row.cases;
    const bool both = one.at("training").is_null();
    for (const bool training : {true, false}) {
      if (!both && one.at("training") != training) continue;
      const Errors wide = run(name, one, training, torch::kDouble);
      CHECK(wide.y < kDoubleTolerance);
      CHECK(wide.dx < kDoubleTolerance);
      CHECK(wide.parameters < kDoubleTolerance);
      CHECK(wide.buffers < kDoubleTolerance);
      const Errors narrow = run(name, one, training, torch::kFloat);
      CHECK(narrow.y < kFloatTolerance);
      CHECK(narrow.dx < kFloatTolerance);
      CHECK(narrow.parameters < kFloatTolerance);
      CHECK(narrow.buffers < kFloatTolerance);
      keep_largest(row.wide, wide);
      keep_largest(row.narrow, narrow);
    }
  }
  return row;
}

// Those with a fixture.
std::vector<std::string> norms() {
  std::vector<std::string> names;
  for (const auto& file : fs::directory_iterator(kFixtures)) names.push_back(file.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

std::string table(const std::vector<Row>& rows) {
  std::string text =
      "# Accuracy of the norms\n\n"
      "The largest error of every norm over its fixtures (`tests/norm/fixtures/`, made by `scripts/make_fixtures`),\n"
      "relative to the largest value of the same tensor: outputs `y`, gradients `dx` of the input and `dp` of all "
      "learned\n"
      "parameters, including the weight of a layer before the norm. The test of these errors writes this table;\n"
      "`scripts/approve` updates it.\n\n"
      "| norm | reference, in double precision | cases | double: y | dx | dp | single: y | dx | dp |\n"
      "|---|---|---:|---:|---:|---:|---:|---:|---:|\n";
  for (const auto& row : rows) {
    text += fmt::format("| {} | {} | {} |", row.norm, row.reference, row.cases);
    for (const double error :
         {row.wide.y, row.wide.dx, row.wide.parameters, row.narrow.y, row.narrow.dx, row.narrow.parameters}) {
      text += error == 0 ? " 0 |" : fmt::format(" {:.1e} |", error);
    }
    text += "\n";
  }
  return text + fmt::format("\nLibTorch {}.\n", TORCH_VERSION);
}

TEST_CASE("every norm agrees with PyTorch or its paper, forward and backward, in double and in single precision") {
  std::vector<Row> rows;
  for (const auto& name : norms()) {
    INFO(name);
    rows.push_back(compare(name));
  }
  if (const char* file = std::getenv("BNEXP_WRITE_ACCURACY")) std::ofstream(file) << table(rows);
}

TEST_CASE("every registered norm has a fixture, and every fixture is of a registered norm") {
  const auto registered = config::Catalog::instance().names("norm");
  const auto known = norms();
  for (const auto& name : known) {
    INFO(name);
    CHECK(std::find(registered.begin(), registered.end(), name) != registered.end());
  }
  for (const auto& name : registered) {
    INFO(name << " has no fixture: add it to scripts/make_fixtures.py and scripts/fixture_norms.py");
    CHECK(std::find(known.begin(), known.end(), name) != known.end());
  }
}

TEST_CASE("the published table of accuracy lists exactly the norms that have a fixture") {
  std::ifstream file(kTable);
  REQUIRE(file);
  std::vector<std::string> listed;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| ") || line.starts_with("| norm ")) continue;
    listed.push_back(line.substr(2, line.find(" |", 2) - 2));
  }
  CHECK(listed == norms());
}

}  // namespace
}  // namespace bnexp
