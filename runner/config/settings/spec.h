// The settings of one trial: every value that its result depends on, and nothing else. Defaults are only in the
// initializers here and in the variants' options.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/settings/fields.h"

namespace bnexp::config {

struct TrainSpec {
  std::optional<std::int64_t> epochs = 5;
  std::optional<std::int64_t> steps;
  std::int64_t batch_size = 64;
  bool drop_last = false;
  Variant optimizer{"sgd"};
  Variant schedule{"constant"};
  double label_smoothing = 0;
  std::optional<double> clip_grad_norm;
  std::optional<std::int64_t> log_every;
  std::optional<std::int64_t> evaluation_batch_size;

  void fields(Fields& f);
};

struct ExecutionSpec {
  bool fused = true;

  void fields(Fields& f);
};

struct TrialSpec {
  Variant model{"convnet"};
  Variant norm{"batch"};
  Variant data{"mnist"};
  TrainSpec train;
  std::vector<Variant> probes;
  std::string precision = "fp32";
  ExecutionSpec execution;
  std::string device = "cpu";
  std::int64_t seed = 1;

  void fields(Fields& f);
};

}  // namespace bnexp::config
