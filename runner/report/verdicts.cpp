#include "report/verdicts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "report/words.h"
#include "stats/multiplicity.h"
#include "stats/power.h"

namespace bnexp::report {
namespace {

using analysis::Compared;
using analysis::Comparisons;
using stats::Verdict;

int digits_of(const Comparisons& of) {
  if (of.metric.unit() == "steps") return 1;
  return of.metric.is_accuracy() || of.metric.unit() == "s" ? 2 : 4;
}

std::string margin_text(const Comparisons& of) { return with_unit(fmt::format("{:g}", of.margin), of.metric.unit()); }

std::string margin_words(const Comparisons& of) { return of.margin == 0 ? "no margin" : "margin " + margin_text(of); }

std::string signed_text(double value, const Comparisons& of) { return with_sign(value, digits_of(of)); }

Cell difference_cell(const stats::Estimate& difference, const Comparisons& of) {
  if (difference.n == 0) return text_cell(kNoValue);
  std::string text = signed_text(difference.mean, of);
  if (!difference.half) return number_cell(difference.mean, text);
  text += fmt::format(" [{}, {}]", signed_text(difference.low(), of), signed_text(difference.high(), of));
  return {text, difference.mean, difference.low(), difference.high()};
}

Cell p_cell(const std::optional<double>& p) { return p ? number_cell(*p, p_value(*p)) : text_cell(kNoValue); }

// "batch_size=64": the compared key and the arm's level of it; a level that names its keys itself, as it is.
std::string level_name(const analysis::Arm& arm, const std::string& level, const Comparisons& of) {
  const std::string name = of.baseline.substr(0, of.baseline.find('=') + 1) + level;
  return arm.label.find(name) == std::string::npos ? level : name;
}

std::string failures_text(const Compared& row) {
  return fmt::format("{}/{} : {}/{}", row.failures.events, row.failures.n, row.baseline_failures.events,
                     row.baseline_failures.n);
}

// "better" or "higher", for a metric of a probe, which has no better.
std::string direction_words(bool larger, const Comparisons& of) {
  if (!of.metric.has_better()) return larger ? "higher" : "lower";
  return larger == of.metric.larger_is_better() ? "better" : "worse";
}

// What was decided, without how many seeds are missing.
// What counts as a failure: Metric::missed.
std::string missed_word(const Comparisons& of) { return of.metric.is_time_to_accuracy() ? "not reached" : "failed"; }

std::string reach_words(Verdict verdict) {
  if (verdict == Verdict::better) return "better: more trials reach the accuracy";
  if (verdict == Verdict::worse) return "worse: fewer trials reach the accuracy";
  return "undecided: the numbers of trials that reach the accuracy differ, but not significantly";
}

std::string class_words(const Compared& row, const Comparisons& of) {
  const stats::Comparison& statistics = row.statistics;
  if (row.by_failures) {
    if (of.metric.is_time_to_accuracy()) return reach_words(statistics.verdict);
    if (statistics.verdict == Verdict::better) return "better: fewer trials fail";
    if (statistics.verdict == Verdict::worse) return "worse: more trials fail";
    return "undecided: failures differ, but not significantly";
  }
  switch (statistics.verdict) {
    case Verdict::better:
    case Verdict::worse:
      return direction_words(statistics.difference.mean > 0, of);
    case Verdict::no_difference:
      return fmt::format("no difference larger than {}", margin_text(of));
    case Verdict::undecided:
      break;
  }
  if (statistics.difference.n == 0) return "undecided: no seed in common";
  if (statistics.difference.n == 1) return "undecided: one seed";
  if (statistics.difference.half && *statistics.difference.half == 0) return "undecided: equal in every seed";
  return "undecided";
}

// "about 4 more seeds needed", "about 2 to 32 more seeds needed"; empty if that is unknown for one of `rows`.
std::string needed_words(const std::vector<const Compared*>& rows) {
  std::size_t least = SIZE_MAX, most = 0;
  for (const Compared* row : rows) {
    const auto& further = row->statistics.further_seeds;
    if (!further || *further == 0) return "";
    least = std::min(least, *further);
    most = std::max(most, *further);
  }
  return least == most ? fmt::format("about {} needed", plural(most, "more seed"))
                       : fmt::format("about {} to {} more seeds needed", least, most);
}

// "Better: norm=batch (+1.20 points). Undecided: norm=layer (0.20 points), norm=group (0.10 points). About 2 to 4 more
// seeds needed." Names that have commas themselves are separated by semicolons.
std::string listed_verdicts(const std::vector<Compared>& rows, const Comparisons& of) {
  constexpr std::size_t kListed = 8;
  std::vector<std::pair<std::string, std::vector<const Compared*>>> classes;
  for (const auto& row : rows) {
    const std::string words = class_words(row, of);
    auto place = std::ranges::find(classes, words, &decltype(classes)::value_type::first);
    if (place == classes.end()) place = classes.insert(place, {words, {}});
    place->second.push_back(&row);
  }
  std::ranges::stable_sort(classes, {}, [](const auto& one) { return one.second.front()->statistics.verdict; });
  std::vector<std::string> sentences;
  for (const auto& [words, same] : classes) {
    std::vector<std::string> names;
    for (const Compared* row : same) {
      if (names.size() == kListed) break;
      std::string name = level_name(*row->arm, row->level, of) + (row->where.empty() ? "" : " at " + row->where);
      if (row->statistics.difference.n > 0 && !row->by_failures) {
        name += fmt::format(" ({})", with_unit(signed_text(row->statistics.difference.mean, of), of.metric.unit()));
      }
      names.push_back(name);
    }
    const std::size_t colon = words.find(": ");  // before the reason
    const std::string heading =
        colon == std::string::npos ? words : fmt::format("{} ({})", words.substr(0, colon), words.substr(colon + 2));
    const bool has_commas =
        std::ranges::any_of(names, [](const std::string& name) { return name.find(", ") != std::string::npos; });
    std::string sentence = fmt::format("{}: {}", capitalized(heading), join(names, has_commas ? "; " : ", "));
    if (same.size() > kListed) sentence += fmt::format(" and {} more", same.size() - kListed);
    const std::string needed = needed_words(same);
    sentences.push_back(sentence + (needed.empty() ? "." : ". " + capitalized(needed) + "."));
  }
  return join(sentences, " ");
}

// "4 comparisons: 3 better, 1 undecided".
std::string counted_verdicts(const std::vector<Compared>& rows, const Comparisons& of) {
  std::map<std::string, std::size_t> counts;
  for (const auto& row : rows) {
    const std::string words = class_words(row, of);
    ++counts[words.substr(0, words.find(':'))];
  }
  std::vector<std::string> parts;
  for (const auto& [words, count] : counts) parts.push_back(fmt::format("{} {}", count, words));
  return fmt::format("{}: {}", plural(rows.size(), "comparison"), join(parts, ", "));
}

}  // namespace

std::string verdict_words(const Compared& row, const Comparisons& of) {
  const std::string needed = needed_words({&row});
  return class_words(row, of) + (needed.empty() ? "" : ", " + needed);
}

Table comparison_table(const std::vector<Compared>& rows, const Comparisons& of) {
  Table table;
  const bool has_where = std::ranges::any_of(rows, [](const Compared& row) { return !row.where.empty(); });
  if (has_where) table.columns.push_back(text_column("at"));
  const bool is_best = !has_where && !of.best.empty();  // each row has its own settings
  const bool has_bases =
      std::ranges::any_of(rows, [&](const Compared& row) { return row.baseline != rows.front().baseline; });
  table.columns.push_back(text_column("arm"));
  table.columns.push_back(text_column("verdict"));
  table.columns.push_back({"difference [CI]", of.metric.unit()});
  table.columns.push_back({"effect size"});
  table.columns.push_back({"p"});
  table.columns.push_back({"adjusted p"});
  table.columns.push_back({"sign-flip p"});
  table.columns.push_back({"seeds"});
  table.columns.push_back(text_column(missed_word(of)));
  for (const auto& row : rows) {
    auto& cells = table.rows.emplace_back();
    if (has_where) cells.push_back(text_cell(row.where));
    cells.push_back(text_cell(is_best     ? row.arm->label + " against " + row.base->label
                              : has_bases ? level_name(*row.arm, row.level, of) + " against " +
                                                level_name(*row.base, row.baseline, of)
                                          : level_name(*row.arm, row.level, of)));
    cells.push_back(text_cell(verdict_words(row, of)));
    cells.push_back(difference_cell(row.statistics.difference, of));
    const bool has_effect = row.effect_size && row.effect_size->corrected;
    cells.push_back(has_effect ? number_cell(*row.effect_size->corrected, fixed(*row.effect_size->corrected, 2))
                               : text_cell(kNoValue));
    cells.push_back(p_cell(row.statistics.p));
    cells.push_back(p_cell(row.statistics.adjusted_p));
    const bool has_sign_flip = row.statistics.difference.n > 1 && !of.looks;  // it holds at one look only
    cells.push_back(has_sign_flip ? p_cell(row.sign_flip.p) : text_cell(kNoValue));
    cells.push_back(count_cell(row.statistics.difference.n));
    cells.push_back(text_cell(failures_text(row)));
  }
  return table;
}

std::string comparison_about(const std::vector<Compared>& rows, const Comparisons& of, bool with_rules) {
  std::string text = fmt::format("{}, paired by seed", capitalized(of.metric.words()));
  std::size_t most = 0;
  for (const auto& row : rows) most = std::max(most, row.statistics.difference.n);
  const bool by_failures = std::ranges::any_of(rows, &Compared::by_failures);
  if (most < 2 && !by_failures) {
    text += ". Without two seeds in common there is no interval and no p";
  } else if (of.looks) {
    text += fmt::format(
        ". Seeds were added one at a time from {} on, at most to {}, and looked at each time{}, until a comparison was "
        "decided. The intervals are confidence sequences and p is of the anytime-valid t test or, where failures "
        "differ, of a sign test of the seeds at which only one of the two failed. They hold at every look, and are "
        "adjusted for {} (Bonferroni)",
        of.looks->first, of.looks->most,
        analysis::first_look(*of.looks) > of.looks->first ? " from the 3rd seed on" : "",
        plural(rows.size(), "comparison"));
  } else if (rows.size() > 1) {
    text += fmt::format(
        ". The {} intervals are right together in 95 of 100 studies (Bonferroni: {:.4g} % each); p is of Student's t "
        "test, adjusted by Holm's method",
        rows.size(), 100 * stats::bonferroni_confidence(rows.size()));
  } else {
    text += ", with its 95 % interval; p is of Student's t test";
  }
  text += ".";
  if (!with_rules) return text;
  text += fmt::format(
      " A verdict needs an adjusted p up to 0.05{} and an interval without 0. The effect size is the mean over the "
      "standard deviation, with Hedges' correction. {}: trials of the arm : of the baseline{}; where these counts "
      "differ, the verdict and p are about them{}, because a mean over the other trials is biased.",
      of.margin == 0 ? "" : fmt::format(", a difference of {} or more", margin_text(of)), capitalized(missed_word(of)),
      of.looks ? ", at the look that decided, else at the last" : "", of.looks ? "" : " (Fisher's exact test)");
  if (!of.looks) text += fmt::format(" Seeds needed: for a power of {:g} %.", 100 * stats::kPower);
  if (!of.looks && most > 1 && stats::smallest_sign_flip_p(most) > 0.05) {
    text += fmt::format(
        " With {} seeds the sign-flip test, which assumes no distribution, can't reach 5 %: its "
        "smallest p is {:.2g}.",
        most, stats::smallest_sign_flip_p(most));
  }
  return text;
}

std::string comparison_sentence(const analysis::Analysis& all) {
  if (!all.comparisons || all.comparisons->matched.empty()) return "";
  const Comparisons& of = *all.comparisons;
  const std::string how = fmt::format("({}, {})", of.metric.words(), margin_words(of));
  if (of.best.empty()) {
    const bool at_equal = std::ranges::any_of(of.matched, [](const Compared& row) { return !row.where.empty(); });
    return fmt::format("Compared with {}{} {}. {}", of.baseline, at_equal ? ", at equal settings" : "", how,
                       listed_verdicts(of.matched, of));
  }
  return fmt::format("Compared with {}, each at its best setting {}. {} At equal settings, {}.", of.baseline, how,
                     listed_verdicts(of.best, of), counted_verdicts(of.matched, of));
}

}  // namespace bnexp::report
