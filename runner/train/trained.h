// Uses of a network with the weights of a trial. Free of LibTorch, like trainer.h.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/settings/spec.h"
#include "data/dataset.h"

namespace bnexp::train {

// A safetensors file.
struct Weights {
  std::string name;  // for messages
  std::string bytes;
};

struct Evaluation {
  double loss = 0;                        // as a record's test_loss
  double accuracy = 0;                    // as a record's test_accuracy
  std::vector<std::int64_t> predictions;  // of each test image
  std::string logits;                     // a safetensors file's bytes: "logits" (images, classes)
};

// Evaluates on the test set, with the same bits as at the end of training; spec.device must exist. Throws
// Error(environment) when the weights don't fit the spec's network, or its output is not finite for a test image.
Evaluation evaluate(const config::TrialSpec& spec, const data::Dataset& data, const Weights& weights);

// The effect of folding the norms into the layers before them (model/fold.h).
struct Folding {
  std::vector<std::pair<std::string, std::string>> folded;   // norm, layer
  std::vector<std::pair<std::string, std::string>> refused;  // norm, reason
  std::int64_t images = 0;                                   // of the test set
  std::int64_t equal = 0;                                    // images with the same prediction before and after
  double accuracy_before = 0;
  double accuracy_after = 0;
  double largest_logit = 0;      // magnitude, before
  double difference = 0;         // largest difference of a logit
  double difference_double = 0;  // the same, folded and evaluated in double precision
  double speedup = 0;            // of evaluation: time before / time after, median
  int repetitions = 0;           // of that measurement
  std::string weights;           // the folded network's, a safetensors file's bytes
};

// Throws as `evaluate` does.
Folding fold(const config::TrialSpec& spec, const data::Dataset& data, const Weights& weights);

}  // namespace bnexp::train
