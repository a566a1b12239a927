#include "stats/curve.h"

#include "stats/cases.h"

namespace bnexp::stats {

TEST_CASE("the area under a curve and its first step above or below a threshold are those of SciPy and NumPy") {
  for (const Json& c : cases("curve")) {
    INFO(c.dump());
    const std::vector<double> x = numbers(c["x"]), y = numbers(c["y"]);
    check_equal(time_to_threshold(x, y, c["threshold"]), c["at_least"]);
    check_equal(time_to_threshold(x, y, c["threshold"], Goal::at_most), c["at_most"]);
    if (c["area"].is_null()) {
      CHECK(std::isnan(area_under_curve(x, y)));
    } else {
      check_equal(area_under_curve(x, y), c["area"]);
    }
  }
  // Equal to the threshold is enough.
  CHECK(time_to_threshold({1, 2, 3}, {2.3, 0.5, 0.1}, 0.5, Goal::at_most) == 2);
  CHECK_THROWS_AS(area_under_curve({1, 2}, {1}), std::invalid_argument);
  CHECK_THROWS_AS(time_to_threshold({1, 1}, {0, 1}, 0.5), std::invalid_argument);
}

TEST_CASE("a trial that never gets there counts as infinite in the median") {
  for (const Json& c : cases("times_to_threshold")) {
    INFO(c.dump());
    const TimesToThreshold times = times_to_threshold(numbers(c["times"]));
    CHECK(times.reached == c["reached"].get<std::size_t>());
    CHECK(times.median.n == c["times"].size());
    check_equal(times.median.median, c["median"]);
  }
  CHECK(times_to_threshold({}).median.n == 0);
  CHECK_THROWS_AS(times_to_threshold({std::numeric_limits<double>::quiet_NaN()}), std::invalid_argument);
}

}  // namespace bnexp::stats
