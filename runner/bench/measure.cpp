#include "bench/measure.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

#include "base/memory.h"
#include "bench/kept_bytes.h"
#include "bench/ways.h"

namespace bnexp::bench {
namespace {

using Clock = std::chrono::steady_clock;

// One timed operation: `once` runs it and returns the seconds of its timed part.
struct Timed {
  std::function<double()> once;
  std::string name;
  Times* times = nullptr;
};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::int64_t bytes_of(const torch::Tensor& tensor) { return static_cast<std::int64_t>(tensor.nbytes()); }

double difference(const torch::Tensor& y, const torch::Tensor& reference) {
  const torch::NoGradGuard no_grad;
  const auto largest = reference.abs().max().to(torch::kDouble).item<double>();
  return (y.to(torch::kFloat) - reference.to(torch::kFloat)).abs().max().item<double>() / std::max(largest, 1e-30);
}

// Tensors and functions of all cases, and the places for their times.
class Bench {
 public:
  explicit Bench(const Plan& plan) {
    outcome_.refused = plan.refused;
    for (const Case& what : plan.cases) add(what);
  }

  std::deque<Timed>& timed() { return timed_; }

  // Every case with as many repetitions as all of its ways have. Call it once.
  Outcome take() {
    for (Pending& pending : pending_) {
      Measured& result = pending.result;
      result.copy = *pending.copy;
      std::vector<Times*> all{&result.copy};
      for (auto& way : result.ways) {
        all.push_back(&way.forward);
        if (way.backward) all.push_back(&*way.backward);
      }
      const auto fewer = [](const Times* a, const Times* b) { return a->ns.size() < b->ns.size(); };
      const std::size_t rounds = (*std::ranges::min_element(all, fewer))->ns.size();
      if (rounds == 0) continue;
      for (Times* times : all) times->ns.resize(rounds);
      outcome_.cases.push_back(std::move(result));
    }
    return std::move(outcome_);
  }

 private:
  // Shared by all cases of a shape and type.
  struct Shared {
    torch::Tensor x;
    torch::Tensor leaf;   // x, requiring a gradient
    torch::Tensor other;  // the target of the copy of x
    torch::Tensor gy;
    Times copy;
  };
  struct Pending {
    Measured result;
    const Times* copy = nullptr;
  };

  Shared& shared(const Case& what) {
    if (!shared_.empty() && shape_ == what.shape && type_ == what.type) return shared_.back();
    shape_ = what.shape;
    type_ = what.type;
    torch::manual_seed(1);
    Shared& made = shared_.emplace_back();
    made.x = (torch::randn(what.shape) * 1.5 + 0.3).to(scalar_type(what.type));
    made.leaf = made.x.detach().requires_grad_();
    made.other = torch::empty_like(made.x);
    timed_.push_back({[&made] {
                        const torch::NoGradGuard no_grad;
                        const auto start = Clock::now();
                        made.other.copy_(made.x);
                        return seconds_since(start);
                      },
                      fmt::format("copy, {}, {}", shape_label(what.shape), what.type), &made.copy});
    return made;
  }

  void add(const Case& what) {
    Shared& at = shared(what);
    const torch::Tensor& x = what.trains() ? at.leaf : at.x;
    Ways ways = ways_of(what, x);
    for (const auto& [way, problem] : ways.failed) {
      outcome_.refused.push_back({fmt::format("{}, {}, {}, {}", norm_label(what.norm), what.type, what.mode, way),
                                  shape_label(what.shape), problem});
    }
    const auto composed = std::ranges::find(ways.all, "composed", &Way::name);
    if (composed == ways.all.end()) {
      outcome_.failed.insert(what.id());
      return;
    }
    const torch::NoGradGuard no_grad;
    const torch::Tensor reference = composed->forward(at.x);
    if (!at.gy.defined()) at.gy = torch::randn_like(reference);
    Pending& pending = pending_.emplace_back();
    pending.copy = &at.copy;
    Measured& result = pending.result;
    result.what = what;
    result.absent = std::move(ways.absent);
    result.absent.merge(ways.failed);
    result.composed_is_torch = ways.composed_is_torch;
    result.copy_bytes = 2 * bytes_of(at.x);
    result.forward_bytes = bytes_of(at.x) + bytes_of(reference);
    result.backward_bytes = 2 * bytes_of(at.x) + bytes_of(reference);
    result.ways.resize(ways.all.size());
    for (std::size_t i = 0; i < ways.all.size(); ++i) {
      result.ways[i].name = ways.all[i].name;
      result.ways[i].difference = difference(ways.all[i].forward(at.x), reference);
      time_forward(what, ways.all[i], x, result.ways[i]);
    }
    if (!what.trains()) return;
    for (std::size_t i = 0; i < ways.all.size(); ++i) time_backward(what, ways.all[i], at, result.ways[i]);
  }

