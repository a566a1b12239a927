#include "config/suite/metric.h"

#include "config/suite/selection.h"
#include "support/catch.h"

namespace bnexp::config {
namespace {

std::optional<double> at(const Json& probes, const char* path) {
  const auto steps = probe_path(path);
  REQUIRE(steps.has_value());
  return number_at(probes, *steps);
}

}  // namespace

TEST_CASE("a path leads to one number of a probe") {
  const Json probes = {{"activations",
                        {{"slots",
                          {{{"slot", "norm1"}, {"series", {{{"mode", "eval"}, {"drift", 2.5}}}}},
                           {{"slot", "norm2"},
                            {"series", {{{"mode", "eval"}, {"drift", 3.0}}, {{"mode", "train"}, {"drift", 0.25}}}}}}}}},
                       {"loss_curve", {{"loss", {2.0, 1.0, 0.5}}}}};
  CHECK(at(probes, "probes.activations.slots[slot=norm2].series[mode=train].drift") == 0.25);
  CHECK(at(probes, "probes.activations.slots[0].series[0].drift") == 2.5);
  CHECK(at(probes, "probes.loss_curve.loss[-1]") == 0.5);
  CHECK(at(probes, "probes.loss_curve.loss[1]") == 1.0);
}

TEST_CASE("a path that leads nowhere gives nothing") {
  const Json probes = {{"loss_curve", {{"loss", {2.0}}}}};
  CHECK_FALSE(at(probes, "probes.loss_curve.loss[-2]").has_value());
  CHECK_FALSE(at(probes, "probes.loss_curve.loss").has_value());
  CHECK_FALSE(at(probes, "probes.loss_curve.lr[0]").has_value());
  CHECK_FALSE(at(probes, "probes.loss_curve.loss[slot=norm1]").has_value());
  CHECK_FALSE(at(probes, "probes.activations.slots[0]").has_value());
}

TEST_CASE("what is no path is refused") {
  for (const char* text : {"test_accuracy", "probes.", "probes.loss_curve", "probes..loss", "probes.loss_curve.loss[",
                           "probes.loss_curve.loss[]", "probes.loss_curve.loss[=1]", "probes.loss_curve.loss[1]x"}) {
    INFO(text);
    CHECK_FALSE(probe_path(text).has_value());
  }
}

TEST_CASE("a selection matches settings by their values, variants by their names") {
  const Json settings = {{"norm", {{"name", "batch"}, {"eps", 1e-5}}}, {"train", {{"batch_size", 8}}}};
  CHECK(selects({{"norm", {"batch"}}}, settings));
  CHECK(selects({{"norm", {"layer", "batch"}}, {"train.batch_size", {8}}}, settings));
  CHECK(selects({{"norm", {{{"eps", 1e-5}}}}}, settings));
  CHECK(selects(Json::object(), settings));
  CHECK_FALSE(selects({{"norm", {"layer"}}}, settings));
  CHECK_FALSE(selects({{"norm", {"batch"}}, {"train.batch_size", {64}}}, settings));
  CHECK_FALSE(selects({{"lr", {0.1}}}, settings));
  CHECK(selection_text({{"norm", {"batch"}}, {"train.batch_size", {8, 64}}}) == "norm=batch, train.batch_size=8 or 64");
}

}  // namespace bnexp::config
