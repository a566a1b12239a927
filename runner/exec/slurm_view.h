// What Slurm says of the tasks that were submitted for a store, and where it differs from the leases.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "exec/status.h"

namespace bnexp::exec {

struct SlurmView {
  std::vector<std::string> jobs;  // arrays that were submitted; without any, Slurm is not asked
  bool answers = false;
  std::map<std::string, std::size_t> states;  // number of tasks that are "running" or "pending (Priority)"
  // Running trials whose lease names a task of these arrays that Slurm does not list.
  std::vector<const StoreStatus::Held*> unlisted;  // in `status`
  // Tasks that run for Slurm, and hold no running trial: "1234_7".
  std::vector<std::string> idle;
};

SlurmView slurm_view(const StoreStatus& status, const std::filesystem::path& store);

}  // namespace bnexp::exec
