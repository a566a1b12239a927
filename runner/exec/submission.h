// Submission of a plan to Slurm: arrays of identical tasks that work on one store. Nothing is dealt: each task takes
// the next free trial.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "exec/plan.h"
#include "exec/slurm.h"

namespace bnexp::exec::slurm {

// What every task asks for; empty: the cluster's default.
struct Request {
  std::string time;  // "1:00:00", as sbatch takes it; empty: by the known costs
  std::string partition, account, memory, constraint, gpus_per_task;
  std::int64_t cpus_per_task = 1;    // trials that it trains at a time
  std::vector<std::string> further;  // whole arguments for sbatch
};

struct Submission {
  Request request;
  std::optional<std::size_t> tasks;          // nullopt: see wanted_tasks
  std::filesystem::path store, data_folder;  // absolute; an empty data folder is the default one
  std::vector<std::string> work_options;     // further words of the tasks' `bnexp work`
};

// Throws Error(usage) for a value that would break the line "#SBATCH --option=value" in two, and for a time that is
// over as soon as Slurm warns a task of its end.
void check(const Request& request);

// The tasks that were asked for, else as many as train `plan` in about half an hour each, by the costs that are known,
// else one for every 4 trials, at most 16. Without asking at least 1, and no more than there are trials for.
std::size_t wanted_tasks(const Plan& plan, const Submission& submission);

// The batch script of an array.
struct Array {
  std::size_t tasks = 0;
  std::string script;
};

// The arrays that `tasks` make within MaxArraySize. Slurm sends USR1 to a task kWarning_s before its time is over; it
// then saves checkpoints, gives its trials back and requeues itself.
inline constexpr int kWarning_s = 90;
// A trial gets this much of it to save its state: a stop request is heard after an evaluation, which may take long.
inline constexpr int kGrace_s = 60;
std::vector<Array> arrays(const Plan& plan, const Submission& submission, std::size_t tasks, const Limits& limits);

// The arrays for what is left of `plan` and no earlier task will train; none if earlier tasks are enough. `say` gets a
// line for what bounds their number. Throws Error(environment) where Slurm takes no task, or does not say whether
// earlier tasks are pending or running.
std::vector<Array> missing_arrays(const Plan& plan, const Submission& submission, const Limits& limits,
                                  const std::function<void(const std::string& line)>& say);

// Submits these arrays. `say` gets a line for each of them, too. Returns their ids. Throws Error(environment) as
// missing_arrays, and without Slurm.
std::vector<std::string> submit_missing(const Plan& plan, const Submission& submission,
                                        const std::function<void(const std::string& line)>& say);

}  // namespace bnexp::exec::slurm
