// Numbers as the report prints them: fixed precision, a real minus sign, never "-0.00".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/results.h"
#include "stats/estimate.h"
#include "stats/proportion.h"

namespace bnexp::report {

// The power of ten of a number's first digit: 3 for 1,234, -2 for 0.05; 0 for zero and for a number that isn't finite.
int decimal_exponent(double value);

std::string fixed(double value, int digits);
std::string with_sign(double value, int digits);    // "+1.40", "−0.30"
std::string significant(double value, int digits);  // 0.0406, 12.3, 1.2e-05
std::string percent(double fraction);               // "97.31 %"
std::string bytes(double count);                    // "1.2 GB", "340 MB", in powers of 1000

// "97.31 ± 0.12", in percent; without a spread "97.31"; without values "–".
std::string accuracy(const stats::Estimate& estimate);
// The same for a quantity that isn't a fraction.
std::string quantity(const stats::Estimate& estimate, int digits);
// "+1.40 [+0.91, +1.89]"; without a spread "+1.40"; without values "–".
std::string signed_quantity(const stats::Estimate& estimate, int digits);
// The same for a difference of accuracies, in percentage points.
std::string points(const stats::Estimate& estimate);
std::string p_value(double p);  // "0.032", "< 0.001"
// "0.2 points", "1 step", "0.31".
std::string with_unit(const std::string& number, const std::string& unit);
// "2 of 5 trials (95 % CI 12 to 77 %)", by Wilson's interval.
std::string rate_words(const stats::Count& count);

// The trials that failed, of those that ended.
stats::Count failures(const analysis::Arm& arm);

// "ok 2/3, diverged 1/3", of an arm's planned trials.
std::string statuses(const analysis::Arm& arm);

// "97.31 % ± 0.12 (95 % CI, n = 3 seeds; 3 of 5 planned trials ok)": an arm's test accuracy.
std::string accuracy_words(const analysis::Arm& arm);
// "98.05 ± 0.09 %", "98.05 %, 2 of 3 ok".
std::string short_words(const analysis::Arm& arm);
// "+1.40 percentage points", "difference unknown".
std::string difference_words(const stats::Estimate& difference);
// The conclusion from a paired difference, as the end of a sentence; from a confidence sequence, if it has one.
std::string verdict(const stats::Estimate& difference, bool is_sequence = false);

std::string enumerated(const std::vector<std::string>& names);  // "CPU, cores and jobs"

std::string capitalized(std::string text);

}  // namespace bnexp::report
