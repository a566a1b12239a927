#include "exec/slurm_view.h"

#include <algorithm>
#include <set>

#include "exec/slurm.h"

namespace bnexp::exec {

SlurmView slurm_view(const StoreStatus& status, const std::filesystem::path& store) {
  SlurmView view;
  view.jobs = slurm::submitted(store);
  auto tasks = slurm::tasks(view.jobs);
  if (!tasks) return view;
  view.answers = true;
  // A task that is ending trains no more.
  std::erase_if(*tasks, &slurm::Task::is_ending);
  view.states = slurm::states(*tasks);
  std::set<std::string> listed, holding;
  for (const auto& task : *tasks) listed.insert(task.id);
  for (const auto& held : status.running) {
    if (!held.lease.holder) continue;
    const std::string& task = held.lease.holder->job;
    holding.insert(task);
    const bool is_submitted = std::ranges::find(view.jobs, task.substr(0, task.find('_'))) != view.jobs.end();
    if (is_submitted && !listed.contains(task)) view.unlisted.push_back(&held);
  }
  for (const auto& task : *tasks) {
    if (task.state == "RUNNING" && !holding.contains(task.id)) view.idle.push_back(task.id);
  }
  return view;
}

}  // namespace bnexp::exec
