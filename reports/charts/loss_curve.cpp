// Probe loss_curve: the loss of each window of training, by learning rate (slide 7).
#include <algorithm>

#include "report/curves.h"

namespace bnexp::report {
namespace {

std::optional<Chart> loss_curve(const ChartInput& input) {
  CurveStyle style;
  style.title = "Loss by step";
  style.caption = "Training loss, averaged over each window of the probe, on a logarithmic axis.";
  style.axes = {.x_title = "step", .y_title = "training loss", .log_y = true};
  const auto curve_of = [&](const Trial& trial) -> std::optional<Curve> {
    const Value probe = input.probe(trial, "loss_curve");
    Curve curve{probe["steps"].numbers(), probe["loss"].numbers()};
    const std::size_t n = std::min(curve.x.size(), curve.y.size());
    curve.x.resize(n);
    curve.y.resize(n);
    return curve;
  };
  const auto at_step = [](const Trial&, std::int64_t step) { return static_cast<double>(step); };
  return curve_chart(input, style, curve_of, at_step);
}

BNEXP_CHART("loss_curve", 40, loss_curve);

}  // namespace
}  // namespace bnexp::report
