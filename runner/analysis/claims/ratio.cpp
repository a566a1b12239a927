// A claim of kind ratio: the arms' metric is at least (at most) so many times the others'.
// Means are geometric: t interval of the log ratios, paired by seed. Medians take any ratio, an infinite time too, and
// have an interval between order statistics.
#include <fmt/format.h>

#include <cmath>

#include "analysis/claim_sides.h"
#include "stats/order.h"

namespace bnexp::analysis {
namespace {

// Of the seeds that both sides have; nullopt if one is not above 0, or is infinite on both sides.
std::optional<std::vector<double>> ratios(const Pair& pair, const Metric& metric) {
  const auto above = metric.by_seed(*pair.arm), below = metric.by_seed(*pair.base);
  std::vector<double> ratios;
  for (const auto& [seed, value] : above) {
    const auto other = below.find(seed);
    if (other == below.end()) continue;
    const double ratio = value / other->second;
    if (!(value > 0) || !(other->second > 0) || std::isnan(ratio)) return std::nullopt;
    ratios.push_back(ratio);
  }
  return ratios;
}

struct Ratio : TwoSides {
  Bound bound;
  std::string of = "mean";

  void fields(config::Fields& f) {
    TwoSides::fields(f);
    bound.fields(f, "arms / against is at least this", "arms / against is at most this");
    f.choice("of", of, {"mean", "median"},
             "mean: geometric mean of the ratios over seeds; median: their median, for times that may be infinite");
  }

  void decide(const Evidence& evidence, ClaimAnswer& answer) const {
    decide_both(evidence, answer, [&](const Pair& pair, const Metric& measured, double confidence) {
      const std::string what = fmt::format("{}, {} over {}", measured.words(), pair.arm->label, pair.base->label);
      if (of == "median") return by_median(evidence, pair, measured, what);
      if (auto failed = unless_failed(pair)) return *failed;
      return by_mean(evidence, pair, measured, what, confidence);
    });
  }

 private:
  Answer by_mean(const Evidence& evidence, const Pair& pair, const Metric& measured, const std::string& what,
                 double confidence) const {
    auto values = ratios(pair, measured);
    if (!values) return {.why = fmt::format("{}: a ratio needs numbers above 0.", what)};
    for (double& value : *values) {
      value = std::log(value);
      if (!std::isfinite(value)) return {.why = fmt::format("{}: a trial never reaches it; use of: median.", what)};
    }
    const stats::Estimate logs = estimate(*values, evidence.looks, confidence);
    const auto shown = [&](double log) { return std::exp(log); };
    Answer answer = from_estimate(logs, {}, what, "times");
    if (!answer.effect) return answer;
    answer.effect = shown(logs.mean);
    const std::string size = fmt::format("{}: {} times", what, number_text(*answer.effect));
    if (!answer.low) {
      answer.why = fmt::format("{} {}.", size, no_interval_text(logs));
      return answer;
    }
    return finished(answer, size, shown(logs.low()), shown(logs.high()));
  }

  Answer by_median(const Evidence& evidence, const Pair& pair, const Metric& measured, const std::string& what) const {
    const auto values = ratios(pair, measured);
    if (!values || values->empty()) {
      return {.why = fmt::format("{}: no seed has a ratio of numbers above 0.", what)};
    }
    const stats::MedianInterval median = stats::median_interval(*values);
    Answer answer{.why = {}, .unit = "times", .effect = median.median, .n = median.n};
    const std::string size = fmt::format("{}: median {} times", what, number_text(median.median));
    if (evidence.looks) {
      answer.why = fmt::format("{} over {} seeds; a median has no interval that holds when seeds are added by looking.",
                               size, median.n);
      return answer;
    }
    if (median.coverage < stats::kConfidence) {
      answer.why = fmt::format("{} over {} seeds; an interval of a median needs 6.", size, median.n);
      return answer;
    }
    return finished(answer, size, median.low, median.high);
  }

  Answer finished(Answer answer, const std::string& size, double low, double high) const {
    answer.low = low;
    answer.high = high;
    answer.decision = bound.decide(low, high);
    answer.why = fmt::format("{} (CI {} to {}, {} seeds); claimed: {}.", size, number_text(low), number_text(high),
                             answer.n, bound.words());
    return answer;
  }
};

const bool kAdded = add_claim<Ratio>(
    "ratio", {.summary = "A metric of the arms is so many times that of the others, in the mean or the median.",
              .formula = "mean: exp of the t interval of mean(log(arms / against)); median: order statistics",
              .source = ""});

}  // namespace
}  // namespace bnexp::analysis
