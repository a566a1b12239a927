// Probe resources: how long a step takes and how much memory a trial needs, by arm.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/chart.h"
#include "report/lines.h"
#include "report/rows.h"
#include "report/words.h"
#include "stats/order.h"

namespace bnexp::report {
namespace {

constexpr std::size_t kMaxArms = 60;

struct Use {
  const Arm* arm = nullptr;
  std::size_t index = 0;
  std::vector<double> step_ms;
  std::vector<double> parts[4];
  double peak = 0;
};

constexpr const char* kParts[] = {"batch_ms", "forward_ms", "backward_ms", "optimizer_ms"};

Use use_of(const ChartInput& input, const Arm& arm, std::size_t index) {
  Use use{&arm, index, {}, {}, 0};
  const auto append = [](std::vector<double>& to, const Value& values) {
    const auto numbers = values.numbers();
    to.insert(to.end(), numbers.begin(), numbers.end());
  };
  for (const auto& trial : arm.trials) {
    if (!trial.ok()) continue;
    const Value probe = input.resources(trial);
    append(use.step_ms, probe.find("step_ms"));
    for (std::size_t i = 0; i < 4; ++i) append(use.parts[i], probe.find(kParts[i]));
    use.peak = std::max(use.peak, probe.find("peak_rss_bytes").number().value_or(0));
  }
  return use;
}

Cell median(const std::vector<double>& values) {
  if (values.empty()) return text_cell(kNoValue);
  const double value = stats::quantile(values, 0.5);
  return number_cell(value, fixed(value, 2));
}

Json bars(const std::vector<Use>& uses, const std::string& x_title, const Json& rows, bool spread) {
  std::vector<std::string> names;
  for (const auto& use : uses) names.push_back(use.arm->label);
  const Json y = rows_channel("l", names);
  const auto x = [&](const char* field) {
    return Json{{"field", field},
                {"type", "quantitative"},
                {"scale", {{"zero", true}, {"nice", true}}},
                {"axis", {{"title", x_title}, {"tickCount", 5}, {"grid", true}}}};
  };
  const auto tip = [](const char* field, const char* title) {
    return Json{{"field", field}, {"type", "nominal"}, {"title", title}};
  };
  Json layers = Json::array();
  if (spread) {
    const Json tooltip{tip("l", "arm"), tip("p5", "5th percentile"), tip("p50", "median"),
                       tip("p95", "95th percentile"), tip("n", "steps")};
    layers.push_back({{"mark", {{"type", "rule"}, {"color", "$muted"}}},
                      {"encoding", {{"x", x("p5")}, {"x2", {{"field", "p95"}}}, {"y", y}, {"tooltip", tooltip}}}});
    layers.push_back({{"mark", {{"type", "bar"}, {"size", 9}, {"color", "$category-0"}, {"opacity", 0.55}}},
                      {"encoding", {{"x", x("p25")}, {"x2", {{"field", "p75"}}}, {"y", y}, {"tooltip", tooltip}}}});
    layers.push_back({{"mark", {{"type", "tick"}, {"size", 15}, {"thickness", 2}, {"color", "$ink"}}},
                      {"encoding", {{"x", x("p50")}, {"y", y}, {"tooltip", tooltip}}}});
  } else {
    layers.push_back({{"mark", {{"type", "point"}, {"filled", true}, {"size", 70}, {"color", "$category-0"}}},
                      {"encoding", {{"x", x("mb")}, {"y", y}, {"tooltip", {tip("l", "arm"), tip("mb", "MB")}}}}});
  }
  return {{"data", {{"values", rows}}},
          {"width", "container"},
          {"height", row_height(names, 2) * static_cast<int>(names.size())},
          {"layer", layers}};
}

Table spread_of(const std::vector<Use>& uses) {
  Table table;
  table.columns = {text_column("arm"),
                   {"5th percentile", "ms"},
                   {"25th percentile", "ms"},
                   {"median", "ms"},
                   {"75th percentile", "ms"},
                   {"95th percentile", "ms"},
                   {"steps"},
                   {"peak memory"}};
  for (const auto& use : uses) {
    auto& row = table.rows.emplace_back(std::vector<Cell>{text_cell(use.arm->label)});
    for (const double p : {0.05, 0.25, 0.5, 0.75, 0.95}) {
      const double value = stats::quantile(use.step_ms, p);
      row.push_back(number_cell(value, fixed(value, 2)));
    }
    row.push_back(count_cell(use.step_ms.size()));
    row.push_back(use.peak > 0 ? number_cell(use.peak, bytes(use.peak)) : text_cell(kNoValue));
  }
  return table;
}

std::string describe(const std::vector<Use>& uses) {
  std::string text =
      fmt::format("Time of a training step and peak memory of {}, one row each.", plural(uses.size(), "arm"));
  if (uses.size() < 2) return text;
  const auto median_of = [](const Use& use) { return stats::quantile(use.step_ms, 0.5); };
  const auto [fast, slow] = std::ranges::minmax_element(uses, {}, median_of);
  return text + fmt::format(" The median step takes from {} ms ({}) to {} ms ({}).", fixed(median_of(*fast), 2),
                            fast->arm->label, fixed(median_of(*slow), 2), slow->arm->label);
}

std::optional<Chart> resources(const ChartInput& input) {
  std::vector<Use> uses;
  for (std::size_t i = 0; i < input.arms().size(); ++i) {
    Use use = use_of(input, input.arms()[i], i);
    if (!use.step_ms.empty()) uses.push_back(std::move(use));
  }
  if (uses.empty()) return std::nullopt;
  Chart chart;
  chart.timing = true;
  chart.title = "Time and memory";
  chart.caption =
      "Time of a training step: median, quartiles (bar), 5th to 95th percentile (line), over the measured "
      "steps of ok trials. Memory: the largest resident size of a trial.";
  std::vector<std::string> notes;
  if (uses.size() > kMaxArms) {
    notes.push_back(
        fmt::format("The first {} of {} arms are drawn; the table of values has all.", kMaxArms, uses.size()));
  }
  if (const std::size_t without = input.arms().size() - uses.size(); without > 0)
    notes.push_back(fmt::format("{} without a measured ok trial {} left out.", plural(without, "arm"),
                                without == 1 ? "is" : "are"));
  chart.note = join(notes, " ");
  chart.description = describe(uses);
  chart.data = spread_of(uses);
  chart.table.columns = {text_column("arm"), {"step", "ms"},      {"batch", "ms"}, {"forward", "ms"},
                         {"backward", "ms"}, {"optimizer", "ms"}, {"peak memory"}};
  for (const auto& use : uses) {
    chart.table.rows.push_back({text_cell(use.arm->label), median(use.step_ms), median(use.parts[0]),
                                median(use.parts[1]), median(use.parts[2]), median(use.parts[3]),
                                use.peak > 0 ? number_cell(use.peak, bytes(use.peak)) : text_cell(kNoValue)});
  }
  uses.resize(std::min(uses.size(), kMaxArms));
  Json rows = Json::array();
  for (const auto& use : uses) {
    Json row{{"l", use.arm->label}, {"a", use.index}, {"mb", rounded(use.peak / 1e6)}, {"n", use.step_ms.size()}};
    for (const int p : {5, 25, 50, 75, 95}) {
      row[fmt::format("p{}", p)] = rounded(std::stod(fmt::format("{:.4g}", stats::quantile(use.step_ms, p / 100.0))));
    }
    rows.push_back(row);
  }
  chart.panels.push_back({"time of a step", bars(uses, "milliseconds", rows, true)});
  chart.panels.push_back({"peak memory of a trial", bars(uses, "megabytes", rows, false)});
  return chart;
}

BNEXP_CHART("resources", 90, resources);

}  // namespace
}  // namespace bnexp::report
