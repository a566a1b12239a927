#include "report/words.h"

#include <fmt/format.h>

#include <cmath>

namespace bnexp::report {
namespace {

constexpr const char* kMinus = "\u2212";

std::string signless(double value, int digits) { return fmt::format("{:.{}f}", std::abs(value), digits); }

bool rounds_to_zero(double value, int digits) { return std::abs(value) < 0.5 * std::pow(10.0, -digits); }

}  // namespace

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

std::string plural(std::size_t n, const std::string& noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

std::string quantity(const Estimate& estimate, int digits) {
  if (estimate.n == 0) return "\u2013";
  if (!estimate.half) return fixed(estimate.mean, digits);
  return fixed(estimate.mean, digits) + " \u00b1 " + fixed(*estimate.half, digits);
}

std::string accuracy(const Estimate& estimate) {
  Estimate scaled = estimate;
  scaled.mean *= 100;
  if (scaled.half) *scaled.half *= 100;
  return quantity(scaled, 2);
}

std::string points(const Estimate& difference) {
  if (difference.n == 0) return "\u2013";
  const std::string mean = with_sign(100 * difference.mean, 2);
  if (!difference.half) return mean;
  return fmt::format("{} [{}, {}]", mean, with_sign(100 * difference.low(), 2), with_sign(100 * difference.high(), 2));
}

}  // namespace bnexp::report
