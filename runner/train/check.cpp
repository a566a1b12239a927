#include <sys/wait.h>
#include <torch/cuda.h>
#include <unistd.h>

#include "model/model.h"
#include "train/trainer.h"

namespace bnexp::train {
namespace {

// Asked in a process of its own: a process that has asked CUDA anything can't be forked into workers that use it.
bool has_cuda() {
  static const bool answer = [] {
    const pid_t process = fork();
    if (process == 0) _exit(torch::cuda::is_available() ? 0 : 1);
    int status = 1;
    return process > 0 && waitpid(process, &status, 0) == process && status == 0;
  }();
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