  void time_forward(const Case& what, const Way& way, const torch::Tensor& x, Measured::Way& to) {
    const auto once = [=, trains = what.trains()] {
      const torch::AutoGradMode with_graph(trains);
      const auto start = Clock::now();
      const torch::Tensor y = way.forward(x);
      return seconds_since(start);
    };
    timed_.push_back({once, fmt::format("{}, {}, forward", what.label(), way.name), &to.forward});
  }

  void time_backward(const Case& what, const Way& way, const Shared& at, Measured::Way& to) {
    const torch::AutoGradMode with_graph(true);
    to.kept_bytes = kept_bytes(at.leaf, way.forward);
    to.backward.emplace();
    const auto once = [way, x = at.leaf, gy = at.gy] {
      const torch::AutoGradMode within(true);
      const torch::Tensor y = way.forward(x);
      const auto start = Clock::now();
      const auto gradients = way.backward(y, gy);
      return seconds_since(start);
    };
    timed_.push_back({once, fmt::format("{}, {}, backward", what.label(), way.name), &*to.backward});
  }

  Outcome outcome_;
  std::deque<Timed> timed_;
  std::deque<Shared> shared_;
  std::vector<std::int64_t> shape_;  // of the newest in shared_
  std::string type_;
  std::deque<Pending> pending_;
};

// Stores each result. Google Benchmark reports a benchmark right after it ran.
class Rounds final : public benchmark::BenchmarkReporter {
 public:
  Rounds(std::deque<Timed>& timed, const Options& options) : timed_(timed), options_(options) {}

  // False when it was stopped.
  bool run() {
    for (round_ = 0; round_ <= options_.repetitions && !stopped_; ++round_) {
      done_ = 0;
      benchmark::ClearRegisteredBenchmarks();
      for (Timed& one : timed_) enlist(one);
      report_progress();
      benchmark::RunSpecifiedBenchmarks(this, ".");
    }
    benchmark::ClearRegisteredBenchmarks();
    return !stopped_;
  }

  bool ReportContext(const Context&) override { return true; }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (current_ == nullptr || run.iterations == 0) continue;
      if (round_ == 0) {
        current_->times->iterations = static_cast<std::int64_t>(run.iterations);
      } else {
        current_->times->ns.push_back(1e9 * run.real_accumulated_time / static_cast<double>(run.iterations));
      }
    }
    current_ = nullptr;
    ++done_;
    if (!stopped_) report_progress();
  }

 private:
  void enlist(Timed& one) {
    auto* entry = benchmark::RegisterBenchmark(one.name.c_str(), [this, &one](benchmark::State& state) {
      if (stopped_ || (options_.stop && options_.stop())) {
        stopped_ = true;
        state.SkipWithError("stopped");
        return;
      }
      for ([[maybe_unused]] const auto unused : state) state.SetIterationTime(one.once());
      current_ = &one;
    });
    entry->UseManualTime();
    if (round_ == 0) {
      entry->MinTime(options_.repetition_s);
    } else {
      entry->Iterations(one.times->iterations);
    }
  }

  void report_progress() const {
    if (options_.progress) options_.progress({round_, options_.repetitions, done_, timed_.size()});
  }

  std::deque<Timed>& timed_;
  const Options& options_;
  std::int64_t round_ = 0;
  std::size_t done_ = 0;
  bool stopped_ = false;
  Timed* current_ = nullptr;
};

}  // namespace

Outcome measure(const Plan& plan, const Options& options) {
  at::set_num_threads(1);
  keep_freed_memory();  // as where trials are trained
  Bench bench(plan);
  const ThreadUsage start = thread_usage();
  const bool whole = bench.timed().empty() || Rounds(bench.timed(), options).run();
  const ThreadUsage used = thread_usage() - start;
  Outcome outcome = bench.take();
  outcome.interrupted = !whole;
  outcome.usage = used;
  return outcome;
}

std::string frequency_scaling() {
  switch (benchmark::CPUInfo::Get().scaling) {
    case benchmark::CPUInfo::ENABLED:
      return "yes";
    case benchmark::CPUInfo::DISABLED:
      return "no";
    default:
      return "unknown";
  }
}

}  // namespace bnexp::bench
