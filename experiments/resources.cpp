// Question: how much time and memory does a step take, and which parts take the time?
// Measured: wall time of whole steps and of their parts, averaged over windows of `every` steps; resident memory. These
// differ from run to run, so they are written under `timing`.
// Cost: a few clock readings per step.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/machine.h"
#include "train/probe.h"

namespace bnexp::experiments {
namespace {

struct ResourcesOptions {
  std::int64_t every = 20;

  void fields(config::Fields& f) { f.integer("every", every, config::at_least(1), "steps averaged into one point"); }
};

class Resources final : public train::Probe {
 public:
  explicit Resources(const ResourcesOptions& options) : every_(options.every) {}

  void on_step(train::ProbeContext&, const train::Step& step) override {
    const double whole = step.batch_s + step.forward_s + step.backward_s + step.optimizer_s;
    const std::array<double, 5> parts{whole, step.forward_s, step.backward_s, step.optimizer_s, step.batch_s};
    for (std::size_t i = 0; i < parts.size(); ++i) sums_[i] += parts[i];
    if (step.step % every_ != 0) return;
    steps_.push_back(step.step);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      means_[i].push_back(1e3 * sums_[i] / static_cast<double>(every_));
      sums_[i] = 0;
    }
    resident_.push_back(resident_bytes(getpid()));
  }

  Json result() const override {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return {{"steps", steps_},           {"step_ms", means_[0]},
            {"forward_ms", means_[1]},   {"backward_ms", means_[2]},
            {"optimizer_ms", means_[3]}, {"batch_ms", means_[4]},
            {"rss_bytes", resident_},    {"peak_rss_bytes", usage.ru_maxrss * 1024}};
  }

  bool varies() const override { return true; }

  train::SavedState save() const override {
    return {{}, {{"sums", sums_}, {"means", means_}, {"steps", steps_}, {"resident", resident_}}};
  }

  void load(train::ProbeContext&, const train::SavedState& state) override {
    state.values.at("sums").get_to(sums_);
    state.values.at("means").get_to(means_);
    state.values.at("steps").get_to(steps_);
    state.values.at("resident").get_to(resident_);
    const auto fits = [&](const auto& one) { return one.size() == steps_.size(); };
    train::require(std::ranges::all_of(means_, fits) && fits(resident_), "has times that do not fit their steps");
  }

 private:
  std::int64_t every_;
  std::array<double, 5> sums_{};
  std::array<std::vector<double>, 5> means_;
  std::vector<std::int64_t> steps_;
  std::vector<std::int64_t> resident_;
};

BNEXP_PROBE(resources, Resources, ResourcesOptions,
            {.summary = "Wall time of a step and its parts, and resident memory.",
             .formula = "mean milliseconds over each window of `every` steps",
             .source = ""});

}  // namespace
}  // namespace bnexp::experiments
