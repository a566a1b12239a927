// What a run has done.
#pragma once

#include <cstddef>
#include <map>
#include <optional>

#include "base/error.h"
#include "train/result.h"

namespace bnexp::exec {

struct Summary {
  std::size_t planned = 0;
  std::size_t cached = 0;                         // done before this run
  std::size_t trained = 0;                        // by this process, whatever their status
  std::size_t found = 0;                          // done by other processes in the meantime
  std::map<train::Status, std::size_t> statuses;  // of all planned trials that now have a record
  bool interrupted = false;                       // it has ended before all was done
  // Why a trial was not trained, though no process had it: a newer release wrote its checkpoint.
  std::optional<Error> newer_checkpoint{};

  std::size_t missing() const;
  bool all_ok() const;
  bool all_final() const;          // every trial that has a record is ok or diverged
  std::size_t need_retry() const;  // trials that crashed, failed, or ran out of time or memory
};

}  // namespace bnexp::exec
