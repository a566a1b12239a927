// Progress of a suite: a line per finished trial, and on a terminal the running trials.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "base/terminal.h"
#include "train/result.h"
#include "train/trainer.h"

namespace bnexp::cli {

class Progress {
 public:
  // `work` is the sum over all trials to run, in any unit that is proportional to time.
  Progress(Display::Style style, std::size_t trials, double work);

  struct Running {
    std::string name;  // arm and seed
    double work = 0;
    train::Progress progress;  // without a loss: NaN
  };

  // Replaces the running trials.
  void running(std::map<std::string, Running> trials);
  // `name` is the trial's arm and seed.
  void started(const std::string& trial, const std::string& name, double work);
  void advanced(const std::string& trial, const train::Progress& progress);
  void finished(const std::string& trial, const std::string& name, const std::string& outcome, double work);
  Display& display() { return display_; }

 private:
  double work_done() const;
  void draw();

  Display display_;
  std::size_t trials_;
  double work_;
  double finished_work_ = 0;
  std::size_t finished_ = 0;
  std::map<std::string, Running> running_;
  std::chrono::steady_clock::time_point start_;
};

// "ok, test accuracy 97.12%, 26.1s"; "diverged: conv1's output is not finite at step 3 of 300"
std::string summary(const train::TrialResult& result);

}  // namespace bnexp::cli
