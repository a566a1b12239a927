#include "exec/submission.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <regex>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace bnexp::exec::slurm {
namespace {

constexpr double kTaskSeconds = 1800;
constexpr std::size_t kTrialsPerTask = 4;
constexpr std::size_t kMostTasks = 16;  // where costs are unknown
constexpr double kLeastSeconds = 600;   // a time limit below is mostly warning and start-up

std::string job_name(const std::string& suite) {
  std::string name = "bnexp-";
  for (const char c : suite) name += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' ? c : '_';
  return name;
}

std::filesystem::path log_folder(const Submission& submission) { return submission.store / "slurm"; }

// Lets `tasks` finish with half as much to spare, and gives the longest trial twice its time: "0:45:00"; empty if a
// cost is unknown.
std::string usual_time(const Plan& plan, std::size_t tasks, std::int64_t cpus_per_task) {
  const auto sum = plan.seconds(1);
  if (!sum) return "";
  double longest = 0;
  for (const auto& trial : plan.trials) longest = std::max(longest, trial.cached() ? 0 : trial.seconds.value_or(0));
  const double even = *sum / static_cast<double>(tasks) / static_cast<double>(cpus_per_task);
  const auto minutes = static_cast<long>(std::ceil(std::max({1.5 * even, 2 * longest, kLeastSeconds}) / 60));
  return fmt::format("{}:{:02}:00", minutes / 60, minutes % 60);
}

std::string script(const Plan& plan, const Submission& submission, const std::string& time, std::size_t tasks) {
  const Request& request = submission.request;
  std::string text =
      "#!/bin/bash\n"
      "# Written by bnexp. Every task is the same: it trains the next free trial of the store until none is left.\n";
  const auto ask = [&](const std::string& option, const std::string& value) {
    if (!value.empty()) text += fmt::format("#SBATCH --{}={}\n", option, value);
  };
  ask("job-name", job_name(plan.manifest.name));
  ask("array", fmt::format("0-{}", tasks - 1));
  ask("output", "\"" + (log_folder(submission) / "%A_%a.log").string() + "\"");
  ask("open-mode", "append");  // a requeued task goes on in its log
  text += "#SBATCH --requeue\n";
  ask("signal", fmt::format("B:USR1@{}", kWarning_s));
  ask("time", time);
  ask("partition", request.partition);
  ask("account", request.account);
  ask("mem", request.memory);
  ask("constraint", request.constraint);
  ask("gpus-per-task", request.gpus_per_task);
  if (!request.gpus_per_task.empty()) ask("ntasks", "1");
  ask("cpus-per-task", std::to_string(request.cpus_per_task));
  for (const auto& argument : request.further) text += fmt::format("#SBATCH {}\n", argument);
  text += fmt::format("\nexec {} work {} --jobs {} --report --requeue",
                      shell_quoted(std::filesystem::canonical("/proc/self/exe").string()),
                      shell_quoted(submission.store.string()), request.cpus_per_task);
  text += " --executor " + shell_quoted(fmt::format("{{name: workers, grace_s: {}}}", kGrace_s));
  text += data_option(submission.data_folder.string());
  for (const auto& word : submission.work_options) text += " " + shell_quoted(word);
  return text + "\n";
}

// Writes the script into the folder of logs, and submits it.
std::string submit(const Submission& submission, const std::string& script) {
  const auto folder = log_folder(submission);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw file_error("create", folder, error.value());
  const auto file = folder / fmt::format("submit-{}.sh", slurm::submitted(submission.store).size() + 1);
  write_whole(file, script);
  return slurm::submit(submission.store, file);
}

// How many tasks of earlier submissions are pending or running. Throws Error(environment) where that is not known: as
// many again would be submitted.
std::size_t earlier_tasks(const std::filesystem::path& store) {
  const auto jobs = slurm::submitted(store);
  std::string refusal;
  const auto earlier = tasks(jobs, &refusal);
  if (!earlier) {
    throw environment_error(
        fmt::format("Slurm does not say whether tasks of earlier submissions ({}) are pending or running: {}",
                    printable(join(jobs, ", ")), refusal),
        fmt::format("submit again when `squeue` works; if these jobs have ended, remove {} first",
                    shell_quoted(jobs_file(store).string())));
  }
  return static_cast<std::size_t>(std::ranges::count_if(*earlier, &Task::is_alive));
}

// A time limit as sbatch takes it: minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes or
// days-hours:minutes:seconds. nullopt for other words, which are left to sbatch.
std::optional<double> seconds_of(const std::string& time) {
  static const std::regex kForms(
      R"((?:(\d{1,9})-(\d{1,9})(?::(\d{1,9}))?(?::(\d{1,9}))?)|(?:(?:(\d{1,9}):)?(\d{1,9}):(\d{1,9}))|(\d{1,9}))");
  std::smatch part;
  if (!std::regex_match(time, part, kForms)) return {};
  const auto number = [&](int i) { return part[i].matched ? std::stod(part[i]) : 0; };
  return 86400 * number(1) + 3600 * (number(2) + number(5)) + 60 * (number(3) + number(6) + number(8)) + number(4) +
         number(7);
}

// Slurm rounds a limit up to minutes, may warn a minute early, and takes 0 for no limit.
void require_time_to_train(const std::string& time) {
  const auto seconds = seconds_of(time);
  const double least = kWarning_s + 60;
  if (!seconds || *seconds == 0 || 60 * std::ceil(*seconds / 60) > least) return;
  throw usage_error(
      fmt::format(
          "the time {} is too short: Slurm warns a task up to {:g} seconds before its time is over, and the task "
          "then stops",
          time, least),
      "10 minutes or more leave time to train: 0:10:00");
}

}  // namespace

