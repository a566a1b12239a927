#include "base/console.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "support/catch.h"
#include "support/process.h"

namespace bnexp {
namespace {

using tests::in_child;

TEST_CASE("output that does not fit is dropped without an exception, and told at the end") {
  for (const int lines : {1, 10000}) {
    const int code = in_child([&] {
      dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
      dup2(STDOUT_FILENO, STDERR_FILENO);
      for (int i = 0; i < lines; ++i) {
        console::print("line {}\n", i);
        console::note("note {}\n", i);
      }
      return console::close_output().value_or(0);
    });
    CHECK(code == ENOSPC);
  }
}

TEST_CASE("output that has arrived is no failure, whatever became of the notes") {
  const int code = in_child([] {
    int ends[2];
    if (pipe(ends) != 0) return 100;
    dup2(ends[1], STDOUT_FILENO);
    dup2(open("/dev/full", O_WRONLY), STDERR_FILENO);
    console::print("{} of {}\n", 1, 2);
    console::note("note\n");
    if (console::close_output()) return 101;
    char text[16] = {};
    return read(ends[0], text, sizeof text) == 7 && std::string_view(text) == "1 of 2\n" ? 0 : 102;
  });
  CHECK(code == 0);
}

TEST_CASE("a reader that is gone ends neither the process nor its notes") {
  const int code = in_child([] {
    int ends[2];
    if (pipe(ends) != 0) return 100;
    signal(SIGPIPE, SIG_DFL);
    console::open();
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    console::note("note\n");
    console::print("line\n");
    return console::close_output().value_or(0);
  });
  CHECK(code == EPIPE);
}

TEST_CASE("standard descriptors that the caller has closed are nobody else's, and writing to them fails") {
  const int code = in_child([] {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) close(descriptor);
    console::open();
    if (open("/dev/null", O_RDWR) <= STDERR_FILENO) return 100;
    console::note("note\n");
    console::print("line\n");
    return console::close_output().value_or(0);
  });
  CHECK(code == EBADF);
}

}  // namespace
}  // namespace bnexp
