#include "config/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "base/error.h"
#include "config/catalog.h"
#include "config/draft.h"
#include "config/node_reader.h"
#include "config/scalar.h"
#include "config/yaml.h"

namespace bnexp::config {
namespace {

constexpr std::int64_t kMostValues = 1 << 28;

bool has_twins(const std::vector<std::string>& words) {
  return std::set(words.begin(), words.end()).size() != words.size();
}

// {key: item}, so that a reader of one value reads the item of a list.
Node under(const char* key, const Node& item) {
  Node map;
  map.kind = Node::Kind::map;
  map.mark = item.mark;
  map.entries.push_back({key, item.mark, item});
  return map;
}

// Calls read(item's map, reader) for each item of bench.<key>; read says whether the item is new.
template <class Read>
void read_list(const Node& bench, const char* key, const std::string& expected, std::vector<Problem>& problems,
               const Read& read) {
  const Node* list = bench.find(key);
  if (list == nullptr) return;
  if (!list->is_list() || list->items.empty()) {
    problems.push_back({list->mark,
                        fmt::format("bench.{} must be {}, found {}", key, expected,
                                    list->is_list() ? "an empty one" : describe(*list)),
                        list->is_scalar() ? fmt::format("write [{}]", printable(list->scalar)) : ""});
    return;
  }
  for (const Node& item : list->items) {
    const std::size_t before = problems.size();
    const Node map = under(key, item);
    NodeReader reader(map, problems, "bench");
    const bool is_new = read(reader);
    if (!is_new && problems.size() == before) {
      problems.push_back({item.mark, fmt::format("bench.{} lists this twice", key), "it would be measured again"});
    }
  }
}

template <class T>
bool add_new(std::vector<T>& all, T one, const auto& same) {
  if (std::ranges::any_of(all, [&](const T& other) { return same(one, other); })) return false;
  all.push_back(std::move(one));
  return true;
}

void read_norms(const Node& bench, BenchSpec& spec, std::vector<Problem>& problems) {
  if (bench.find("norms") == nullptr) {
    for (const auto& name : Catalog::instance().names("norm")) spec.norms.push_back(default_variant("norm", name));
  }
  read_list(bench, "norms", "a list of norms", problems, [&](NodeReader& reader) {
    Variant norm;
    reader.variant("norms", norm, "norm", kBenchNormsDoc);
    return add_new(spec.norms, std::move(norm),
                   [](const Variant& a, const Variant& b) { return a.name == b.name && a.settings == b.settings; });
  });
}

void read_shapes(const Node& bench, BenchSpec& spec, std::vector<Problem>& problems) {
  if (bench.find("shapes") == nullptr) return;
  spec.shapes.clear();
  read_list(
      bench, "shapes", "a list of shapes, such as [[64, 32, 26, 26], [64, 128]]", problems, [&](NodeReader& reader) {
        std::vector<std::int64_t> shape;
        reader.integers("shapes", shape, between(1, kMostValues), kBenchShapesDoc);
        std::int64_t values = 1;
        for (const std::int64_t extent : shape) values = std::min(kMostValues + 1, values * extent);
        reader.check(shape.size() >= 2 && shape.size() <= 4, "shapes",
                     fmt::format("a shape has 2 to 4 extents, found {}", shape.size()),
                     "batch, channels, then none, one or two extents of positions");
        reader.check(values <= kMostValues, "shapes", fmt::format("a shape has at most {} values", kMostValues), "");
        return add_new(spec.shapes, std::move(shape), std::equal_to<>());
      });
}

void read_bench(const Node& whole, BenchSpec& spec, std::vector<Problem>& problems) {
  const Node* bench = whole.find("bench");
  if (bench == nullptr) {
    problems.push_back({whole.mark, "this file has no 'bench', so it says no norms to measure",
                        "bnexp run trains suites; `bnexp bench bench_norms` is a benchmark that comes with bnexp"});
    return;
  }
  if (!bench->is_map()) {
    problems.push_back({bench->mark, fmt::format("bench must be a map of settings, found {}", describe(*bench)),
                        "for example bench: {norms: [none, batch], shapes: [[64, 128]]}"});
    return;
  }
  NodeReader reader(*bench, problems, "bench");
  spec.fields(reader);
  reader.refuse_unknown({"norms", "shapes"});
  read_norms(*bench, spec, problems);
  read_shapes(*bench, spec, problems);
}

}  // namespace

void BenchSpec::fields(Fields& f) {
  f.choices("types", types, {"fp32", "bf16"}, "what x, y and their gradients are stored in");
  f.choices("modes", modes, {"train", "eval"}, "train: forward with a graph, and backward; eval: forward without");
  f.choice("activation", activation, {"relu", "leaky_relu", "sigmoid", "tanh", "none"}, "what follows the norm");
  f.boolean("pool", pool, "a 2x2 max-pooling after the activation, where x is (N, C, H, W)");
  f.integer("repetitions", repetitions, between(1, 1000), "rounds over all cases; 95% intervals need 6");
  f.integer("repetition_ms", repetition_ms, between(1, 10'000), "how long one way of one case is repeated in a round");
  for (const auto& [key, words] : {std::pair("types", &types), std::pair("modes", &modes)}) {
    f.check(!words->empty() && !has_twins(*words), key,
            fmt::format("bench.{} must list one or both of its words, each once", key));
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
  Bench bench;
  SuiteHead head;
  NodeReader reader(whole, problems);
  head.fields(reader);
  reader.refuse_unknown({"bench"});
  finish_head(file, whole, head, problems);
  read_bench(whole, bench.spec, problems);
  if (!problems.empty()) throw usage_error(format(problems));
  bench.name = head.suite;
  bench.question = head.question;
  bench.file = file.string();
  bench.overrides = overrides;
  return bench;
}

}  // namespace bnexp::config
