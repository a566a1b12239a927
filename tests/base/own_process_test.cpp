#include "base/own_process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

namespace bnexp {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::ptrdiff_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

std::string complaint(const std::function<std::string()>& ask, const ProcessLimits& limits = {}) {
  try {
    in_own_process("the weather", ask, limits);
  } catch (const NoAnswer& error) {
    CHECK(error.code() == ExitCode::environment);
    return error.what();
  }
  return "";
}

TEST_CASE("what the work throws is what the caller is told") {
  CHECK_THROWS_WITH(in_own_process("the work", []() -> std::string { throw std::runtime_error("too hard"); }),
                    "the work: too hard");
}

TEST_CASE("what is asked in a process of its own comes back whole") {
  const std::string text(200'000, 'x');
  CHECK(in_own_process("much", [&] { return text; }) == text);
  CHECK(in_own_process("nothing", [] { return std::string(); }).empty());
}

TEST_CASE("what it does to memory and which threads it starts stay there") {
  int here = 1;
  const std::ptrdiff_t before = threads();
  const std::string there = in_own_process("a change", [&] {
    here = 2;
    std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
    return std::to_string(here);
  });
  CHECK(there == "2");
  CHECK(here == 1);
  CHECK(threads() == before);
}

TEST_CASE("a process that ends without an answer is an error that says how it ended") {
  CHECK(has(complaint([]() -> std::string { _exit(4); }), "the weather ends its process: exit code 4"));
  CHECK(has(complaint([]() -> std::string {
              raise(SIGKILL);
              return "";
            }),
            "signal 9"));
}

TEST_CASE("a process that is not done in time is ended, and its time is said") {
  const auto start = std::chrono::steady_clock::now();
  const auto loop = []() -> std::string {
    for (;;) pause();
  };
  CHECK(complaint(loop, {.time = std::chrono::milliseconds(300)}) == "the weather does not end within 0.3 seconds");
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(took >= std::chrono::milliseconds(300));
  CHECK(took < std::chrono::seconds(20));
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);  // no child is left
  CHECK(in_own_process("sun", [] { return std::string("shines"); }, {.time = std::chrono::seconds(60)}) == "shines");
}

TEST_CASE("a process of its own ends with the process that started it") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t caller = fork();
  if (caller == 0) {
    in_own_process("a long one", [&]() -> std::string {
      const pid_t own = getpid();
      if (write(ends[1], &own, sizeof own) != sizeof own) _exit(1);
      for (;;) pause();
    });
    _exit(0);
  }
  pid_t own = 0;
  REQUIRE(read(ends[0], &own, sizeof own) == sizeof own);
  close(ends[0]);
  close(ends[1]);
  const auto runs = [&] {
    std::ifstream file("/proc/" + std::to_string(own) + "/stat");
    std::string text;
    std::getline(file, text);
    return !text.empty() && !has(text, ") Z ");
  };
  CHECK(runs());
  kill(caller, SIGKILL);
  waitpid(caller, nullptr, 0);
  for (int i = 0; i < 500 && runs(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK_FALSE(runs());
}

TEST_CASE("a process that may not change files sees no CUDA device, whose files it could not open") {
  const auto visible = [] {
    const char* devices = std::getenv("CUDA_VISIBLE_DEVICES");
    return std::string(devices == nullptr ? "all" : devices);
  };
  const std::string here = visible();
  CHECK(in_own_process("devices", visible, kForeignCode).empty());
  CHECK(in_own_process("devices", visible) == here);
  CHECK(visible() == here);
}

TEST_CASE("a process that may not change files makes, changes and deletes none, and reads them all") {
  if (in_own_process("Landlock", [] { return std::string(forbid_changing_files() ? "yes" : ""); }).empty()) {
    WARN("skipped: this kernel has no Landlock");
    return;
  }
  const test::TemporaryFolder folder;
  const auto old_file = folder.path() / "old";
  std::ofstream(old_file) << "kept";
  const std::string said = in_own_process("writing",
                                          [&]() -> std::string {
                                            std::string done;
                                            if (std::ofstream(folder.path() / "new") << "x" << std::flush)
                                              done += " made";
                                            if (std::ofstream(old_file, std::ios::app) << "x" << std::flush)
                                              done += " changed";
                                            std::error_code error;
                                            std::filesystem::resize_file(old_file, 0, error);
                                            if (!error) done += " cut";
                                            if (std::filesystem::remove(old_file, error)) done += " deleted";
                                            if (std::filesystem::create_directory(folder.path() / "folder", error))
                                              done += " folder";
                                            std::filesystem::rename(old_file, folder.path() / "renamed", error);
                                            if (!error) done += " renamed";
                                            std::string text;
                                            std::ifstream(old_file) >> text;
                                            return text + done;
                                          },
                                          {.may_change_files = false});
  CHECK(said == "kept");
  CHECK(std::ofstream(folder.path() / "here").good());
}

}  // namespace
}  // namespace bnexp
