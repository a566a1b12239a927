#include <algorithm>

#include "analysis/sample.h"
#include "report/chart.h"
#include "report/layout.h"
#include "report/lines.h"
#include "support/catch.h"

namespace bnexp::report {
namespace {

DrawnCharts drawn(const sample::Store& store) {
  return draw_charts(analysis::analyze(analysis::gather(store.manifest, store.records)));
}

const Chart* find(const DrawnCharts& charts, const std::string& id) {
  const auto found =
      std::find_if(charts.charts.begin(), charts.charts.end(), [&](const Chart& chart) { return chart.id == id; });
  return found == charts.charts.end() ? nullptr : &*found;
}

std::size_t rows(const Json& spec) {
  std::size_t count = spec.contains("data") ? spec.at("data").at("values").size() : 0;
  if (spec.contains("layer")) {
    for (const auto& layer : spec.at("layer")) count += rows(layer);
  }
  return count;
}

// Every datum with a field `name` anywhere in the spec.
std::vector<Json> data_with(const Json& spec, const std::string& name) {
  std::vector<Json> found;
  if (spec.contains("data")) {
    for (const auto& datum : spec.at("data").at("values")) {
      if (datum.contains(name)) found.push_back(datum);
    }
  }
  if (spec.contains("layer")) {
    for (const auto& layer : spec.at("layer")) {
      const auto inner = data_with(layer, name);
      found.insert(found.end(), inner.begin(), inner.end());
    }
  }
  return found;
}

}  // namespace

TEST_CASE("charts are drawn of what was measured, and no others") {
  const auto sweep = drawn(sample::lr_sweep());
  for (const char* id : {"swept_accuracy", "training_loss", "validation_accuracy", "loss_curve", "running_stats",
                         "activations", "activation_densities", "resources"}) {
    INFO(id);
    CHECK(find(sweep, id));
  }
  CHECK_FALSE(find(sweep, "running_stats_law"));
  CHECK(find(drawn(sample::momentum_sweep()), "running_stats_law"));
  CHECK_FALSE(find(drawn(sample::norm_compare()), "loss_curve"));
  CHECK(sweep.problems.empty());
}

TEST_CASE("trials that were looked at once have no curve") {
  auto store = sample::lr_sweep();
  for (auto& record : store.records) {
    auto& history = record.result.history;
    if (!history.empty()) history = Json::array({history.back()});
  }
  const auto charts = drawn(store);
  CHECK_FALSE(find(charts, "training_loss"));
  CHECK_FALSE(find(charts, "validation_accuracy"));
  CHECK(find(charts, "loss_curve"));
}

TEST_CASE("no chart's file is dropped and no two share a name") {
  CHECK(charts().names().size() >= 9);
  CHECK(charts().duplicates().empty());
}

TEST_CASE("the learning rate lies on a logarithmic axis and diverged trials on its floor") {
  const auto charts = drawn(sample::lr_sweep());
  const Chart* chart = find(charts, "swept_accuracy");
  REQUIRE(chart);
  const Json& spec = chart->panels[0].spec;
  const Json& encoding = spec.at("layer").back().at("encoding");
  CHECK(encoding.at("x").at("scale").at("type") == "log");
  const auto failures = data_with(spec, "f");
  REQUIRE(failures.size() == 3);
  const double floor = encoding.at("y").at("scale").at("domain")[0].get<double>();
  for (const auto& failure : failures) {
    CHECK(failure.at("y").get<double>() < 0 + 13);  // below every accuracy, the lowest of which is 11.35
    CHECK(failure.at("y").get<double>() > floor);
    CHECK(failure.at("f").get<std::string>().starts_with("diverged at step"));
    CHECK(failure.contains("t"));
  }
  CHECK(data_with(spec, "seed").size() == 24);
}

TEST_CASE("names are an ordinal axis") {
  const auto charts = drawn(sample::norm_compare());
  const Chart* chart = find(charts, "swept_accuracy");
  REQUIRE(chart);
  CHECK(chart->panels[0].spec.at("layer")[0].at("encoding").at("x").at("type") == "ordinal");
}

TEST_CASE("a line that not every seed follows is dashed from there, and ends in a cross where it diverged") {
  auto store = sample::lr_sweep();
  for (auto& record : store.records) {
    if (record.arm == "norm=batch, lr=1" && record.seed == 3) sample::diverge(record, 1000);
  }
  const auto charts = drawn(store);
  const Chart* chart = find(charts, "loss_curve");
  REQUIRE(chart);
  const auto has = [&](LegendItem::Mark mark) {
    return std::any_of(chart->legend.begin(), chart->legend.end(),
                       [&](const LegendItem& item) { return item.mark == mark; });
  };
  CHECK(has(LegendItem::Mark::dashed));
  CHECK(has(LegendItem::Mark::cross));
  std::size_t crosses = 0;
  for (const auto& panel : chart->panels) crosses += data_with(panel.spec, "f").size();
  CHECK(crosses == 4);
}

TEST_CASE("the law's table has measured and theory side by side") {
  const auto charts = drawn(sample::momentum_sweep());
  const Chart* chart = find(charts, "running_stats_law");
  REQUIRE(chart);
  REQUIRE(chart->table.rows.size() == 5);
  for (const auto& row : chart->table.rows) CHECK(*row[5].value == Approx(1).margin(0.03));
}

TEST_CASE("a thousand trials are thinned to what a page can carry, and it is said") {
  const auto charts = drawn(sample::large());
  const Chart* chart = find(charts, "loss_curve");
  REQUIRE(chart);
  std::size_t total = 0;
  for (const auto& panel : chart->panels) total += rows(panel.spec);
  CHECK(total < 2 * kMaxPoints);
  CHECK(chart->panels.size() <= kMaxPanels);
  CHECK(chart->note.find("Thinned") != std::string::npos);
  CHECK(chart->note.find("of 25 combinations are drawn") != std::string::npos);
}

TEST_CASE("thinning keeps the ends") {
  std::vector<Point> points;
  for (int i = 0; i < 1000; ++i) points.push_back({.x = static_cast<double>(i)});
  const std::size_t stride = thin(points, 60);
  CHECK(stride == 10);
  CHECK(points.front().x == 0);
  CHECK(points.back().x == 999);
  CHECK(points.size() == 101);
}

TEST_CASE("a probe's result of an unknown shape is left out of its chart, which says so") {
  auto store = sample::lr_sweep();
  store.records[5].result.probes["loss_curve"] = {{"unexpected", true}};
  store.records[6].result.probes["loss_curve"]["loss"] = "none";
  const auto charts = drawn(store);
  CHECK(find(charts, "loss_curve"));
  CHECK(find(charts, "swept_accuracy"));
  REQUIRE(charts.problems.size() == 3);
  for (const auto& problem : charts.problems) CHECK(problem.find("'loss_curve' leaves out") != std::string::npos);
  CHECK(charts.problems[0].find("probes.loss_curve.loss is missing in record " + store.records[5].trial) !=
        std::string::npos);
  CHECK(charts.problems[1].find("probes.loss_curve.loss is text instead of a list of numbers in record " +
                                store.records[6].trial) != std::string::npos);
}

}  // namespace bnexp::report
