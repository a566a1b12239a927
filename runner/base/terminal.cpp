#include "base/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8.h>

#include <utility>

#include "base/console.h"
#include "base/text.h"

namespace bnexp {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};

struct Window {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

Window window() {
  Window window;
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0) return window;
  if (size.ws_col > 20) window.columns = size.ws_col;
  if (size.ws_row > 3) window.rows = size.ws_row;
  return window;
}

// Printable, of at most `width` characters.
std::string fitted(const std::string& text, std::size_t width) {
  const std::string line = printable(text);
  auto end = line.begin();
  for (std::size_t count = 0; count < width && end != line.end(); ++count) utf8::next(end, line.end());
  return {line.begin(), end};
}

}  // namespace

Display::Style Display::style_for_stderr(bool quiet) {
  return quiet ? Style::quiet : isatty(STDERR_FILENO) != 0 ? Style::live : Style::lines;
}

void Display::say(const std::string& line) {
  if (style_ != Style::quiet) warn(line);
}

void Display::warn(const std::string& line) {
  erase();
  console::note("{}\n", line);
  put();
}

bool Display::is_due() const { return std::chrono::steady_clock::now() - drawn_ > kRedraw; }

void Display::draw(std::vector<std::string> block) {
  if (style_ != Style::live) return;
  erase();
  block_ = std::move(block);
  drawn_ = std::chrono::steady_clock::now();
  put();
}

void Display::erase() {
  if (drawn_lines_ > 0) console::write_note(fmt::format("\r\x1b[{}A\x1b[J", drawn_lines_));
  drawn_lines_ = 0;
}

void Display::put() {
  const auto [columns, rows] = window();
  const std::size_t room = rows - 1;  // the cursor is below the block
  const std::size_t shown = block_.size() <= room ? block_.size() : room - 1;
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += fitted(block_[i], columns - 1) + '\n';
  if (shown < block_.size()) text += fmt::format("  and {} more\n", block_.size() - shown);
  console::write_note(text);
  drawn_lines_ = static_cast<int>(shown + (shown < block_.size() ? 1 : 0));
}

}  // namespace bnexp
