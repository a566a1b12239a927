#include <torch/cuda.h>

#include "base/own_process.h"
#include "model/model.h"
#include "train/trainer.h"

namespace bnexp::train {
namespace {

// A process that has asked CUDA anything can't be forked into workers that use it.
bool has_cuda() {
  static const bool answer = !in_own_process("whether LibTorch can use a CUDA device", [] {
                                return std::string(torch::cuda::is_available() ? "yes" : "");
                              }).empty();
  return answer;
}

}  // namespace

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
  if (spec.device == "cuda" && !has_cuda()) {
    findings.push_back({"device", "this machine has no CUDA device that LibTorch can use", "use cpu, or auto"});
  }
  return findings;
}

std::string decided_device(const std::string& device) {
  if (device != "auto") return device;
  return has_cuda() ? "cuda" : "cpu";
}

}  // namespace bnexp::train
