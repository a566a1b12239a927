// Verdict on a record whose machine rounded differently: another ISA, LibTorch or processor.
//
// The last bits of sums differ there. Training amplifies that: smoothly at first, then by jumps where a ReLU or a
// maximum decides otherwise, and in deep networks within a few steps. So trials are not comparable for ever, and how
// long depends on the trial. A second training here, with execution.fused the other way, sums in another order and
// shows how far rounding alone moves this trial.
//
// Rule, for each loss of the history, of loss_curve and of the test set, and for each accuracy, by step t:
// - comparable until the two trainings here differ by more than 0.1% * t, at most 2%, in a loss;
// - a loss may differ by 1% * t, at most 20%; twice that if it is the mean of fewer than 10 steps;
// - an accuracy may differ by 10 points.
//
// Measured with 36 arms (mlp, convnet and residual_mlp; no norm, batch, layer and group; SGD 0.01 with momentum, SGD
// 0.1 and Adam; 2000 digits, batches of 32, 150 steps), trained with AVX-512, and compared with AVX2
// (ATEN_CPU_CAPABILITY, MKL_ENABLE_INSTRUCTIONS and ONEDNN_MAX_CPU_ISA) and with the baseline (default,
// MKL_CBWR=COMPATIBLE, SSE41):
// - relative differences of the training loss, median over arms / largest:
//     step      10               20               50              100             150
//     mlp       7e-09 / 4e-04    1e-08 / 1e-03    2e-08 / 4e-03   6e-08 / 3e-03   9e-08 / 1e-02
//     convnet   2e-08 / 2e-04    3e-07 / 2e-03    1e-04 / 3e-02   3e-03 / 6e-02   8e-03 / 2e-01
//     residual  5e-07 / 2e-02    5e-03 / 5e-01    3e-02 / 3e-01   7e-02 / 4e-01   6e-02 / 5e-01
// - by the rule, all 24 comparisons of mlp, 14 of 24 of convnet and none of residual_mlp reach the end; half of those
// of
//   residual_mlp end at step 10 or before;
// - of the 1472 losses that it compares, none is beyond the tolerance; the nearest one has 83% of it. Of 7946 losses of
//   single steps the nearest one has 83% of the doubled tolerance. Accuracies differ by up to 5.5 points of 200
//   validation images, and by up to 0.8 points of 500 test images.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "analysis/reproduction.h"
#include "train/result.h"

namespace bnexp::analysis {

struct Tolerated {
  bool is_measured = true;           // the effect of rounding; false: the trainings here have the same bits
  std::size_t values = 0;            // that were compared
  std::int64_t last_step = 0;        // of the last of them
  bool is_whole = false;             // everything that both have was compared
  double largest = 0;                // relative difference of a loss
  std::optional<Difference> beyond;  // the first that is not within the tolerance
};

// `now` and `rounded` were trained here, the latter with execution.fused the other way.
Tolerated tolerated(const train::TrialResult& recorded, const train::TrialResult& now,
                    const train::TrialResult& rounded);

}  // namespace bnexp::analysis
