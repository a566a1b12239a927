#include "stats/multiplicity.h"

#include "stats/cases.h"

namespace bnexp::stats {

TEST_CASE("Holm's adjusted p values are those of statsmodels") {
  for (const Json& c : cases("holm")) {
    INFO(c.dump());
    const std::vector<double> adjusted = holm(numbers(c["p"]));
    REQUIRE(adjusted.size() == c["adjusted"].size());
    for (std::size_t i = 0; i < adjusted.size(); ++i) check_equal(adjusted[i], c["adjusted"][i]);
  }
  CHECK(holm({}).empty());
  CHECK_THROWS_AS(holm({0.5, 1.1}), std::invalid_argument);
  CHECK_THROWS_AS(holm({std::numeric_limits<double>::quiet_NaN()}), std::invalid_argument);
}

TEST_CASE("Bonferroni shares the error among the intervals") {
  CHECK(bonferroni_confidence(1) == 0.95);
  CHECK(bonferroni_confidence(10) == Approx(0.995).epsilon(1e-14));
  CHECK(bonferroni_confidence(5, 0.9) == Approx(0.98).epsilon(1e-14));
  CHECK_THROWS_AS(bonferroni_confidence(0), std::invalid_argument);
}

}  // namespace bnexp::stats
