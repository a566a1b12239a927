// bnexp_fake FOLDER JOBS BEHAVIOURS: a whole run of fake_suite(BEHAVIOURS, a JSON list), stopped by SIGINT; makes the
// file DIARY.waiting when all that is left is held by other runs.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.h"
#include "exec/fake.h"

namespace {

bnexp::exec::Stop* stop_requests = nullptr;

struct Waiting final : bnexp::exec::Listener {
  void on_wait(std::size_t) override {
    if (const char* diary = std::getenv(bnexp::test::kDiary)) bnexp::test::touch(std::string(diary) + ".waiting");
  }
};

int run(const std::vector<std::string>& arguments) {
  using namespace bnexp;
  exec::Stop stop;
  stop_requests = &stop;
  signal(SIGINT, [](int) { stop_requests->request(); });
  const config::Suite suite = test::fake_suite(Json::parse(arguments.at(2)).get<std::vector<Json>>());
  auto options = test::fake_options(std::stoi(arguments.at(1)));
  options.execution.stop = &stop;
  if (const char* seconds = std::getenv("BNEXP_FAKE_LEASE")) options.lease_s = std::stod(seconds);
  Waiting listener;
  return test::fake_run(suite, arguments.at(0), options, listener).all_ok() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    return run(arguments);
  } catch (const bnexp::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 3;
  }
}
