#include "store/context.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "base/files.h"
#include "base/machine.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;

namespace {

// The header that a build from `source` would get.
std::string revision_header(const std::filesystem::path& source) {
  const test::TemporaryFolder folder;
  const std::filesystem::path header = folder.path() / "revision.h";
  const std::string command = "cmake -D SOURCE=" + source.string() + " -D OUTPUT=" + header.string() +
                              " -P " BNEXP_SOURCE_DIR "/runner/store/revision.cmake";
  REQUIRE(std::system(command.c_str()) == 0);
  return read_whole(header).value();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the context names the machine, the build and the load") {
  const Json context = store::context("2.13.0", "AVX2", 2);
  CHECK(context.at("libtorch") == "2.13.0");
  CHECK(context.at("isa") == "AVX2");
  CHECK(context.at("jobs") == 2);
  CHECK(context.at("threads") == 1);
  CHECK(context.at("cores").get<int>() == available_cores());
  CHECK(context.at("memory_bytes").get<std::int64_t>() > (1 << 20));
  CHECK(has(context.at("os"), "Linux"));
  CHECK_FALSE(context.at("cpu").get<std::string>().empty());
  CHECK_FALSE(context.at("compiler").get<std::string>().empty());
  CHECK(context.at("git").is_null() == context.at("dirty").is_null());
}

TEST_CASE("a trial is contended if other work took more than a twentieth of its time") {
  CHECK_FALSE(store::is_contended({.wall_s = 10, .cpu_s = 9.9, .voluntary_switches = 5, .involuntary_switches = 60}));
  CHECK(store::is_contended({.wall_s = 10, .cpu_s = 9.4, .voluntary_switches = 5, .involuntary_switches = 60}));
  // It waited for a disk or a device, whose waits are voluntary, or it was stopped.
  CHECK_FALSE(store::is_contended({.wall_s = 10, .cpu_s = 4, .voluntary_switches = 900, .involuntary_switches = 60}));
  CHECK_FALSE(store::is_contended({.wall_s = 10, .cpu_s = 4, .voluntary_switches = 1, .involuntary_switches = 1}));
  CHECK_FALSE(store::is_contended({}));
}

TEST_CASE("a thread that shares its core with busy processes is contended, and one that sleeps is not") {
  const auto spend = [](const std::function<void()>& work) {
    const ThreadUsage start = thread_usage();
    while ((thread_usage() - start).wall_s < 0.5) work();
    return thread_usage() - start;
  };
  const ThreadUsage asleep = spend([] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); });
  CHECK(asleep.cpu_s < 0.25);
  CHECK(asleep.voluntary_switches > 50);
  CHECK_FALSE(store::is_contended(asleep));

  cpu_set_t before, one;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  CPU_ZERO(&one);
  for (int core = 0; CPU_COUNT(&one) == 0; ++core) {
    if (CPU_ISSET(core, &before)) CPU_SET(core, &one);
  }
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  std::vector<pid_t> busy;
  for (int i = 0; i < 2; ++i) {
    busy.push_back(fork());
    if (busy.back() == 0) {
      for (volatile bool on = true; on;) continue;
    }
  }
  const ThreadUsage shared = spend([] {});
  for (const pid_t process : busy) {
    kill(process, SIGKILL);
    waitpid(process, nullptr, 0);
  }
  sched_setaffinity(0, sizeof before, &before);
  CHECK(shared.cpu_s < 0.4);
  CHECK(shared.involuntary_switches > shared.voluntary_switches);
  CHECK(store::is_contended(shared));
}

TEST_CASE("the revision is that of the sources and says whether they were changed") {
  const test::TemporaryFolder folder;
  const std::string git = "git -C " + folder.path().string() + " -c user.name=a -c user.email=a@b ";
  std::ofstream(folder.path() / "file") << "one";
  std::filesystem::create_directory(folder.path() / "inner");
  CHECK(has(revision_header(folder.path()), "kRevision = \"\""));
  REQUIRE(std::system((git + "init -q && " + git + "add file && " + git + "commit -qm one").c_str()) == 0);

  const std::string clean = revision_header(folder.path());
  CHECK(has(clean, "kDirty = false"));
  CHECK_FALSE(has(clean, "kRevision = \"\""));
  CHECK(has(revision_header(folder.path() / "inner"), "kRevision = \"\""));

  std::ofstream(folder.path() / "file") << "two";
  CHECK(has(revision_header(folder.path()), "kDirty = true"));
}
