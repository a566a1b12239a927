#include "train/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "base/error.h"
#include "base/hash.h"
#include "base/json_problem.h"
#include "base/machine.h"
#include "model/weights.h"
#include "train/state_version.h"
#include "train/trainer.h"

namespace bnexp::train {
namespace {

constexpr double kMostTime_s = 1e9;  // 30 years

std::shared_ptr<model::Model> make_model(const config::TrialSpec& spec, const Inputs& inputs) {
  auto model = model::make(spec.model, inputs.shape, spec.norm);
  model::initialize(*model, static_cast<std::uint64_t>(spec.seed));
  model->to(inputs.device);
  model->train();
  return model;
}

// Parameters, buffers and random generators.
SavedState save_model(const model::Model& model) {
  SavedState result;
  for (const auto& [name, tensor] : model::state(model)) result.tensors["tensors/" + name] = tensor.detach();
  const auto generators = model.generators();
  for (std::size_t i = 0; i < generators.size(); ++i) {
    result.tensors[fmt::format("generators/{}", i)] = at::Generator(generators[i]).get_state();
  }
  return result;
}

void load_model(const model::Model& model, const SavedState& saved) {
  for (const auto& [name, tensor] : model::state(model)) saved.restore("tensors/" + name, tensor.detach());
  const auto generators = model.generators();
  for (std::size_t i = 0; i < generators.size(); ++i) {
    at::Generator generator = generators[i];
    torch::Tensor state = generator.get_state();
    saved.restore(fmt::format("generators/{}", i), state);
    generator.set_state(state);
  }
}

// Whether a history is a list of what Training::log() adds.
bool is_history(const Json& history) {
  const auto is_entry = [](const Json& entry) {
    if (!entry.is_object() || !entry.contains("step") || !entry.contains("train_loss")) return false;
    return std::ranges::all_of(entry.items(), [](const auto& item) {
      const bool may_lack = item.key().starts_with("validation_") && item.value().is_null();
      return item.key() == "step" ? item.value().is_number_integer() : item.value().is_number() || may_lack;
    });
  };
  return history.is_array() && std::ranges::all_of(history, is_entry);
}

std::string fingerprint(const config::TrialSpec& spec) { return sha256_hex(to_line(config::to_json(spec))); }

Error damaged(const std::string& where, const std::string& why) {
  return environment_error(fmt::format("{} is a damaged training state: {}", where, why),
                           "train the trial from its start");
}

std::string gpu_of(const config::TrialSpec& spec) { return spec.device == "cuda" ? gpu_model() : ""; }

// Steps with other kernels have other bits, and the record would name only the last ones.
void require_same_kernels(const Json& values, const std::string& where, const config::TrialSpec& spec) {
  const auto require_same = [&](const char* name, const std::string& saved, const std::string& own) {
    if (saved == own) return;
    throw environment_error(fmt::format("{} is a training state of {} {}, and this process has {}", where, name, saved,
                                        own.empty() ? "none" : own),
                            "go on with it on a like machine, or train the trial from its start");
  };
  require_same("libtorch", values.at("libtorch"), libtorch_version());
  require_same("isa", values.at("isa"), isa());
  // A state of an earlier release names neither its processor nor its GPU: they are taken for this process's.
  if (const auto gpu = values.find("gpu"); gpu != values.end()) require_same("GPU", *gpu, gpu_of(spec));
  const auto cpu = values.find("cpu");
  if (cpu == values.end() || spec.device == "cuda") return;
  const bool is_bfloat16 = spec.precision == "bf16";
  require_same("processor", kernel_choice(*cpu, is_bfloat16), kernel_choice(cpu_model(), is_bfloat16));
}

}  // namespace

TrainingState::TrainingState(const config::TrialSpec& spec, const data::Split& training, const Inputs& inputs)
    : model(make_model(spec, inputs)),
      parameters(*model, spec.precision == "bf16", decayed(spec.train.optimizer)),
      optimizers(make_optimizers(spec.train.optimizer, parameters.ranges())),
      batches(training, inputs.shape.rows * inputs.shape.columns, spec.train.batch_size, spec.train.drop_last,
              static_cast<std::uint64_t>(spec.seed)) {
  for (const auto& probe : spec.probes) probes.emplace_back(probe.name, make_probe(probe));
}

void TrainingState::step_optimizers(double rate) {
  lr = rate;
  for (auto& optimizer : optimizers) optimizer->step(rate);
  parameters.refresh();
}

std::string TrainingState::save(const config::TrialSpec& spec, double wall) const {
  SavedState state;
  state.values = {{"schema_version", kStateVersion},
                  {"settings_sha256", fingerprint(spec)},
                  {"libtorch", libtorch_version()},
                  {"isa", isa()},
                  {"cpu", cpu_model()},
                  {"gpu", gpu_of(spec)},
                  {"batches", batches.position()},
                  {"step", step},
                  {"samples", samples},
                  {"window_samples", window_samples},
                  {"window_loss", window_loss},
                  {"lr", lr},
                  {"validation_accuracy", validation_accuracy ? Json(*validation_accuracy) : Json(nullptr)},
                  {"history", history},
                  {"started_at", started_at},
                  {"evaluate_s", evaluate_s},
                  {"wall_s", wall}};
  state.add("model", save_model(*model));
  for (std::size_t i = 0; i < optimizers.size(); ++i) state.add(fmt::format("optimizer{}", i), optimizers[i]->save());
  for (const auto& [name, probe] : probes) state.add("probe " + name, probe->save());
  return to_bytes(state);
}

void TrainingState::load(std::string_view bytes, const std::string& where, ProbeContext& context) {
  const SavedState state = from_bytes(bytes, where);
  const Json& values = state.values;
  try {
    if (const int version = values.at("schema_version"); version < 1 || version > kStateVersion) {
      throw environment_error(fmt::format("{} is a training state of version {}, and this bnexp reads versions 1 to {}",
                                          where, version, kStateVersion),
                              "use the release of bnexp that wrote it, or train the trial from its start");
    }
    if (values.at("settings_sha256") != fingerprint(context.spec)) {
      throw environment_error(where + " is the training state of a trial with other settings",
                              "train the trial from its start");
    }
    require_same_kernels(values, where, context.spec);
    load_model(*model, state.part("model"));
    parameters.refresh();
    for (std::size_t i = 0; i < optimizers.size(); ++i) {
      optimizers[i]->load(state.part(fmt::format("optimizer{}", i)));
    }
    for (auto& [name, probe] : probes) probe->load(context, state.part("probe " + name));
    step = count_in(values, "step");
    batches.seek(values.at("batches"));
    require(step <= context.steps && step == batches.taken(),
            fmt::format("is at step {} of {}, and has taken {} batches", step, context.steps, batches.taken()));
    samples = count_in(values, "samples");
    window_samples = count_in(values, "window_samples");
    window_loss = values.at("window_loss");
    lr = values.at("lr");
    validation_accuracy.reset();
    if (const Json& accuracy = values.at("validation_accuracy"); !accuracy.is_null()) {
      validation_accuracy = accuracy.get<double>();
    }
    history = values.at("history");
    require(is_history(history), "has a history that is none");
    started_at = values.at("started_at").get<std::string>();
    evaluate_s = values.at("evaluate_s");
    wall_s = values.at("wall_s");
    require(!started_at.empty() && 0 <= evaluate_s && evaluate_s <= wall_s && wall_s < kMostTime_s,
            "has times that are none");
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const Json::exception& error) {
    throw damaged(where, problem_of(error));
  } catch (const std::exception& error) {  // of LibTorch, whose texts go on with a backtrace
    const std::string text = error.what();
    throw damaged(where, text.substr(0, text.find('\n')));
  }
}

}  // namespace bnexp::train
