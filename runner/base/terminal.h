// Progress on standard error: on a terminal a block of lines that is redrawn in place, elsewhere lines that stay.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace bnexp {

class Display {
 public:
  // lines: only lines that stay. live: also the block. quiet: warnings alone.
  enum class Style { quiet, lines, live };

  // live on a terminal, else lines.
  static Style style_for_stderr(bool quiet);

  explicit Display(Style style) : style_(style) {}
  ~Display() { erase(); }
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;

  Style style() const { return style_; }

  // A line that stays, above the block.
  void say(const std::string& line);
  // The same, also where nothing else is shown.
  void warn(const std::string& line);

  // Whether the block was drawn more than 0.1 s ago.
  bool is_due() const;
  // Replaces the block, where the style is live. Lines are cut to the window's width; where they are too many for its
  // height, the last one says how many are missing.
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
