#include "report/density.h"

#include <cmath>

#include "report/chart_samples.h"
#include "report/chart_spec.h"
#include "support/catch.h"

namespace bnexp::report {
namespace {

using test::drawn;
using test::find;

// 256 values of a normal distribution.
Histogram normal(double mean, double sd) {
  const int bins = 64;
  std::vector<double> heights;
  for (int i = 0; i < bins; ++i) {
    const double x = -3 + 6 * (i + 0.5) / bins;
    heights.push_back(std::round(256 * 6.0 / bins * std::exp(-x * x / 2) / 2.5066) / (256 * 6.0 / bins * sd));
  }
  return *histogram(mean - 3 * sd, mean + 3 * sd, heights);
}

double area(const std::vector<Point>& points) {
  double sum = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    sum += (points[i].x - points[i - 1].x) * (points[i].y + points[i - 1].y) / 2;
  }
  return sum;
}

double peak(const std::vector<Point>& points) { return std::ranges::max(points, {}, &Point::y).y; }

}  // namespace

TEST_CASE("a kernel density has an area of one and the height of its distribution") {
  const auto points = kernel_density(normal(2, 0.5), {0, 4});
  CHECK(area(points) == Approx(1).margin(0.01));
  // A normal density of the variance sd^2 + bandwidth^2, with Silverman's bandwidth.
  const double bandwidth = 0.9 * 0.5 * std::pow(256, -0.2);
  CHECK(peak(points) == Approx(0.3989 / std::hypot(0.5, bandwidth)).epsilon(0.03));
}

TEST_CASE("no density is a spike, however narrow its values lie") {
  for (const double sd : {1e-12, 1e-6, 1e-3, 1.0}) {
    const auto points = kernel_density(normal(0, sd), {-5, 5});
    INFO(sd);
    CHECK(peak(points) <= 4);  // 40 / range
    CHECK(area(points) == Approx(1).margin(0.02));
  }
}

TEST_CASE("outliers and one much wider density do not flatten the others") {
  Histogram outlier = normal(0, 1);
  outlier.high += 60 * outlier.bin();
  outlier.heights.resize(124);
  outlier.heights.back() = outlier.heights[10];
  const auto range = density_range({normal(0, 1), normal(0.5, 1), outlier, normal(0, 300)});
  CHECK(range.first > -5);
  CHECK(range.second < 5);
}

TEST_CASE("quantiles of a histogram lie linearly within its bins") {
  const auto flat = histogram(0, 4, {0.25, 0.25, 0, 0.5});
  REQUIRE(flat);
  CHECK(flat->quantile(0) == 0);
  CHECK(flat->quantile(0.25) == 1);
  CHECK(flat->quantile(0.375) == 1.5);
  CHECK(flat->quantile(0.75) == 3.5);
  CHECK_FALSE(histogram(0, 0, {1}));
  CHECK_FALSE(histogram(0, 1, {}));
  CHECK_FALSE(histogram(0, 1, {-1, 2}));
  CHECK_FALSE(histogram(0, 1, {0, 0}));
}

TEST_CASE("dead units are counted in words and share no axis with the others") {
  const auto charts = drawn(sample::dead_units());
  const Chart* chart = find(charts, "activation_densities");
  REQUIRE(chart);
  CHECK(chart->note.find("4 of 32 units have the same output for every image, so they have no density: norm1, after "
                         "(norm=none, lr=0.001)") != std::string::npos);
  CHECK(chart->description.find("4 of 32 units") != std::string::npos);
  for (const auto& panel : chart->panels) {
    INFO(panel.title);
    const Json& encoding = panel.spec.at("layer").back().at("encoding");
    const auto x = encoding.at("x").at("scale").at("domain").get<std::vector<double>>();
    const auto y = encoding.at("y").at("scale").at("domain").get<std::vector<double>>();
    CHECK(y[1] <= 1.1 * 40 / (x[1] - x[0]));
    CHECK(y[1] >= 0.3);
  }
  CHECK(find(drawn(sample::lr_sweep()), "activation_densities")->note.find("same output") == std::string::npos);
}

TEST_CASE("a chart whose units are all dead is left out, and the report says why") {
  auto store = sample::dead_units();
  for (auto& record : store.records) {
    for (auto& slot : record.result.probes["activations"]["slots"]) {
      for (auto& density : slot["densities"]) density["high"] = density["low"].get<double>() + 1e-12;
    }
  }
  const auto charts = drawn(store);
  CHECK_FALSE(find(charts, "activation_densities"));
  REQUIRE(charts.problems.size() == 1);
  CHECK(charts.problems[0].find("32 of 32 units have the same output for every image") != std::string::npos);
}

}  // namespace bnexp::report
