#include <torch/cuda.h>

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/own_process.h"
#include "data/dataset.h"
#include "model/model.h"
#include "norm/foreign_code.h"
#include "train/batch_check.h"
#include "train/trainer.h"

namespace bnexp::train {
namespace {

// A process that has used CUDA can't be forked into workers that use it.
bool has_cuda() {
  static const bool answer = !in_own_process("whether LibTorch can use a CUDA device", [] {
                                return std::string(torch::cuda::is_available() ? "yes" : "");
                              }).empty();
  return answer;
}

// Where only the files have the numbers: enough images.
data::Counts supposed_counts(const config::TrialSpec& spec) {
  return data::counts(spec.data).value_or(data::Counts{.train = spec.train.batch_size, .validation = 2, .test = 2});
}

}  // namespace

// The result of the batch check, computed in a separate process: LibTorch may start threads, and a norm from Python
// runs its file's code. Trials with the same relevant settings share a result.
std::optional<config::Finding> check_batches(const config::TrialSpec& spec, const data::Counts& images) {
  static std::map<std::string, Json> answers;
  const auto& train = spec.train;
  if (images.train < 1) return std::nullopt;  // data.validation is wrong; the data set's own check reports it
  const Json question{spec.model.settings,
                      spec.norm.settings,
                      images.train,
                      images.validation,
                      images.test,
                      train.batch_size,
                      train.drop_last,
                      train.epochs.value_or(-1),
                      train.steps.value_or(-1),
                      train.evaluation_batch_size.value_or(-1),
                      spec.device};
  auto [answer, is_new] = answers.try_emplace(question.dump());
  if (is_new) {
    const std::string text = norm::run_foreign_code("whether the norm can train on the trial's batches", [&] {
      const auto found = refused_batch(spec, images);
      return found ? Json{found->key, found->message, found->hint}.dump() : std::string();
    });
    if (!text.empty()) answer->second = Json::parse(text);
  }
  const Json& found = answer->second;
  if (found.is_null()) return std::nullopt;
  return config::Finding{found[0], found[1], found[2]};
}

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
  if (findings.empty()) {
    if (auto finding = check_batches(spec, supposed_counts(spec))) findings.push_back(std::move(*finding));
  }
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
