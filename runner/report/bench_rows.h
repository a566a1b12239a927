// What a benchmark's numbers come to: one row a case and direction, and the sentences above them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "report/bench_results.h"
#include "report/tables.h"

namespace bnexp::report {

struct BenchRow {
  const BenchCase* of = nullptr;
  std::string direction;                        // "forward", "backward", "both"
  std::map<std::string, MedianInterval> ns;     // by way
  std::map<std::string, double> gb_per_s;       // by way: bytes that must move over the median
  std::optional<MedianInterval> over_composed;  // composed's time over fused's, paired by round
  std::optional<MedianInterval> over_torch;     // LibTorch's time over fused's
  double copy_gb_per_s = 0;

  std::string best() const { return ns.contains("fused") ? "fused" : "composed"; }  // whose GB/s the table shows
};

std::vector<BenchRow> bench_rows(const BenchResults& results);

inline constexpr const char* kBenchConvention =
    "Medians over rounds with 95 % intervals from order statistics; every round measures each way of each case once, "
    "one thread. A speed-up is the median of the rounds' ratios. GB/s counts the bytes that must move: forward reads "
    "x and writes y, backward reads gy and x and writes gx; a copy reads x and writes as much. Forward in training "
    "makes its graph; backward is one call of autograd with all gradients, the engine's own overhead (some "
    "microseconds) included; both is the sum of a round's two. Kept bytes are those alive between forward and "
    "backward because backward needs them, counted by the allocator; parameters don't count. With bf16, composed "
    "converts to fp32 and back, as models without fused kernels do. In training on vectors, fused runs without "
    "autograd's graph, as a chain of linear layers and norms does.";

struct BenchWords {
  std::vector<std::string> findings;
  std::vector<std::string> warnings;
};
BenchWords bench_words(const BenchResults& results, const std::vector<BenchRow>& rows);

// The rows of one direction, or of all when it is empty.
Table bench_table(const std::vector<BenchRow>& rows, const std::string& direction = "");
Table refused_table(const BenchResults& results);

}  // namespace bnexp::report
