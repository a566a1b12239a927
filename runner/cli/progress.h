// What a person sees while a suite trains: on a terminal a block that is redrawn, else a plain line per finished trial.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "train/result.h"
#include "train/trainer.h"

namespace bnexp::cli {

class Progress {
 public:
  // lines: one per finished trial, as it finishes. live: also the redrawn block.
  enum class Style { quiet, lines, live };

  // `work` is what all trials to run add up to, in any unit that is proportional to time.
  Progress(Style style, std::size_t trials, double work);
  ~Progress();

  // `name` is the trial's arm and seed.
  void started(const std::string& trial, const std::string& name, double work);
  void advanced(const std::string& trial, const train::Progress& progress);
  void finished(const std::string& trial, const std::string& name, const std::string& outcome);
  void say(const std::string& line);

 private:
  struct Running {
    std::string name;
    double work = 0;
    train::Progress progress;
  };

  double work_done() const;
  void erase();
  void draw();

  Style style_;
  std::size_t trials_;
  double work_;
  double finished_work_ = 0;
  std::size_t finished_ = 0;
  std::map<std::string, Running> running_;
  int drawn_lines_ = 0;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_draw_;
};

// "ok, test accuracy 97.12%, 26.1s"; "diverged: conv1's output is not finite at step 3 of 300"
std::string summary(const train::TrialResult& result);

}  // namespace bnexp::cli
