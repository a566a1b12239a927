#include "report/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/claim_words.h"
#include "report/verdicts.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

using analysis::Analysis;
using analysis::Arm;
using stats::Estimate;
using Findings = std::vector<Finding>;

constexpr std::size_t kListed = 8;  // items listed before "and n more"

std::string name_of(const Arm& arm) { return arm.label.empty() ? "all" : arm.label; }

// `table` is the title of a table of the report that has all.
std::string listed(const std::vector<std::string>& items, const std::string& table = "") {
  if (items.size() <= kListed) return join(items, "; ");
  const std::vector<std::string> head(items.begin(), items.begin() + kListed);
  return join(head, "; ") + fmt::format("; and {} more", items.size() - kListed) +
         (table.empty() ? "" : ", see the table of " + table);
}

std::string rates_text(const std::vector<double>& rates) {
  std::vector<std::string> texts;
  for (double rate : rates) texts.push_back(shortest(rate));
  return join(texts, ", ");
}

// "2 of 5 trials (95 % CI 12 to 77 %)"; without the interval where trials are missing or were added by looking.
std::string share_of(std::size_t n, const Arm& arm, const Analysis& all) {
  if (failures(arm).n == arm.trials.size() && !all.looks) return rate_words({n, arm.trials.size()});
  return fmt::format("{} of {}", n, plural(arm.trials.size(), "trial"));
}

bool no_rate(const analysis::UsableRange& range) { return range.usable.empty() && range.undecided.empty(); }

void usable_rates(const Analysis& all, Findings& out) {
  const auto& ranges = all.usable;
  if (std::ranges::all_of(ranges, no_rate)) return;
  std::vector<std::string> parts;
  std::size_t without = 0;  // ranges that are not listed, as none of their rates trains
  for (const auto& range : ranges) {
    if (ranges.size() > kListed && no_rate(range)) {
      ++without;
      continue;
    }
    std::string part = range.label.empty() ? "" : range.label + ": ";
    part += fmt::format("{} of {}", range.usable.size(), range.rates);
    if (!range.usable.empty()) part += " (" + rates_text(range.usable) + ")";
    if (!range.undecided.empty()) {
      part += fmt::format(", {} not decided yet, as trials are missing ({})", range.undecided.size(),
                          rates_text(range.undecided));
    }
    parts.push_back(part);
  }
  std::string text = "Learning rates that train: " + listed(parts, "arms") + ".";
  if (without > 0) text += fmt::format(" No rate trains at {}.", plural(without, "other combination"));
  if (ranges.size() == 2 && !ranges[0].usable.empty() && !ranges[1].usable.empty()) {
    const bool second = ranges[1].usable.back() > ranges[0].usable.back();
    const auto& wide = ranges[second ? 1 : 0];
    const auto& narrow = ranges[second ? 0 : 1];
    const double factor = wide.usable.back() / narrow.usable.back();
    const bool ends = wide.usable.back() == wide.highest;  // it may train beyond what was tried
    text += factor == 1
                ? fmt::format(" The highest usable rate is the same in both{}.", ends ? ", and the highest tried" : "")
                : fmt::format(" The highest is {} with {}{} against {} with {}, {}{:.3g} times as high.",
                              shortest(wide.usable.back()), wide.label, ends ? " (the highest tried)" : "",
                              shortest(narrow.usable.back()), narrow.label, ends ? "at least " : "", factor);
  }
  out.push_back({Finding::Tone::result, text});
  out.push_back({Finding::Tone::result,
                 fmt::format("A learning rate counts as usable when every planned trial stays finite and ends above "
                             "{:g} % test accuracy.",
                             100 * all.thresholds.trains)});
}

void no_usable_rate(const Analysis& all, Findings& out) {
  if (all.usable.empty() || !std::ranges::all_of(all.usable, no_rate)) return;
  out.push_back(
      {Finding::Tone::result,
       fmt::format("No learning rate trains: at each, a planned trial does not stay finite, or does not end above {:g} "
                   "% test accuracy.",
                   100 * all.thresholds.trains)});
}

