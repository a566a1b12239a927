// A claim of kind equality: two numbers of each trial agree within a tolerance, such as a closed form and what was
// measured. Decided by the t interval of the relative difference over all trials. Without a spread, as between numbers
// that are equal by construction, the difference itself decides.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/claim_sides.h"

namespace bnexp::analysis {
namespace {

struct Equality : Claim {
  Json arms = Json::object();
  std::string metric;
  std::string equals;
  double within = 0;

  void fields(config::Fields& f) {
    Claim::fields(f);
    f.add("arms", arms, config::type::selection(), "the arms that the claim is about; by default every arm");
    f.add("metric", metric, config::type::metric(), "the number that was measured");
    f.add("equals", equals, config::type::metric(), "the number that it should equal");
    f.real("within", within, config::at_least(0),
           "the largest mean of (metric - equals) / |equals|, either way: 0.03 for 3 %");
    f.check(!metric.empty() && !equals.empty(), "metric", "a claim of kind equality needs metric and equals");
  }

  void decide(const Evidence& evidence, ClaimAnswer& answer) const {
    const Metric left(metric, evidence.thresholds), right(equals, evidence.thresholds);
    Answer& result = answer.answer;
    std::size_t open = 0;
    std::vector<double> percents;
    std::string place;  // of the largest
    double largest = 0;
    for (const Arm* arm : evidence.select(arms)) {
      open += arm->open();
      for (const auto& trial : arm->trials) {
        const auto a = left.of(trial), b = right.of(trial);
        if (!a || !b) continue;
        percents.push_back(*a == *b ? 0 : 100 * (*a - *b) / std::abs(*b));
        if (!place.empty() && std::abs(percents.back()) <= largest) continue;
        largest = std::abs(percents.back());
        place = fmt::format("{}, seed {}", arm->label, trial.seed);
      }
    }
    const stats::Estimate mean = stats::estimate(percents);
    result.n = mean.n;
    if (mean.n == 0) {
      result.why = "No trial has both numbers.";
      return;
    }
    result.effect = mean.mean;
    result.unit = "%";
    result.low = mean.low();
    result.high = mean.high();
    const double most = 100 * within;
    const bool is_within = mean.low() >= -most && mean.high() <= most;
    const bool is_beyond = mean.low() > most || mean.high() < -most;
    if (is_beyond) result.decision = Decision::refuted;
    if (is_within && open == 0) result.decision = Decision::confirmed;
    result.why =
        fmt::format("Mean relative difference in {} trials: {} ({}), the largest {} ({}); claimed: within {} %.",
                    mean.n, amount_text(mean.mean, "%"), interval_text(mean.low(), mean.high(), "%"),
                    amount_text(largest, "%"), place, number_text(most));
    if (open > 0) result.why += fmt::format(" {} trials have no final record.", open);
  }
};

const bool kAdded = add_claim<Equality>(
    "equality",
    {.summary = "Two numbers of each trial, such as a closed form and a measurement, agree.",
     .formula = "confirmed: the 95 % t interval of (metric - equals) / |equals| over all trials is within it",
     .source = ""});

}  // namespace
}  // namespace bnexp::analysis
