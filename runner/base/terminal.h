// Progress on standard error: on a terminal a block of lines that is redrawn in place, elsewhere plain lines.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace bnexp {

class Display {
 public:
  // lines: only plain lines. live: also the block. quiet: only warnings.
  enum class Style { quiet, lines, live };

  // live on a terminal, else lines.
  static Style style_for_stderr(bool quiet);

  explicit Display(Style style) : style_(style) {}
  ~Display() { erase(); }
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;

  Style style() const { return style_; }

  // Prints a line above the block.
  void say(const std::string& line);
  // The same, also if the style is quiet.
  void warn(const std::string& line);

  // Whether the block was drawn more than 0.1 s ago.
  bool is_due() const;
  // Replaces the block, if the style is live. Lines are cut to the window's width. If there are more than its height
  // allows, the last one says how many are missing.
  void draw(std::vector<std::string> block);
  void erase();

 private:
  void put();

  Style style_;
  std::vector<std::string> block_;
  int drawn_lines_ = 0;
  std::chrono::steady_clock::time_point drawn_{};
};

}  // namespace bnexp
