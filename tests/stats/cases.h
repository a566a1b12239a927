// The reference cases of scripts/make_statistics_cases.py.
#pragma once

#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "support/catch.h"

namespace bnexp::stats {

// The cases of cases/NAME.json.
inline Json cases(const std::string& name) {
  std::ifstream file(std::string(BNEXP_SOURCE_DIR) + "/tests/stats/cases/" + name + ".json");
  return Json::parse(file).at("cases");
}

// null is NaN in a list, and none alone.
inline double number(const Json& value) {
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  return value == "infinity" ? std::numeric_limits<double>::infinity() : value.get<double>();
}

inline std::vector<double> numbers(const Json& values) {
  std::vector<double> result;
  for (const auto& value : values) result.push_back(number(value));
  return result;
}

// Equal to 1e-10 of the expected value.
inline void check_equal(double value, const Json& expected) {
  const double reference = number(expected);
  CAPTURE(value, reference);
  CHECK((value == reference || std::abs(value - reference) <= 1e-10 * std::abs(reference)));
}

// The same; none if null is expected.
inline void check_equal(const std::optional<double>& value, const Json& expected) {
  REQUIRE(value.has_value() == !expected.is_null());
  if (value) check_equal(*value, expected);
}

}  // namespace bnexp::stats
