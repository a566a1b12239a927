#include "analysis/looks.h"

#include <algorithm>
#include <cmath>

#include "stats/multiplicity.h"
#include "stats/sequential.h"

namespace bnexp::analysis {
namespace {

// The differences over the seeds that both arms have, in the order of the plan, which is the order of the looks. Stops
// at the first seed that one of them lacks.
std::vector<double> in_order(const Pair& pair, const Metric& metric) {
  std::vector<double> differences;
  const auto base = metric.by_seed(*pair.base);
  for (const auto& trial : pair.arm->trials) {
    const auto value = metric.of(trial);
    const auto other = base.find(trial.seed);
    if (!value || other == base.end()) break;
    differences.push_back((*value - other->second) * metric.scale());
  }
  return differences;
}

}  // namespace

Looked look(const Pair& pair, const Metric& metric, double margin, const Looks& looks, std::size_t comparisons) {
  Looked looked;
  const auto all = in_order(pair, metric);
  const double confidence = stats::bonferroni_confidence(std::max<std::size_t>(comparisons, 1));
  for (std::size_t n = std::min(looks.first, all.size()); n <= all.size(); ++n) {
    const std::vector<double> so_far(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n));
    const stats::Estimate sample = stats::estimate(so_far, confidence);
    looked.difference = stats::confidence_sequence(sample, confidence);
    looked.seeds = n;
    if (const auto evidence = stats::log_e_value(sample)) {
      looked.p = stats::anytime_p(*evidence);
      looked.adjusted_p = std::min(1.0, *looked.p * static_cast<double>(comparisons));
    }
    if (n >= looks.first) looked.verdict = stats::verdict(looked.difference, margin);
    if (looked.verdict != stats::Verdict::undecided) break;
  }
  looked.failed = pair.arm->failed() + pair.base->failed() > 0;
  return looked;
}

std::vector<std::size_t> seeds_needed(const Results& results, const std::vector<Pair>& pairs,
                                      const std::vector<Looked>& looked, const Looks& looks) {
  std::vector<std::size_t> needed;
  for (const auto& arm : results.arms) needed.push_back(arm.trials.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (looked[i].is_decided()) continue;
    for (const Arm* arm : {pairs[i].arm, pairs[i].base}) {
      std::size_t& seeds = needed[static_cast<std::size_t>(arm - results.arms.data())];
      seeds = std::max(seeds, std::min(looks.most, looked[i].seeds + 1));
    }
  }
  return needed;
}

}  // namespace bnexp::analysis
