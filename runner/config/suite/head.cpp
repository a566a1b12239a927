#include "config/suite/head.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>

#include "config/document/scalar.h"
#include "config/settings/describe.h"
#include "config/settings/type.h"
#include "config/suite/claims.h"
#include "config/suite/metric.h"
#include "config/suite/selection.h"

namespace bnexp::config {
namespace {

constexpr double kLargestSeed = 9007199254740991;  // 2^53 - 1, exact in every reader of JSON
constexpr std::size_t kLongestName = 64;

bool is_file_safe(std::string_view name) {
  constexpr std::string_view kSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.size() <= kLongestName && name.front() != '.' &&
         name.find_first_not_of(kSafe) == std::string_view::npos;
}

std::string name_rule() {
  return fmt::format("letters, digits, '_', '-' and '.', no '.' at the start, at most {} of them", kLongestName);
}

// Text that can be the name of a folder.
class FolderName final : public Type {
 public:
  std::optional<Json> read(const Node& node, const Place& place) const override {
    const auto text = text_->read(node, place);
    if (!text || is_file_safe(node.scalar)) return text;
    place.refuse(node, fmt::format("{} '{}' cannot name a folder", place.path, shown(node.scalar)), name_rule());
    return std::nullopt;
  }
  std::string name() const override { return text_->name(); }
  std::string words() const override { return text_->words(); }
  std::string plural() const override { return text_->plural(); }
  Json schema() const override {
    Json schema = text_->schema();
    schema["pattern"] = fmt::format("^[A-Za-z0-9_-][A-Za-z0-9._-]{{0,{}}}$", kLongestName - 1);
    return schema;
  }

 private:
  TypePtr text_ = type::text();
};

// The type of the sweep, which read_sweep reads.
class SweepMap final : public Type {
 public:
  std::optional<Json> read(const Node& node, const Place&) const override { return to_json(node); }
  std::string name() const override { return "map"; }
  std::string words() const override { return "a map with grid, zip or exclude"; }
  std::string plural() const override { return "maps"; }
  Json schema() const override {
    const auto axes = [](const char* doc) {
      return Json{{"description", doc}, {"oneOf", {{{"$ref", "#/$defs/axes"}}, {{"type", "null"}}}}};
    };
    const Json exclude = {
        {"description", kExcludeDoc}, {"type", {"array", "null"}}, {"items", {{"$ref", "#/$defs/rule"}}}};
    return {{"type", {"object", "null"}},
            {"properties", {{"grid", axes(kGridDoc)}, {"zip", axes(kZipDoc)}, {"exclude", exclude}}},
            {"additionalProperties", false}};
  }
};

}  // namespace

void Title::fields(Fields& f) {
  f.add("suite", suite, std::make_shared<FolderName>(),
        "the suite's name and results folder: letters, digits, '_', '-', '.'; by default the file's name");
  f.text("question", question, "what the suite finds out, in one sentence; shown at the top of the report");
}

void CompareSpec::fields(Fields& f) {
  f.add("baseline", baseline, type::optional(type::selection()),
        "the arms that the others are compared with, by their settings: {norm: none}; null: the level none of what is "
        "swept, else the first level");
  f.add("metric", metric, type::metric(), "what is compared: a metric, or a number of a probe");
  f.optional_real(
      "margin", margin, at_least(0),
      "a smaller difference does not matter; in percentage points for accuracies, else in the metric's unit; "
      "null: 0.2 points for accuracies, else 0");
}

void Limits::fields(Fields& f) {
  f.optional_real("time_s", time_s, above(0),
                  "wall time of a trial; one that takes longer ends as a timeout; null: no limit");
  f.optional_real("memory_mb", memory_mb, above(0),
                  "resident memory of the process that trains a trial, of which LibTorch takes about 130 MB; one that "
                  "takes more ends as oom; null: no limit");
}

void SuiteHead::fields(Fields& f) {
  Title::fields(f);
  f.text("base", base,
         "another YAML file to inherit settings from; relative to this file and within the suite's folder");
  f.add("seeds", seeds,
        type::either(type::integer(at_least(1)), type::list(type::integer(between(0, kLargestSeed)),
                                                            {.least = 1, .distinct = type::Distinct::by_value})),
        "number of seeds per arm (3: seeds 1, 2, 3), or a list of seeds");
  f.add("sweep", sweep, std::make_shared<SweepMap>(), "what varies between arms: grid, zip and exclude");
  f.real("chance_accuracy", chance_accuracy, between(0, 1),
         "the test accuracy of guessing; the report names trials that stay near it");
  f.real("trains_above", trains_above, between(0, 1),
         "the accuracy above which a learning rate counts as usable, and that a trial has to reach");
  f.group("limits", limits, "what a trial may use; one that exceeds a limit is recorded and the next one is trained");
  f.group("compare", compare, "how the report compares arms");
  f.add("claims", claims, type::claims(),
        "what the suite claims; the report decides each: confirmed, refuted, "
        "inconclusive");
}

const std::vector<std::string>& suite_keys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> result;
    for (const auto& parameter : described(SuiteHead{})) {
      const std::string key = parameter.key.substr(0, parameter.key.find('.'));
      if (std::ranges::find(result, key) == result.end()) result.push_back(key);
    }
    return result;
  }();
  return keys;
}

bool is_suite_key(std::string_view key) {
  return std::find(suite_keys().begin(), suite_keys().end(), key) != suite_keys().end();
}

void finish_title(const std::filesystem::path& file, const Node& top, Title& title, std::vector<Problem>& problems) {
  if (top.find("suite") != nullptr) return;
  title.suite = file.stem().string();
  if (is_file_safe(title.suite)) return;
  problems.push_back({top.mark, fmt::format("the file's name '{}' cannot name a suite", shown(title.suite)),
                      fmt::format("rename it, or add suite: NAME ({})", name_rule())});
}

std::vector<std::int64_t> seeds_of(const SuiteHead& head) {
  if (head.seeds.is_array()) return head.seeds.get<std::vector<std::int64_t>>();
  const auto count = std::min<std::int64_t>(head.seeds.get<std::int64_t>(), kMostTrials + 1);
  std::vector<std::int64_t> seeds(static_cast<std::size_t>(count));
  std::iota(seeds.begin(), seeds.end(), 1);
  return seeds;
}

}  // namespace bnexp::config
