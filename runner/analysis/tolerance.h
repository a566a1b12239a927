// Verdict on a record whose machine rounded differently: another ISA, LibTorch or processor.
//
// The last bits of sums differ there. Training amplifies that: smoothly at first, then by jumps where a ReLU or a
// maximum decides otherwise, and in deep networks or at high learning rates within a few steps. So trials are not
// comparable for ever, and how long depends on the trial. Further trainings here, from initial weights that were
// changed by as little as rounding does, show how far rounding alone moves this trial.
//
// Rule, for each loss of the history, of loss_curve and of the test set, and for each accuracy, by step t:
// - comparable until a perturbed training or the record differs from the training here by more than 0.1% * t, at most
//   2%, in a loss, and at most until 10 steps before a training here diverges, since rounding decides in which step a
//   loss explodes;
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
// - by the rule, 20 of 24 comparisons of mlp and 3 of 24 of convnet reach the end; those of residual_mlp that train
//   with other bits end between step 10 and 120, half of them by step 20; none is beyond the tolerance.
// Measured with 144 more trials at high rates (mlp; no norm, batch and layer; SGD 0.3, 1, 2 and 5; 200 steps), trained
// with AVX2 and compared with AVX-512: none is beyond the tolerance; 19 are not comparable at their first value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "analysis/reproduction.h"
#include "train/result.h"

namespace bnexp::analysis {

struct Tolerated {
  std::size_t values = 0;            // that were compared
  std::int64_t last_step = 0;        // of the last of them
  bool is_whole = false;             // everything that both have was compared
  double largest = 0;                // relative difference of a loss
  std::optional<Difference> beyond;  // the first that is not within the tolerance
};

// What is beyond the tolerance is a difference after so many perturbed trainings, since one alone may miss a jump.
inline constexpr std::size_t kPerturbedTrainings = 5;

// `now` and `perturbed`, one or more, were trained here, the latter with different perturbations.
Tolerated tolerated(const train::TrialResult& recorded, const train::TrialResult& now,
                    const std::vector<train::TrialResult>& perturbed);

}  // namespace bnexp::analysis
