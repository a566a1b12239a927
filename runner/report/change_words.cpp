#include "report/change_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "analysis/metric.h"
#include "base/text.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

using analysis::ArmChange;
using analysis::Basis;
using analysis::Changes;

// How the metric's values are shown.
struct Scale {
  double factor = 1;
  int digits = 2;
  std::string unit;    // of values
  std::string points;  // of differences
};

Scale scale_of(const Changes& changes) {
  const analysis::Metric& metric = changes.metric;
  if (metric.is_accuracy()) return {metric.scale(), 2, "%", metric.unit()};
  double largest = 0;
  for (const auto& arm : changes.arms) largest = std::max({largest, std::abs(arm.a.mean), std::abs(arm.b.mean)});
  largest *= metric.scale();
  constexpr int kSignificant = 4, kMost = 9;
  const int digits = std::clamp(kSignificant - 1 - decimal_exponent(largest), 0, kMost);
  return {metric.scale(), digits, metric.unit(), metric.unit()};
}

std::string metric_words(const Changes& changes, const Scale& scale) {
  const std::string name = changes.metric.words();
  if (changes.margin == 0) return name + ", no margin";
  return fmt::format("{}, margin {}", name,
                     with_unit(fmt::format("{:.6g}", scale.factor * changes.margin), scale.points));
}

std::string tally_words(const Changes& changes) {
  std::map<std::string, std::size_t> counts;
  for (const auto& arm : changes.arms) ++counts[verdict_word(arm)];
  std::vector<std::string> parts;
  for (const char* word :
       {"higher", "lower", "fails more", "fails less", "same bits", "within margin", "undecided", "no estimate"}) {
    if (counts.contains(word)) parts.push_back(fmt::format("{} {}", counts[word], word));
  }
  return "Arms: " + join(parts, ", ") + ".";
}

// Why trials of one id have other bits.
std::string cause(const Changes& changes) {
  const auto differing = [&](const std::set<std::string>& keys) {
    std::vector<std::string> labels;
    for (const auto& fact : changes.facts) {
      if (keys.contains(fact.key)) labels.push_back(fact.label);
    }
    return enumerated(labels);
  };
  const std::string setup =
      differing({"libtorch", "compiler", "flags", "build_type", "isa", "cpu", "gpu", "gpu_driver", "cuda", "cudnn"});
  if (!setup.empty()) return fmt::format("A and B differ in {}, which may round differently.", setup);
  const std::string program = differing({"bnexp", "git", "dirty"});
  if (!program.empty()) {
    return fmt::format(
        "Machine and libraries are the same, and bnexp is not ({}): it trains to other bits, and needs "
        "another semantics number (CONTRIBUTING.md).",
        program);
  }
  return "Machine, libraries and bnexp are the same: the training is not reproducible, or records were changed. "
         "`bnexp verify STORE` trains them again.";
}

std::string other_bits_words(const Changes& changes) {
  std::set<std::string> fields;
  for (const auto& other : changes.bits.other) fields.insert(other.fields.begin(), other.fields.end());
  const auto& first = changes.bits.other.front();
  return fmt::format("{} of {} {} the same id in A and B, and other results (in {}). The first is {} ({}, seed {}). {}",
                     changes.bits.other.size(), plural(changes.bits.trials, "trial"),
                     changes.bits.other.size() == 1 ? "has" : "have", enumerated({fields.begin(), fields.end()}),
                     first.trial, first.arm, first.seed, cause(changes));
}

std::vector<std::string> findings_of(const Changes& changes) {
  std::vector<std::string> findings;
  const auto& bits = changes.bits;
  if (bits.same > 0 && bits.same == bits.trials) {
    const bool all = changes.a->trials == bits.trials && changes.b->trials == bits.trials;
    findings.push_back(fmt::format("The same bits in {}{}.",
                                   bits.trials == 1 ? "the one trial" : fmt::format("all {} trials", bits.trials),
                                   all ? "" : " that both have"));
  } else if (bits.same > 0) {
    findings.push_back(fmt::format("The same bits in {} of {} trials that both have.", bits.same, bits.trials));
  }
  for (const auto& [name, results] : {std::pair("A", changes.a), std::pair("B", changes.b)}) {
    std::size_t open = 0;
    for (const auto outcome : analysis::all_outcomes()) {
      if (analysis::is_open(outcome)) open += results->counts[outcome];
    }
    if (open > 0)
      findings.push_back(fmt::format("{}: {} of {} {} missing or interrupted.", name, open,
                                     plural(results->trials, "trial"), open == 1 ? "is" : "are"));
    if (results->outside_plan > 0)
      findings.push_back(fmt::format("{}: {} of another plan {} left out.", name,
                                     plural(results->outside_plan, "record"),
                                     results->outside_plan == 1 ? "is" : "are"));
  }
  return findings;
}

