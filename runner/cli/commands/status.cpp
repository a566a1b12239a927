#include "exec/status.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/console.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/damage.h"
#include "cli/signals.h"
#include "cli/trial.h"
#include "exec/slurm.h"
#include "exec/slurm_view.h"

namespace bnexp::cli {
namespace {

constexpr int kWatchMs = 2000;
constexpr std::size_t kNamedTasks = 5;

struct StatusOptions {
  std::string store;
  bool watches = false;
  bool as_json = false;
};

exec::StoreStatus read(const store::Store& store) {
  return exec::status_of(exec::make_plan(manifest_in(store), planned_steps, &store),
                         store::Leases(store.folder()).all());
}

std::string step_text(const store::HeldLease& lease) {
  if (!lease.holder || lease.holder->steps == 0) return "not known yet";
  return fmt::format("{}/{} ({:.0f}%)", lease.holder->step, lease.holder->steps,
                     100.0 * static_cast<double>(lease.holder->step) / static_cast<double>(lease.holder->steps));
}

std::string holder_text(const store::HeldLease& lease) {
  if (!lease.holder) return "unknown";
  const store::Holder& holder = *lease.holder;
  return fmt::format("{}, {}", printable(holder.host),
                     holder.job.empty() ? fmt::format("process {}", holder.pid) : "job " + printable(holder.job));
}

// Columns as wide as their widest cell.
std::vector<std::string> aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format(" {:<{}} ", row[i], widths[i]);
    lines.push_back(line.substr(0, line.find_last_not_of(' ') + 1));
  }
  return lines;
}

std::vector<std::string> held_lines(const exec::StoreStatus& status, const std::vector<exec::StoreStatus::Held>& held) {
  std::vector<std::vector<std::string>> rows{{"trial", "step", "where", "since", "last sign of life"}};
  for (const auto& one : held) {
    rows.push_back({status.plan.name(*one.trial), step_text(one.lease), holder_text(one.lease),
                    one.lease.holder ? printable(one.lease.holder->since) : "unknown",
                    human_duration(one.lease.age_s) + " ago"});
  }
  return aligned(rows);
}

// The reasons of trials that ended for another reason than their training, with the number of each.
std::map<std::pair<train::Status, std::string>, std::size_t> failures(const exec::StoreStatus& status,
                                                                      const store::Store& store) {
  std::map<std::pair<train::Status, std::string>, std::size_t> reasons;
  for (const auto* trial : status.failed) {
    const auto record = store.find(trial->trial);
    const std::string why = record && record->result.failure ? record->result.failure->message : "no reason is known";
    ++reasons[{*trial->status, why}];
  }
  return reasons;
}

std::vector<std::string> failure_lines(const exec::StoreStatus& status, const store::Store& store) {
  std::vector<std::string> lines;
  for (const auto& [reason, count] : failures(status, store)) {
    lines.push_back(fmt::format("  {} x {}: {}", count, train::to_string(reason.first), printable(reason.second)));
  }
  return lines;
}

Json to_json(const std::map<std::pair<train::Status, std::string>, std::size_t>& failures) {
  Json result = Json::array();
  for (const auto& [reason, count] : failures) {
    result.push_back({{"status", train::to_string(reason.first)}, {"reason", reason.second}, {"trials", count}});
  }
  return result;
}

std::vector<std::string> slurm_lines(const exec::StoreStatus& status, const store::Store& store) {
  const auto view = exec::slurm_view(status, store.folder());
  if (view.jobs.empty()) return {};
  if (!view.answers) return {"Slurm can't be asked here for the submitted jobs: " + printable(join(view.jobs, ", "))};
  const std::string states = exec::slurm::in_words(view.states);
  std::vector<std::string> lines{"Slurm: " + (states.empty() ? "no task is pending or running" : states)};
  for (const auto* held : view.unlisted) {
    lines.push_back(
        fmt::format("  job {} holds {}, but Slurm does not list it: the trial is free {} after its last sign of life",
                    printable(held->lease.holder->job), status.plan.name(*held->trial),
                    human_duration(held->lease.holder->expires_s)));
  }
  if (const std::size_t count = view.idle.size(); count > 0) {
    std::vector<std::string> named = view.idle;
    named.resize(std::min(count, kNamedTasks));
    if (count > kNamedTasks) named.push_back(fmt::format("{} more", count - kNamedTasks));
    lines.push_back(
        fmt::format("  {} running for Slurm, but {} no trial: {}. Such a task starts, ends, waits for trials of "
                    "others, or is stuck",
                    plural(count, "task") + (count == 1 ? " is" : " are"), count == 1 ? "holds" : "hold",
                    printable(join(named, ", "))));
  }
  return lines;
}

Json slurm_json(const exec::StoreStatus& status, const store::Store& store) {
  const auto view = exec::slurm_view(status, store.folder());
  if (view.jobs.empty()) return nullptr;
  Json unlisted = Json::array();
  for (const auto* held : view.unlisted) {
    unlisted.push_back({{"task", held->lease.holder->job}, {"trial", held->trial->trial}});
  }
  return {{"jobs", view.jobs},
          {"answers", view.answers},
          {"states", view.states},
          {"holding_but_not_listed", std::move(unlisted)},
          {"running_without_trial", view.idle}};
}

std::string command_for_the_rest(const exec::StoreStatus& status, const store::Store& store) {
  return exec::work_command(store.folder().string(), status.plan.manifest.data_folder);
}

