#include "train/trainer.h"

#include <cmath>

#include "base/thread_usage.h"
#include "support/catch.h"
#include "support/trials.h"

namespace bnexp {
namespace {

using tests::run;
using tests::small_spec;
using tests::variant;

TEST_CASE("a trial learns, and says what it did") {
  config::TrialSpec spec = small_spec();
  spec.train.steps = 80;
  const train::TrialResult result = run(spec);
  REQUIRE(result.status == train::Status::ok);
  CHECK_FALSE(result.failure);
  CHECK(result.metrics.at("test_accuracy").get<double>() > 0.5);
  CHECK(result.metrics.at("steps") == 80);
  // 784*32 + 32*16 + 16*10 + 10 weights and biases, gamma and beta of 32 + 16.
  CHECK(result.metrics.at("parameters") == 25088 + 512 + 170 + 96);
  CHECK(result.data.at("train") == 400);
  CHECK(result.data.at("validation") == 100);
  CHECK(result.data.at("test") == 200);
  const double wall_s = result.timing.at("wall_s");
  CHECK(wall_s > 0);
  // One thread trains, so it uses no more processor time than there is.
  const ThreadUsage usage = thread_usage_from(result.timing.at("scheduling"));
  CHECK(usage.wall_s == Approx(wall_s).margin(0.01));
  CHECK(usage.cpu_s > 0);
  CHECK(usage.cpu_s <= usage.wall_s + 0.01);
}

TEST_CASE("training twice gives the same bits in everything but timing") {
  config::TrialSpec spec = small_spec();
  spec.probes = {variant("probe", "loss_curve", {{"every", 1}})};
  const auto one = run(spec);
  const auto two = run(spec);
  CHECK(one.history.dump() == two.history.dump());
  CHECK(one.metrics.dump() == two.metrics.dump());
  CHECK(one.probes.dump() == two.probes.dump());
  spec.seed = 2;
  CHECK(run(spec).probes.dump() != one.probes.dump());
}

TEST_CASE("a trial is trained by one thread, however many were allowed before") {
  at::set_num_threads(3);
  run(small_spec());
  CHECK(at::get_num_threads() == 1);
}

TEST_CASE("history has an entry per epoch, or every so many steps, and one at the end") {
  config::TrialSpec spec = small_spec();
  spec.train.steps = 30;  // 13 steps per epoch: 400 images in batches of 32
  auto steps = [&] {
    std::vector<std::int64_t> result;
    for (const auto& entry : run(spec).history) result.push_back(entry.at("step"));
    return result;
  };
  CHECK(steps() == std::vector<std::int64_t>{13, 26, 30});
  spec.train.log_every = 8;
  CHECK(steps() == std::vector<std::int64_t>{8, 16, 24, 30});
}

TEST_CASE("an epoch ends with a smaller batch unless it is dropped") {
  config::TrialSpec spec = small_spec();
  spec.train.epochs = 2;
  spec.train.steps.reset();
  CHECK(train::planned_steps(spec, 500) == 26);
  CHECK(run(spec).metrics.at("steps") == 26);
  spec.train.drop_last = true;
  CHECK(train::planned_steps(spec, 500) == 24);
  CHECK(run(spec).metrics.at("steps") == 24);
}

TEST_CASE("training loss is averaged over samples, not over batches") {
  // With a vanishing rate the model stands still, so the epoch's loss is the mean over the 400 images whatever the
  // batches are. The last batch of 300 has 100 images.
  config::TrialSpec spec = small_spec();
  spec.norm = variant("norm", "none");
  spec.train.optimizer = variant("optimizer", "sgd", {{"lr", 1e-30}});
  spec.train.epochs = 1;
  spec.train.steps.reset();
  const auto loss = [&](std::int64_t batch_size) {
    spec.train.batch_size = batch_size;
    return run(spec).metrics.at("train_loss").get<double>();
  };
  CHECK(loss(300) == Approx(loss(400)).epsilon(1e-6));
}

TEST_CASE("a trial of no steps evaluates the initial weights") {
  config::TrialSpec spec = small_spec();
  spec.train.steps = 0;
  const auto result = run(spec);
  CHECK(result.status == train::Status::ok);
  CHECK(result.history.empty());
  CHECK(result.metrics.at("test_loss").get<double>() == Approx(std::log(10.0)).epsilon(0.2));
}

TEST_CASE("a rate far too high ends as diverged, with step, layer and tensor") {
  config::TrialSpec spec = small_spec();
  spec.norm = variant("norm", "none");
  spec.train.steps = 200;
  spec.train.optimizer = variant("optimizer", "sgd", {{"lr", 1e20}});
  const auto result = run(spec);
  REQUIRE(result.status == train::Status::diverged);
  REQUIRE(result.failure);
  CHECK(result.failure->step.value() >= 1);
  CHECK(result.failure->step.value() < 200);
  CHECK_FALSE(result.failure->layer.empty());
  CHECK_FALSE(result.failure->tensor.empty());
  CHECK_FALSE(result.metrics.contains("test_accuracy"));
}

TEST_CASE("a trial stops when asked to, and says where") {
  const config::TrialSpec spec = small_spec();
  int asked = 0;
  const auto result =
      train::run(spec, *data::load(spec.data, {}), {.progress = {}, .stop = [&] { return ++asked > 5; }});
  CHECK(result.status == train::Status::interrupted);
  CHECK(result.metrics.at("steps") == 5);
  CHECK(result.failure->message == "stopped after step 5 of 12");
}

TEST_CASE("how often one logs changes no status: only training diverges") {
  // A plain network of 128 layers whose running statistics lag behind: its validation loss overflows after one step,
  // its training after two.
  config::TrialSpec spec = small_spec();
  spec.model = variant("model", "residual_mlp", {{"depth", 64}, {"width", 8}, {"skip", false}});
  spec.train.optimizer = variant("optimizer", "sgd", {{"lr", 0.1}, {"momentum", 0.9}});
  for (const std::int64_t log_every : {1, 12}) {
    INFO("every " << log_every);
    spec.train.log_every = log_every;
    const auto result = run(spec);
    CHECK(train::to_string(result.status) == "diverged");
    CHECK(result.failure.value().step == 2);
    CHECK(result.failure.value().tensor == "running_var");
  }
  spec.train.steps = 1;
  const auto result = run(spec);
  CHECK(train::to_string(result.status) == "ok");
  CHECK(result.history.at(0).at("validation_loss").is_null());
  CHECK(result.history.at(0).at("validation_accuracy").get<double>() <= 1);
  CHECK(result.metrics.at("validation_loss").is_null());
  CHECK(result.metrics.at("test_loss").is_null());
  CHECK(result.metrics.at("test_accuracy").get<double>() <= 1);
}

TEST_CASE("gradient clipping bounds the first step") {
  // Without momentum the update is lr times the clipped gradient; a tiny bound leaves the loss where it was.
  config::TrialSpec spec = small_spec();
  spec.train.steps = 5;
  spec.train.epochs.reset();
  const double free = run(spec).metrics.at("train_loss");
  spec.train.clip_grad_norm = 1e-9;
  config::TrialSpec still = small_spec();
  still.train.steps = 5;
  still.train.optimizer = variant("optimizer", "sgd", {{"lr", 1e-30}});
  const double clipped = run(spec).metrics.at("train_loss");
  CHECK(clipped == Approx(run(still).metrics.at("train_loss").get<double>()).epsilon(1e-6));
  CHECK(clipped != Approx(free).epsilon(1e-3));
}

TEST_CASE("label smoothing raises the training loss of a good model and leaves the test loss plain") {
  config::TrialSpec spec = small_spec();
  spec.train.steps = 80;
  const auto plain = run(spec);
  spec.train.label_smoothing = 0.5;
  const auto smooth = run(spec);
  // No prediction has a smoothed loss below the target's entropy: 0.55 of the label, 0.05 of each other class.
  const double entropy = -0.55 * std::log(0.55) - 9 * 0.05 * std::log(0.05);
  CHECK(plain.metrics.at("train_loss").get<double>() < 0.8 * entropy);
  CHECK(smooth.metrics.at("train_loss").get<double>() > entropy);
  CHECK(smooth.metrics.at("test_loss").get<double>() < entropy);
  spec.train.steps = 0;
  const double before = run(spec).metrics.at("test_loss");
  spec.train.label_smoothing = 0;
  CHECK(run(spec).metrics.at("test_loss").get<double>() == before);
}

TEST_CASE("a batch that leaves the norm one value per channel is found before training, with the remedy") {
  config::TrialSpec spec = small_spec();
  const auto finding = [&]() -> std::string {
    const auto findings = train::check(spec);
    if (findings.empty()) return "";
    CHECK(findings[0].key == "train.batch_size");
    return findings[0].message + "; " + findings[0].hint;
  };
  CHECK(finding().empty());
  spec.train.batch_size = 1;
  CHECK(finding() ==
        "a batch has 1 image, which leaves norm 'batch' in norm1 a single value per channel to take statistics from; "
        "raise train.batch_size");
  CHECK(run(spec).status == train::Status::failed);
  CHECK(run(spec).failure.value().message == finding());

  spec.train.batch_size = 57;  // 400 = 7 * 57 + 1
  CHECK(finding() ==
        "the last batch of each epoch has 1 of the 400 training images, which leaves norm 'batch' in norm1 a single "
        "value per channel to take statistics from; set train.drop_last: true, or another train.batch_size");
  spec.train.steps = 7;
  CHECK(finding().empty());
  CHECK(run(spec).status == train::Status::ok);
  spec.train.steps = 8;
  spec.train.drop_last = true;
  CHECK(finding().empty());
  CHECK(run(spec).status == train::Status::ok);

  spec.train.drop_last = false;
  spec.norm = variant("norm", "layer");
  CHECK(finding().empty());
  CHECK(run(spec).status == train::Status::ok);

  spec.norm = variant("norm", "ghost", {{"group", 16}});
  spec.train.batch_size = 33;
  CHECK(finding().find("a batch has 33 images, which leaves norm 'ghost'") == 0);
  spec.train.batch_size = 32;
  CHECK(finding().empty());

  config::TrialSpec images = small_spec();
  images.model = variant("model", "vgg_small", {{"widths", {4}}});
  images.train.batch_size = 1;
  images.train.steps = 2;
  CHECK(train::check(images).empty());
  CHECK(run(images).status == train::Status::ok);
}

TEST_CASE("a norm that evaluates by the batch gets more than one image in each") {
  config::TrialSpec spec = small_spec();
  spec.norm = variant("norm", "batch", {{"track_running_stats", false}});
  spec.data.settings["test"] = 65;
  spec.data.settings["validation"] = 65;
  const auto result = run(spec);
  CHECK(train::to_string(result.status) == "ok");
  CHECK(result.metrics.contains("test_accuracy"));
  // The batch decides what such a norm says of an image.
  spec.train.evaluation_batch_size = 33;
  CHECK(run(spec).metrics.at("test_loss") != result.metrics.at("test_loss"));
  CHECK(train::check(spec).empty());
  spec.train.evaluation_batch_size = 1;
  REQUIRE(train::check(spec).size() == 1);
  CHECK(train::check(spec)[0].key == "train.evaluation_batch_size");
  spec.norm = variant("norm", "batch");
  CHECK(train::check(spec).empty());
}

TEST_CASE("a test or validation set of one image is refused before training where the norm evaluates by the batch") {
  for (const char* split : {"test", "validation"}) {
    INFO(split);
    config::TrialSpec spec = small_spec();
    spec.data.settings[split] = 1;
    CHECK(train::check(spec).empty());
    spec.norm = variant("norm", "batch", {{"track_running_stats", false}});
    const auto findings = train::check(spec);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].key == std::string("data.") + split);
    const auto result = run(spec);  // where no check came before it
    CHECK(result.status == train::Status::failed);
    CHECK(result.failure.value().message.find("in evaluation too") != std::string::npos);
    CHECK(result.history.empty());
  }
}

TEST_CASE("the size of evaluation's batches changes nothing for a norm with running statistics but last bits") {
  config::TrialSpec spec = small_spec();
  const double usual = run(spec).metrics.at("test_loss");
  spec.train.evaluation_batch_size = 7;
  CHECK(run(spec).metrics.at("test_loss").get<double>() == Approx(usual).epsilon(1e-5));
}

TEST_CASE("a norm that doesn't fit its slot, or a device that isn't there, is found before training") {
  config::TrialSpec spec = small_spec();
  CHECK(train::check(spec).empty());
  spec.norm = variant("norm", "group", {{"groups", 5}});
  const auto findings = train::check(spec);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].key.starts_with("norm"));
  CHECK(findings[0].message.find("doesn't divide the 32 channels") != std::string::npos);
}

}  // namespace
}  // namespace bnexp
