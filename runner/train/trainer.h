// Trains one trial. Free of LibTorch, so that callers don't compile it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "config/settings/spec.h"
#include "config/suite/suite.h"
#include "data/dataset.h"
#include "train/result.h"

namespace bnexp::train {

struct Progress {
  std::int64_t step = 0;           // optimizer steps done
  std::int64_t steps = 0;          // planned
  double loss = 0;                 // mean over the samples since the last report
  std::optional<double> accuracy;  // of the newest evaluation, a fraction
};

// Saves the state of a training between two steps, to go on from it in another process with the same bits.
struct Checkpointing {
  std::optional<std::string> saved{};                     // the bytes to go on from; nullopt: from the first step
  std::string name{};                                     // of these bytes, for messages
  std::function<bool()> due{};                            // asked after every step: whether to save now
  std::function<void(const std::string& bytes)> save{};   // a safetensors file's; also called before a stop
  std::function<void(const std::string& why)> refused{};  // `saved` is not usable; training starts at the first step
};

struct Callbacks {
  std::function<void(const Progress&)> progress;  // at most a few times a second
  std::function<bool()> stop;                     // true: end soon, as `interrupted`
  // A trial that plans more steps ends after this one, as `interrupted`. Up to there nothing is different.
  std::optional<std::int64_t> last_step{};
  // Training starts from weights that differ from the initial ones by as little as rounding does, drawn with this seed.
  // It shows how far rounding alone moves a trial.
  std::optional<std::uint64_t> perturbation_seed{};
  // The final weights of a trial that ends `ok`, as a safetensors file's bytes.
  std::function<void(const std::string& bytes)> weights{};
  std::optional<Checkpointing> checkpoints{};
  // The partial result when run() throws: data, history, and "steps" and "parameters" among the metrics.
  std::function<void(TrialResult result)> partial{};
};

// Deterministic: the same spec and data give the same bits in everything but `timing`, whatever else runs. Uses one
// thread. Divergence and a stop request are statuses. Everything else is thrown, so call this through guarded()
// (train/guard.h).
TrialResult run(const config::TrialSpec& spec, const data::Dataset& data, const Callbacks& callbacks);

// Checks on several settings: groups that don't divide a model's channels, a norm in a slot where it has nothing to
// average over, a device that this machine lacks.
std::vector<config::Finding> check(const config::TrialSpec& spec);

// Checks that the norm gets enough values from each batch, for splits of these sizes. `check` does so only where the
// settings have the sizes.
std::optional<config::Finding> check_batches(const config::TrialSpec& spec, const data::Counts& images);

// The number of optimizer steps of the spec, for the number of images in the training file.
std::int64_t planned_steps(const config::TrialSpec& spec, std::int64_t train_images);

// "auto" to "cuda" where LibTorch has one, else "cpu".
std::string decided_device(const std::string& device);

// What the records of trials on a CUDA device say of it, asked in a process of its own: {"gpu": "NVIDIA H100 80GB
// HBM3", "gpu_driver": "580.159.04", "cuda": "13.0", "cudnn": "9.19.0"}. What can't be found out is left out.
Json cuda_context();
// "NVIDIA H100 80GB HBM3"; of the device that LibTorch takes, which is the first that the process may see. Empty
// without a driver. It initializes the driver in this process.
std::string gpu_model();
std::string cuda_version(long number);   // 13000: "13.0"
std::string cudnn_version(long number);  // 91900: "9.19.0"; 8902: "8.9.2"

std::string libtorch_version();  // "2.13.0"
std::string isa();               // what LibTorch dispatches to: "AVX2", "AVX512"

}  // namespace bnexp::train
