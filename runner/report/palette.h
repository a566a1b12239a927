// How the levels of a key are told apart in a frame: by colour, and again by dash pattern (lines) or shape (points).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/json.h"

namespace bnexp::report {

// The most levels that one frame can show distinctly. For any two of the palette's colours in use the difference
// (CIE76) is at least 15, also for dichromats: tests/report/palette_test.cpp.
inline constexpr std::size_t kLooks = 8;

// A colour is a name that the page resolves for its light or dark theme: "$category-2" is --category-2 of page.css.
struct Look {
  std::string color = "$category-0";
  std::size_t place = 0;  // of its dash pattern and shape
};

// place < kLooks: categories for names; a ramp for ordered levels, spread over `count` of them.
Look category_look(std::size_t place);
Look ramp_look(std::size_t place, std::size_t count);
// What belongs to no level: references, other arms.
inline Look muted_look() { return {"$muted", 0}; }

// Lengths of dash and gap, in pixels; empty for a solid line.
const std::vector<int>& dash_of(const Look& look);
// An SVG path in the square from -1 to 1.
const char* shape_of(const Look& look);

// The mark of a trial that ended early, as an SVG path.
inline constexpr const char* kCross = "M-1,-1L1,1M1,-1L-1,1";

// Vega-Lite's scales from the index of each look to its colour, dash pattern and shape.
Json color_channel(const std::string& field, const std::vector<Look>& looks);
Json dash_channel(const std::string& field, const std::vector<Look>& looks);
Json shape_channel(const std::string& field, const std::vector<Look>& looks);

}  // namespace bnexp::report