void check(const Request& request) {
  std::vector<std::pair<std::string, std::string>> values{
      {"time", request.time},  {"partition", request.partition},   {"account", request.account},
      {"mem", request.memory}, {"constraint", request.constraint}, {"gpus-per-task", request.gpus_per_task}};
  for (const auto& argument : request.further) values.emplace_back("argument of sbatch", argument);
  for (const auto& [name, value] : values) {
    if (std::ranges::any_of(value, [](unsigned char c) { return std::iscntrl(c) != 0; })) {
      throw usage_error(fmt::format("the {} '{}' has a control character", name, printable(value)), "leave it out");
    }
  }
  require_time_to_train(request.time);
}

std::size_t wanted_tasks(const Plan& plan, const Submission& submission) {
  if (submission.tasks) return *submission.tasks;
  const auto cpus = static_cast<std::size_t>(submission.request.cpus_per_task);
  const std::size_t left = plan.to_run();
  const std::size_t most = std::max<std::size_t>(1, (left + cpus - 1) / cpus);
  if (const auto seconds = plan.seconds(1)) {
    const double tasks = std::ceil(*seconds / kTaskSeconds / static_cast<double>(cpus));
    return std::clamp<std::size_t>(static_cast<std::size_t>(tasks), 1, most);
  }
  return std::clamp<std::size_t>((left + kTrialsPerTask * cpus - 1) / (kTrialsPerTask * cpus), 1,
                                 std::min(most, kMostTasks));
}

std::vector<Array> arrays(const Plan& plan, const Submission& submission, std::size_t tasks, const Limits& limits) {
  std::string time = submission.request.time;
  if (time.empty()) time = usual_time(plan, tasks, submission.request.cpus_per_task);
  const std::size_t most = std::max<std::size_t>(1, limits.array_size.value_or(tasks));
  std::vector<Array> arrays;
  for (std::size_t left = tasks; left > 0; left -= arrays.back().tasks) {
    const std::size_t size = std::min(left, most);
    arrays.push_back({size, script(plan, submission, time, size)});
  }
  return arrays;
}

std::vector<Array> missing_arrays(const Plan& plan, const Submission& submission, const Limits& limits,
                                  const std::function<void(const std::string& line)>& say) {
  const std::size_t alive = earlier_tasks(submission.store);
  if (alive > 0) {
    say(fmt::format("{} of earlier submissions {} pending or running", plural(alive, "task"),
                    alive == 1 ? "is" : "are"));
  }
  const std::size_t most = wanted_tasks(plan, submission);
  std::size_t count = most - std::min(most, alive);
  if (limits.submit_left && count > *limits.submit_left) {
    count = *limits.submit_left;
    if (count + alive == 0) {
      throw environment_error("MaxSubmitJobs leaves no room for a task", "wait until other jobs of yours have ended");
    }
    say(fmt::format("MaxSubmitJobs leaves room for {}: the others are left out; the tasks take all trials in turn",
                    plural(count, "task")));
  }
  return arrays(plan, submission, count, limits);
}

std::vector<std::string> submit_missing(const Plan& plan, const Submission& submission,
                                        const std::function<void(const std::string& line)>& say) {
  std::vector<std::string> ids;
  std::size_t submitted = 0;
  for (const auto& array : missing_arrays(plan, submission, slurm::limits(), say)) {
    try {
      ids.push_back(submit(submission, array.script));
    } catch (const Error& error) {
      if (ids.empty()) throw;
      say(fmt::format("{}; the tasks that are submitted take all trials in turn", error.what()));
      break;
    }
    submitted += array.tasks;
    say(fmt::format("job {}: {}", ids.back(), plural(array.tasks, "task")));
  }
  if (!ids.empty()) say(fmt::format("{} for {}", plural(submitted, "task"), plural(plan.to_run(), "trial")));
  return ids;
}

}  // namespace bnexp::exec::slurm
