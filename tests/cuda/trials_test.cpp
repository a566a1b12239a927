// Whole trials on a CUDA device, against the CPU and against themselves.
#include "cuda/trials.h"

#include <cmath>

#include "train/training.h"

namespace bnexp {
namespace {

using tests::on_cpu;
using tests::outcome;
using tests::spec_of;
using tests::train_one;
using tests::Trained;
using tests::variant;

TEST_CASE("the records of a CUDA device name it, its driver and its libraries", "[provenance]") {
  CHECK(train::cuda_version(13000) == "13.0");
  CHECK(train::cuda_version(12080) == "12.8");
  CHECK(train::cuda_version(0).empty());
  CHECK(train::cudnn_version(91900) == "9.19.0");
  CHECK(train::cudnn_version(8902) == "8.9.2");
  CHECK(train::cudnn_version(0).empty());
  BNEXP_NEEDS_CUDA;
  if (tests::device_name() != "cuda") return;
  const Json context = train::cuda_context();
  WARN(context.dump());
  for (const char* key : {"gpu", "gpu_driver", "cuda", "cudnn"}) {
    INFO(key);
    CHECK_FALSE(context.value(key, "").empty());
  }
}

// Rounding grows over the steps, in some networks by a factor at each of them. The bound on a loss is therefore the
// larger of kLosses and kOwnMove times how far a CPU's loss moves when the learning rate changes by kMove, which is the
// relative error that models_test.cpp allows a gradient. On an H200, losses after 20 steps were off by up to 7e-2;
// those off by more than 5e-3, by at most 2.6 times the move. Where a ReLU switched a few steps earlier than in the
// moved trials, losses were off by up to 56 times the move, but by less than 4e-3. The first loss comes before any
// step. Mistakes are found by models_test.cpp, where 20 steps in double leave 1e-10.
constexpr double kFirstLoss = 1e-5;
constexpr double kLosses = 1e-2;
constexpr double kOwnMove = 30;
constexpr double kMove = 1e-4;

struct Losses {
  std::vector<double> errors;  // the largest up to each step, of the device against the CPU
  std::vector<double> moves;   // of the CPU with changed rates against the CPU
};

// Compares as far as the CPU's loss stays below 100 times its first.
Losses compare(const config::TrialSpec& spec, const Trained& actual, const Trained& expected) {
  auto losses = expected.losses();
  const auto end = std::ranges::find_if(losses, [&](double loss) { return !(loss < 100 * losses[0]); });
  losses.erase(end, losses.end());
  Losses result{tests::loss_errors(actual.losses(), losses), std::vector<double>(losses.size(), 0)};
  for (const double factor : {1 - kMove, 1 + kMove}) {
    config::TrialSpec other = on_cpu(spec);
    other.train.optimizer.settings["lr"].get_ref<double&>() *= factor;
    const auto moved = tests::loss_errors(train_one(other).losses(), losses);
    for (std::size_t step = 0; step < moved.size(); ++step) {
      result.moves[step] = std::max(result.moves[step], moved[step]);
    }
  }
  return result;
}

void check(const Losses& losses, double floor = kLosses, double first = kFirstLoss) {
  for (std::size_t step = 0; step < losses.errors.size(); ++step) {
    INFO("loss of step " << step + 1 << "; with changed learning rates " << losses.moves[step]);
    CHECK(losses.errors[step] <= std::max(step == 0 ? first : floor, kOwnMove * losses.moves[step]));
  }
}

TEST_CASE("every norm in every model trains to the same bits twice, and nearly to the CPU's losses") {
  BNEXP_NEEDS_CUDA;
  tests::for_every_model([](const std::string& model, const std::vector<tests::Pairing>& all) {
    tests::Table table("trials-" + model,
                       "norm\tmodel\tstatus\tsame bits twice\tfirst loss\tloss of step 5\tlast loss\tthe last 2 with a "
                       "changed learning rate\t\ttest accuracy, device\tCPU");
    for (const auto& pairing : all) {
      INFO(pairing.name());
      const config::TrialSpec spec = spec_of(pairing);
      const Trained one = train_one(spec);
      const Trained expected = train_one(on_cpu(spec));
      const bool same = one.deterministic() == train_one(spec).deterministic();
      CHECK(same);
      // A trial that diverges may do so a step later, and in another tensor.
      CHECK(one.result.status == expected.result.status);
      const Losses losses = compare(spec, one, expected);
      check(losses);
      const auto number = [](const std::vector<double>& values, std::size_t i) {
        return values[std::min(i, values.size() - 1)];
      };
      table.row(pairing.norm.name, pairing.model.name, train::to_string(one.result.status), same ? "yes" : "no",
                losses.errors[0], number(losses.errors, 4), losses.errors.back(), number(losses.moves, 4),
                losses.moves.back(), one.result.metrics.value("test_accuracy", Json()),
                expected.result.metrics.value("test_accuracy", Json()));
    }
  });
}

TEST_CASE("every optimizer, both precisions and both executions train to the same bits twice, near the CPU's") {
  BNEXP_NEEDS_CUDA;
  for (const auto& optimizer : config::Catalog::instance().names("optimizer")) {
    for (const char* precision : {"fp32", "bf16"}) {
      for (const bool fused : {true, false}) {
        INFO(optimizer << ", " << precision << (fused ? ", fused" : ""));
        config::TrialSpec spec = spec_of({tests::forms("convnet")[0], variant("norm", "batch")});
        spec.train.optimizer = variant("optimizer", optimizer);
        spec.train.optimizer.settings["lr"] = 0.001;
        spec.train.clip_grad_norm = 1;
        spec.train.label_smoothing = 0.1;
        spec.precision = precision;
        const bool is_narrow = spec.precision == "bf16";
        spec.execution.fused = fused;
        const Trained one = train_one(spec);
        REQUIRE(outcome(one) == "ok");
        CHECK(one.deterministic() == train_one(spec).deterministic());
        // bfloat16 has 8 bits.
        check(compare(spec, one, train_one(on_cpu(spec))), is_narrow ? 0.03 : kLosses, is_narrow ? 0.03 : kFirstLoss);
      }
    }
  }
}

TEST_CASE("an MLP without a norm trains to the same bits twice on a device, with steps of other sizes in between") {
  BNEXP_NEEDS_CUDA;
  config::TrialSpec spec = spec_of({variant("model", "mlp", {{"widths", {32, 16}}}), variant("norm", "none")}, 30);
  const Trained one = train_one(spec);
  REQUIRE(outcome(one) == "ok");
  CHECK(one.deterministic() == train_one(spec).deterministic());
  check(compare(spec, one, train_one(on_cpu(spec))));
}

TEST_CASE("every probe reads on a device what it reads on the CPU") {
  BNEXP_NEEDS_CUDA;
  config::TrialSpec spec = spec_of({variant("model", "mlp", {{"widths", {32, 16}}}), variant("norm", "batch")});
  spec.probes.clear();
  for (const auto& name : config::Catalog::instance().names("probe")) spec.probes.push_back(variant("probe", name));
  const Trained one = train_one(spec);
  const Trained expected = train_one(on_cpu(spec));
  REQUIRE(outcome(one) == "ok");
  CHECK(one.deterministic() == train_one(spec).deterministic());
  // The same numbers but for rounding, at the same places.
  const Json actual = one.result.probes.flatten();
  const Json wanted = expected.result.probes.flatten();
  REQUIRE(actual.size() == wanted.size());
  for (const auto& [place, value] : wanted.items()) {
    INFO(place);
    REQUIRE(actual.contains(place));
    // A histogram's edges move its counts.
    if (!value.is_number_float() || place.find("densit") != std::string::npos) continue;
    CHECK(actual.at(place).get<double>() == Approx(value.get<double>()).epsilon(0.01).margin(1e-3));
  }
}

TEST_CASE("a trial on a device goes on from its saved state with the same bits") {
  BNEXP_NEEDS_CUDA;
  for (const auto& optimizer : config::Catalog::instance().names("optimizer")) {
    INFO(optimizer);
    config::TrialSpec spec =
        spec_of({variant("model", "convnet", {{"conv1", 4}, {"conv2", 4}, {"fc1", 8}, {"dropout", 0.25}}),
                 variant("norm", "noisy_batch")},
                12);
    spec.train.optimizer = variant("optimizer", optimizer);
    spec.probes = {variant("probe", "activations", {{"every", 2}}), variant("probe", "running_stats")};
    train::prepare(tests::device());
    const train::Callbacks none;
    std::string saved;
    {
      train::Training first(spec, tests::digits(spec), none);
      first.advance(5);
      saved = first.save();
    }
    train::Training second(spec, tests::digits(spec), none);
    second.load(saved, "saved");
    const auto resumed = second.run();
    const auto whole = train_one(spec).result;
    CHECK(resumed.history.dump() == whole.history.dump());
    CHECK(resumed.metrics.dump() == whole.metrics.dump());
    CHECK(resumed.probes.dump() == whole.probes.dump());
  }
}

}  // namespace
}  // namespace bnexp
