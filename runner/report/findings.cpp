#include "report/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "report/compare.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

using Findings = std::vector<Finding>;

constexpr std::size_t kListed = 8;  // items spelled out before "and n more"

std::string name_of(const Arm& arm) { return arm.label.empty() ? "all" : arm.label; }

std::string capitalized(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::string listed(const std::vector<std::string>& items, const std::string& noun) {
  if (items.size() <= kListed) return join(items, "; ");
  const std::vector<std::string> head(items.begin(), items.begin() + kListed);
  return join(head, "; ") + fmt::format("; and {} more, see the table of {}", items.size() - kListed, noun);
}

// "97.31 % ± 0.12 (95 % CI, n = 3 seeds)", with what of the arm isn't in it.
std::string accuracy_words(const Arm& arm) {
  const Estimate estimate = arm.metric("test_accuracy");
  std::string text = percent(estimate.mean);
  if (estimate.half) {
    text += fmt::format(" ± {} (95 % CI, n = {} seeds", fixed(100 * *estimate.half, 2), estimate.n);
  } else {
    text += " (one seed, so no interval";
  }
  if (!arm.complete()) text += fmt::format("; {} of {} planned trials ok", arm.ok(), arm.trials.size());
  return text + ")";
}

// "98.05 ± 0.09 %", "98.05 %, 2 of 3 ok".
std::string short_words(const Arm& arm) {
  std::string text = accuracy(arm.metric("test_accuracy")) + " %";
  if (!arm.complete()) text += fmt::format(", {} of {} ok", arm.ok(), arm.trials.size());
  return text;
}

// What a paired difference allows one to say, as the end of a sentence.
std::string verdict(const Estimate& difference) {
  if (difference.n == 0) return "no seed is ok in both, so they can't be paired";
  if (!difference.half) return "one seed in common, so seed noise is unknown";
  const std::string interval =
      fmt::format("95 % CI {} to {}, paired over {} seeds", with_sign(100 * difference.low(), 2),
                  with_sign(100 * difference.high(), 2), difference.n);
  if (*difference.half == 0 && difference.mean != 0) return interval + "; the same in every seed, which gives no scale";
  if (difference.clears_zero()) return interval;
  return interval + fmt::format("; not distinguishable from seed noise with n = {}", difference.n);
}

std::string difference_words(const Estimate& difference) {
  if (difference.n == 0) return "difference unknown";
  return with_sign(100 * difference.mean, 2) + " percentage points";
}

std::string rates_text(const std::vector<double>& rates) {
  std::vector<std::string> texts;
  for (double rate : rates) texts.push_back(shortest(rate));
  return join(texts, ", ");
}

void usable_rates(const Results& results, Findings& out) {
  const auto ranges = usable_ranges(results);
  if (ranges.empty()) return;
  std::vector<std::string> parts;
  for (const auto& range : ranges) {
    std::string part = range.label.empty() ? "" : range.label + ": ";
    part += fmt::format("{} of {}", range.usable.size(), range.rates);
    if (!range.usable.empty()) part += " (" + rates_text(range.usable) + ")";
    if (!range.undecided.empty()) {
      part +=
          fmt::format(", {} undecided for want of trials ({})", range.undecided.size(), rates_text(range.undecided));
    }
    parts.push_back(part);
  }
  std::string text = "Learning rates that train: " + listed(parts, "usable learning rates") + ".";
  if (ranges.size() == 2 && !ranges[0].usable.empty() && !ranges[1].usable.empty()) {
    const bool second = ranges[1].usable.back() > ranges[0].usable.back();
    const auto& wide = ranges[second ? 1 : 0];
    const auto& narrow = ranges[second ? 0 : 1];
    const double factor = wide.usable.back() / narrow.usable.back();
    text += factor == 1 ? " The highest usable rate is the same in both."
                        : fmt::format(" The highest is {} with {} against {} with {}, {} times as high.",
                                      shortest(wide.usable.back()), wide.label, shortest(narrow.usable.back()),
                                      narrow.label, fmt::format("{:.3g}", factor));
  }
  out.push_back({Finding::Tone::result, text});
  out.push_back({Finding::Tone::result,
                 fmt::format("A learning rate counts as usable when every planned trial stays finite and ends above "
                             "{:.0f} % test accuracy.",
                             100 * kTrains)});
}

void best_arm(const Results& results, Findings& out) {
  const Ranking ranking = rank(all_arms(results));
  if (ranking.arms.empty()) {
    if (results.trials() > 0) out.push_back({Finding::Tone::result, "No trial has finished ok, so no arm is best."});
    return;
  }
  const Arm& best = *ranking.arms[0];
  if (results.arms.size() == 1) {
    out.push_back({Finding::Tone::result, "Test accuracy: " + accuracy_words(best) + "."});
    return;
  }
  out.push_back(
      {Finding::Tone::result,
       fmt::format("Best of {}: {}, test accuracy {}; chosen by {} accuracy.", plural(results.arms.size(), "arm"),
                   name_of(best), accuracy_words(best), ranking.by_validation ? "validation" : "test")});
  if (ranking.arms.size() < 2) return;
  const Arm& second = *ranking.arms[1];
  const Estimate gap = difference(best, second);
  out.push_back({Finding::Tone::result, fmt::format("Against the runner-up, {} ({}): {} ({}).", name_of(second),
                                                    short_words(second), difference_words(gap), verdict(gap))});
}

// Each level of the contrasted key at its own best setting of the rest.
void levels_at_their_best(const Results& results, Findings& out) {
  const Key* key = contrast_key(results);
  if (!key || results.keys.size() < 2 || key->levels.size() > kListed) return;
  std::vector<const Arm*> bests;
  for (const auto& group : group_by(results, {key})) {
    const Ranking ranking = rank(group.arms);
    if (!ranking.arms.empty()) bests.push_back(ranking.arms[0]);
  }
  const Ranking order = rank(bests);
  if (order.arms.size() < 2) return;
  const Ranking overall = rank(all_arms(results));
  if (order.arms.size() == 2 && order.arms[1] == overall.arms[1]) return;  // said already
  std::vector<std::string> parts;
  for (std::size_t i = 1; i < order.arms.size(); ++i) {
    const Estimate gap = difference(*order.arms[0], *order.arms[i]);
    parts.push_back(fmt::format("over {} ({}) by {} ({})", name_of(*order.arms[i]), short_words(*order.arms[i]),
                                difference_words(gap), verdict(gap)));
  }
  out.push_back(
      {Finding::Tone::result, fmt::format("Each {} at its own best: {} ({}) leads {}.", key->name,
                                          name_of(*order.arms[0]), short_words(*order.arms[0]), join(parts, "; "))});
}

// What the second of two levels changes, wherever the rest is the same. Swept learning rates have a rule of their own.
void between_two_levels(const Results& results, Findings& out) {
  const Key* key = contrast_key(results);
  if (!key || key->levels.size() != 2 || learning_rate(results)) return;
  const auto all = contrasts(results);
  if (all.size() < 2 || !std::ranges::all_of(all, [](const Contrast& one) { return one.difference.half.has_value(); }))
    return;
  const auto [least, most] =
      std::ranges::minmax_element(all, {}, [](const Contrast& one) { return one.difference.mean; });
  const auto sure = std::ranges::count_if(all, [](const Contrast& one) { return one.difference.clears_zero(); });
  out.push_back(
      {Finding::Tone::result,
       fmt::format("{} against {}, all else equal: from {} ({}) to {} ({}); distinguishable from seed noise in "
                   "{} of {} (95 % CI, not adjusted for their number).",
                   least->level, least->baseline, with_sign(100 * least->difference.mean, 2), least->where,
                   difference_words(most->difference), most->where, sure, all.size())});
}

void diverged(const Results& results, Findings& out) {
  std::vector<std::string> parts;
  for (const auto& arm : results.arms) {
    const store::Record* first = nullptr;
    const auto step = [](const store::Record& record) {
      return record.result.failure && record.result.failure->step ? *record.result.failure->step : INT64_MAX;
    };
    for (const auto& trial : arm.trials) {
      if (trial.status() == "diverged" && (!first || step(*trial.record) < step(*first))) first = trial.record;
    }
    if (!first) continue;
    std::string part = fmt::format("{}: {} of {} trials", name_of(arm), arm.count("diverged"), arm.trials.size());
    if (first->result.failure && first->result.failure->step) {
      std::vector<std::string> where{fmt::format("step {}", *first->result.failure->step)};
      if (!first->result.failure->layer.empty()) where.push_back(first->result.failure->layer);
      if (!first->result.failure->tensor.empty()) where.push_back(first->result.failure->tensor);
      part += " (first at " + join(where, ", ") + ")";
    }
    parts.push_back(part);
  }
  if (!parts.empty()) out.push_back({Finding::Tone::result, "Diverged: " + listed(parts, "arms") + "."});
}

void chance(const Results& results, Findings& out) {
  std::vector<std::string> parts;
  for (const auto& arm : results.arms) {
    const auto n = std::count_if(arm.trials.begin(), arm.trials.end(), at_chance);
    if (n > 0) parts.push_back(fmt::format("{}: {} of {} trials", name_of(arm), n, arm.trials.size()));
  }
  if (parts.empty()) return;
  out.push_back({Finding::Tone::result,
                 fmt::format("Finite but at chance level (test accuracy within {:.0f} points of {:.0f} %): {}.",
                             100 * kChanceMargin, 100 * kChance, listed(parts, "arms"))});
}

void unfinished(const Results& results, Findings& out) {
  const auto statuses = results.statuses();
  for (const char* status : {"crashed", "oom", "timeout", "failed"}) {
    if (!statuses.contains(status)) continue;
    std::vector<std::string> parts;
    for (const auto& arm : results.arms) {
      if (const std::size_t n = arm.count(status)) {
        parts.push_back(fmt::format("{}: {} of {} trials", name_of(arm), n, arm.trials.size()));
      }
    }
    out.push_back(
        {Finding::Tone::warning,
         fmt::format("{}: {}. They stay in every denominator.",
                     std::string(status) == "oom" ? "Out of memory" : capitalized(status), listed(parts, "arms"))});
  }
  const std::size_t missing = statuses.contains("missing") ? statuses.at("missing") : 0;
  const std::size_t interrupted = statuses.contains("interrupted") ? statuses.at("interrupted") : 0;
  if (missing + interrupted > 0) {
    out.push_back({Finding::Tone::warning,
                   fmt::format("Partial results: {} of {} planned trials have no final record ({} missing, {} "
                               "interrupted). Running the suite again trains only those.",
                               missing + interrupted, results.trials(), missing, interrupted)});
  }
}

void caveats(const Results& results, Findings& out) {
  std::size_t most = 0;
  for (const auto& arm : results.arms) most = std::max(most, arm.ok());
  if (most == 1 && results.arms.size() > 1) {
    out.push_back({Finding::Tone::warning,
                   "One seed per arm: seed noise is unmeasured, so no difference here can be told from it."});
  } else if (most == 2) {
    out.push_back({Finding::Tone::warning,
                   "Two seeds per arm: intervals rest on one degree of freedom and are wide for that reason."});
  }
  const Ranking ranking = rank(all_arms(results));
  if (ranking.arms.size() > 1 && !ranking.by_validation) {
    out.push_back({Finding::Tone::warning,
                   "The best arm was chosen by the accuracy it is reported with, as not every record has a validation "
                   "accuracy: its test accuracy is biased upwards."});
  }
  if (results.outside_plan > 0) {
    out.push_back({Finding::Tone::warning, fmt::format("{} in this store belong to other plans and are left out.",
                                                       plural(results.outside_plan, "record"))});
  }
  if (!results.planned) {
    out.push_back({Finding::Tone::warning,
                   "The plan (suite.json) is absent: arms and trials were derived from the records, so trials that "
                   "left no record can't be seen."});
  }
}

}  // namespace

std::vector<Finding> findings(const Results& results) {
  if (results.trials() == 0) return {{Finding::Tone::warning, "No trial has a record yet."}};
  Findings out;
  for (const auto rule :
       {usable_rates, between_two_levels, best_arm, levels_at_their_best, diverged, chance, unfinished, caveats}) {
    rule(results, out);
  }
  std::stable_partition(out.begin(), out.end(), [](const Finding& f) { return f.tone == Finding::Tone::result; });
  return out;
}

}  // namespace bnexp::report
