#include "base/terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "support/catch.h"
#include "support/process.h"

using namespace bnexp;

namespace {

// What `action` writes to a terminal of these sizes as its standard error.
template <class Action>
std::string on_terminal(unsigned short rows, unsigned short columns, Action action) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  grantpt(terminal);
  unlockpt(terminal);
  const winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  ioctl(terminal, TIOCSWINSZ, &size);
  const int side = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  CHECK(tests::in_child([&] {
          dup2(side, STDERR_FILENO);
          action();
          return 0;
        }) == 0);
  close(side);  // the last writer: reading now ends with an error when all was read, and waits until it has arrived
  std::string shown;
  std::array<char, 8192> bytes;
  for (ssize_t count = 0; (count = read(terminal, bytes.data(), bytes.size())) > 0;) {
    shown.append(bytes.data(), static_cast<std::size_t>(count));
  }
  close(terminal);
  return shown;
}

}  // namespace

TEST_CASE("a block is redrawn in place, and lines that stay go above it") {
  const std::string shown = on_terminal(24, 80, [] {
    Display display(Display::style_for_stderr(false));
    display.draw({"one", "two"});
    display.say("stays");
  });
  CHECK(shown == "one\r\ntwo\r\n\r\x1b[2A\x1b[Jstays\r\none\r\ntwo\r\n\r\x1b[2A\x1b[J");
}

TEST_CASE("a block never exceeds the window, or it could not be erased") {
  const std::string shown = on_terminal(5, 30, [] {
    Display display(Display::style_for_stderr(false));
    display.draw({std::string(40, 'a'), "2", "3", "4", "5", "6"});
  });
  CHECK(shown == std::string(29, 'a') + "\r\n2\r\n3\r\n  and 3 more\r\n\r\x1b[4A\x1b[J");
}

TEST_CASE("names in a block move nothing on the terminal") {
  const std::string shown = on_terminal(24, 80, [] {
    Display display(Display::style_for_stderr(false));
    display.draw({"red \x1b[31m"});
    display.say("back \xe2\x80\xae");
  });
  CHECK(shown.find("\x1b[31m") == std::string::npos);
  CHECK(shown.find("\xe2\x80\xae") == std::string::npos);
}

TEST_CASE("where standard error is no terminal there are only lines that stay") {
  const auto outcome = tests::in_child([] { return Display::style_for_stderr(false) == Display::Style::live ? 1 : 0; });
  CHECK(outcome == (isatty(STDERR_FILENO) != 0 ? 1 : 0));
  CHECK(Display::style_for_stderr(true) == Display::Style::quiet);
}
