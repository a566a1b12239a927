// The pen paths behind the embedded digits: how people write 0 to 9.
#pragma once

#include <vector>

namespace bnexp::data {

// A place the pen passes, in a box about 100 wide and 140 high, y downwards.
struct PenPoint {
  double x = 0;
  double y = 0;
  bool corner = false;  // the path bends sharply here
  bool lifted = false;  // the pen comes here through the air: a new stroke begins
};

// One way of writing a digit. The hand moves anywhere between two drawings, `from` and `to`, of equally many points.
struct PenPath {
  double weight = 1;  // how common, among the paths of its digit
  std::vector<PenPoint> from;
  std::vector<PenPoint> to;
};

// The ways of writing `digit`, 0 to 9.
const std::vector<PenPath>& pen_paths(int digit);

}  // namespace bnexp::data
