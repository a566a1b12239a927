#include "exec/slurm.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/program.h"
#include "base/text.h"

namespace bnexp::exec::slurm {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\n");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
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

}  // namespace

std::filesystem::path jobs_file(const std::filesystem::path& store) { return store / "slurm" / "jobs"; }

bool Task::is_held() const { return state == "PENDING" && lower_case(reason).find("held") != std::string::npos; }

Limits limits() {
  const auto config = run_program({"scontrol", "show", "config"});
  if (config.code != 0) {
    throw environment_error("Slurm does not answer: " + printable(trimmed(config.err)),
                            "use a machine of the cluster where `squeue` works, or train here: `bnexp run CONFIG`");
  }
  return {number(config_value(config.out, "MaxArraySize")), submit_left()};
}

std::optional<std::vector<Task>> tasks(const std::vector<std::string>& jobs, std::string* refusal) {
  if (jobs.empty()) return std::vector<Task>();
  // Without --jobs: an id that squeue does not know any more is an error there. Jobs of this user are enough.
  const auto outcome = run_program({"squeue", "-h", "-r", "-o", "%F|%K|%T|%r|%i"}, std::chrono::seconds(30));
  if (outcome.code != 0) {
    if (refusal != nullptr) {
      const std::string message = printable(trimmed(outcome.err));
      *refusal = message.empty() ? fmt::format("squeue ends with exit code {}", outcome.code) : message;
    }
    return {};
  }
  std::vector<Task> found;
  for (const auto& line : lines_of(outcome.out)) {
    std::istringstream stream(line);
    std::string index;
    Task task;
    std::getline(stream, task.job, '|');
    std::getline(stream, index, '|');
    std::getline(stream, task.state, '|');
    std::getline(stream, task.reason, '|');
    if (std::ranges::find(jobs, task.job) == jobs.end()) continue;
    task.id = task.job + "_" + index;
    found.push_back(std::move(task));
  }
  return found;
}

std::map<std::string, std::size_t> states(const std::vector<Task>& tasks) {
  std::map<std::string, std::size_t> states;
  for (const auto& task : tasks) {
    const bool has_reason = !task.reason.empty() && task.reason != "None";
    ++states[lower_case(task.state) + (has_reason ? " (" + printable(task.reason) + ")" : "")];
  }
  return states;
}

std::string in_words(const std::map<std::string, std::size_t>& states) {
  std::vector<std::string> parts;
  for (const auto& [state, count] : states) parts.push_back(fmt::format("{} {}", count, state));
  return join(parts, ", ");
}

std::vector<std::string> submitted(const std::filesystem::path& store) {
  return lines_of(read_whole(jobs_file(store)).value_or(""));
}

std::string submit(const std::filesystem::path& store, const std::filesystem::path& script) {
  const auto outcome = run_program({"sbatch", "--parsable", script.string()});
  if (outcome.code != 0) {
    // sbatch: error: invalid partition specified: nosuch
    std::vector<std::string> reasons;
    for (std::string line : lines_of(trimmed(outcome.err))) {
      const std::string prefix = "sbatch: error: ";
      if (line.starts_with(prefix)) line = line.substr(prefix.size());
      reasons.push_back(printable(line));
    }
    throw environment_error("sbatch refuses the job: " + join(reasons, "; "),
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
