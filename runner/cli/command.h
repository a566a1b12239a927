// The program's subcommands: one file each in commands/, found by itself.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/registry.h"
#include "config/suite/suite.h"
#include "data/dataset.h"
#include "exec/plan.h"
#include "train/trainer.h"

namespace bnexp::cli {

using Action = std::function<ExitCode()>;

// Groups of subcommands in the help, in this order.
enum class Group { suites, trials, benchmarks, reference, hidden };

// Adds one subcommand to the command line, by `new_command`. Its callback sets `action`.
using AddCommand = void (*)(CLI::App& app, Action& action);

struct CommandEntry {
  Group group;
  AddCommand add;
};

Registry<CommandEntry>& commands();

// Each subcommand's file calls this.
bool add_command(const std::string& name, Group group, AddCommand add);

// A subcommand with examples, which --help shows last.
CLI::App* new_command(CLI::App& app, const std::string& name, const std::string& summary, const std::string& examples);

// An option that takes a whole number in decimal digits ("010" is 10) from `low` to `high`.
CLI::Option* add_count(CLI::App& command, const std::string& name, int& value, int low, int high,
                       const std::string& help);
CLI::Option* add_count(CLI::App& command, const std::string& name, std::int64_t& value, std::int64_t low,
                       std::int64_t high, const std::string& help);

// An option that takes a number of seconds above 0; a limit beyond a century is none.
CLI::Option* add_seconds(CLI::App& command, const std::string& name, double& value, const std::string& help);

// Options that run, plan, check and explain share.
struct SuiteArguments {
  std::string file;
  std::vector<std::string> overrides;
  std::string data_folder;

  void add_to(CLI::App& command, bool with_data);
  // A file, or the name of one of the configurations that come with the program.
  std::filesystem::path path() const;
  // The absolute folder of that file.
  std::filesystem::path folder() const;
  // Reads and expands the suite, and checks it against this machine; resolves `device: auto`.
  config::Suite load() const;
  data::Places places() const;
};

// The plan of a suite as `run` would write it.
store::Manifest manifest_of(const config::Suite& suite, const SuiteArguments& arguments, const data::Places& places,
                            bool weights);

// train::planned_steps of a trial's settings.
std::int64_t planned_steps(const Json& settings, std::int64_t train_images);

// `json` for output; a byte that isn't UTF-8 becomes U+FFFD.
std::string pretty(const Json& json);

// --store, or results/<suite>.
std::filesystem::path store_folder(const std::string& option, const config::Suite& suite);

// The folder of the files installed with the program (configs, report); in a build tree, next to the program.
std::filesystem::path share_folder();

}  // namespace bnexp::cli
