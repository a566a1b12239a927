// Where swept_accuracy draws its marks.
#include <cmath>
#include <set>

#include "report/chart_samples.h"
#include "report/chart_spec.h"
#include "report/palette.h"
#include "report/rows.h"
#include "support/catch.h"

namespace bnexp::report {
namespace {

using test::channel;
using test::data_with;
using test::drawn;
using test::find;

// A value on the scale of its channel.
double on_scale(const Json& channel, double value) {
  if (channel.at("scale").at("type") == "linear") return value;
  return std::log(value) / std::log(channel.at("scale").value("base", 10.0));
}

// Every mark is drawn within a fifth of the smallest gap from its level, and inside the frame.
void check_places(const Json& spec) {
  const Json& x = channel(spec, "x");
  const auto ticks = x.at("axis").at("values").get<std::vector<double>>();
  double gap = INFINITY;
  for (std::size_t i = 1; i < ticks.size(); ++i) gap = std::min(gap, on_scale(x, ticks[i]) - on_scale(x, ticks[i - 1]));
  const auto domain = x.at("scale").at("domain").get<std::vector<double>>();
  for (const auto& datum : data_with(spec, "x")) {
    INFO(datum.dump());
    const double level = std::stod(datum.at("v").get<std::string>()), place = datum.at("x");
    CHECK(std::ranges::find(ticks, level) != ticks.end());
    CHECK(std::abs(on_scale(x, place) - on_scale(x, level)) <= 0.2 * gap + 1e-9);
    CHECK(place > domain[0]);
    CHECK(place < domain[1]);
  }
}

void check_values(const Json& spec, const char* across) {
  const auto domain = channel(spec, across).at("scale").at("domain").get<std::vector<double>>();
  for (const char* field : {"y", "lo", "hi"}) {
    for (const auto& datum : data_with(spec, field)) {
      INFO(field << " of " << datum.dump());
      CHECK(datum.at(field).get<double>() >= domain[0]);
      CHECK(datum.at(field).get<double>() <= domain[1]);
    }
  }
}

std::size_t arms_in(const Json& spec) {
  std::set<std::size_t> arms;
  for (const auto& datum : data_with(spec, "a")) arms.insert(datum.at("a").get<std::size_t>());
  return arms.size();
}

}  // namespace

TEST_CASE("a point stands at its value, or beside it by at most a fifth of the smallest gap, and in the frame") {
  for (const auto& store : {sample::batch_grid(), sample::uneven_rates(), sample::lr_sweep(), sample::large(),
                            sample::partial(), sample::many_rates(12)}) {
    const auto charts = drawn(store);
    const Chart* chart = find(charts, "swept_accuracy");
    REQUIRE(chart);
    REQUIRE(chart->panels[0].spec.at("layer").back().at("encoding").at("x").at("type") == "quantitative");
    for (const auto& panel : chart->panels) {
      INFO(store.manifest.name << ", " << panel.title);
      check_places(panel.spec);
      check_values(panel.spec, "y");
    }
  }
}

TEST_CASE("powers of two lie on a log2 axis with each as a tick") {
  const auto charts = drawn(sample::batch_grid());
  const Json& x = channel(find(charts, "swept_accuracy")->panels[0].spec, "x");
  CHECK(x.at("scale").at("type") == "log");
  CHECK(x.at("scale").at("base") == 2);
  CHECK(x.at("axis").at("values") == Json{2, 4, 8, 16, 32});
}

TEST_CASE("one colour alone is drawn exactly at its value") {
  const auto charts = drawn(sample::many_rates(12));
  for (const auto& datum : data_with(find(charts, "swept_accuracy")->panels[0].spec, "x")) {
    CHECK(datum.at("x").get<double>() == std::stod(datum.at("v").get<std::string>()));
  }
}

TEST_CASE("many names become rows with every name, sorted by accuracy, and the best one first") {
  const auto charts = drawn(sample::many_norms());
  const Chart* chart = find(charts, "swept_accuracy");
  REQUIRE(chart);
  REQUIRE(chart->panels.size() == 1);
  const Json& spec = chart->panels[0].spec;
  const auto names = channel(spec, "y").at("scale").at("domain").get<std::vector<std::string>>();
  CHECK(names.size() == 17);
  CHECK(std::set(names.begin(), names.end()) ==
        std::set(sample::seventeen_norms().begin(), sample::seventeen_norms().end()));
  std::map<std::string, double> means;
  for (const auto& datum : data_with(spec, "lo")) means[datum.at("v")] = datum.at("y");
  CHECK(means.size() == 16);
  CHECK(names.back() == "frn");  // without an ok trial
  for (std::size_t i = 1; i + 1 < names.size(); ++i) CHECK(means.at(names[i - 1]) >= means.at(names[i]));
  CHECK(data_with(spec, "f").size() == 3);
  CHECK(spec.at("height").get<int>() >= 17 * 13);
  CHECK(channel(spec, "y").at("axis").at("labelOverlap") == false);
  CHECK(chart->caption.find("sorted") != std::string::npos);
  check_values(spec, "x");
}

TEST_CASE("many names at several learning rates keep one row each, with a colour per rate") {
  const auto charts = drawn(sample::many_norms_by_rate());
  const Chart* chart = find(charts, "swept_accuracy");
  REQUIRE(chart);
  REQUIRE(chart->panels.size() == 1);
  CHECK(channel(chart->panels[0].spec, "y").at("scale").at("domain").size() == 17);
  CHECK(chart->legend.size() == 3);
  CHECK(arms_in(chart->panels[0].spec) == 51);
}

TEST_CASE("numbers that are too many for labels on an axis are rows in their order") {
  const auto charts = drawn(sample::many_rates(60));
  const Chart* chart = find(charts, "swept_accuracy");
  REQUIRE(chart);
  const auto labels = channel(chart->panels[0].spec, "y").at("scale").at("domain").get<std::vector<std::string>>();
  CHECK(labels.size() == 60);
  CHECK(std::ranges::is_sorted(labels, {}, [](const std::string& label) { return std::stod(label); }));
}

TEST_CASE("numbers that are not drawn at their values are said not to be to scale") {
  const auto says = [](const sample::Store& store) {
    return find(drawn(store), "swept_accuracy")->caption.find("in order, not to scale") != std::string::npos;
  };
  CHECK(says(sample::many_rates(60)));
  CHECK(says(sample::zipped()));  // the last momentum is null
  const auto charts = drawn(sample::zipped());
  CHECK(channel(find(charts, "swept_accuracy")->panels[0].spec, "x").at("axis").at("title") ==
        "momentum (not to scale)");
  for (const auto& store : {sample::batch_grid(), sample::many_norms(), sample::lr_sweep()}) CHECK_FALSE(says(store));
}

TEST_CASE("levels that are composite text share one frame, in the order of the suite") {
  const auto charts = drawn(sample::zipped());
  const Chart* chart = find(charts, "swept_accuracy");
  REQUIRE(chart);
  REQUIRE(chart->panels.size() == 1);
  CHECK(channel(chart->panels[0].spec, "x").at("scale").at("domain") == Json{"0.001", "0.01", "0.1", "null"});
  REQUIRE(chart->legend.size() == 3);
  CHECK(chart->legend[0].label == "batch_size=8, lr=0.0125");
  CHECK(arms_in(chart->panels[0].spec) == 12);
  check_values(chart->panels[0].spec, "y");
}

TEST_CASE("a long name has a line for each of its parts, and its row the height for them") {
  const std::vector<std::string> names{"batch_size=8, lr=0.0125, momentum=0.9", "none"};
  CHECK(rows_channel("v", names).at("axis").at("labelExpr") == "split(datum.label, ', ')");
  CHECK(row_height(names, 1) >= 3 * 13);
  CHECK_FALSE(rows_channel("v", {"batch", "none"}).at("axis").contains("labelExpr"));
}

TEST_CASE("the learning rate lies on a logarithmic axis and diverged trials in the strip below") {
  const auto charts = drawn(sample::lr_sweep());
  const Chart* chart = find(charts, "swept_accuracy");
  REQUIRE(chart);
  const Json& spec = chart->panels[0].spec;
  CHECK(channel(spec, "x").at("scale").at("type") == "log");
  const auto failures = data_with(spec, "f");
  REQUIRE(failures.size() == 3);
  for (const auto& failure : failures) {
    CHECK(failure.at("y").get<double>() < 11.35);  // below every accuracy
    CHECK(failure.at("f").get<std::string>().starts_with("diverged at step"));
    CHECK(failure.contains("t"));
  }
  CHECK(data_with(spec, "seed").size() == 24);
}

}  // namespace bnexp::report
