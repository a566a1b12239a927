// Records for tests: every key that a real one has.
#pragma once

#include "store/record.h"

namespace bnexp::test {

inline store::Record sample_record() {
  const Json settings = {{"data", {{"name", "mnist"}, {"mean", 0.1307}, {"std", 0.3081}, {"validation", 5000}}},
                         {"device", "cpu"},
                         {"execution", {{"fused", true}}},
                         {"model", {{"name", "convnet"}}},
                         {"norm", {{"name", "batch"}, {"affine", true}, {"eps", 1e-5}, {"momentum", 0.1}}},
                         {"precision", "fp32"},
                         {"probes", Json::array({{{"name", "loss_curve"}, {"every", 10}}})},
                         {"seed", 1},
                         {"train",
                          {{"batch_size", 64},
                           {"epochs", 5},
                           {"steps", nullptr},
                           {"optimizer", {{"name", "sgd"}, {"lr", 0.1}}},
                           {"schedule", {{"name", "constant"}}}}}};
  store::Record record;
  const std::string data_sha256(64, 'a');
  record.trial = store::trial_id(settings, data_sha256);
  record.suite = "lr_sweep";
  record.arm = "norm=batch, lr=0.1";
  record.arm_values = {{"norm", "batch"}, {"train.optimizer.lr", 0.1}};
  record.seed = 1;
  record.settings = settings;
  record.semantics = store::semantics_of(settings);
  record.context = {{"bnexp", "0.1.0"},    {"git", nullptr}, {"dirty", nullptr},  {"compiler", "GNU 12"},
                    {"libtorch", "2.4.0"}, {"threads", 1},   {"cpu", "x"},        {"cores", 2},
                    {"os", "Linux"},       {"jobs", 2},      {"contended", false}};
  record.result.status = train::Status::ok;
  record.result.data = {
      {"name", "mnist"}, {"sha256", data_sha256}, {"train", 55000}, {"validation", 5000}, {"test", 10000}};
  record.result.history = Json::array({{{"step", 860},
                                        {"epoch", 1.0},
                                        {"lr", 0.1},
                                        {"train_loss", 0.1},
                                        {"validation_loss", 0.05},
                                        {"validation_accuracy", 0.98}}});
  record.result.metrics = {
      {"test_accuracy", 0.9912}, {"test_loss", 0.03}, {"train_loss", 0.01}, {"steps", 4300}, {"parameters", 1200}};
  record.result.probes = {{"loss_curve", {{"every", 10}, {"steps", {10, 20}}, {"loss", {2.3, 0.1 + 0.2}}}}};
  record.result.timing = {{"started_at", "2025-01-02T03:04:05Z"}, {"wall_s", 12.5}, {"peak_rss_bytes", 300000000}};
  return record;
}

inline store::Record diverged_record() {
  store::Record record = sample_record();
  record.result.status = train::Status::diverged;
  record.result.failure =
      train::Failure{.message = "the loss is not finite", .step = 7, .layer = "fc1", .tensor = "grad of weight"};
  record.result.metrics = {{"steps", 7}, {"parameters", 1200}};
  return record;
}

inline store::Record crashed_record() {
  store::Record record = sample_record();
  record.result.status = train::Status::crashed;
  record.result.failure = train::Failure{.message = "killed by signal 9", .signal = 9};
  record.result.history = Json::array();
  record.result.metrics = Json::object();
  record.result.probes = Json::object();
  return record;
}

}  // namespace bnexp::test
