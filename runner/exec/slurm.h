// What Slurm knows and does: the tasks of a store's arrays, the cluster's limits, sbatch. exec/submission.h makes the
// arrays.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bnexp::exec::slurm {

// What the cluster allows; nullopt: no limit, or it can't be found out.
struct Limits {
  std::optional<std::size_t> array_size;   // MaxArraySize: the largest index of an array is one less
  std::optional<std::size_t> submit_left;  // MaxSubmitJobs of the user, less the tasks that are submitted
};

// A task that Slurm still lists.
struct Task {
  std::string job;    // "1234", of its array
  std::string id;     // "1234_7"
  std::string state;  // "PENDING", "RUNNING", "COMPLETING", ...
  std::string reason;

  // A task that is requeued is ending before it is pending.
  bool is_ending() const { return state == "COMPLETING"; }
  // It starts only after `scontrol release`. Slurm also holds a task that it could not start.
  bool is_held() const;
  // Whether it trains, or will.
  bool is_alive() const { return !is_ending() && !is_held(); }
};

// Asks the cluster. Throws Error(environment) without Slurm's programs or if the controller does not answer.
Limits limits();

// The tasks of these arrays that have not ended, by squeue; nullopt where Slurm can't be asked, and then `refusal` gets
// squeue's message. An array whose tasks have all ended is not listed.
std::optional<std::vector<Task>> tasks(const std::vector<std::string>& jobs, std::string* refusal = nullptr);

// How many tasks are "running" or "pending (Priority)".
std::map<std::string, std::size_t> states(const std::vector<Task>& tasks);
// "2 running, 3 pending (Priority)"
std::string in_words(const std::map<std::string, std::size_t>& states);

// The ids of the arrays that were submitted for a store, one in a line of this file.
std::filesystem::path jobs_file(const std::filesystem::path& store);
std::vector<std::string> submitted(const std::filesystem::path& store);

// Submits a script, and keeps the id for submitted(). Throws Error(environment) with sbatch's message.
std::string submit(const std::filesystem::path& store, const std::filesystem::path& script);

// Requeues the task that this process is. Returns why it can't be; empty if it is.
std::string requeue_own_task();

}  // namespace bnexp::exec::slurm
