#include "report/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <vector>

#include "base/text.h"

namespace bnexp::report {
namespace {

constexpr const char* kMinus = "\u2212";

// At most seven significant digits. A number too long to read, such as a loss before it overflows, has four.
std::string signless(double value, int digits) {
  constexpr int kSignificant = 7;
  const double size = std::abs(value);
  const int before = std::max(0, decimal_exponent(size)) + 1;
  if (!std::isfinite(size) || before > kSignificant) return fmt::format("{:.3e}", size);
  return fmt::format("{:.{}f}", size, std::min(digits, kSignificant - before));
}

bool rounds_to_zero(double value, int digits) { return std::abs(value) < 0.5 * std::pow(10.0, -digits); }

}  // namespace

int decimal_exponent(double value) {
  const double size = std::abs(value);
  return size > 0 && std::isfinite(size) ? static_cast<int>(std::floor(std::log10(size))) : 0;
}

std::string fixed(double value, int digits) {
  return (value < 0 && !rounds_to_zero(value, digits) ? kMinus : "") + signless(value, digits);
}

std::string with_sign(double value, int digits) {
  if (rounds_to_zero(value, digits)) return signless(0, digits);
  return (value < 0 ? kMinus : "+") + signless(value, digits);
}

std::string significant(double value, int digits) {
  const std::string text = fmt::format("{:#.{}g}", std::abs(value), digits);
  return (value < 0 ? kMinus : "") + (text.ends_with('.') ? text.substr(0, text.size() - 1) : text);
}

std::string percent(double fraction) { return fixed(100 * fraction, 2) + " %"; }

std::string bytes(double count) {
  if (count >= 1e9) return fmt::format("{:.2f} GB", count / 1e9);
  if (count >= 1e6) return fmt::format("{:.0f} MB", count / 1e6);
  return fmt::format("{:.0f} kB", count / 1e3);
}

std::string quantity(const stats::Estimate& estimate, int digits) {
  if (estimate.n == 0) return "\u2013";
  if (!estimate.half) return fixed(estimate.mean, digits);
  return fixed(estimate.mean, digits) + " \u00b1 " + fixed(*estimate.half, digits);
}

std::string accuracy(const stats::Estimate& estimate) { return quantity(estimate.scaled(100), 2); }

std::string signed_quantity(const stats::Estimate& estimate, int digits) {
  if (estimate.n == 0) return "\u2013";
  const std::string mean = with_sign(estimate.mean, digits);
  if (!estimate.half) return mean;
  return fmt::format("{} [{}, {}]", mean, with_sign(estimate.low(), digits), with_sign(estimate.high(), digits));
}

std::string points(const stats::Estimate& estimate) { return signed_quantity(estimate.scaled(100), 2); }

std::string p_value(double p) { return p < 0.001 ? "< 0.001" : fixed(p, 3); }

std::string with_unit(const std::string& number, const std::string& unit) {
  if (unit.empty()) return number;
  const bool is_one = number == "1" && unit.ends_with('s') && unit != "s";
  return number + " " + (is_one ? unit.substr(0, unit.size() - 1) : unit);
}

std::string rate_words(const stats::Count& count) {
  const std::string text = fmt::format("{} of {}", count.events, plural(count.n, "trial"));
  if (count.n == 0) return text;
  const stats::Interval rate = stats::wilson_interval(count);
  return fmt::format("{} (95 % CI {:.0f} to {:.0f} %)", text, 100 * rate.low, 100 * rate.high);
}

stats::Count failures(const analysis::Arm& arm) {
  stats::Count count;
  for (const auto& trial : arm.trials) {
    if (analysis::is_failure(trial.outcome())) ++count.events;
  }
  count.n = count.events + arm.ok();
  return count;
}

std::string statuses(const analysis::Arm& arm) {
  std::vector<std::string> parts;
  for (const auto outcome : analysis::all_outcomes()) {
    if (const std::size_t n = arm.counts[outcome]) {
      parts.push_back(fmt::format("{} {}/{}", analysis::name_of(outcome), n, arm.trials.size()));
    }
  }
  return join(parts, ", ");
}

std::string accuracy_words(const analysis::Arm& arm) {
  const stats::Estimate& estimate = arm.test_accuracy;
  std::string text = percent(estimate.mean);
  if (estimate.half) {
    text += fmt::format(" ± {} (95 % CI, n = {} seeds", fixed(100 * *estimate.half, 2), estimate.n);
  } else {
    text += " (one seed, so no interval";
  }
  if (!arm.complete()) text += fmt::format("; {} of {} planned trials ok", arm.ok(), arm.trials.size());
  return text + ")";
}

std::string short_words(const analysis::Arm& arm) {
  std::string text = accuracy(arm.test_accuracy) + " %";
  if (!arm.complete()) text += fmt::format(", {} of {} ok", arm.ok(), arm.trials.size());
  return text;
}

std::string verdict(const stats::Estimate& difference, bool is_sequence) {
  if (difference.n == 0) return "no seed is ok in both, so they can't be paired";
  if (!difference.half && difference.n > 1)
    return fmt::format("{} seeds in common, too few for an interval that holds at every look", difference.n);
  if (!difference.half) return "one seed in common, so seed noise is unknown";
  const std::string interval =
      fmt::format("95 % {} {} to {}, paired over {} seeds", is_sequence ? "confidence sequence" : "CI",
                  with_sign(100 * difference.low(), 2), with_sign(100 * difference.high(), 2), difference.n);
  if (*difference.half == 0 && difference.mean != 0)
    return interval + "; equal in every seed, so the seed noise is unknown";
  if (difference.clears_zero()) return interval;
  return interval + fmt::format("; not distinguishable from seed noise with n = {}", difference.n);
}

std::string difference_words(const stats::Estimate& difference) {
  if (difference.n == 0) return "difference unknown";
  return with_sign(100 * difference.mean, 2) + " percentage points";
}

std::string enumerated(const std::vector<std::string>& names) {
  if (names.size() < 2) return join(names, "");
  return join({names.begin(), names.end() - 1}, ", ") + " and " + names.back();
}

std::string capitalized(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace bnexp::report
