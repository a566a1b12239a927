// A benchmark whose results can be told by hand.
#pragma once

#include "store/bench.h"

namespace bnexp::test {

// The machine gets slower by the round, and everything on it alike: fused takes 1000 ns at first, composed twice as
// long.
inline store::BenchCase train_case() {
  store::BenchCase one;
  one.id = "0123456789abcdef";
  one.norm = "batch";
  one.settings = {{"norm", {{"name", "batch"}}}, {"shape", {64, 128}}, {"type", "fp32"}, {"mode", "train"}};
  store::BenchTimes fused, composed, backward;
  for (int round = 0; round < 7; ++round) {
    fused.ns.push_back(1000 + 100 * round);
    composed.ns.push_back(2 * fused.ns.back());
    backward.ns.push_back(3000);
    one.copy.ns.push_back(500);
  }
  one.ways["fused"] = {fused, backward, 32768, 0};
  one.ways["composed"] = {composed, backward, 65536, 0};
  one.absent["torch"] = "composed is LibTorch's own operation";
  one.composed_is_torch = true;
  one.copy_bytes = 65536;
  one.forward_bytes = 65536;
  one.backward_bytes = 98304;
  one.context = {{"cpu", "a CPU"}, {"dirty", false}, {"contended", false}, {"started_at", "2026-01-01T00:00:00Z"}};
  return one;
}

inline store::BenchResults bench_results() {
  store::BenchResults all;
  all.run.name = "small";
  all.run.question = "How <fast>?";
  all.run.file = "configs/small.yaml";
  all.run.started_at = "2026-01-01T00:00:00Z";
  all.run.cases = {"0123456789abcdef"};
  all.run.refused = {{"instance", "64x128", "it has none"}};
  all.cases = {train_case()};
  return all;
}

}  // namespace bnexp::test
