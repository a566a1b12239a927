// Saves the state of a trial from time to time, so that the next attempt goes on from there.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "train/trainer.h"

namespace bnexp::exec {

// Checkpoints of one trial, in one file, which is replaced atomically.
class Checkpoints {
 public:
  // With an empty file or every_s <= 0 there are none. None is written while `is_held` says that the trial's lease is
  // another process's, or gone: the file is that process's then. `say` gets what a user should know: that a checkpoint
  // is not usable and was set aside, or that it can't be written. A trial goes on without checkpoints.
  Checkpoints(std::string file, double every_s, std::function<bool()> is_held,
              std::function<void(const std::string& text)> say);

  // The next one is due after every_s, or after 100 times what the last one took if that is longer, so that they take
  // less than 1% of the time.
  std::optional<train::Checkpointing> callbacks();

 private:
  using Clock = std::chrono::steady_clock;

  std::optional<std::string> saved();
  void save(const std::string& bytes);
  void write(const std::string& bytes) const;
  void set_aside(const std::string& why);

  std::string file_;
  double every_s_;
  std::function<bool()> is_held_;
  std::function<void(const std::string& text)> say_;
  Clock::time_point next_;
  Clock::time_point start_;
  bool fails_ = false;  // said once
};

// Error(environment) for a file of a newer release. One that can't be read is left to the training, which says so.
std::optional<Error> newer_checkpoint(const std::filesystem::path& file);

}  // namespace bnexp::exec
