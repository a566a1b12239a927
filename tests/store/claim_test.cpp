#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;
using store::Store;

namespace {

constexpr const char* kTrial = "0123456789abcdef";

// A child process that claims kTrial and then sleeps.
pid_t claiming_child(const Store& store) {
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto claim = store.claim(kTrial);
    if (write(ready[1], claim ? "y" : "n", 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char answer = 'n';
  REQUIRE(read(ready[0], &answer, 1) == 1);
  REQUIRE(answer == 'y');
  close(ready[0]);
  close(ready[1]);
  return child;
}

}  // namespace

TEST_CASE("a trial is claimed once, even within a process, until the claim is given back") {
  const test::TemporaryFolder folder;
  const Store store = Store::create(folder.path());
  {
    const auto claim = store.claim(kTrial);
    CHECK(claim);
    CHECK_FALSE(store.claim(kTrial));
    CHECK_FALSE(Store::create(folder.path()).claim(kTrial));
    CHECK(store.claim("0123456789abcdee"));
  }
  CHECK(store.claim(kTrial));
}

TEST_CASE("a claim moves with its owner") {
  const test::TemporaryFolder folder;
  const Store store = Store::create(folder.path());
  auto claim = store.claim(kTrial);
  {
    Store::Claim moved = std::move(claim);
    CHECK(moved);
    CHECK_FALSE(claim);
    CHECK_FALSE(store.claim(kTrial));
  }
  CHECK(store.claim(kTrial));
}

TEST_CASE("another process's claim is respected until it is killed") {
  const test::TemporaryFolder folder;
  const Store store = Store::create(folder.path());
  const pid_t child = claiming_child(store);
  CHECK_FALSE(store.claim(kTrial));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(store.claim(kTrial));
}
