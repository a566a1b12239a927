#include "base/console.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "support/catch.h"
#include "support/process.h"
#include "support/temporary_folder.h"

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

TEST_CASE("a limit on file sizes is a failure like any other") {
  const test::TemporaryFolder folder;
  const int code = in_child([&] {
    signal(SIGXFSZ, SIG_DFL);
    console::open();
    const rlimit limit{100, 100};
    setrlimit(RLIMIT_FSIZE, &limit);
    dup2(open((folder.path() / "file").c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
    console::print("{}\n", std::string(1000, 'x'));
    return console::close_output().value_or(0);
  });
  CHECK(code == EFBIG);
}

TEST_CASE("a slow reader of a pipe that does not block gets all of the output") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const std::string text(300000, 'x');
  const pid_t writer = fork();
  if (writer == 0) {
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    dup2(ends[1], STDOUT_FILENO);
    console::print("{}", text);
    _exit(console::close_output().value_or(0));
  }
  close(ends[1]);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::string had;
  char part[4096];
  for (ssize_t count = 0; (count = read(ends[0], part, sizeof part)) > 0;)
    had.append(part, static_cast<std::size_t>(count));
  close(ends[0]);
  int status = -1;
  waitpid(writer, &status, 0);
  CHECK(status == 0);
  CHECK(had == text);
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
