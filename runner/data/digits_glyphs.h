// The pen paths of the embedded digits: ways of writing 0 to 9.
#pragma once

#include <vector>

namespace bnexp::data {

// A point of the pen, in a box about 100 wide and 140 high, y downwards.
struct PenPoint {
  double x = 0;
  double y = 0;
  bool corner = false;  // the path bends sharply here
  bool lifted = false;  // the pen is lifted before this point: a new stroke begins
};

// One way of writing a digit: any interpolation between two drawings, `from` and `to`, with equally many points.
struct PenPath {
  double weight = 1;  // relative frequency among the paths of its digit
  std::vector<PenPoint> from;
  std::vector<PenPoint> to;
};

// The ways of writing `digit`, 0 to 9.
const std::vector<PenPath>& pen_paths(int digit);

}  // namespace bnexp::data
