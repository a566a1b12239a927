#include "exec/session.h"

#include <fmt/format.h>

#include <chrono>
#include <deque>
#include <thread>
#include <utility>

namespace bnexp::exec {
namespace {

constexpr std::chrono::milliseconds kLook{300};  // between two looks at what another run trains

class Session final : public Listener {
 public:
  Session(const config::Suite& suite, const std::vector<PlannedTrial>& planned, const store::Store& store,
          const Json& context, const DataLoader& load, Display& display)
      : suite_(suite), store_(store), context_(context), load_(load), display_(display) {
    for (const auto& trial : planned) {
      if (trial.cached) {
        found(trial);
      } else {
        pending_.push_back(&trial);
      }
    }
  }

  // The first pending trial that no other run holds and that has no record yet.
  std::optional<Job> next() override {
    while (!pending_.empty()) {
      const PlannedTrial& trial = *pending_.front();
      pending_.pop_front();
      store::Store::Claim claim = store_.claim(trial.trial);
      if (!claim) {
        elsewhere_.push_back(&trial);
      } else if (!found(trial)) {
        const config::TrialSpec& spec = suite_.trials[trial.index].spec;
        running_.emplace(trial.trial, Running{&trial, std::move(claim)});
        return Job{trial.trial, spec, dataset(spec.data)};
      }
    }
    return std::nullopt;
  }

  void on_start(const Job& job) override { display_.started(job.trial, name(job), job.spec); }

  void on_progress(const Job& job, const train::Progress& progress) override { display_.advanced(job.trial, progress); }

  void on_finish(const Job& job, train::TrialResult result) override {
    const config::Trial& trial = suite_.trials[running_.at(job.trial).planned->index];
    const config::Arm& arm = suite_.arms[trial.arm];
    const store::Record record{.trial = job.trial,
                               .suite = suite_.name,
                               .arm = arm.label,
                               .arm_values = arm.values,
                               .seed = trial.spec.seed,
                               .settings = trial.settings,
                               .result = std::move(result),
                               .context = context_};
    store_.write(record);
    running_.erase(job.trial);
    ++summary_.trained;
    ++summary_.statuses[record.result.status];
    display_.finished(job.trial, name(job), record.result);
  }

  std::size_t waiting() const { return elsewhere_.size(); }

  // Looks again at what other runs held: takes over their records, or the trials they gave up.
  void look_again() {
    for (const PlannedTrial* trial : std::exchange(elsewhere_, {})) {
      if (!found(*trial)) pending_.push_back(trial);
    }
  }

  Summary take() { return std::move(summary_); }

 private:
  struct Running {
    const PlannedTrial* planned;
    store::Store::Claim claim;
  };

  std::string name(const Job& job) const {
    const config::Trial& trial = suite_.trials[running_.at(job.trial).planned->index];
    return fmt::format("{}, seed {}", suite_.arms[trial.arm].label, trial.spec.seed);
  }

  bool found(const PlannedTrial& trial) {
    const auto record = store_.find(trial.trial);
    if (!record || !train::is_final(record->result.status)) return false;
    ++summary_.cached;
    ++summary_.statuses[record->result.status];
    return true;
  }

  std::shared_ptr<data::Dataset> dataset(const config::Variant& data) {
    auto& loaded = datasets_[data.settings.dump()];
    if (!loaded) loaded = load_(data);
    return loaded;
  }

  const config::Suite& suite_;
  const store::Store& store_;
  const Json& context_;
  const DataLoader& load_;
  Display& display_;
  std::deque<const PlannedTrial*> pending_;
  std::vector<const PlannedTrial*> elsewhere_;
  std::map<std::string, Running> running_;
  std::map<std::string, std::shared_ptr<data::Dataset>> datasets_;
  Summary summary_;
};

}  // namespace

Summary run(const config::Suite& suite, const std::vector<PlannedTrial>& planned, const store::Store& store,
            const Json& context, Executor& executor, const DataLoader& load, Display& display,
            const std::atomic<int>& stop) {
  Session session(suite, planned, store, context, load, display);
  executor.run(session);
  for (std::size_t told = 0; session.waiting() > 0 && stop == 0;) {
    if (told != session.waiting()) {
      told = session.waiting();
      display.say(fmt::format("{} {} being trained by another run of this store; waiting", told,
                              told == 1 ? "trial is" : "trials are"));
    }
    std::this_thread::sleep_for(kLook);
    session.look_again();
    executor.run(session);
  }
  return session.take();
}

}  // namespace bnexp::exec
