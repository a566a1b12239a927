// Text and tables of a benchmark's rows.
#pragma once

#include <string>
#include <vector>

#include "analysis/bench_rows.h"
#include "report/table.h"

namespace bnexp::report {

inline constexpr const char* kBenchConvention =
    "Medians over rounds with 95 % intervals from order statistics; every round measures each way of each case once, "
    "on one thread. A speed-up is the median of the rounds' ratios. GB/s counts the bytes that must move: forward "
    "reads x and writes y; backward reads gy and x and writes gx; a copy reads x and writes as much. Forward in "
    "training includes building the autograd graph; backward is one autograd call for all gradients, with autograd's "
    "overhead of some microseconds; both is the sum of the two in a round. Kept bytes are the memory that backward "
    "needs from forward, counted by the allocator, without parameters. With bf16, composed converts to fp32 and back, "
    "as models without fused kernels do. In training on vectors, fused runs without an autograd graph, as in a chain "
    "of linear layers and norms.";

struct BenchWords {
  std::vector<std::string> findings;
  std::vector<std::string> warnings;
};
BenchWords bench_words(const store::BenchResults& results, const std::vector<analysis::BenchRow>& rows);

Table bench_table(const std::vector<analysis::BenchRow>& rows);
Table refused_table(const store::BenchResults& results);

}  // namespace bnexp::report
