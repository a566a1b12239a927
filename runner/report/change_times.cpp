#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "base/text.h"
#include "report/change_words.h"
#include "report/words.h"

namespace bnexp::report {

std::string ratio_words(const stats::Estimate& log_ratio) {
  const std::string ratio = fixed(std::exp(log_ratio.mean), 2);
  if (!log_ratio.half) return ratio;
  return fmt::format("{} [{}, {}]", ratio, fixed(std::exp(log_ratio.low()), 2), fixed(std::exp(log_ratio.high()), 2));
}

Table times_table(const analysis::TimeChanges& times) {
  Table table;
  table.columns = {text_column("arm"), {"time A"}, {"time B"}, {"B / A [95 % CI]"}, {"trials"}};
  const auto seconds = [](const stats::Estimate& estimate) {
    return number_cell(estimate.mean, human_duration(estimate.mean));
  };
  for (const auto& arm : times.arms) {
    const std::string& label = arm.arms->b->label;
    table.rows.push_back({text_cell(label.empty() ? "all" : label), seconds(arm.a), seconds(arm.b),
                          text_cell(ratio_words(arm.log_ratio)), count_cell(arm.log_ratio.n)});
  }
  return table;
}

std::vector<std::string> time_notes(const analysis::TimeChanges& times) {
  std::vector<std::string> notes;
  if (times.log_ratio.n > 0) {
    notes.push_back(fmt::format("Time per trial: B takes {} times as long as A ({} of each).",
                                ratio_words(times.log_ratio), plural(times.log_ratio.n, "trial")));
  }
  std::vector<std::string> reasons;
  for (const auto& [name, busy] : {std::pair("A", times.busy_a), std::pair("B", times.busy_b)}) {
    if (busy > 0)
      reasons.push_back(fmt::format("{} of {} of {} ran on a busy machine", busy, plural(times.trials, "trial"), name));
  }
  if (!times.unlike.empty()) reasons.push_back("the machines differ in " + enumerated(times.unlike));
  if (!reasons.empty()) {
    notes.push_back((times.log_ratio.n > 0 ? "Other times are not compared: " : "Times are not compared: ") +
                    join(reasons, "; ") + ".");
  }
  return notes;
}

}  // namespace bnexp::report
