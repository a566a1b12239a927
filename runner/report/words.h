// Numbers as the report prints them: fixed precision, a real minus sign, never "-0.00".
#pragma once

#include <cstdint>
#include <string>

#include "report/stats.h"

namespace bnexp::report {

std::string fixed(double value, int digits);
std::string with_sign(double value, int digits);             // "+1.40", "−0.30"
std::string significant(double value, int digits);           // 0.0406, 12.3, 1.2e-05
std::string percent(double fraction);                        // "97.31 %"
std::string bytes(double count);                             // "1.2 GB", "340 MB", in powers of 1000
std::string plural(std::size_t n, const std::string& noun);  // "1 trial", "3 trials"

// "97.31 ± 0.12", in percent; without a spread "97.31"; without values "–".
std::string accuracy(const Estimate& estimate);
// The same for a quantity that isn't a fraction.
std::string quantity(const Estimate& estimate, int digits);
// "+1.40 [+0.91, +1.89]", a difference of accuracies in percentage points.
std::string points(const Estimate& difference);

}  // namespace bnexp::report
