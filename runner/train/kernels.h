// Kernels of a training step other than layers and norms, on fp32 in memory. Free of LibTorch; vectorized with Highway.
#pragma once

#include <cstdint>

namespace bnexp::train {

// Whether no value is infinite or NaN.
bool all_finite(const float* values, std::int64_t count);

struct CrossEntropy {
  double loss = 0;           // summed over the rows
  std::int64_t correct = 0;  // rows without NaN whose first largest logit is the label's
};

// The loss of logits (rows, classes), with log-sum-exp relative to the largest logit. Label smoothing s: the target is
// 1 - s for the label, plus s / classes for each class (Szegedy et al. 2016, torch.nn.CrossEntropyLoss). `gradient`, if
// not null, gets the gradient of the mean over the rows: (softmax - target) / rows.
CrossEntropy cross_entropy(const float* logits, const std::int64_t* labels, std::int64_t rows, std::int64_t classes,
                           double label_smoothing, float* gradient);

}  // namespace bnexp::train
