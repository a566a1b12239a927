// The program's subcommands, one a file. Each adds itself to the command line and says what it does when chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/suite/suite.h"
#include "data/dataset.h"
#include "exec/plan.h"
#include "train/trainer.h"

namespace bnexp::cli {

using Action = std::function<ExitCode()>;

// Adds one subcommand; its callback sets `action`.
void add_bench(CLI::App& app, Action& action);
void add_check(CLI::App& app, Action& action);
void add_data(CLI::App& app, Action& action);
void add_evaluate(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);
void add_fold(CLI::App& app, Action& action);
void add_list(CLI::App& app, Action& action);
void add_plan(CLI::App& app, Action& action);
void add_repeat(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_schema(CLI::App& app, Action& action);

// A subcommand with its examples, which --help shows last.
CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& summary, const std::string& examples);

// What run, plan, check and explain have in common.
struct SuiteArguments {
  std::string file;
  std::vector<std::string> overrides;
  std::string data_folder;

  void add_to(CLI::App& command, bool with_data);
  // A file, or the name of one of the configurations that come with the program.
  std::filesystem::path path() const;
  // Of that file, absolute.
  std::filesystem::path folder() const;
  // Read, expanded and checked against this machine; `device: auto` is decided.
  config::Suite load() const;
  data::Places places() const;
};

exec::PlanSources plan_sources(const data::Places& places);

// --store, or results/<suite>.
std::filesystem::path store_folder(const std::string& option, const config::Suite& suite);

// Folder of what is installed with the program (configs, report), beside it in a build tree.
std::filesystem::path share_folder();

}  // namespace bnexp::cli
