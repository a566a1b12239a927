#include "config/suite/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "config/document/yaml.h"
#include "config/settings/catalog.h"
#include "config/settings/reader.h"
#include "config/suite/head.h"
#include "config/suite/layers.h"

namespace bnexp::config {
namespace {

constexpr std::int64_t kMostValues = 1 << 28;

// The whole file.
struct BenchFile : Title {
  BenchSpec bench;

  void fields(Fields& f) {
    Title::fields(f);
    f.group("bench", bench, kBenchDoc);
  }
};

}  // namespace

BenchSpec::BenchSpec() {
  for (const auto& name : Catalog::instance().names("norm")) norms.push_back({name});
}

void BenchSpec::fields(Fields& f) {
  const type::ListRules several{.least = 1, .distinct = type::Distinct::by_value};
  f.add("norms", norms, type::list(type::variant("norm"), several),
        "norms to measure, by default every norm; a norm may be listed several times with different parameters");
  f.add("shapes", shapes,
        type::list(type::list(type::integer(between(1, kMostValues)), {.least = 2, .most = 4}), several),
        "shapes of x, each a list: batch, channels, then the spatial sizes, if any");
  f.add("types", types, type::list(type::choice({"fp32", "bf16"}), several), "data types of x, y and their gradients");
  f.add("modes", modes, type::list(type::choice({"train", "eval"}), several),
        "train: forward with autograd, and backward; eval: forward without autograd");
  f.choice("activation", activation, {"relu", "leaky_relu", "sigmoid", "tanh", "none"}, "activation after the norm");
  f.boolean("pool", pool, "a 2x2 max-pooling after the activation, if x is (N, C, H, W)");
  f.integer("repetitions", repetitions, between(1, 1000), "rounds over all cases; 95% intervals need 6");
  f.integer("repetition_ms", repetition_ms, between(1, 10'000),
            "milliseconds for which each way of a case is repeated per round");
  for (const auto& shape : shapes) {
    std::int64_t values = 1;
    for (const std::int64_t extent : shape) values = std::min(kMostValues + 1, values * extent);
    f.check(values <= kMostValues, "shapes",
            fmt::format("bench.shapes: {} has more than {} values", value_text(shape), kMostValues));
  }
}

bool is_bench(const std::filesystem::path& file) {
  std::vector<Problem> ignored;
  const auto tree = parse_yaml(read_source(file), ignored);
  return tree && tree->find("bench") != nullptr;
}

Bench load_bench(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  const Merger merger;
  Layers layers;
  std::vector<Problem> problems;
  if (!read_layers(file, overrides, merger, layers, problems)) throw usage_error(format(problems));
  const Node whole = flatten(layers, merger);
  BenchFile read;
  NodeReader reader(whole, {"", problems});
  read.fields(reader);
  reader.refuse_unknown();
  finish_title(file, whole, read, problems);
  if (whole.find("bench") == nullptr) {
    problems.push_back({whole.mark, "this file has no 'bench', so there are no norms to measure",
                        "bnexp run trains suites; `bnexp bench bench_norms` is a benchmark that comes with bnexp"});
  }
  if (!problems.empty()) throw usage_error(format(problems));
  return {read.suite, read.question, file.string(), overrides, std::move(read.bench)};
}

}  // namespace bnexp::config
