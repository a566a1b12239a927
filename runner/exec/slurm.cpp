#include "exec/slurm.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/program.h"
#include "base/text.h"

namespace bnexp::exec::slurm {
namespace {

constexpr double kTaskSeconds = 1800;
constexpr std::size_t kTrialsPerTask = 4;
constexpr std::size_t kMostTasks = 16;  // where costs are unknown
constexpr double kLeastSeconds = 600;   // a time limit below is mostly warning and start-up

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\n");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::optional<std::size_t> number(const std::string& text) {
  std::size_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr == text.data()) return {};
  return value;
}

// The value of "Key = value" in `scontrol show config`; empty without one.
std::string config_value(const std::string& config, const std::string& key) {
  for (const auto& line : lines_of(config)) {
    const auto equals = line.find('=');
    if (equals != std::string::npos && trimmed(line.substr(0, equals)) == key) return trimmed(line.substr(equals + 1));
  }
  return "";
}

// MaxSubmitJobs=8(3): 8 allowed, 3 used. Without accounting there is none.
std::optional<std::size_t> submit_left() {
  const std::string user = variable("USER");
  const auto outcome = run_program({"scontrol", "-o", "show", "assoc_mgr",
                                    "users=" + (user.empty() ? std::to_string(getuid()) : user), "flags=assoc"});
  std::optional<std::size_t> least;
  const std::string key = "MaxSubmitJobs=";
  for (auto at = outcome.out.find(key); at != std::string::npos; at = outcome.out.find(key, at + 1)) {
    const std::string text = outcome.out.substr(at + key.size());
    const auto allowed = number(text);
    const auto open = text.find('(');
    if (!allowed || open == std::string::npos) continue;
    const std::size_t used = number(text.substr(open + 1)).value_or(0);
    const std::size_t left = *allowed - std::min(*allowed, used);
    least = least ? std::min(*least, left) : left;
  }
  return least;
}

std::filesystem::path jobs_file(const std::filesystem::path& store) { return store / "slurm" / "jobs"; }

}  // namespace

Limits limits() {
  const auto config = run_program({"scontrol", "show", "config"});
  if (config.code != 0) {
    throw environment_error("Slurm does not answer: " + printable(trimmed(config.err)),
                            "submit on a machine of the cluster where `squeue` works, or use `bnexp run`");
  }
  return {number(config_value(config.out, "MaxArraySize")), submit_left()};
}

std::optional<std::vector<Task>> tasks(const std::vector<std::string>& jobs) {
  if (jobs.empty()) return std::vector<Task>();
  // Without --jobs: an id that squeue does not know any more is an error there. Jobs of this user are enough.
  const auto outcome = run_program({"squeue", "-h", "-r", "-o", "%F|%K|%T|%r|%i"}, std::chrono::seconds(30));
  if (outcome.code != 0) return {};
  std::vector<Task> found;
  for (const auto& line : lines_of(outcome.out)) {
    std::istringstream stream(line);
    std::string job, index;
    Task task;
    std::getline(stream, job, '|');
    std::getline(stream, index, '|');
    std::getline(stream, task.state, '|');
    std::getline(stream, task.reason, '|');
    if (std::ranges::find(jobs, job) == jobs.end() || task.state == "COMPLETING") continue;
    task.id = job + "_" + index;
    found.push_back(std::move(task));
  }
  return found;
}

std::size_t usual_tasks(const Plan& plan, int cpus_per_task) {
  const auto cpus = static_cast<std::size_t>(cpus_per_task);
  const std::size_t left = plan.to_run();
  const std::size_t most = std::max<std::size_t>(1, (left + cpus - 1) / cpus);
  if (const auto seconds = plan.seconds(1)) {
    return std::clamp<std::size_t>(static_cast<std::size_t>(std::ceil(*seconds / kTaskSeconds / cpus_per_task)), 1,
                                   most);
  }
  return std::clamp<std::size_t>((left + kTrialsPerTask * cpus - 1) / (kTrialsPerTask * cpus), 1,
                                 std::min(most, kMostTasks));
}

