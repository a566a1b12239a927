// Work that remembers what happened.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "exec/executor.h"
#include "exec/fake.h"

namespace bnexp::test {

// The jobs of a fake suite for an executor alone, without a store.
class RecordedWork final : public exec::Work {
 public:
  explicit RecordedWork(const std::vector<Json>& behaviours) {
    const config::Suite suite = fake_suite(behaviours);
    for (const auto& trial : suite.trials) jobs_.push_back({std::to_string(trial.spec.seed), trial.settings, 0});
  }

  std::optional<exec::Job> next() override {
    if (jobs_.empty()) return std::nullopt;
    exec::Job job = jobs_.front();
    jobs_.pop_front();
    return job;
  }
  std::size_t left() const override { return jobs_.size(); }
  void join_threads() override {}
  void on_start(int worker, const exec::Job& job) override {
    workers[job.trial] = worker;
    if (started) started(job);
  }
  void on_progress(int, const exec::Job& job, const train::Progress& progress) override {
    progressed[job.trial] = progress;
    if (advanced) advanced(job);
  }
  void on_finish(int, const exec::Job& job, train::TrialResult result) override {
    results.emplace(job.trial, std::move(result));
    if (finished) finished(job);
  }

  void on_notice(int, const exec::Job& job, const std::string& text) override { notices[job.trial] = text; }
  std::vector<std::string> lost() override { return taken_over ? taken_over() : std::vector<std::string>(); }

  // Of the trial with seed `seed`.
  const train::TrialResult& result(int seed) const { return results.at(std::to_string(seed)); }
  std::string status(int seed) const { return train::to_string(result(seed).status); }

  std::function<void(const exec::Job&)> started, advanced, finished;
  std::function<std::vector<std::string>()> taken_over;
  std::map<std::string, std::string> notices;
  std::map<std::string, int> workers;
  std::map<std::string, train::Progress> progressed;
  std::map<std::string, train::TrialResult> results;

 private:
  std::deque<exec::Job> jobs_;
};

}  // namespace bnexp::test
