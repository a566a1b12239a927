#include "base/own_process.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "support/catch.h"

namespace bnexp {
namespace {

std::ptrdiff_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

std::string complaint(const std::function<std::string()>& ask) {
  try {
    in_own_process("the weather", ask);
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::environment);
    return error.what();
  }
  return "";
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
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  CHECK(has(complaint([]() -> std::string { _exit(4); }), "the weather: cannot be found out: exit code 4"));
  CHECK(has(complaint([]() -> std::string {
              raise(SIGKILL);
              return "";
            }),
            "signal 9"));
}

}  // namespace
}  // namespace bnexp
