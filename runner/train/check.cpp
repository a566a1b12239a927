#include <torch/cuda.h>

#include "model/model.h"
#include "train/trainer.h"

namespace bnexp::train {

std::vector<config::Finding> check(const config::TrialSpec& spec) {
  std::vector<config::Finding> findings;
  for (const auto& slot : model::slots(spec.model, {})) {
    const std::string reason = norm::check(spec.norm, slot);
    if (!reason.empty()) {
      findings.push_back({"norm", reason, "change the norm's parameters, or the model's slots"});
      break;
    }
  }
  const std::string reason = model::check(spec.model, spec.norm);
  if (!reason.empty()) findings.push_back({"model", reason, "change the model's parameters, or the norm"});
  if (spec.device == "cuda" && !torch::cuda::is_available()) {
    findings.push_back({"device", "this machine has no CUDA device that LibTorch can use", "use cpu, or auto"});
  }
  return findings;
}

std::string decided_device(const std::string& device) {
  if (device != "auto") return device;
  return torch::cuda::is_available() ? "cuda" : "cpu";
}

}  // namespace bnexp::train
