#include "analysis/sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/sample_probes.h"
#include "base/hash.h"
#include "base/random.h"

namespace bnexp::sample {
namespace {

constexpr int kStepsPerEpoch = 860;
constexpr int kEpochs = 5;

// 0.98 -> 0.1 as if trained badly; by what is known of both norms over learning rates.
double swept_accuracy(const std::string& norm, double lr) {
  const double distance = std::abs(std::log10(lr / (norm == "none" ? 0.05 : 0.2)));
  return std::max(0.1, 0.985 - (norm == "none" ? 0.05 : 0.012) * distance * distance);
}

Json settings_of(const store::Manifest::Arm& arm, std::int64_t seed) {
  Json settings = Json::parse(R"({"data": {"name": "mnist", "mean": 0.1307, "std": 0.3081, "validation": 5000},
    "device": "cpu", "execution": {"fused": true}, "precision": "fp32", "model": {"name": "convnet"},
    "norm": {"name": "batch", "affine": true, "eps": 1e-05, "momentum": 0.1, "track_running_stats": true},
    "probes": [{"name": "loss_curve", "every": 10}],
    "train": {"batch_size": 64, "clip_grad_norm": null, "drop_last": false, "epochs": 5, "label_smoothing": 0.0,
              "log_every": null, "optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.0},
              "schedule": {"name": "constant"}, "steps": null}})");
  settings["seed"] = seed;
  for (const auto& [path, value] : arm.values.items()) {
    std::string pointer = "/" + path;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    const bool variant = value.is_string() && (path == "norm" || path == "model");
    settings[Json::json_pointer(pointer)] = variant ? Json{{"name", value}} : value;
  }
  return settings;
}

}  // namespace

store::Record ok_record(const std::string& suite, const store::Manifest::Arm& arm, std::int64_t seed, double accuracy) {
  Random random(static_cast<std::uint64_t>(seed), arm.label);
  store::Record record;
  record.suite = suite;
  record.arm = arm.label;
  record.arm_values = arm.values;
  record.seed = seed;
  record.settings = settings_of(arm, seed);
  record.semantics = store::semantics_of(record.settings);
  record.trial = store::trial_id(record.settings, sha256_hex("images"));
  auto& result = record.result;
  result.status = train::Status::ok;
  result.data = {
      {"name", "mnist"}, {"sha256", sha256_hex("images")}, {"train", 55000}, {"validation", 5000}, {"test", 10000}};
  const double reached = std::min(0.999, accuracy + 0.0008 * noise(random));
  for (int epoch = 1; epoch <= kEpochs; ++epoch) {
    const double left = std::exp(-epoch * 1.3);
    result.history.push_back({{"step", epoch * kStepsPerEpoch},
                              {"epoch", epoch},
                              {"lr", 0.1},
                              {"train_loss", std::max(0.004, 2.3 * (1 - reached) + 0.5 * left)},
                              {"validation_loss", 2.4 * (1 - reached) + 0.4 * left},
                              {"validation_accuracy", std::max(0.09, reached - 0.3 * left)}});
  }
  result.metrics = {{"test_accuracy", std::round(1e4 * reached) / 1e4},
                    {"test_loss", 2.4 * (1 - reached)},
                    {"train_loss", 2.3 * (1 - reached)},
                    {"validation_accuracy", std::round(5e3 * (reached - 0.001)) / 5e3},
                    {"validation_loss", 2.5 * (1 - reached)},
                    {"steps", kEpochs * kStepsPerEpoch},
                    {"parameters", 1199882}};
  record.context = {{"bnexp", "0.1.0"},
                    {"git", "5c096cf"},
                    {"dirty", false},
                    {"compiler", "GNU 12.2.0"},
                    {"flags", "-O3 -DNDEBUG"},
                    {"build_type", "Release"},
                    {"libtorch", "2.13.0"},
                    {"isa", "AVX2"},
                    {"threads", 1},
                    {"cpu", "Example CPU @ 2.50GHz"},
                    {"cores", 2},
                    {"memory_bytes", 16'000'000'000},
                    {"os", "Linux 6.1"},
                    {"jobs", 2},
                    {"load", 0.4},
                    {"contended", false}};
  result.timing = {{"started_at", fmt::format("2026-03-01T10:{:02}:00Z", seed % 60)},
                   {"wall_s", 75 + 2 * noise(random)},
                   {"train_s", 70.0},
                   {"evaluate_s", 3.0},
                   {"samples_per_s", 3900.0},
                   {"peak_rss_bytes", 412'000'000}};
  return record;
}

void diverge(store::Record& record, std::int64_t step) {
  auto& result = record.result;
  result.status = train::Status::diverged;
  result.failure = train::Failure{fmt::format("grad of weight of conv1 is not finite at step {}", step), step, "conv1",
                                  "grad of weight", std::nullopt};
  result.metrics = {{"steps", step}, {"parameters", result.metrics.at("parameters")}};
  result.history = Json::array();
  if (result.probes.contains("loss_curve")) {
    for (const char* list : {"steps", "loss", "lr"}) {
      auto& values = result.probes["loss_curve"][list];
      const auto windows = static_cast<std::size_t>(step) / 10;
      while (values.size() > windows) values.erase(values.size() - 1);
    }
  }
}

Store planned(const std::string& suite, const std::string& question, const std::vector<std::string>& swept,
              const std::vector<store::Manifest::Arm>& arms, int seeds,
              const std::function<void(store::Record&)>& fill) {
  Store result;
  result.manifest.name = suite;
  result.manifest.question = question;
  result.manifest.file = "configs/" + suite + ".yaml";
  result.manifest.swept = swept;
  result.manifest.arms = arms;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    for (std::int64_t seed = 1; seed <= seeds; ++seed) {
      const Json norm = arms[i].values.value("norm", Json("batch"));
      store::Record record = ok_record(suite, arms[i], seed,
                                       swept_accuracy(norm.is_string() ? norm.get<std::string>() : "batch",
                                                      arms[i].values.value("train.optimizer.lr", 0.1)));
      if (fill) fill(record);
      result.manifest.trials.push_back({record.trial, i, seed});
      result.records.push_back(std::move(record));
    }
  }
  return result;
}