std::string verdict_text(const ArmChange& arm) {
  const std::string word = verdict_word(arm);
  if (word != "undecided") return word;
  if (arm.further_seeds) return fmt::format("{}, +{}", word, plural(*arm.further_seeds, "seed"));
  if (arm.basis == Basis::rate) return word + " (rate)";
  if (!arm.change.half) return word + (arm.basis == Basis::samples ? ": no spread" : ": few seeds");
  if (*arm.change.half == 0) return word + (arm.change.mean == 0 ? ": equal" : ": no spread");
  return word;
}

Table arms_table(const Changes& changes, const Scale& scale) {
  const bool failed = std::ranges::any_of(
      changes.arms, [](const ArmChange& arm) { return arm.failed_a.events + arm.failed_b.events > 0; });
  Table table;
  table.columns = {text_column("arm"), {"A", scale.unit}, {"B", scale.unit}};
  if (failed) table.columns.push_back({changes.metric.is_time_to_accuracy() ? "never reached" : "failed"});
  table.columns.push_back({"change", scale.points});
  table.columns.push_back({changes.tested > 1 ? "adjusted p" : "p"});
  table.columns.push_back(text_column("verdict"));
  for (const auto& arm : changes.arms) {
    const std::string& label = arm.arms->b->label;
    auto& row = table.rows.emplace_back();
    row.push_back(text_cell(label.empty() ? "all" : label));
    row.push_back(mean_cell(arm.a, scale.factor, scale.digits));
    row.push_back(mean_cell(arm.b, scale.factor, scale.digits));
    if (failed)
      row.push_back(text_cell(
          fmt::format("{}/{} \u2192 {}/{}", arm.failed_a.events, arm.failed_a.n, arm.failed_b.events, arm.failed_b.n)));
    stats::Estimate change = arm.change.scaled(scale.factor);
    if (change.half == 0.0) change.half.reset();  // no interval without a noise estimate
    row.push_back(text_cell(signed_quantity(change, scale.digits)));
    row.push_back(text_cell(arm.adjusted_p ? p_value(*arm.adjusted_p) : kNoValue));
    row.push_back(text_cell(verdict_text(arm)));
  }
  return table;
}

}  // namespace

std::string verdict_word(const ArmChange& arm) {
  switch (arm.basis) {
    case Basis::same_bits:
      return "same bits";
    case Basis::none:
      return "no estimate";
    case Basis::rate:
      if (!arm.is_significant()) return "undecided";
      return arm.verdict == stats::Verdict::better ? "fails less" : "fails more";
    case Basis::pairs:
    case Basis::samples:
      break;
  }
  switch (arm.verdict) {
    case stats::Verdict::better:
      return "higher";
    case stats::Verdict::worse:
      return "lower";
    case stats::Verdict::no_difference:
      return "within margin";
    case stats::Verdict::undecided:
      break;
  }
  return "undecided";
}

ChangeWords change_words(const Changes& changes) {
  const Scale scale = scale_of(changes);
  const std::size_t significant = changes.significant(), arms = changes.arms.size();
  ChangeWords words;
  words.verdict =
      fmt::format("{} ({})",
                  significant == 0 ? "no significant change in " + plural(arms, "arm")
                                   : fmt::format("significant change in {} of {}", significant, plural(arms, "arm")),
                  metric_words(changes, scale));
  words.tally = tally_words(changes);
  if (!changes.bits.other.empty()) words.warnings.push_back(other_bits_words(changes));
  words.findings = findings_of(changes);
  words.differences = what_differs(changes);
  words.arms = arms_table(changes, scale);
  words.notes = change_notes(changes);
  if (!changes.times.same_runs) {
    words.times = times_table(changes.times);
    words.time_notes = time_notes(changes.times);
  }
  return words;
}

}  // namespace bnexp::report
