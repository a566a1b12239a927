// A claim of kind ratio: the arms' metric is at least (at most) so many times the others'.
// Means are geometric: t interval of the log ratios, paired by seed. Medians take the ratios of all seeds, also of
// trials that failed or never reached an accuracy, and have an interval between order statistics.
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>

#include "analysis/claim_failures.h"
#include "analysis/claim_sides.h"
#include "stats/order.h"

namespace bnexp::analysis {
namespace {

// The ratios of the seeds at which both trials have a final record. One that is not known lies between two.
struct Ratios {
  std::vector<double> low, high;
  bool are_positive = true;

  void add(double ratio) { add(ratio, ratio); }
  void add(double from, double to) {
    low.push_back(from);
    high.push_back(to);
  }
};

// Of a failed trial, no value is worse: 0, or infinite where smaller is better. Two such values have any ratio, and so
// has one of a probe's number, which has no worse side.
Ratios ratios(const Pair& pair, const Metric& metric) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double worst = metric.larger_is_better() ? 0 : kInfinity;
  std::map<std::int64_t, const Trial*> bases;
  for (const auto& trial : pair.base->trials) bases.emplace(trial.seed, &trial);
  Ratios ratios;
  for (const auto& trial : pair.arm->trials) {
    const auto base = bases.find(trial.seed);
    if (base == bases.end()) continue;
    const bool missed = metric.missed(trial), base_missed = metric.missed(*base->second);
    const auto above = missed ? worst : metric.of(trial), below = base_missed ? worst : metric.of(*base->second);
    if (!above || !below) continue;
    if ((!missed && !(*above > 0)) || (!base_missed && !(*below > 0))) ratios.are_positive = false;
    const bool is_known = (!missed && !base_missed) || (missed != base_missed && metric.has_better());
    is_known ? ratios.add(*above / *below) : ratios.add(0, kInfinity);
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
    decide_both(evidence, answer, [&](const Pair& pair, const Metric& measured, double confidence) -> Answer {
      const std::string what = fmt::format("{}, {} over {}", measured.words(), pair.arm->label, pair.base->label);
      const Ratios values = ratios(pair, measured);
      if (!values.are_positive) return {.why = fmt::format("{}: a ratio needs numbers above 0.", what)};
      if (of == "median") return by_median(evidence, values, what, confidence);
      if (const auto failures = unequal_failures(evidence, pair, measured, confidence)) {
        return failures->decide(bound, 1);
      }
      return by_mean(evidence, values, what + ok_only_text(pair), confidence);
    });
  }

 private:
  Answer by_mean(const Evidence& evidence, const Ratios& values, const std::string& what, double confidence) const {
    std::vector<double> logs_of_known;
    for (const double value : values.low) {
      if (value > 0 && std::isfinite(value)) logs_of_known.push_back(std::log(value));
    }
    const stats::Estimate logs = estimate(logs_of_known, evidence.looks, confidence);
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

  Answer by_median(const Evidence& evidence, const Ratios& values, const std::string& what, double confidence) const {
    if (values.low.empty()) return {.why = fmt::format("{}: no seed has both numbers.", what)};
    const stats::MedianInterval low = stats::median_interval(values.low, confidence);
    const stats::MedianInterval high = stats::median_interval(values.high, confidence);
    Answer answer{.why = {}, .unit = "times", .n = low.n};
    std::string size = fmt::format("{}: the median can't be told, because neither reaches it at too many seeds", what);
    if (low.median == high.median) {
      answer.effect = low.median;
      size = fmt::format("{}: median {} times", what, number_text(low.median));
    }
    if (evidence.looks) {
      answer.why = fmt::format("{} over {} seeds; a median has no interval that holds when seeds are added by looking.",
                               size, low.n);
      return answer;
    }
    if (low.coverage < confidence) {
      answer.why = fmt::format("{} over {} seeds; an interval of a median needs {}.", size, low.n,
                               stats::least_values_of_median(confidence));
      return answer;
    }
    return finished(answer, size, low.low, high.high);
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
