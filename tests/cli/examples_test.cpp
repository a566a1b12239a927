// Every command that --help lists is typed as its own help shows it.
#include <algorithm>
#include <set>
#include <sstream>

#include "cli/program.h"
#include "support/catch.h"

namespace bnexp {
namespace {

using tests::Program;

// One trial, of the size that the examples' names stand for.
constexpr const char* kOneArm = R"(
model: {name: mlp, widths: [8]}
norm: batch
data: {name: digits, train: 200, test: 100, validation: 50}
train: {steps: 5, batch_size: 16}
seeds: 1
)";

constexpr const char* kSmallBench = R"(
bench: {shapes: [[8, 4]], types: [fp32], modes: [eval], repetitions: 3, repetition_ms: 1, norms: [batch]}
)";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The words that begin the lines of the groups of subcommands, which are those after the options and before the
// examples.
std::vector<std::string> subcommands(const std::string& help) {
  const std::set<std::string> others{"Options:", "Positionals:", "Examples:", "Start here:"};
  std::vector<std::string> result;
  bool below = false;
  for (const auto& line : lines_of(help)) {
    if (below && line.starts_with("  ") && line[2] != ' ') result.push_back(line.substr(2, line.find(' ', 2) - 2));
    if (line.ends_with(':') && line[0] != ' ') below = !others.contains(line);
  }
  return result;
}

// "  bnexp report DIR       what it is for" without what follows the command.
std::vector<std::string> examples(const std::string& help) {
  std::vector<std::string> result;
  for (const auto& line : lines_of(help)) {
    if (line.starts_with("  bnexp ")) result.push_back(line.substr(2, line.find("  ", 2) - 2));
  }
  return result;
}

// The folder that a reader of the help is in.
class Desk {
 public:
  Desk() {
    std::filesystem::create_directory(bnexp_.path("configs"));
    for (const char* suite : {"lr_sweep", "mnist_convnet", "norm_compare"}) {
      bnexp_.write(std::string("configs/") + suite + ".yaml", std::string("suite: ") + suite + kOneArm);
    }
    bnexp_.write("my_suite.yaml", std::string("suite: mine") + kOneArm);
    bnexp_.write("quickstart", std::string("suite: quickstart") + kOneArm);
    bnexp_.write("bench_norms", std::string("suite: bench_norms") + kSmallBench);
    bnexp_.write("my_bench.yaml", std::string("suite: my_bench") + kSmallBench);
    for (const char* line : {"bnexp run configs/mnist_convnet.yaml --weights", "bnexp run configs/lr_sweep.yaml",
                             "bnexp run configs/lr_sweep.yaml --set execution.fused=false --store results/unfused",
                             "bnexp run configs/lr_sweep.yaml --set seeds=[2] --store results/more_seeds",
                             "bnexp run quickstart", "bnexp bench",
                             "cd results && cp mnist_convnet/weights/*.safetensors ../from_pytorch.safetensors && "
                             "cp mnist_convnet/records/*.json mnist_convnet/records/0123456789abcdef.json && "
                             "cp quickstart/records/*.json quickstart/records/0123456789abcdef.json"}) {
      const auto outcome = type(line);
      INFO(line << "\n" << outcome.err);
      REQUIRE(outcome.code == 0);
    }
    if (!mnist_.empty()) {
      std::filesystem::create_directory(bnexp_.path("data"));
      std::filesystem::create_directory_symlink(mnist_, bnexp_.path("data/mnist"));
    }
  }

  // A shell's line. Whoever would use the network is told at once that there is none.
  tests::Outcome type(const std::string& line) const {
    const std::string folder = bnexp_.path("").string();
    const std::string program = std::filesystem::path(BNEXP_PROGRAM).parent_path().string();
    return tests::Process(folder,
                          {"/bin/sh", "-c",
                           "unset XDG_CACHE_HOME no_proxy NO_PROXY; export HOME='" + folder + "' PATH='" + program +
                               "':\"$PATH\" https_proxy=http://127.0.0.1:1; cd '" + folder + "' && " + line})
        .wait();
  }

  // Whether the outcome is expected. Commands that download fail with a message if the real files are missing.
  bool is_expected(const std::string& line, const tests::Outcome& outcome) const {
    if (!line.starts_with("bnexp data fetch") || !mnist_.empty()) return outcome.code == 0;
    return outcome.code == 3 &&
           outcome.err.find("no mirror could deliver train-images-idx3-ubyte") != std::string::npos;
  }

 private:
  static std::string mnist() {
    const char* folder = std::getenv("BNEXP_DATA_DIR");
    return folder == nullptr ? "" : folder;
  }

  Program bnexp_;
  std::string mnist_ = mnist();
};

TEST_CASE("every command works as its help shows it") {
  const Desk desk;
  std::vector<std::string> commands{"bnexp"};
  std::vector<std::string> typed;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const std::string command = commands[i];
    const auto help = desk.type(command + " --help");
    REQUIRE(help.code == 0);
    const auto below = subcommands(help.out);
    for (const auto& name : below) commands.push_back(command + " " + name);
    const auto lines = examples(help.out);
    INFO(help.out);
    CHECK((std::ranges::any_of(lines, [&](const auto& line) { return (line + " ").starts_with(command + " "); })));
    typed.insert(typed.end(), lines.begin(), lines.end());
  }
  CHECK(commands.size() > 12);
  std::ranges::sort(typed);
  typed.erase(std::unique(typed.begin(), typed.end()), typed.end());
  for (const auto& line : typed) {
    const auto outcome = desk.type(line);
    INFO(line << ": " << outcome.code << "\n" << outcome.err);
    CHECK(desk.is_expected(line, outcome));
  }
}

TEST_CASE("help, README and reference say that the code of a norm from a file runs when it is checked") {
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  const std::filesystem::path source = BNEXP_SOURCE_DIR;
  CHECK(has(Program()({"check", "--help"}).out, "Check only files that you trust."));
  CHECK(has(tests::read_file(source / "README.md"), "use only files that you trust"));
  CHECK(has(tests::read_file(source / "configs/reference.md"), "its code runs when a suite is checked"));
}

}  // namespace
}  // namespace bnexp
