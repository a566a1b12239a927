// A trial that is stopped between two steps, saved, and loaded into a new object ends with the same bits as one that is
// never stopped: with every model, norm, optimizer, precision and probe that there is.
#include "train/state.h"

#include <limits>
#include <map>

#include "base/error.h"
#include "base/machine.h"
#include "model/weights.h"
#include "support/catch.h"
#include "support/trials.h"
#include "train/training.h"

namespace bnexp {
namespace {

using tests::variant;

const train::Callbacks kNone;
constexpr std::int64_t kHalf = 4;  // an epoch has 5 steps: the second half goes on into the next epoch

const data::Dataset& digits() {
  static const auto data =
      data::load(variant("dataset", "digits", {{"train", 60}, {"test", 20}, {"validation", 20}}), {});
  return *data;
}

// The model's smallest form that still has everything.
config::Variant tiny(const std::string& name) {
  static const std::map<std::string, Json> sizes{{"convnet", {{"conv1", 4}, {"conv2", 4}, {"fc1", 8}}},
                                                 {"deep_linear", {{"depth", 2}, {"width", 8}}},
                                                 {"lstm", {{"hidden", 8}, {"pool", 14}}},
                                                 {"mlp", {{"widths", {8, 8}}}},
                                                 {"residual_mlp", {{"depth", 2}, {"width", 8}}},
                                                 {"resnet", {{"depth", 1}, {"stages", 2}, {"width", 4}}},
                                                 {"vgg_small", {{"widths", {4, 8}}}}};
  const auto found = sizes.find(name);
  config::Variant model = variant("model", name, found == sizes.end() ? Json() : found->second);
  if (model.settings.contains("dropout")) model.settings["dropout"] = 0.25;
  return model;
}

// Every probe, reading at every step where it has such a setting.
std::vector<config::Variant> all_probes() {
  std::vector<config::Variant> probes;
  for (const auto& name : config::Catalog::instance().names("probe")) {
    config::Variant probe = variant("probe", name);
    for (const auto& [key, value] : {std::pair("every", 1), {"images", 8}, {"law_steps", 3}}) {
      if (probe.settings.contains(key)) probe.settings[key] = value;
    }
    probes.push_back(std::move(probe));
  }
  return probes;
}

config::TrialSpec tiny_spec(const std::string& model, const std::string& norm) {
  config::TrialSpec spec = tests::small_spec();
  spec.model = tiny(model);
  spec.norm = variant("norm", norm);
  spec.data.settings.update({{"train", 60}, {"test", 20}, {"validation", 20}});
  spec.train.steps = 2 * kHalf;
  spec.train.batch_size = 8;
  spec.train.log_every = 3;
  spec.train.optimizer.settings["momentum"] = 0.5;
  spec.probes = all_probes();
  return spec;
}

struct Outcome {
  train::TrialResult result;
  std::string weights;
};

// `saved` is called after half of the steps and may return a state to go on from.
Outcome train_in_two(const config::TrialSpec& spec, bool through_file) {
  Outcome outcome;
  train::Callbacks callbacks;
  callbacks.weights = [&](const std::string& bytes) { outcome.weights = bytes; };
  auto training = std::make_unique<train::Training>(spec, digits(), callbacks);
  if (through_file) {
    training->advance(kHalf);
    const std::string bytes = training->save();
    training = std::make_unique<train::Training>(spec, digits(), callbacks);
    training->load(bytes, "the state");
  }
  outcome.result = training->run();
  return outcome;
}

void check_same(const config::TrialSpec& spec) {
  INFO(spec.model.name << ", " << spec.norm.name << ", " << spec.train.optimizer.name << ", " << spec.precision);
  const Outcome whole = train_in_two(spec, false);
  const Outcome halves = train_in_two(spec, true);
  CHECK(train::to_string(halves.result.status) == train::to_string(whole.result.status));
  CHECK(halves.result.metrics.at("steps") == whole.result.metrics.at("steps"));
  CHECK(halves.result.history.dump() == whole.result.history.dump());
  CHECK(halves.result.metrics.dump() == whole.result.metrics.dump());
  CHECK(halves.result.probes.dump() == whole.result.probes.dump());
  CHECK((halves.weights == whole.weights));
}

TEST_CASE("a trial goes on from a saved state with the same bits, for every model and norm") {
  at::set_num_threads(1);
  const auto optimizers = config::Catalog::instance().names("optimizer");
  std::size_t turn = 0;
  for (const auto& model : config::Catalog::instance().names("model")) {
    for (const auto& norm : config::Catalog::instance().names("norm")) {
      config::TrialSpec spec = tiny_spec(model, norm);
      if (!train::check(spec).empty()) continue;
      // Optimizers and precisions take turns here; the next test has all of them together.
      spec.train.optimizer = variant("optimizer", optimizers[turn % optimizers.size()], {{"lr", 0.01}});
      spec.precision = turn++ % 3 == 0 ? "bf16" : "fp32";
      check_same(spec);
    }
  }
  CHECK(turn > 8 * 10);
}

TEST_CASE("a trial goes on from a saved state with the same bits, for every optimizer and precision") {
  at::set_num_threads(1);
  for (const auto& optimizer : config::Catalog::instance().names("optimizer")) {
    for (const char* precision : {"fp32", "bf16"}) {
      for (const double momentum : {0.0, 0.9}) {
        config::TrialSpec spec = tiny_spec("mlp", "batch");
        spec.train.optimizer = variant("optimizer", optimizer, {{"lr", 0.01}, {"weight_decay", 0.1}});
        if (spec.train.optimizer.settings.contains("momentum")) spec.train.optimizer.settings["momentum"] = momentum;
        spec.train.schedule = variant("schedule", "cosine", {{"warmup_steps", 3}});
        spec.precision = precision;
        check_same(spec);
      }
    }
  }
}

TEST_CASE("a data-dependent initialization and noise go on from a saved state") {
  at::set_num_threads(1);
  config::TrialSpec spec = tiny_spec("mlp", "weight");
  spec.norm.settings["data_init"] = true;
  check_same(spec);
  spec = tiny_spec("lstm", "recurrent_batch");
  spec.model.settings["initial_noise"] = 0.5;
  check_same(spec);
}

TEST_CASE("a state without a part of it would end with other bits") {
  // What the tests above rely on: their trials depend on each part.
  at::set_num_threads(1);
  config::TrialSpec spec = tiny_spec("mlp", "noisy_batch");
  const Outcome whole = train_in_two(spec, false);
  train::Training first(spec, digits(), kNone);
  first.advance(kHalf);
  const train::SavedState saved = train::from_bytes(first.save(), "the state");
  for (const std::string part :
       {"model/tensors/fc1.weight", "model/tensors/norm1.running_var", "model/generators/1", "optimizer0/momentum"}) {
    INFO(part);
    train::SavedState changed = saved;
    torch::Tensor& tensor = changed.tensors.at(part);
    train::Training other_start(spec, digits(), kNone);
    tensor = train::from_bytes(other_start.save(), "a state").tensors.at(part);
    train::Training second(spec, digits(), kNone);
    second.load(train::to_bytes(changed), "the state");
    const auto result = second.run();
    CHECK(result.metrics.dump() + result.history.dump() != whole.result.metrics.dump() + whole.result.history.dump());
  }
}

TEST_CASE("bytes that are not this trial's state are refused with a sentence") {
  at::set_num_threads(1);
  const config::TrialSpec spec = tiny_spec("mlp", "batch");
  train::Training training(spec, digits(), kNone);
  training.advance(2);
  const std::string bytes = training.save();
  const auto refusal = [&](const std::string& text) -> std::string {
    train::Training other(spec, digits(), kNone);
    try {
      other.load(text, "x.state");
    } catch (const Error& error) {
      CHECK(error.code() == ExitCode::environment);
      return error.what();
    }
    return "";
  };
  CHECK(refusal(bytes).empty());
  CHECK(refusal("").find("x.state") != std::string::npos);
  CHECK(refusal(bytes.substr(0, bytes.size() / 2)).find("x.state") != std::string::npos);
  const auto model = model::make(spec.model, {}, spec.norm);
  CHECK(refusal(model::save(*model)) == "x.state is not a saved training state");
  const auto edited = [&](const std::string& key, const Json& value) {
    train::SavedState state = train::from_bytes(bytes, "x.state");
    state.values[key] = value;
    return refusal(train::to_bytes(state));
  };
  CHECK(edited("schema_version", 7) ==
        "x.state is a training state of version 7, and this bnexp reads versions 1 to 2");
  CHECK(edited("schema_version", 1).empty());
  CHECK(edited("settings_sha256", "0") == "x.state is the training state of a trial with other settings");
  CHECK(edited("cpu", "Maker Of Others") ==
        "x.state is a training state of processor Maker, and this process has " + kernel_choice(cpu_model(), false));
  CHECK(edited("cpu", kernel_choice(cpu_model(), false) + " of another model").empty());
  CHECK(edited("gpu", "Card") == "x.state is a training state of GPU Card, and this process has none");
  CHECK(edited("cpu", nullptr).starts_with("x.state is a damaged training state"));
  CHECK(edited("lr", "many").starts_with("x.state is a damaged training state"));
  CHECK(edited("step", "many") == "the saved training state has \"many\" for step, which is a whole number");
  CHECK(edited("batches", {{"epoch", 0}, {"batch", 99}}).find("is not a position") != std::string::npos);
  CHECK(edited("optimizer0", nullptr).starts_with("x.state is a damaged training state"));
  train::SavedState lacking = train::from_bytes(bytes, "x.state");
  lacking.tensors.erase("model/tensors/fc1.weight");
  CHECK(refusal(train::to_bytes(lacking)).find("lacks tensors/fc1.weight") != std::string::npos);
  // Numbers that training would trip over only later.
  const auto is_refused = [&](const std::string& key, const Json& value, const char* why) {
    return edited(key, value).find(why) != std::string::npos;
  };
  CHECK(is_refused("step", 3, "is at step 3 of 8, and has taken 2 batches"));
  CHECK(is_refused("step", 1e300, "has 1e+300 for step, which is a whole number"));
  CHECK(is_refused("window_samples", -4, "has -4 for window_samples"));
  CHECK(is_refused("evaluate_s", 1e300, "has times that are none"));
  CHECK(is_refused("history", {{{"step", 1}}}, "has a history that is none"));
  CHECK(
      is_refused("batches", {{"epoch", std::numeric_limits<std::int64_t>::max()}, {"batch", 0}}, "is not a position"));
}

TEST_CASE("a state of an earlier release, which does not name its processor, is loaded, and bfloat16 needs the model") {
  at::set_num_threads(1);
  for (const char* precision : {"fp32", "bf16"}) {
    config::TrialSpec spec = tiny_spec("mlp", "batch");
    spec.precision = precision;
    train::Training training(spec, digits(), kNone);
    training.advance(2);
    train::SavedState state = train::from_bytes(training.save(), "x.state");
    CHECK(state.values.at("cpu") == cpu_model());
    const auto load = [&] { train::Training(spec, digits(), kNone).load(train::to_bytes(state), "x.state"); };
    state.values["cpu"] = cpu_model() + " of another model";
    if (spec.precision == "bf16") {
      CHECK_THROWS_WITH(load(), Catch::Matchers::Contains("of another model, and this process has " + cpu_model()));
    } else {
      CHECK_NOTHROW(load());
    }
    state.values.erase("cpu");
    state.values.erase("gpu");
    CHECK_NOTHROW(load());
  }
}

TEST_CASE("a saved state in which anything was changed is refused") {
  at::set_num_threads(1);
  const config::TrialSpec spec = tiny_spec("mlp", "batch");
  train::Training training(spec, digits(), kNone);
  training.advance(3);
  const std::string bytes = training.save();
  for (std::size_t i = 0; i < 200; ++i) {
    std::string changed = bytes;
    const std::size_t place = bytes.size() * i / 200;
    changed[place] = static_cast<char>(changed[place] ^ (1 << (i % 8)));
    INFO("byte " << place << " of " << bytes.size());
    train::Training other(spec, digits(), kNone);
    CHECK_THROWS_AS(other.load(changed, "x.state"), Error);
  }
}

TEST_CASE("a saved state with values that a probe or a random generator has not saved is refused") {
  at::set_num_threads(1);
  const config::TrialSpec spec = tiny_spec("mlp", "noisy_batch");
  train::Training training(spec, digits(), kNone);
  training.advance(2);
  const train::SavedState saved = train::from_bytes(training.save(), "x.state");
  const auto refusal = [&](const auto& change) -> std::string {
    train::SavedState state = saved;
    change(state);
    train::Training other(spec, digits(), kNone);
    try {
      other.load(train::to_bytes(state), "x.state");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const auto part = [&](const char* pointer, const Json& value) {
    return refusal([&](auto& state) { state.values.at(Json::json_pointer(pointer)) = value; });
  };
  CHECK(refusal([](auto&) {}).empty());
  CHECK(refusal([](auto& state) { state.tensors.at("model/generators/0") = torch::full({5056}, 7, torch::kByte); }) ==
        "x.state is a damaged training state: Invalid mt19937 state");
  CHECK(refusal([](auto& state) { state.tensors.erase("probe activations/side 0/lowest"); }) ==
        "the saved training state lacks lowest");
  CHECK(refusal([](auto& state) {
          state.tensors.at("probe activations/side 0/width") = torch::zeros({1}, torch::kDouble);
        }) == "the saved training state has another shape or type for width");
  CHECK(part("/probe activations/sides/0/0", "norm9").starts_with("x.state is a damaged training state"));
  CHECK(part("/probe activations/side 1/unit/q50", {1}) ==
        "the saved training state has percentiles that do not fit its steps");
  CHECK(part("/probe loss_curve/loss", {1}) == "the saved training state has a loss curve that does not fit its steps");
  CHECK(part("/probe resources/resident", {1}) == "the saved training state has times that do not fit their steps");
  CHECK(part("/probe running_stats/law", 1) == "the saved training state has a law that is none");
}

}  // namespace
}  // namespace bnexp
