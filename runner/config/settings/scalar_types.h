// Types of single values: booleans, numbers, texts, choices.
#pragma once

#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace bnexp::config {

// Bounds of a number. Infinite bounds are no bounds; values are always finite.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;
  bool high_open = false;
};

inline Range any() { return {}; }
inline Range at_least(double low) { return {.low = low}; }
inline Range above(double low) { return {.low = low, .low_open = true}; }
inline Range between(double low, double high) { return {.low = low, .high = high}; }
inline Range from_to_below(double low, double high) { return {.low = low, .high = high, .high_open = true}; }
inline Range above_to(double low, double high) { return {.low = low, .high = high, .low_open = true}; }

class Type;
using TypePtr = std::shared_ptr<const Type>;

namespace type {

TypePtr boolean();
TypePtr integer(Range range);
TypePtr real(Range range);
TypePtr text();
TypePtr choice(std::vector<std::string> words);

}  // namespace type
}  // namespace bnexp::config
