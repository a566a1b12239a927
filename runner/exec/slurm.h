// Slurm: arrays of identical tasks that work on one store. Nothing is dealt: each task takes the next free trial.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "exec/plan.h"

namespace bnexp::exec::slurm {

// What every task of a submission asks for; empty: the cluster's default.
struct Request {
  std::string job_name;
  std::string time;  // "1:00:00", as sbatch takes it
  std::string partition, account, memory, constraint, gpus_per_task;
  int cpus_per_task = 1;
  std::vector<std::string> further;  // whole arguments for sbatch
};

// What the cluster allows; nullopt: no limit, or it can't be found out.
struct Limits {
  std::optional<std::size_t> array_size;   // MaxArraySize: the largest index of an array is one less
  std::optional<std::size_t> submit_left;  // MaxSubmitJobs of the user, less the tasks that are submitted
};

// A task that Slurm still lists.
struct Task {
  std::string id;     // "1234_7"
  std::string state;  // "PENDING", "RUNNING", "COMPLETING", ...
  std::string reason;
};

// Asks the cluster. Throws Error(environment) without Slurm's programs or if the controller does not answer.
Limits limits();

// The tasks of these arrays that have not ended and are not ending, by squeue; nullopt where Slurm can't be asked. An
// array whose tasks have all ended is not listed.
std::optional<std::vector<Task>> tasks(const std::vector<std::string>& jobs);

// How many tasks train `plan` in about half an hour each, by the costs that are known; else one for every 4 trials, at
// most 16. At least 1, and no more than there are trials for.
std::size_t usual_tasks(const Plan& plan, int cpus_per_task);

// The time limit that lets `tasks` finish `plan` with half as much to spare, and at least the longest trial twice:
// "0:45:00". nullopt if a cost is unknown.
std::optional<std::string> usual_time(const Plan& plan, std::size_t tasks, int cpus_per_task);

// The numbers of tasks of the arrays that `tasks` make within MaxArraySize.
std::vector<std::size_t> arrays(std::size_t tasks, const Limits& limits);

// The batch script of an array. `program` is bnexp, `log_folder` the folder of the tasks' output. Slurm sends USR1 to
// the task kWarning_s before its time is over; it then saves checkpoints, gives its trials back and requeues itself.
inline constexpr int kWarning_s = 90;
std::string script(const Request& request, std::size_t tasks, const std::filesystem::path& program,
                   const std::filesystem::path& store, const std::filesystem::path& data_folder,
                   const std::filesystem::path& log_folder);

// The ids of the arrays that were submitted for a store: DIR/slurm/jobs, one in a line.
std::vector<std::string> submitted(const std::filesystem::path& store);

// Submits a script, and keeps the id for submitted(). Throws Error(environment) with sbatch's message.
std::string submit(const std::filesystem::path& store, const std::filesystem::path& script);

// Requeues the task that this process is. Returns why it can't be; empty if it is.
std::string requeue_own_task();

}  // namespace bnexp::exec::slurm