void best_arm(const Analysis& all, Findings& out) {
  const auto& ranking = all.ranking;
  if (ranking.arms.empty()) {
    if (all.results.trials > 0) out.push_back({Finding::Tone::result, "No trial has finished ok, so no arm is best."});
    return;
  }
  const Arm& best = *ranking.arms[0];
  if (all.results.arms.size() == 1) {
    out.push_back({Finding::Tone::result, "Test accuracy: " + accuracy_words(best) + "."});
    return;
  }
  out.push_back(
      {Finding::Tone::result,
       fmt::format("Best of {}: {}, test accuracy {}; chosen by {} accuracy.", plural(all.results.arms.size(), "arm"),
                   name_of(best), accuracy_words(best), ranking.by_validation ? "validation" : "test")});
  if (ranking.arms.size() < 2) return;
  const Arm& second = *ranking.arms[1];
  const Estimate gap = analysis::difference(best, second, all.looks);
  out.push_back({Finding::Tone::result,
                 fmt::format("Against the runner-up, {} ({}): {} ({}).", name_of(second), short_words(second),
                             difference_words(gap), verdict(gap, all.looks.has_value()))});
}

void claims(const Analysis& all, Findings& out) {
  for (const auto& claim : all.claims) out.push_back({Finding::Tone::result, claim_sentence(claim)});
}

void compared(const Analysis& all, Findings& out) {
  const std::string text = comparison_sentence(all);
  if (!text.empty()) out.push_back({Finding::Tone::result, text});
}

void diverged(const Analysis& all, Findings& out) {
  std::vector<std::string> parts;
  for (const auto& arm : all.results.arms) {
    const store::Record* first = nullptr;
    const auto step = [](const store::Record& record) {
      return record.result.failure && record.result.failure->step ? *record.result.failure->step : INT64_MAX;
    };
    for (const auto& trial : arm.trials) {
      if (trial.outcome() == train::Status::diverged && (first == nullptr || step(*trial.record) < step(*first)))
        first = trial.record;
    }
    if (!first) continue;
    std::string part = name_of(arm) + ": " + share_of(arm.counts[train::Status::diverged], arm, all);
    if (first->result.failure && first->result.failure->step) {
      std::vector<std::string> where{fmt::format("step {}", *first->result.failure->step)};
      if (!first->result.failure->layer.empty()) where.push_back(first->result.failure->layer);
      if (!first->result.failure->tensor.empty()) where.push_back(first->result.failure->tensor);
      part += ", first at " + join(where, ", ");
    }
    parts.push_back(part);
  }
  if (!parts.empty()) out.push_back({Finding::Tone::result, "Diverged: " + listed(parts, "arms") + "."});
}

void chance(const Analysis& all, Findings& out) {
  std::vector<std::string> parts;
  for (const auto& arm : all.results.arms) {
    const auto n = static_cast<std::size_t>(
        std::ranges::count_if(arm.trials, [&](const auto& trial) { return at_chance(trial, all.thresholds); }));
    if (n > 0) parts.push_back(name_of(arm) + ": " + share_of(n, arm, all));
  }
  if (parts.empty()) return;
  out.push_back({Finding::Tone::result,
                 fmt::format("Finite but at chance level (test accuracy within {:g} points of {:g} %): {}.",
                             100 * analysis::kChanceMargin, 100 * all.thresholds.chance, listed(parts, "arms"))});
}

// The rule that reports trials with this outcome. Every outcome but ok has one, so that none is missing from the
// answer.
enum class Rule { none, diverged, failed, partial };
Rule rule_for(analysis::Outcome outcome) {
  if (!outcome) return Rule::partial;
  switch (*outcome) {
    case train::Status::ok:
      return Rule::none;
    case train::Status::diverged:
      return Rule::diverged;
    case train::Status::timeout:
    case train::Status::crashed:
    case train::Status::oom:
    case train::Status::failed:
      return Rule::failed;
    case train::Status::interrupted:
      return Rule::partial;
  }
  return Rule::failed;
}

