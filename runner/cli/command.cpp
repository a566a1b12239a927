#include "cli/command.h"

#include "norm/resolve.h"

namespace bnexp::cli {

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& summary, const std::string& examples) {
  CLI::App* command = app.add_subcommand(name, summary);
  command->footer("Examples:\n" + examples);
  return command;
}

void SuiteArguments::add_to(CLI::App& command, bool with_data) {
  command.add_option("CONFIG", file, "a suite's YAML file, or the name of one that comes with bnexp")->required();
  command.add_option("--set", overrides, "set a value over the file's: --set train.optimizer.lr=0.05 (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  if (with_data) {
    command.add_option("--data-dir", data_folder, "folder of the data set's files; default: BNEXP_DATA_DIR, the cache")
        ->type_name("DIR");
  }
}

std::filesystem::path SuiteArguments::path() const {
  const std::filesystem::path given(file);
  std::error_code ignored;
  if (std::filesystem::exists(given, ignored) || given.has_parent_path()) return given;
  for (const auto& name : {file, file + ".yaml"}) {
    const auto shipped = share_folder() / "configs" / name;
    if (std::filesystem::exists(shipped, ignored)) return shipped;
  }
  return given;
}

std::filesystem::path SuiteArguments::folder() const { return std::filesystem::absolute(path()).parent_path(); }

config::Suite SuiteArguments::load() const {
  config::Suite suite = config::load(path(), overrides, [&](config::TrialSpec spec) {
    spec.norm.folder = folder();
    return train::check(spec);
  });
  for (auto& arm : suite.arms) {
    arm.spec.device = train::decided_device(arm.spec.device);
    norm::resolve(arm.spec.norm, folder());
  }
  for (auto& trial : suite.trials) {
    const config::TrialSpec& settled = suite.arms[trial.arm].spec;
    trial.spec.device = settled.device;
    trial.settings["device"] = settled.device;
    trial.spec.norm = settled.norm;
    trial.settings["norm"] = settled.norm.settings;
  }
  return suite;
}

data::Places SuiteArguments::places() const { return {.folder = data_folder, .config_folder = path().parent_path()}; }

exec::PlanSources plan_sources(const data::Places& places) {
  return {[places](const config::Variant& data) { return data::checksum(data, places); }, train::planned_steps};
}

std::filesystem::path store_folder(const std::string& option, const config::Suite& suite) {
  return option.empty() ? std::filesystem::path("results") / suite.name : std::filesystem::path(option);
}

std::filesystem::path share_folder() {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::error_code ignored;
  for (const auto& folder : {program / "share/bnexp", program.parent_path() / "share/bnexp"}) {
    if (std::filesystem::exists(folder, ignored)) return folder;
  }
  throw environment_error("the files that come with bnexp are not beside it: " + (program / "share/bnexp").string(),
                          "build or install it again");
}

}  // namespace bnexp::cli
