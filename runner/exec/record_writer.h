// Records that are written in the background while later trials train.
#pragma once

#include <cstddef>
#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "exec/plan.h"
#include "store/store.h"

namespace bnexp::exec {

// `context` is that of the run, to which "contended" is added.
store::Record record_of(const Plan& plan, const PlannedTrial& trial, train::TrialResult result, Json context);

class RecordWriter {
 public:
  // Number of records that may be written in parallel. A file system syncs several files in the time of one: 8 at once
  // take 0.4 ms each, one after the other 8 ms each (ext4).
  static constexpr std::size_t kMost = 8;

  struct Written {
    int worker = 0;
    const PlannedTrial* trial = nullptr;
    std::unique_ptr<store::Record> record;
  };

  // `store` must outlive it.
  explicit RecordWriter(const store::Store& store) : store_(store) {}

  // `trial` must outlive this.
  void write(int worker, const PlannedTrial& trial, store::Record record);

  // Whether a record of the trial is being written, or was and is not taken.
  bool has(const std::string& trial) const;

  // The oldest record, once it is written. Waits for it only if there are more than `most`. Throws Error(environment)
  // if it can't be written.
  std::optional<Written> take(std::size_t most);

 private:
  struct Writing {
    Written what;
    std::future<void> done;  // its destructor waits for the end
  };

  const store::Store& store_;
  std::deque<Writing> writing_;  // oldest first
};

}  // namespace bnexp::exec
