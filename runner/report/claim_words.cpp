#include "report/claim_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/claim_sides.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

using analysis::Answer;
using analysis::ClaimAnswer;

// With as many digits as the answer's sentence has.
std::string number_words(double value, const std::string& unit) {
  if (std::isinf(value)) return value > 0 ? "\u221e" : "\u2212\u221e";
  const std::string text = analysis::amount_text(value, unit);
  return text.substr(0, text.find(' '));
}

Cell effect_cell(const Answer& answer) {
  return text_cell(answer.effect ? with_unit(number_words(*answer.effect, answer.unit), answer.unit) : kNoValue);
}

Cell interval_cell(const Answer& answer) {
  if (!answer.low || !answer.high) return text_cell(kNoValue);
  return text_cell(number_words(*answer.low, answer.unit) + " to " + number_words(*answer.high, answer.unit));
}

// The reason as a sentence of its own. A path to a probe's number stays as it is written.
std::string reason(const Answer& answer) {
  return answer.why.starts_with("probes.") ? answer.why : capitalized(answer.why);
}

// The other view, where its answer is another one.
std::string other_words(const ClaimAnswer& claim) {
  if (!claim.other) return "";
  return fmt::format("{} it is {}: {}", capitalized(claim.other_view), analysis::to_string(claim.other->decision),
                     claim.other->why);
}

}  // namespace

Table claims_table(const std::vector<ClaimAnswer>& claims) {
  const bool has_views = std::ranges::any_of(claims, [](const ClaimAnswer& claim) { return !claim.view.empty(); });
  Table table;
  for (const char* name : {"verdict", "claim"}) table.columns.push_back(text_column(name));
  if (has_views) table.columns.push_back(text_column("view"));
  table.columns.push_back({"effect"});
  table.columns.push_back({"interval"});
  table.columns.push_back({"n"});
  table.columns.push_back(text_column("source"));
  const auto add = [&](const ClaimAnswer& claim, const Answer& answer, const std::string& view) {
    auto& row = table.rows.emplace_back();
    row.push_back(text_cell(analysis::to_string(answer.decision)));
    row.push_back(text_cell(claim.says));
    if (has_views) row.push_back(text_cell(view.empty() ? kNoValue : view));
    row.push_back(effect_cell(answer));
    row.push_back(interval_cell(answer));
    row.push_back(count_cell(answer.n));
    row.push_back(text_cell(claim.source));
  };
  for (const auto& claim : claims) {
    add(claim, claim.answer, claim.view);
    if (claim.other) add(claim, *claim.other, claim.other_view);
  }
  return table;
}

std::string claim_sentence(const ClaimAnswer& claim) {
  std::string text = fmt::format("{}: {}", capitalized(analysis::to_string(claim.answer.decision)), claim.says);
  if (!text.ends_with('.') && !text.ends_with('?') && !text.ends_with('!')) text += ".";
  text += " " + (claim.view.empty() ? reason(claim.answer) : capitalized(claim.view) + ": " + claim.answer.why);
  if (claim.other) text += " " + other_words(claim);
  return text;
}

std::string claim_lines(const ClaimAnswer& claim) {
  const auto line = [&](const Answer& answer, const std::string& view) {
    return fmt::format("{:<13} {}: {}{}\n", analysis::to_string(answer.decision), claim.id,
                       view.empty() ? "" : view + ": ", answer.why);
  };
  return line(claim.answer, claim.view) + (claim.other ? line(*claim.other, claim.other_view) : "");
}

}  // namespace bnexp::report
