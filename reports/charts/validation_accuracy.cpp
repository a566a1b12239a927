// Validation accuracy over the run: the curve for choosing an arm.
#include "report/curves.h"

namespace bnexp::report {
namespace {

std::optional<Chart> validation_accuracy(const ChartInput& input) {
  CurveStyle style;
  style.title = "Validation accuracy";
  style.caption = "Accuracy on the validation images, in percent.";
  style.axes = {.y_title = "validation accuracy (%)"};
  style.higher_is_better = true;
  return history_chart(input, style, "validation_accuracy", 100);
}

BNEXP_CHART("validation_accuracy", 30, validation_accuracy);

}  // namespace
}  // namespace bnexp::report