Store norms_at_rates(const std::string& suite, int seeds) {
  std::vector<store::Manifest::Arm> arms;
  for (const char* norm : {"none", "batch"}) {
    for (const double rate : {0.01, 0.1}) {
      arms.push_back({fmt::format("norm={}, lr={:g}", norm, rate),
                      {{"norm", norm}, {"train.optimizer.lr", rate}},
                      {{"norm", {{"name", norm}}}, {"train", {{"optimizer", {{"lr", rate}}}}}},
                      nullptr});
    }
  }
  return planned(suite, "?", {"norm", "train.optimizer.lr"}, arms, seeds);
}

Store lr_sweep() {
  std::vector<store::Manifest::Arm> arms;
  for (const char* norm : {"none", "batch"}) {
    for (double lr : {0.001, 0.01, 0.1, 1.0}) {
      arms.push_back({fmt::format("norm={}, lr={}", norm, lr), {{"norm", norm}, {"train.optimizer.lr", lr}}});
    }
  }
  return planned("lr_sweep", "Does batch normalization widen the range of learning rates that train?",
                 {"norm", "train.optimizer.lr"}, arms, 3, [](store::Record& record) {
                   Random random(static_cast<std::uint64_t>(record.seed), "probes/" + record.arm);
                   const bool batch = record.arm_values["norm"] == "batch";
                   const double lr = record.arm_values["train.optimizer.lr"];
                   auto& result = record.result;
                   result.probes["loss_curve"] =
                       loss_curve(result.metrics["test_accuracy"], kEpochs * kStepsPerEpoch, lr, 10, random);
                   result.probes["activations"] = activations(batch, random);
                   if (batch) result.probes["running_stats"] = running_stats(0.1, random);
                   result.timing["resources"] = resources(batch ? 16.5 : 14.2, random);
                   if (!batch && lr == 1) diverge(record, 2 + 14 * record.seed);
                   if (!batch && lr == 0.001 && record.seed == 2) result.metrics["test_accuracy"] = 0.1135;
                 });
}

Store momentum_sweep() {
  std::vector<store::Manifest::Arm> arms;
  for (const Json& momentum : {Json(0.01), Json(0.1), Json(0.5), Json(0.9), Json()}) {
    arms.push_back({"momentum=" + momentum.dump(), {{"norm.momentum", momentum}}});
  }
  return planned("momentum_sweep", "How noisy are running statistics, by momentum?", {"norm.momentum"}, arms, 2,
                 [](store::Record& record) {
                   Random random(static_cast<std::uint64_t>(record.seed), "probes/" + record.arm);
                   const Json& momentum = record.arm_values["norm.momentum"];
                   auto& probe = record.result.probes["running_stats"];
                   probe = running_stats(momentum.is_null() ? 0.003 : momentum.get<double>(), random);
                   probe["law"] = law(momentum, random);
                 });
}