std::optional<std::string> usual_time(const Plan& plan, std::size_t tasks, int cpus_per_task) {
  const auto sum = plan.seconds(1);
  if (!sum) return {};
  double longest = 0;
  for (const auto& trial : plan.trials) longest = std::max(longest, trial.cached() ? 0 : trial.seconds.value_or(0));
  const double even = *sum / static_cast<double>(tasks) / cpus_per_task;
  const auto minutes = static_cast<long>(std::ceil(std::max({1.5 * even, 2 * longest, kLeastSeconds}) / 60));
  return fmt::format("{}:{:02}:00", minutes / 60, minutes % 60);
}

std::vector<std::size_t> arrays(std::size_t tasks, const Limits& limits) {
  const std::size_t most = std::max<std::size_t>(1, limits.array_size.value_or(tasks));
  std::vector<std::size_t> sizes;
  for (std::size_t left = tasks; left > 0; left -= sizes.back()) sizes.push_back(std::min(left, most));
  return sizes;
}

std::string script(const Request& request, std::size_t tasks, const std::filesystem::path& program,
                   const std::filesystem::path& store, const std::filesystem::path& data_folder,
                   const std::filesystem::path& log_folder) {
  std::string text =
      "#!/bin/bash\n"
      "# Written by `bnexp submit`. Every task is the same: it trains the next free trial of the store until none is "
      "left.\n";
  const auto ask = [&](const std::string& option, const std::string& value) {
    if (!value.empty()) text += fmt::format("#SBATCH --{}={}\n", option, value);
  };
  ask("job-name", request.job_name);
  ask("array", fmt::format("0-{}", tasks - 1));
  ask("output", "\"" + (log_folder / "%A_%a.log").string() + "\"");
  ask("open-mode", "append");  // a requeued task goes on in its log
  text += "#SBATCH --requeue\n";
  ask("signal", fmt::format("B:USR1@{}", kWarning_s));
  ask("time", request.time);
  ask("partition", request.partition);
  ask("account", request.account);
  ask("mem", request.memory);
  ask("constraint", request.constraint);
  ask("gpus-per-task", request.gpus_per_task);
  if (!request.gpus_per_task.empty()) ask("ntasks", "1");
  ask("cpus-per-task", std::to_string(request.cpus_per_task));
  for (const auto& argument : request.further) text += fmt::format("#SBATCH {}\n", argument);
  text += fmt::format("\nexec {} work {} --jobs {} --report --requeue", shell_quoted(program.string()),
                      shell_quoted(store.string()), request.cpus_per_task);
  if (!data_folder.empty()) text += " --data-dir " + shell_quoted(data_folder.string());
  return text + "\n";
}

std::vector<std::string> submitted(const std::filesystem::path& store) {
  return lines_of(read_whole(jobs_file(store)).value_or(""));
}

std::string submit(const std::filesystem::path& store, const std::filesystem::path& script) {
  const auto outcome = run_program({"sbatch", "--parsable", script.string()});
  if (outcome.code != 0) {
    throw environment_error("sbatch refuses the job: " + printable(trimmed(outcome.err)),
                            fmt::format("the script is {}", script.string()));
  }
  const std::string id = trimmed(outcome.out.substr(0, outcome.out.find(';')));
  std::string jobs = read_whole(jobs_file(store)).value_or("");
  write_whole(jobs_file(store), jobs + id + "\n");
  return id;
}

std::string requeue_own_task() {
  const std::string array = variable("SLURM_ARRAY_JOB_ID"), job = variable("SLURM_JOB_ID");
  if (array.empty() && job.empty()) return "this process is not a task of Slurm";
  const std::string id = array.empty() ? job : array + "_" + variable("SLURM_ARRAY_TASK_ID");
  const auto outcome = run_program({"scontrol", "requeue", id}, std::chrono::seconds(30));
  return outcome.code == 0 ? "" : printable(trimmed(outcome.err));
}

}  // namespace bnexp::exec::slurm