std::string command_for_failures(const exec::StoreStatus& status, const store::Store& store) {
  return exec::retry_command(store.folder().string(), status.plan.manifest.data_folder);
}

std::vector<std::string> lines_of(const exec::StoreStatus& status, const store::Store& store) {
  const exec::Plan& plan = status.plan;
  std::vector<std::string> lines;
  std::vector<std::string> ended;
  for (const auto& [kind, count] : status.statuses)
    ended.push_back(fmt::format("{} {}", count, train::to_string(kind)));
  lines.push_back(fmt::format("{}: {}, {} done{}, {} running, {} waiting", printable(plan.manifest.name),
                              plural(plan.trials.size(), "trial"), status.done,
                              ended.empty() ? "" : " (records: " + join(ended, ", ") + ")", status.running.size(),
                              status.waiting));
  const auto add = [&](const std::string& title, const std::vector<std::string>& more) {
    lines.push_back(title);
    lines.insert(lines.end(), more.begin(), more.end());
  };
  if (!status.running.empty()) add("running:", held_lines(status, status.running));
  if (!status.stale.empty()) {
    add("held by processes that are dead or silent, and free to be trained:", held_lines(status, status.stale));
  }
  if (const auto slurm = slurm_lines(status, store); !slurm.empty()) {
    lines.insert(lines.end(), slurm.begin(), slurm.end());
  }
  if (const auto failures = failure_lines(status, store); !failures.empty()) {
    add("not ok; trained again only by: " + command_for_failures(status, store), failures);
  }
  if (const std::string damage = damage_note(plan); !damage.empty()) lines.push_back("note: " + damage);
  if (status.is_complete()) {
    lines.push_back("complete; its report: bnexp report " + shell_quoted(store.folder().string()));
    return lines;
  }
  if (status.seconds_left) {
    lines.push_back(fmt::format("estimated time: {} with the {} that run now", human_duration(*status.seconds_left),
                                plural(status.running.size(), "trial")));
  }
  if (plan.to_run() > 0) lines.push_back("what is left is trained by: " + command_for_the_rest(status, store));
  return lines;
}

Json to_json(const exec::StoreStatus& status, const store::Store& store) {
  const auto held = [&](const std::vector<exec::StoreStatus::Held>& list) {
    Json result = Json::array();
    for (const auto& one : list) {
      result.push_back({{"trial", one.trial->trial},
                        {"arm", status.plan.manifest.arms[one.trial->arm].label},
                        {"seed", one.trial->seed},
                        {"silent_s", one.lease.age_s},
                        {"holder", one.lease.holder ? store::to_json(*one.lease.holder) : Json(nullptr)}});
    }
    return result;
  };
  Json statuses = Json::object();
  for (const auto& [kind, count] : status.statuses) statuses[train::to_string(kind)] = count;
  Json damaged = Json::array();
  for (const auto& trial : status.plan.trials) {
    if (!trial.damage.empty()) damaged.push_back({{"trial", trial.trial}, {"damage", trial.damage}});
  }
  return {{"suite", status.plan.manifest.name},
          {"store", store.folder().string()},
          {"trials", status.plan.trials.size()},
          {"done", status.done},
          {"waiting", status.waiting},
          {"statuses", std::move(statuses)},
          {"running", held(status.running)},
          {"stale", held(status.stale)},
          {"damaged", std::move(damaged)},
          {"slurm", slurm_json(status, store)},
          {"failures", to_json(failures(status, store))},
          {"estimate_s", status.seconds_left ? Json(*status.seconds_left) : Json(nullptr)},
          {"command", status.plan.to_run() > 0 ? Json(command_for_the_rest(status, store)) : Json(nullptr)},
          {"retry_command", status.failed.empty() ? Json(nullptr) : Json(command_for_failures(status, store))}};
}

// Until everything is done, or Ctrl-C.
void watch(const store::Store& store) {
  exec::Stop stop;
  const StopOnSignals stopping(stop);
  Display display(Display::style_for_stderr(false));
  std::vector<std::string> before;
  while (!stop.requested()) {
    const auto status = read(store);
    auto lines = lines_of(status, store);
    if (display.style() != Display::Style::live && lines != before) {
      for (const auto& line : lines) display.say(line);
    }
    display.draw(lines);
    before = std::move(lines);
    if (status.is_complete()) break;
    pollfd source{stop.descriptor(), POLLIN, 0};
    poll(&source, 1, kWatchMs);
  }
  display.erase();
  for (const auto& line : before) console::print("{}\n", line);
}

ExitCode show(const StatusOptions& options) {
  const store::Store store = store::Store::open(options.store);
  if (options.watches) {
    watch(store);
  } else if (options.as_json) {
    console::write(pretty(to_json(read(store), store)) + "\n");
  } else {
    for (const auto& line : lines_of(read(store), store)) console::print("{}\n", line);
  }
  return ExitCode::ok;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* command =
      new_command(app, "status", "Show what is done, running and left in a store, from any machine that sees it.",
                  "  bnexp status results/lr_sweep\n"
                  "  bnexp status results/lr_sweep --watch\n"
                  "  bnexp status results/lr_sweep --json");
  command->add_option("STORE", options->store, "the folder that a run has written its plan into")->required();
  CLI::Option* json = command->add_flag("--json", options->as_json, "print it as JSON");
  command->add_flag("--watch", options->watches, "show it every 2 seconds until all is done")->excludes(json);
  command->callback([=, &action] { action = [=] { return show(*options); }; });
}

const bool kAdded = add_command("status", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
