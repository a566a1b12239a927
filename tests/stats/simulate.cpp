// Prints what the procedures of runner/stats do in simulated studies, as Markdown. Called by
// scripts/simulate_statistics.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "stats/power.h"
#include "stats/simulation.h"

namespace bnexp::stats {
namespace {

std::string percent(double share) { return fmt::format("{:.2f}", 100 * share); }
std::string seeds(double n) { return std::isfinite(n) ? fmt::format("{:g}", n) : "∞"; }

void print_fixed(std::size_t studies) {
  fmt::print("## A number of seeds fixed in advance\nWithout an effect, in % of {} studies:\n\n", studies);
  fmt::print("| seeds | t interval contains the truth | called better or worse | sign-flip test rejects |\n");
  fmt::print("|---:|---:|---:|---:|\n");
  for (const std::size_t n : {3, 5, 6, 8, 10, 30}) {
    const FixedRates rates = simulate_fixed(0, n, studies, n);
    fmt::print("| {} | {} | {} | {} |\n", n, percent(rates.coverage), percent(rates.differs),
               n <= 10 ? percent(rates.sign_flips) : "");
  }
  fmt::print("\nWith an effect as large as the margin, of 1 sd:\n\n");
  fmt::print("| seeds | wrongly \"no difference larger than the margin\" (at most 2.5) | ");
  fmt::print("two one-sided tests at 5% wrong (at most 5) |\n|---:|---:|---:|\n");
  for (const std::size_t n : {3, 5, 10, 30}) {
    const FixedRates rates = simulate_fixed(1, n, studies, 100 + n);
    fmt::print("| {} | {} | {} |\n", n, percent(rates.no_difference), percent(rates.equivalent));
  }
}

void print_family(std::size_t studies) {
  fmt::print("\n## Ten comparisons without an effect\nAt least one false positive, in % of {} studies:\n\n", studies);
  fmt::print("| seeds | Holm | raw p values | all Bonferroni intervals contain the truth |\n|---:|---:|---:|---:|\n");
  for (const std::size_t n : {3, 5, 10}) {
    const FamilyRates rates = simulate_family(10, n, studies, n);
    fmt::print("| {} | {} | {} | {} |\n", n, percent(rates.holm), percent(rates.raw), percent(rates.coverage));
  }
}

void print_failures(std::size_t studies) {
  fmt::print("\n## Failures\nTwo arms of equal failure rate, in % of {} studies:\n\n", studies);
  fmt::print("| trials per arm | rate | Fisher's test rejects | Wilson's interval contains the rate |\n");
  fmt::print("|---:|---:|---:|---:|\n");
  for (const std::size_t n : {5, 20}) {
    for (const double rate : {0.1, 0.5}) {
      const FailureRates rates = simulate_failures(rate, n, studies, n);
      fmt::print("| {} | {:g} | {} | {} |\n", n, rate, percent(rates.fisher), percent(rates.coverage));
    }
  }
}

void print_sequential(std::size_t studies) {
  constexpr std::size_t kMost = 40;
  fmt::print(
      "\n## Seeds to the decision\nThe effect is found, in % of {} studies. Looking is after every seed from the ",
      studies);
  fmt::print("3rd to the {}th. Medians are over the studies that found it (over all studies).\n\n", kMost);
  fmt::print("| effect, sd | fixed: seeds for power 0.8 | found | anytime-valid: found | median seeds | ");
  fmt::print("peeking at the t test: found | median seeds | sequence contains the truth at every look |\n");
  fmt::print("|---:|---:|---:|---:|---:|---:|---:|---:|\n");
  for (const double effect : {0.0, 0.5, 1.0, 2.0, 4.0}) {
    const SequentialRates rates =
        simulate_sequential(effect, kMost, studies, 1 + static_cast<std::uint64_t>(2 * effect));
    const auto n = seeds_for_power(effect);
    fmt::print("| {:g} | {} | {} |", effect, n ? fmt::format("{}", *n) : "",
               n ? percent(simulate_fixed(effect, *n, studies, 2).differs) : "");
    for (const LookingRates& looking : {rates.anytime, rates.peeking})
      fmt::print(" {} | {} ({}) |", percent(looking.found), seeds(looking.median), seeds(looking.median_all));
    fmt::print(" {} |\n", percent(rates.coverage));
  }
}

void print_failing(std::size_t studies) {
  constexpr std::size_t kMost = 20;
  fmt::print("\n## Failures, looked at after every seed\nIn % of {} studies, from the 3rd seed to the {}th. ", studies,
             kMost);
  fmt::print("Decided: by failures where they differ, else by the anytime-valid t test, without an effect.\n\n");
  fmt::print(
      "| rates | sign test: found | median seeds | peeking at Fisher's test: found | median seeds | decided |\n");
  fmt::print("|---:|---:|---:|---:|---:|---:|\n");
  for (const auto& [rate, other] : {std::pair{0.1, 0.1}, {0.3, 0.3}, {0.5, 0.5}, {0.8, 0.8}, {0.5, 0.0}, {1.0, 0.0}}) {
    const FailingRates rates = simulate_failing(rate, other, kMost, studies, 1);
    fmt::print("| {:g}, {:g} |", rate, other);
    for (const LookingRates& looking : {rates.anytime, rates.peeking})
      fmt::print(" {} | {} ({}) |", percent(looking.found), seeds(looking.median), seeds(looking.median_all));
    fmt::print(" {} |\n", percent(rates.either));
  }
}

}  // namespace
}  // namespace bnexp::stats

int main(int argc, char** argv) {
  const std::size_t studies = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 40000;
  if (studies == 0) {
    fmt::print(stderr, "usage: bnexp_statistics_simulation [STUDIES]\n");
    return 2;
  }
  fmt::print(
      "# The statistics in simulated studies\nWritten by `scripts/simulate_statistics`. Differences are normal. Tests "
      "are at 5%, intervals at 95%. The ");
  fmt::print("standard error of a rate of 5% is {:.2f}.\n\n",
             100 * std::sqrt(0.05 * 0.95 / static_cast<double>(studies)));
  bnexp::stats::print_fixed(studies);
  bnexp::stats::print_family(studies);
  bnexp::stats::print_failures(studies);
  bnexp::stats::print_sequential(studies);
  bnexp::stats::print_failing(studies);
}