Store norm_compare() {
  std::vector<store::Manifest::Arm> arms;
  for (const Json& norm :
       {Json("none"), Json("batch"), Json("layer"), Json("instance"), Json({{"name", "group"}, {"groups", 8}})}) {
    arms.push_back(
        {"norm=" + (norm.is_string() ? norm.get<std::string>() : norm["name"].get<std::string>()), {{"norm", norm}}});
  }
  return planned("norm_compare", "Which norm trains best at one setting?", {"norm"}, arms, 5);
}

Store hostile() {
  const std::string script = "</script><script>alert(1)</script>";
  std::vector<store::Manifest::Arm> arms{
      {"norm=" + script, {{"norm", script}}},
      {"norm=\"'><img src=x onerror=alert(2)>|`*", {{"norm", "\"'><img src=x onerror=alert(2)>|`*"}}},
      {"norm=\u2028{{answer}}<!--\n", {{"norm", "\u2028{{answer}}<!--\n"}}}};
  Store store = planned(script, "Is <b>this</b> safe & \"sound\"? <!-- " + script, {"norm"}, arms, 2);
  for (auto& record : store.records) {
    if (record.seed != 2) continue;
    diverge(record, 5);
    record.result.failure->message = script + " javascript:alert(3)";
    record.result.failure->layer = "<img src=x onerror=alert(4)>";
  }
  store.manifest.file = "configs/it's $(alert).yaml";
  return store;
}

Store partial() {
  Store store = lr_sweep();
  auto& records = store.records;
  records[10].result.status = train::Status::crashed;
  records[10].result.failure = train::Failure{"the worker was killed by signal 9", std::nullopt, "", "", 9};
  records[10].result.metrics = Json::object();
  records[11].result.status = train::Status::interrupted;
  records[11].result.failure = train::Failure{"stopped by the user", std::nullopt, "", "", std::nullopt};
  records[11].result.metrics = Json::object();
  records[3].context["cpu"] = "Another CPU @ 3.10GHz";
  records[4].context["contended"] = true;
  records.erase(records.begin() + 20, records.end());
  return store;
}

namespace {

// 5 norms x 8 rates x `batches` batch sizes x 5 seeds.
Store grid(const std::string& suite, int batches) {
  std::vector<store::Manifest::Arm> arms;
  for (const char* norm : {"none", "batch", "layer", "instance", "group"}) {
    for (double lr : {0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0}) {
      for (int batch = 16; batch < 16 * (1 + batches); batch += 16) {
        arms.push_back({fmt::format("norm={}, lr={}, batch_size={}", norm, lr, batch),
                        {{"norm", norm}, {"train.optimizer.lr", lr}, {"train.batch_size", batch}}});
      }
    }
  }
  return planned(suite, "Does a report of thousands of trials still open?",
                 {"norm", "train.optimizer.lr", "train.batch_size"}, arms, 5, [](store::Record& record) {
                   Random random(static_cast<std::uint64_t>(record.seed), "probes/" + record.arm);
                   record.result.probes["loss_curve"] = loss_curve(record.result.metrics["test_accuracy"], 4300,
                                                                   record.arm_values["train.optimizer.lr"], 10, random);
                   if (record.arm_values["norm"] == "batch")
                     record.result.probes["running_stats"] = running_stats(0.1, random);
                   record.result.timing["resources"] = resources(15, random);
                 });
}

}  // namespace

Store large() { return grid("large", 5); }

Store huge() { return grid("huge", 50); }

std::vector<std::string> names() {
  return {"lr_sweep", "momentum_sweep", "norm_compare", "hostile", "partial", "large"};
}

Store make(const std::string& name) {
  if (name == "lr_sweep") return lr_sweep();
  if (name == "momentum_sweep") return momentum_sweep();
  if (name == "norm_compare") return norm_compare();
  if (name == "hostile") return hostile();
  if (name == "partial") return partial();
  if (name == "huge") return huge();
  return large();
}

}  // namespace bnexp::sample
