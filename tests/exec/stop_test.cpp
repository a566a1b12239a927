#include "exec/stop.h"

#include <poll.h>
#include <signal.h>

#include "support/catch.h"

using bnexp::exec::Stop;

namespace {

bool readable(const Stop& stop) {
  pollfd source{stop.descriptor(), POLLIN, 0};
  return poll(&source, 1, 0) == 1;
}

Stop* handled = nullptr;

}  // namespace

TEST_CASE("a request to stop wakes up whoever waits, a second one is urgent") {
  Stop stop;
  CHECK_FALSE(stop.requested());
  CHECK_FALSE(readable(stop));
  stop.request();
  CHECK(stop.requested());
  CHECK_FALSE(stop.urgent());
  CHECK(readable(stop));
  stop.drain();
  CHECK_FALSE(readable(stop));
  stop.request();
  CHECK(stop.urgent());
  CHECK(readable(stop));
}

TEST_CASE("a signal handler may request the stop") {
  Stop stop;
  handled = &stop;
  const auto before = signal(SIGUSR1, [](int) { handled->request(); });
  raise(SIGUSR1);
  signal(SIGUSR1, before);
  CHECK(readable(stop));
}
