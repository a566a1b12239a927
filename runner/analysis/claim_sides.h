// Two sides of a claim: which arms are compared with which, and what an interval says about a bound.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/claim.h"
#include "analysis/pairs.h"

namespace bnexp::analysis {

// "0.1", "1.25e-05": a number with four significant digits.
std::string number_text(double value);
// "3.20 points", "0.31", "12 steps".
std::string amount_text(double value, const std::string& unit);
// "CI 2.90 to 3.50 points".
std::string interval_text(double low, double high, const std::string& unit);

// What was claimed: at least or at most a number, in the metric's unit as shown. Exactly one is given.
struct Bound {
  std::optional<double> at_least;
  std::optional<double> at_most;

  void fields(config::Fields& f, const char* what_least, const char* what_most);
  std::string words() const;  // "at least 3"
  // confirmed if the interval from low to high is on the right side of the bound, refuted if on the wrong one.
  Decision decide(double low, double high) const;
};

// A claim that compares two sides, at equal settings and at the best setting of each.
struct TwoSides : Claim {
  Json arms = Json::object();
  Json against = Json::object();
  std::string metric = "test_accuracy";
  std::string setting = "matched";

  void fields(config::Fields& f);

  // At their best settings, all others may fail.
  std::vector<const Arm*> may_fail(const Evidence& evidence) const;

  // Fills in the answer of the chosen view, and the other view's if its decision differs. `part` decides one pair at
  // the given confidence.
  using Part = std::function<Answer(const Pair&, const Metric&, double confidence)>;
  void decide_both(const Evidence& evidence, ClaimAnswer& answer, const Part& part) const;
};

// Pairs of selected arms whose other swept settings are equal.
std::vector<Pair> matched_pairs(const Evidence& evidence, const Json& arms, const Json& against);

// Decides a claim about several arms or pairs: confirmed if it is for each, refuted if it is for one. `part` gets a
// confidence that makes all intervals right together. Trials without a final record make a part inconclusive.
Answer for_each(const std::vector<Pair>& family, const std::function<Answer(const Pair&, double)>& part);

// The answer from an estimate, as shown; inconclusive without a spread. `what` is the start of the sentence:
// "test accuracy, batch - none".
Answer from_estimate(const stats::Estimate& estimate, const Bound& bound, const std::string& what,
                     const std::string& unit);

// The answer from the mean difference of a metric over the shared seeds, as shown; with `sign` -1 from base - arm.
// If the two fail, or never reach an accuracy, unequally often, that decides (claim_failures.h); if equally often, the
// other trials do.
Answer from_differences(const Evidence& evidence, const Pair& pair, const Metric& metric, double confidence,
                        const Bound& bound, const std::string& what, double sign = 1);

// Why an estimate has no interval to decide by: "in one seed, so the seed noise is unknown".
std::string no_interval_text(const stats::Estimate& estimate);

// "test accuracy, norm=batch against norm=none".
std::string comparison_text(const Pair& pair, const Metric& metric);

// " Of the trials that ended ok." if some failed, else "".
std::string ok_only_text(const Pair& pair);

// The arms of both selections.
std::vector<const Arm*> select_both(const Evidence& evidence, const Json& arms, const Json& against);

}  // namespace bnexp::analysis
