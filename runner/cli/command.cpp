#include "cli/command.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <system_error>

#include "base/files.h"
#include "norm/resolve.h"

namespace bnexp::cli {

namespace {

template <class T>
CLI::Option* add_decimal(CLI::App& command, const std::string& name, T& value, T low, T high, const std::string& help) {
  const auto read = [&value, low, high](const std::string& text) {
    T number{};
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number, 10);
    if (parsed.ec != std::errc() || parsed.ptr != end || number < low || number > high) {
      throw CLI::ValidationError(fmt::format("'{}' is not a whole number from {} to {}", text, low, high));
    }
    value = number;
  };
  return command.add_option_function<std::string>(name, read, help)
      ->type_name(fmt::format("N:{}-{}", low, high))
      ->default_str(std::to_string(value));
}

}  // namespace

Registry<CommandEntry>& commands() {
  static Registry<CommandEntry> registry;
  return registry;
}

bool add_command(const std::string& name, Group group, AddCommand add) { return commands().add(name, {group, add}); }

CLI::App* new_command(CLI::App& app, const std::string& name, const std::string& summary, const std::string& examples) {
  CLI::App* command = app.add_subcommand(name, summary);
  command->footer("Examples:\n" + examples);
  return command;
}

CLI::Option* add_count(CLI::App& command, const std::string& name, int& value, int low, int high,
                       const std::string& help) {
  return add_decimal(command, name, value, low, high, help);
}

CLI::Option* add_count(CLI::App& command, const std::string& name, std::int64_t& value, std::int64_t low,
                       std::int64_t high, const std::string& help) {
  return add_decimal(command, name, value, low, high, help);
}

CLI::Option* add_seconds(CLI::App& command, const std::string& name, double& value, const std::string& help) {
  constexpr double kCentury_s = 100 * 365.25 * 86400;
  const auto read = [&value](const std::string& text) {
    double number = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(number) || number <= 0) {
      throw CLI::ValidationError(fmt::format("'{}' is not a number of seconds above 0", text));
    }
    value = number > kCentury_s ? 0 : number;
  };
  return command.add_option_function<std::string>(name, read, help)->type_name("SECONDS");
}

void SuiteArguments::add_to(CLI::App& command, bool with_data) {
  command.add_option("CONFIG", file, "a suite's YAML file, or the name of one that comes with bnexp")->required();
  command.add_option("--set", overrides, "override a value of the file: --set train.optimizer.lr=0.05 (repeatable)")
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
  const auto kind = std::filesystem::status(given, ignored).type();
  const bool is_file = kind != std::filesystem::file_type::not_found && kind != std::filesystem::file_type::directory;
  if (is_file || given.has_parent_path()) return given;
  for (const auto& name : {file, file + ".yaml"}) {
    const auto shipped = share_folder() / "configs" / name;
    if (std::filesystem::exists(shipped, ignored)) return shipped;
  }
  return given;
}

std::filesystem::path SuiteArguments::folder() const { return absolute_path(path()).parent_path(); }

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
    const config::TrialSpec& resolved = suite.arms[trial.arm].spec;
    trial.spec.device = resolved.device;
    trial.settings["device"] = resolved.device;
    trial.spec.norm = resolved.norm;
    trial.settings["norm"] = resolved.norm.settings;
  }
  return suite;
}

data::Places SuiteArguments::places() const { return {.folder = data_folder, .config_folder = path().parent_path()}; }

store::Manifest manifest_of(const config::Suite& suite, const SuiteArguments& arguments, const data::Places& places,
                            bool weights) {
  store::Manifest manifest = exec::make_manifest(
      suite, arguments.folder(), weights, [&](const config::Variant& data) { return data::checksum(data, places); });
  if (!places.folder.empty()) manifest.data_folder = absolute_path(places.folder).string();
  return manifest;
}

std::int64_t planned_steps(const Json& settings, std::int64_t train_images) {
  return train::planned_steps(config::from_json<config::TrialSpec>(settings), train_images);
}

std::string pretty(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

std::filesystem::path store_folder(const std::string& option, const config::Suite& suite) {
  if (!option.empty()) return option;
  // What a pipe gives has no file name that distinguishes it from another suite.
  std::error_code ignored;
  const std::filesystem::path file = suite.file;
  if (!std::filesystem::is_regular_file(file, ignored) && suite.name == file.stem()) {
    throw usage_error(fmt::format("the suite from {} has no name for its folder of results", suite.file),
                      "add suite: NAME to it, or name the folder with --store");
  }
  return std::filesystem::path("results") / suite.name;
}

std::filesystem::path share_folder() {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::error_code ignored;
  for (const auto& folder : {program / "share/bnexp", program.parent_path() / "share/bnexp"}) {
    if (std::filesystem::exists(folder, ignored)) return folder;
  }
  throw environment_error("the files that come with bnexp are missing: " + (program / "share/bnexp").string(),
                          "build or install bnexp again");
}

}  // namespace bnexp::cli
