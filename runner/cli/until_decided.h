// Options and steps of `--until-decided`: seeds are added to the comparisons that are undecided, one at a time.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstddef>

#include "analysis/comparisons.h"
#include "store/store.h"

namespace bnexp::cli {

struct UntilDecided {
  bool is_wanted = false;
  int max_seeds = 20;
  double max_time_s = 0;  // 0: none

  void add_to(CLI::App& command);
  // The most seeds an arm may get, of a suite with so many. Throws Error(usage) if --max-seeds is less.
  std::size_t most(std::size_t suite_seeds) const;

 private:
  CLI::Option* max_option_ = nullptr;
};

// Grows a plan as far as the records in the store decide. Without --until-decided it leaves the plan as it is.
class Looking {
 public:
  // Adds to `manifest` the seeds that a former run has needed.
  Looking(const UntilDecided& options, store::Manifest& manifest, const store::Store& store, bool quiet);

  bool is_first() const { return looks_ == 0; }
  // Adds the seeds that undecided comparisons need next. False if there are none, or the time is over.
  bool needs_more();

 private:
  analysis::Results gathered() const;
  // True if the plan has grown. `results` are those of the plan before.
  bool grow(analysis::Results results);

  const UntilDecided& options_;
  store::Manifest& manifest_;
  const store::Store& store_;
  bool quiet_;
  std::size_t looks_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace bnexp::cli
