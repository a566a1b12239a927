// A claim of kind equality: two numbers of each trial agree within a tolerance, such as a closed form and what was
// measured. Decided trial by trial: it is about numbers that should be equal, not about the mean of a population.
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
    f.real("within", within, config::at_least(0), "the largest |metric - equals| / |equals|: 0.03 for 3 %");
    f.check(!metric.empty() && !equals.empty(), "metric", "a claim of kind equality needs metric and equals");
  }

  void decide(const Evidence& evidence, ClaimAnswer& answer) const {
    const Metric left(metric, evidence.thresholds), right(equals, evidence.thresholds);
    Answer& result = answer.answer;
    std::size_t open = 0, measured = 0, outside = 0;
    double worst = 0;
    std::string place;
    for (const Arm* arm : evidence.select(arms)) {
      open += arm->open();
      for (const auto& trial : arm->trials) {
        const auto a = left.of(trial), b = right.of(trial);
        if (!a || !b) continue;
        const double error = *a == *b ? 0 : std::abs(*a - *b) / std::abs(*b);
        ++measured;
        outside += error > within ? 1 : 0;
        if (place.empty() || error > worst) {
          worst = error;
          place = fmt::format("{}, seed {}", arm->label, trial.seed);
        }
      }
    }
    result.n = measured;
    if (measured == 0) {
      result.why = "No trial has both numbers.";
      return;
    }
    result.effect = 100 * worst;
    result.unit = "%";
    result.decision = outside > 0 ? Decision::refuted : open > 0 ? Decision::inconclusive : Decision::confirmed;
    result.why = fmt::format("Largest relative difference in {} trials: {} % ({}); claimed: within {} %.", measured,
                             number_text(100 * worst), place, number_text(100 * within));
  }
};

const bool kAdded = add_claim<Equality>(
    "equality", {.summary = "Two numbers of each trial, such as a closed form and a measurement, agree.",
                 .formula = "confirmed: |metric - equals| / |equals| <= within in every trial",
                 .source = ""});

}  // namespace
}  // namespace bnexp::analysis
