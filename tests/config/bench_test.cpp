#include "config/suite/bench.h"

#include "config/files.h"
#include "config/settings/catalog.h"
#include "support/catch.h"

namespace bnexp::config {
namespace {

Bench load_bench_text(const std::string& text, const std::vector<std::string>& overrides = {}) {
  Files files;
  files.write("b.yaml", text);
  return load_bench("b.yaml", overrides);
}

std::string bench_refusal(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    load_bench_text(text, overrides);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("a benchmark's file is read with its defaults, its parameters and --set") {
  const Bench bench = load_bench_text(
      "question: How fast?\nbench:\n  norms: [none, {name: group, groups: 4}, {name: group, groups: 2}]\n"
      "  shapes: [[64, 128], [8, 16, 5, 5]]\n  types: [bf16]\n",
      {"bench.repetitions=7", "bench.pool=true"});
  CHECK(bench.name == "b");
  CHECK(bench.question == "How fast?");
  REQUIRE(bench.spec.norms.size() == 3);
  CHECK(bench.spec.norms[0].name == "none");
  CHECK(bench.spec.norms[2].settings.at("groups") == 2);
  CHECK(bench.spec.norms[2].settings.at("eps") == 1e-5);
  CHECK(bench.spec.shapes == std::vector<std::vector<std::int64_t>>{{64, 128}, {8, 16, 5, 5}});
  CHECK(bench.spec.types == std::vector<std::string>{"bf16"});
  CHECK(bench.spec.modes == BenchSpec{}.modes);
  CHECK(bench.spec.repetitions == 7);
  CHECK(bench.spec.pool);
}

TEST_CASE("without norms a benchmark has every norm there is") {
  CHECK(load_bench_text("bench: {}\n").spec.norms.size() == Catalog::instance().names("norm").size());
}

TEST_CASE("everything wrong with a benchmark's file is said at once, with its place") {
  const std::string said = bench_refusal(
      "bench:\n"
      "  norms: [bacth, {name: group, groups: many}, none, none]\n"
      "  shapes: [[64, 0], [64], [4, 8], [4, 8]]\n"
      "  typs: [fp32]\n"
      "  modes: [train, trian]\n"
      "model: convnet\n");
  for (const char* part :
       {"b.yaml:2:11: error: unknown norm 'bacth'", "did you mean 'batch'?",
        "b.yaml:2:40: error: bench.norms.group.groups must be a whole number, found text 'many'",
        "b.yaml:2:53: error: bench.norms lists none twice", "b.yaml:3:17: error: bench.shapes must be between 1 and",
        "b.yaml:3:21: error: each list in bench.shapes must have 2 to 4 elements, found 1",
        "b.yaml:3:35: error: bench.shapes lists [4, 8] twice", "b.yaml:4:3: error: unknown key 'typs' in bench",
        "did you mean 'types'?", "b.yaml:5:18: error: bench.modes cannot contain text 'trian'",
        "b.yaml:6:1: error: unknown key 'model'"}) {
    INFO(part << " in\n" << said);
    CHECK(contains(said, part));
  }
}

TEST_CASE("lists that leave nothing or the same thing to measure are refused") {
  CHECK(contains(bench_refusal("bench: {norms: []}\n"), "bench.norms must be a list of norms, found an empty one"));
  CHECK(contains(bench_refusal("bench: {norms: none}\n"), "write [none]"));
  CHECK(contains(bench_refusal("bench: {types: []}\n"), "bench.types must be a list of words, found an empty one"));
  CHECK(contains(bench_refusal("bench: {modes: [eval, eval]}\n"), "bench.modes lists eval twice"));
  CHECK(contains(bench_refusal("bench: {shapes: [[16384, 16385]]}\n"),
                 "bench.shapes: [16384, 16385] has more than 268435456 values"));
  CHECK(contains(bench_refusal("bench: none\n"), "bench must be a map of settings, found text 'none'"));
}

TEST_CASE("a suite and a benchmark are told apart, each with where it belongs") {
  Files files;
  files.write("bench.yaml", "bench: {norms: [none]}\n").write("suite.yaml", "norm: none\n");
  CHECK(is_bench("bench.yaml"));
  CHECK_FALSE(is_bench("suite.yaml"));
  CHECK(contains(refusal("bench.yaml"), "bench.yaml:1:1: error: this is a benchmark of norms, not a suite of trials"));
  CHECK(contains(refusal("bench.yaml"), "`bnexp bench` runs it"));
}

TEST_CASE("a suite is no benchmark") { CHECK(contains(bench_refusal("norm: none\n"), "this file has no 'bench'")); }

}  // namespace
}  // namespace bnexp::config
