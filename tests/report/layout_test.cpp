// Which arms share a frame, and what a reader gets who can't see it.
#include "report/layout.h"

#include <map>
#include <set>

#include "analysis/bench_sample.h"
#include "report/bench_charts.h"
#include "report/chart_samples.h"
#include "report/chart_spec.h"
#include "report/lines.h"
#include "support/catch.h"

namespace bnexp::report {
namespace {

using test::drawn;
using test::find;

struct Shown {
  std::set<std::string> colored, muted;
};

// The arms whose lines a panel has.
Shown shown_in(const Json& spec) {
  Shown shown;
  const Json& color = test::channel(spec, "color");
  for (const auto& datum : spec.at("data").at("values")) {
    const bool muted = color.at("scale").at("range").at(datum.at("s").get<std::size_t>()) == "$muted";
    (muted ? shown.muted : shown.colored).insert(datum.at("l").get<std::string>());
  }
  return shown;
}

}  // namespace

TEST_CASE("the levels that are compared share a frame at equal other settings") {
  const auto charts = drawn(sample::lr_sweep());
  for (const char* id : {"training_loss", "validation_accuracy", "loss_curve"}) {
    const Chart* chart = find(charts, id);
    REQUIRE(chart);
    INFO(id);
    REQUIRE(chart->panels.size() == 4);
    for (const auto& panel : chart->panels) {
      INFO(panel.title);
      std::set<std::string> expected{"norm=batch, " + panel.title};
      if (panel.title != "lr=1" || std::string(id) == "loss_curve") expected.insert("norm=none, " + panel.title);
      CHECK(shown_in(panel.spec).colored == expected);
    }
    CHECK(chart->legend_title == "norm");
    CHECK(chart->legend.size() >= 2);
  }
}

TEST_CASE("more levels than colours share frames by rank, each with its own legend, over all others in grey") {
  const auto charts = drawn(sample::many_norms());
  const Chart* chart = find(charts, "loss_curve");
  REQUIRE(chart);
  REQUIRE(chart->panels.size() == 3);
  std::set<std::string> all;
  for (const auto& panel : chart->panels) {
    const Shown shown = shown_in(panel.spec);
    CHECK(shown.colored.size() <= kLooks);
    CHECK(shown.colored.size() == panel.legend.size());
    CHECK(shown.colored.size() + shown.muted.size() == 17);
    for (const auto& item : panel.legend) CHECK(shown.colored.contains("norm=" + item.label));
    all.insert(shown.colored.begin(), shown.colored.end());
  }
  CHECK(all.size() == 17);
  CHECK(chart->panels[0].title == "norm: places 1 to 5 of 17");
  // The first frame has the best norm, the last the one that diverges.
  CHECK(shown_in(chart->panels[0].spec).colored.contains("norm=none"));
  CHECK(shown_in(chart->panels[2].spec).colored.contains("norm=frn"));
}

TEST_CASE("ordered levels beyond the ramp keep their order over the frames") {
  const auto charts = drawn(sample::many_rates(12));
  const Chart* chart = find(charts, "loss_curve");
  REQUIRE(chart);
  REQUIRE(chart->panels.size() == 2);
  CHECK(chart->panels[0].title == "lr 0.0001 to 0.000219");
  CHECK(chart->panels[0].legend.size() == 6);
  CHECK(chart->panels[1].legend.back().label == "0.000562");
}

TEST_CASE("frames that are not drawn are named, and the table has every arm") {
  const auto charts = drawn(sample::large());
  const Chart* chart = find(charts, "loss_curve");
  REQUIRE(chart);
  CHECK(chart->panels.size() == kMaxPanels);
  CHECK(chart->note.find("24 of 40 combinations are drawn") != std::string::npos);
  CHECK(chart->note.find("Not drawn: lr=") != std::string::npos);
  CHECK(chart->note.find("and 4 more") != std::string::npos);
  CHECK(chart->data.rows.size() == 200);
}

TEST_CASE("every chart has a description and a table of its values") {
  std::vector<Chart> all;
  const auto add = [&](std::vector<Chart> charts) {
    all.insert(all.end(), std::make_move_iterator(charts.begin()), std::make_move_iterator(charts.end()));
  };
  add(drawn(sample::lr_sweep()).charts);
  add(drawn(sample::momentum_sweep()).charts);
  for (const auto& [name, store] : sample::chart_samples()) add(drawn(store).charts);
  const store::BenchResults bench = test::bench_results();
  add(bench_charts(analysis::bench_rows(bench)));
  std::set<std::string> ids;
  for (const auto& chart : all) {
    INFO(chart.id << ": " << chart.description);
    ids.insert(chart.id);
    CHECK(chart.description.size() > 40);
    CHECK(chart.description.size() < 600);
    CHECK(chart.description.ends_with("."));
    CHECK_FALSE(chart.data.rows.empty());
    for (const auto& row : chart.data.rows) CHECK(row.size() == chart.data.columns.size());
  }
  CHECK(ids.size() == charts().names().size() + 3);
}

TEST_CASE("a description names the arm that ends best") {
  const auto charts = drawn(sample::lr_sweep());
  const Chart* accuracy = find(charts, "validation_accuracy");
  REQUIRE(accuracy);
  const auto& data = accuracy->data;
  // By the table: the last column but the number of seeds.
  const std::size_t last = data.columns.size() - 2;
  const auto best =
      std::ranges::max_element(data.rows, {}, [&](const auto& row) { return row[last].value.value_or(0); });
  CHECK(accuracy->description.find("the highest is " + (*best)[last].text + ", of " + (*best)[0].text) !=
        std::string::npos);
  CHECK(data.columns[last].name == "epoch 5");
}

}  // namespace bnexp::report
