// Results of a benchmark: one row per case and direction.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "stats/order.h"
#include "store/bench.h"

namespace bnexp::analysis {

struct BenchRow {
  const store::BenchCase* of = nullptr;
  std::string direction;                               // "forward", "backward", "both"
  std::map<std::string, stats::MedianInterval> ns;     // by way; not empty
  std::map<std::string, double> gb_per_s;              // by way: bytes that must move over the median
  std::optional<stats::MedianInterval> over_composed;  // composed's time over fused's, paired by round
  std::optional<stats::MedianInterval> over_torch;     // LibTorch's time over fused's
  double copy_gb_per_s = 0;

  // The way whose GB/s the table shows: fused if there is one.
  std::string best() const {
    for (const char* way : {"fused", "composed"}) {
      if (ns.contains(way)) return way;
    }
    return ns.begin()->first;
  }
};

std::vector<BenchRow> bench_rows(const store::BenchResults& results);

}  // namespace bnexp::analysis
