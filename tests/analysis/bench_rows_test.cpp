// What a benchmark's times come to, with numbers whose results are known by hand.
#include "analysis/bench_rows.h"

#include "analysis/bench_sample.h"
#include "support/catch.h"

namespace bnexp::analysis {

TEST_CASE("speed-ups are paired by round, GB/s are those of the median, shares those of the copy") {
  const store::BenchResults all = test::bench_results();
  const auto rows = bench_rows(all);
  REQUIRE(rows.size() == 3);
  const BenchRow& forward = rows[0];
  CHECK(forward.ns.at("fused").median == 1300);
  CHECK(forward.ns.at("fused").low == 1000);
  CHECK(forward.ns.at("fused").high == 1600);
  REQUIRE(forward.over_composed);
  CHECK(forward.over_composed->low == 2);
  CHECK(forward.over_composed->high == 2);
  CHECK(forward.over_torch->median == 2);
  CHECK(forward.gb_per_s.at("fused") == Approx(65536.0 / 1300));
  CHECK(forward.copy_gb_per_s == Approx(65536.0 / 500));
  CHECK(rows[1].direction == "backward");
  CHECK(rows[1].gb_per_s.at("composed") == Approx(98304.0 / 3000));
  CHECK(rows[2].direction == "both");
  CHECK(rows[2].ns.at("fused").median == 4300);
  CHECK(rows[2].over_torch->low == Approx(5000.0 / 4000));
  CHECK(rows[2].over_torch->median == Approx(5600.0 / 4300));
  CHECK(rows[2].gb_per_s.at("fused") == Approx((65536.0 + 98304) / 4300));
}

}  // namespace bnexp::analysis
