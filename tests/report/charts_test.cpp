#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/sample.h"
#include "report/chart.h"
#include "report/chart_spec.h"
#include "report/layout.h"
#include "report/lines.h"
#include "report/report.h"
#include "support/catch.h"

namespace bnexp::report {
namespace {

using test::data_with;
using test::drawn;
using test::find;
using test::row_count;

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

TEST_CASE("losses at the end of what a number can be have an axis, and a report has words for them") {
  Series line;
  line.points = {{1, 1.7e308}, {2, std::numeric_limits<double>::infinity()}};
  for (const bool logarithmic : {true, false}) CHECK(std::isfinite(y_range({line}, logarithmic).second));
  auto store = sample::lr_sweep();
  for (auto& record : store.records) {
    for (auto& entry : record.result.history) entry["train_loss"] = 1.7e308;
    for (auto& metric : record.result.metrics) metric = 1.7e308;
  }
  CHECK(drawn(store).problems.empty());
  CHECK_NOTHROW(document_of(analysis::analyze(analysis::gather(store.manifest, store.records)), "results"));
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

TEST_CASE("a line that not every seed follows is thin from there, and ends in a cross where it diverged") {
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
  CHECK(has(LegendItem::Mark::thin));
  CHECK(has(LegendItem::Mark::cross));
  std::size_t crosses = 0;
  for (const auto& panel : chart->panels) crosses += data_with(panel.spec, "f").size();
  CHECK(crosses == 4);
}

TEST_CASE("arms without a measured trial are said to be left out of the times") {
  CHECK(find(drawn(sample::lr_sweep()), "resources")->note == "1 arm without a measured ok trial is left out.");
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
  for (const auto& panel : chart->panels) total += row_count(panel.spec);
  CHECK(total < 2 * kMaxPoints);
  CHECK(chart->note.find("Thinned") != std::string::npos);
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
