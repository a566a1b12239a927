// Training loss over the run: does every arm learn, how fast, and where does it stop?
#include "report/curves.h"

namespace bnexp::report {
namespace {

std::optional<Chart> training_loss(const ChartInput& input) {
  CurveStyle style;
  style.title = "Training loss";
  style.caption = "Mean training loss since the previous entry, on a logarithmic axis.";
  style.axes = {.y_title = "training loss", .log_y = true};
  return history_chart(input, style, "train_loss", 1);
}

BNEXP_CHART("training_loss", 20, training_loss);

}  // namespace
}  // namespace bnexp::report
