// Times norms alone, by Google Benchmark, in rounds over all cases. Free of LibTorch.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/thread_usage.h"
#include "bench/case.h"

namespace bnexp::bench {

struct Times {
  std::vector<double> ns;       // one per round: the mean over its iterations
  std::int64_t iterations = 0;  // per round
};

struct Measured {
  Case what;
  struct Way {
    std::string name;  // "fused", "composed", "torch"
    Times forward;
    std::optional<Times> backward;           // in training
    std::optional<std::int64_t> kept_bytes;  // in training
    double difference = 0;                   // the largest |y - composed's y|, over the largest |composed's y|
  };
  std::vector<Way> ways;
  std::map<std::string, std::string> absent;  // way -> why it is missing
  bool composed_is_torch = false;
  Times copy;                       // of x to another tensor, measured in the same rounds
  std::int64_t copy_bytes = 0;      // read and written
  std::int64_t forward_bytes = 0;   // that must move: x read, y written
  std::int64_t backward_bytes = 0;  // gy and x read, gx written
};

struct Progress {
  std::int64_t round = 0;  // 0: choosing the number of iterations per repetition
  std::int64_t rounds = 0;
  std::size_t done = 0;  // measurements of this round
  std::size_t in_round = 0;
};

struct Options {
  std::int64_t repetitions = 15;
  double repetition_s = 0.01;
  std::function<void(const Progress&)> progress;
  std::function<bool()> stop;  // true: end soon, with the measurements so far
};

struct Outcome {
  std::vector<Measured> cases;   // those with at least one repetition of each way
  std::vector<Refused> refused;  // the plan's, and those that failed when tried
  std::set<std::string> failed;  // ids of cases that can't be measured at all
  bool interrupted = false;
  ThreadUsage usage;  // over all rounds
};

// Uses one thread. Each round measures every way of every case once, the ways of one case after each other. Changes of
// the machine's speed then affect all ways alike, and a round's ratios compare neighbouring measurements.
Outcome measure(const Plan& plan, const Options& options);

// Whether the CPU's frequency varies, according to Google Benchmark: "yes", "no", "unknown".
std::string frequency_scaling();

}  // namespace bnexp::bench
