// A trial that is trained in parts; state_test.cpp has every model, norm, optimizer and precision.
#include <chrono>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <thread>

#include "support/catch.h"
#include "support/trials.h"
#include "train/guard.h"
#include "train/trainer.h"

namespace bnexp {
namespace {

using tests::run;
using tests::small_spec;
using tests::variant;

constexpr std::chrono::milliseconds kPause(50);

// Pauses after a step and stops after `steps`, like a process that a scheduler warns.
train::Callbacks stopped_after(std::int64_t steps, train::Checkpointing checkpoints) {
  return {.progress = {},
          .stop =
              [steps, asked = std::int64_t{0}]() mutable {
                if (asked == 1) std::this_thread::sleep_for(kPause);
                return asked++ == steps;
              },
          .checkpoints = std::move(checkpoints)};
}

TEST_CASE("a trial that was stopped goes on from its checkpoint, and ends as if it had not been") {
  const config::TrialSpec spec = small_spec();
  const train::TrialResult whole = run(spec);
  std::string saved;
  const train::Checkpointing saving{
      .due = [] { return false; }, .save = [&](const std::string& bytes) { saved = bytes; }, .refused = {}};
  const auto data = data::load(spec.data, {});
  const auto first = train::run(spec, *data, stopped_after(7, saving));
  REQUIRE(first.status == train::Status::interrupted);
  REQUIRE_FALSE(saved.empty());
  train::Checkpointing going_on = saving;
  going_on.saved = saved;
  const auto second = train::run(spec, *data, {.progress = {}, .stop = {}, .checkpoints = going_on});
  CHECK(second.status == train::Status::ok);
  CHECK(second.history == whole.history);
  CHECK(second.metrics == whole.metrics);
  CHECK(second.timing.at("started_at") == first.timing.at("started_at"));
  CHECK(second.timing.at("wall_s").get<double>() > std::chrono::duration<double>(kPause).count());
}

TEST_CASE("a trial that went on from its checkpoint and failed then has the wall time of both attempts") {
  const config::TrialSpec spec = small_spec();
  std::string saved;
  train::Checkpointing checkpoints{
      .due = [] { return false; }, .save = [&](const std::string& bytes) { saved = bytes; }, .refused = {}};
  const auto data = data::load(spec.data, {});
  const auto first = train::run(spec, *data, stopped_after(7, checkpoints));
  checkpoints.saved = saved;
  const train::Callbacks failing{
      .progress = {}, .stop = []() -> bool { throw std::runtime_error("no disk"); }, .checkpoints = checkpoints};
  const auto attempt = [&](const train::Callbacks& own) { return train::run(spec, *data, own); };
  const auto second = train::guarded(attempt, config::to_json(spec), *data, failing);
  CHECK(second.status == train::Status::failed);
  CHECK(second.timing.at("started_at") == first.timing.at("started_at"));
  CHECK(second.timing.at("wall_s").get<double>() > std::chrono::duration<double>(kPause).count());
}

TEST_CASE("a checkpoint is saved whenever it is due, and one that is not usable starts the trial over") {
  const config::TrialSpec spec = small_spec();
  const train::TrialResult whole = run(spec);
  int saves = 0;
  std::string why;
  const train::Checkpointing checkpoints{.saved = "not a checkpoint",
                                         .name = "trial.safetensors",
                                         .due = [asked = 0]() mutable { return ++asked % 2 == 0; },
                                         .save = [&](const std::string&) { ++saves; },
                                         .refused = [&](const std::string& text) { why = text; }};
  const auto result =
      train::run(spec, *data::load(spec.data, {}), {.progress = {}, .stop = {}, .checkpoints = checkpoints});
  CHECK(saves == result.metrics.at("steps").get<int>() / 2);
  CHECK(why.find("trial.safetensors") != std::string::npos);
  CHECK(result.history == whole.history);
}

TEST_CASE("a trial of which only the first steps are trained has the same bits up to there") {
  config::TrialSpec spec = small_spec();
  spec.train.log_every = 2;
  spec.train.schedule = variant("schedule", "cosine");
  spec.probes = {variant("probe", "loss_curve", {{"every", 2}})};
  const auto data = data::load(spec.data, {});
  const auto whole = train::run(spec, *data, {});
  const auto first = [&](std::int64_t steps) {
    train::Callbacks callbacks;
    callbacks.last_step = steps;
    return train::run(spec, *data, callbacks);
  };
  const auto five = first(5);
  CHECK(five.status == train::Status::interrupted);
  CHECK(five.failure->message == "stopped after step 5 of 12");
  CHECK(five.metrics.at("steps") == 5);
  CHECK_FALSE(five.metrics.contains("test_accuracy"));
  REQUIRE(five.history.size() == 2);
  CHECK(five.history[1].dump() == whole.history[1].dump());
  CHECK(five.probes.at("loss_curve").at("loss")[1] == whole.probes.at("loss_curve").at("loss")[1]);
  CHECK(first(12).metrics.dump() == whole.metrics.dump());
  CHECK(first(100).metrics.dump() == whole.metrics.dump());
}

TEST_CASE("perturbed weights move a training by little, the same for one seed, and leave its data alone") {
  config::TrialSpec spec = small_spec();
  spec.train.log_every = 2;
  const auto data = data::load(spec.data, {});
  const auto history = [&](std::optional<std::uint64_t> seed) {
    train::Callbacks callbacks;
    callbacks.perturbation_seed = seed;
    return train::run(spec, *data, callbacks).history;
  };
  const double loss = history({})[0].at("train_loss"), perturbed = history(1)[0].at("train_loss");
  CHECK(perturbed != loss);
  CHECK(std::abs(perturbed - loss) < 1e-5 * loss);
  CHECK(history(1) == history(1));
  CHECK(history(1) != history(2));
  spec.precision = "bf16";
  CHECK(history(1) != history({}));
}

}  // namespace
}  // namespace bnexp