void failed(const Analysis& all, Findings& out) {
  for (const auto outcome : analysis::all_outcomes()) {
    if (rule_for(outcome) != Rule::failed || all.results.counts[outcome] == 0) continue;
    std::vector<std::string> parts;
    for (const auto& arm : all.results.arms) {
      if (const std::size_t n = arm.counts[outcome]) {
        parts.push_back(name_of(arm) + ": " + share_of(n, arm, all));
      }
    }
    out.push_back(
        {Finding::Tone::warning,
         fmt::format("{}: {}. They stay in every denominator.",
                     outcome == train::Status::oom ? "Out of memory" : capitalized(analysis::name_of(outcome)),
                     listed(parts, "arms"))});
  }
}

void partial(const Analysis& all, Findings& out) {
  std::size_t open = 0;
  std::vector<std::string> parts;
  for (const auto outcome : analysis::all_outcomes()) {
    if (rule_for(outcome) != Rule::partial) continue;
    const std::size_t n = all.results.counts[outcome];
    open += n;
    if (n > 0) parts.push_back(fmt::format("{} {}", n, analysis::name_of(outcome)));
  }
  if (open == 0) return;
  out.push_back({Finding::Tone::warning,
                 fmt::format("Partial results: {} of {} {} no final record ({}). Running the suite again trains only "
                             "{}.",
                             open, plural(all.results.trials, "planned trial"), open == 1 ? "has" : "have",
                             join(parts, ", "), open == 1 ? "that one" : "those")});
}

void unreadable(const Analysis& all, Findings& out) {
  std::vector<std::string> files;
  for (const auto& [file, damage] : all.results.damaged) {
    files.push_back(fmt::format("{} ({})", file.filename().string(), damage));
  }
  if (!files.empty()) {
    out.push_back({Finding::Tone::warning,
                   fmt::format("{} of the store {} damaged and left out: {}.", plural(files.size(), "file"),
                               files.size() == 1 ? "is" : "are", listed(files))});
  }
  for (const auto& text : all.results.problems.texts()) {
    out.push_back({Finding::Tone::warning, fmt::format("Left out as unreadable: {}.", text)});
  }
}

void caveats(const Analysis& all, Findings& out) {
  std::size_t most = 0;
  for (const auto& arm : all.results.arms) most = std::max(most, arm.ok());
  if (most == 1 && all.results.arms.size() > 1) {
    out.push_back({Finding::Tone::warning,
                   "One seed per arm: the seed noise is unknown, so no difference here can be distinguished from it."});
  } else if (most == 2) {
    out.push_back(
        {Finding::Tone::warning, "Two seeds per arm: intervals have one degree of freedom and are therefore wide."});
  }
  if (all.ranking.arms.size() > 1 && !all.ranking.by_validation) {
    out.push_back(
        {Finding::Tone::warning,
         "Not every record has a validation accuracy, so the best arm is chosen by test accuracy, which is then "
         "biased upwards."});
  }
  if (all.looks) {
    out.push_back({Finding::Tone::warning,
                   "Seeds were added after looking at the results. Comparisons, differences to the best arm and claims "
                   "about means allow for that. The intervals of single arms (±) don't: they are Student's, which hold "
                   "for a number of seeds that is fixed in advance."});
  }
  if (all.results.outside_plan > 0) {
    out.push_back({Finding::Tone::warning, fmt::format("{} left out: not in the plan of this store.",
                                                       plural(all.results.outside_plan, "record"))});
  }
  if (!all.results.planned) {
    out.push_back({Finding::Tone::warning,
                   "The plan (suite.json) is absent: arms and trials were derived from the records, so missing "
                   "trials can't be counted."});
  }
}

}  // namespace

std::vector<Finding> findings(const Analysis& all) {
  if (all.results.trials == 0) return {{Finding::Tone::warning, "No trial has a record yet."}};
  Findings out;
  for (const auto rule : {claims, usable_rates, compared, best_arm, no_usable_rate, diverged, chance, failed, partial,
                          unreadable, caveats}) {
    rule(all, out);
  }
  std::stable_partition(out.begin(), out.end(), [](const Finding& f) { return f.tone == Finding::Tone::result; });
  return out;
}

}  // namespace bnexp::report
