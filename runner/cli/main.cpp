#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "base/console.h"
#include "base/text.h"
#include "cli/command.h"
#include "config/settings/catalog.h"
#include "version.h"

namespace bnexp::cli {
namespace {

constexpr const char* kEpilogue =
    "Start here:\n"
    "  bnexp run quickstart            train a small suite on embedded data and write its report\n"
    "  bnexp plan configs/lr_sweep.yaml\n"
    "  bnexp list norms\n"
    "Exit codes: 0 ok, 1 some trial did not finish ok, a claim is refuted, a change is significant or a record\n"
    "differs, 2 usage or configuration, 3 environment or I/O.";

constexpr int kInternalError = 70;  // EX_SOFTWARE of sysexits.h

void refuse_duplicates() {
  auto duplicates = config::Catalog::instance().duplicates();
  for (const auto& name : commands().duplicates()) duplicates.push_back("command '" + name + "'");
  if (!duplicates.empty()) throw std::logic_error("registered twice: " + join(duplicates, ", "));
}

const char* title_of(Group group) {
  switch (group) {
    case Group::suites:
      return "Suites";
    case Group::trials:
      return "One trial";
    case Group::benchmarks:
      return "Benchmarks";
    case Group::reference:
      return "Reference and data";
    case Group::hidden:
      return "";
  }
  return "";
}

void add_commands(CLI::App& app, Action& action) {
  for (const auto group : {Group::suites, Group::trials, Group::benchmarks, Group::reference, Group::hidden}) {
    for (const auto& name : commands().names()) {
      const CommandEntry& entry = *commands().find(name);
      if (entry.group != group) continue;
      entry.add(app, action);
      app.get_subcommand(name)->group(title_of(group));
    }
  }
}

// Prints CLI11's message, with the nearest subcommand if one was mistyped.
int refuse_usage(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  console::note("bnexp: {}\n", error.what());
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands({})) {
    if (!command->get_name().empty() && !command->get_group().empty()) names.push_back(command->get_name());
  }
  const bool chosen = !app.get_subcommands().empty();
  const std::string near = argc > 1 && !chosen ? nearest(argv[1], names) : "";
  if (!near.empty()) {
    console::note("  did you mean 'bnexp {}'?\n", near);
  } else {
    console::note("  see 'bnexp {}--help'\n", chosen ? app.get_subcommands().front()->get_name() + " " : "");
  }
  return static_cast<int>(ExitCode::usage);
}

int run(int argc, char** argv) {
  CLI::App app("bnexp: configuration-driven experiments on normalization in neural networks", "bnexp");
  app.set_version_flag("--version", std::string("bnexp ") + kVersion);
  app.footer(kEpilogue);
  app.require_subcommand(1);
  Action action;
  add_commands(app, action);
  try {
    refuse_duplicates();
    app.parse(argc, argv);
    return static_cast<int>(action());
  } catch (const CLI::Success& success) {
    std::ostringstream text;
    const int code = app.exit(success, text, text);
    console::write(text.str());
    return code;
  } catch (const CLI::ParseError& error) {
    return refuse_usage(app, error, argc, argv);
  } catch (const Error& error) {
    console::note("bnexp: {}\n", error.what());
    if (!error.hint().empty()) console::note("  {}\n", error.hint());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    console::note("bnexp: internal error: {}\n  please report it, with the command and its files\n", error.what());
    return kInternalError;
  }
}

// Returns `code`, or 3 if some of the output is lost. Prints the reason, unless the reader has closed the pipe.
int ended(int code) {
  const auto failure = console::close_output();
  if (!failure) return code;
  if (*failure != EPIPE) {
    console::note("bnexp: cannot write the output: {}\n  free some space, or redirect it elsewhere\n",
                  std::strerror(*failure));
  }
  return static_cast<int>(ExitCode::environment);
}

}  // namespace
}  // namespace bnexp::cli

int main(int argc, char** argv) {
  bnexp::console::open();
  const int code = bnexp::cli::ended(bnexp::cli::run(argc, argv));
#ifdef __SANITIZE_ADDRESS__
  return code;  // runs the leak check
#else
  // Skips the destructors of LibTorch's registries, which take 0.1 s and are not needed.
  _exit(code);
#endif
}
