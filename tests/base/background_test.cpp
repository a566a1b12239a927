#include "base/background.h"

#include <sys/resource.h>
#include <unistd.h>

#include <stdexcept>
#include <system_error>
#include <thread>

#include "support/catch.h"
#include "support/process.h"

using namespace bnexp;

TEST_CASE("work goes on in another thread, and what it throws comes out of the future") {
  std::thread::id worker;
  in_background([&] { worker = std::this_thread::get_id(); }).get();
  CHECK(worker != std::this_thread::get_id());
  auto broken = in_background([] { throw std::runtime_error("no"); });
  CHECK_THROWS_WITH(broken.get(), "no");
}

TEST_CASE("where no thread can be started, the work is done all the same") {
  const int code = tests::in_child([] {
    // The limit is on a user's processes, and root has none.
    const rlimit none{1, 1};
    if (geteuid() == 0 && setuid(65534) != 0) return 3;
    setrlimit(RLIMIT_NPROC, &none);
    try {
      std::thread([] {}).join();
      return 2;
    } catch (const std::system_error&) {
    }
    bool done = false;
    in_background([&] { done = true; }).get();
    auto broken = in_background([] { throw std::runtime_error("no"); });
    try {
      broken.get();
    } catch (const std::runtime_error&) {
      return done ? 0 : 1;
    }
    return 1;
  });
  CHECK(code == 0);
}
