#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/console.h"
#include "base/text.h"

namespace bnexp::cli {
namespace {

constexpr int kBarWidth = 24;
constexpr std::chrono::milliseconds kRedraw{100};

std::size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 80;
}

// At most `width` columns, whole UTF-8 characters.
std::string fitted(const std::string& text, std::size_t width) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (++columns > width) return text.substr(0, i);
  }
  return text;
}

}  // namespace

Progress::Progress(Style style, std::size_t trials, double work)
    : style_(style), trials_(trials), work_(work), start_(std::chrono::steady_clock::now()) {}

Progress::~Progress() { erase(); }

void Progress::started(const std::string& trial, const std::string& name, double work) {
  running_[trial] = {name, work, {}};
  draw();
}

void Progress::advanced(const std::string& trial, const train::Progress& progress) {
  const auto found = running_.find(trial);
  if (found == running_.end()) return;
  found->second.progress = progress;
  if (std::chrono::steady_clock::now() - last_draw_ > kRedraw) draw();
}

void Progress::finished(const std::string& trial, const std::string& name, const std::string& outcome) {
  if (const auto found = running_.find(trial); found != running_.end()) {
    finished_work_ += found->second.work;
    running_.erase(found);
  }
  ++finished_;
  const std::string count = fmt::format("{}", trials_);
  say(fmt::format("[{:>{}}/{}] {}: {}", finished_, count.size(), count, name, outcome));
}

void Progress::say(const std::string& line) {
  if (style_ == Style::quiet) return;
  erase();
  console::write_note(line + '\n');
  draw();
}

double Progress::work_done() const {
  double done = finished_work_;
  for (const auto& [trial, running] : running_) {
    const auto& [step, steps, loss, accuracy] = running.progress;
    if (steps > 0) done += running.work * static_cast<double>(step) / static_cast<double>(steps);
  }
  return done;
}

void Progress::erase() {
  if (drawn_lines_ > 0) console::write_note(fmt::format("\r\x1b[{}A\x1b[J", drawn_lines_));
  drawn_lines_ = 0;
}

void Progress::draw() {
  if (style_ != Style::live) return;
  erase();
  last_draw_ = std::chrono::steady_clock::now();
  if (running_.empty() && finished_ == trials_) return;
  const double elapsed = std::chrono::duration<double>(last_draw_ - start_).count();
  const double share = work_ > 0 ? std::min(1.0, work_done() / work_) : 0;
  const int filled = static_cast<int>(share * kBarWidth);
  std::string head =
      fmt::format("{:#>{}}{:.>{}}  {}/{} trials", "", filled, "", kBarWidth - filled, finished_, trials_);
  head += ", " + human_duration(elapsed);
  if (share > 0.01) head += ", ETA " + human_duration(elapsed * (1 - share) / share);
  const std::size_t width = terminal_width() - 1;
  console::write_note(fitted(head, width) + '\n');
  for (const auto& [trial, running] : running_) {
    const auto& [step, steps, loss, accuracy] = running.progress;
    std::string line = "  " + running.name;
    if (steps > 0) line += fmt::format("  step {}/{}  loss {:.4f}", step, steps, loss);
    if (accuracy) line += fmt::format("  validation {:.2f}%", 100 * *accuracy);
    console::write_note(fitted(line, width) + '\n');
  }
  drawn_lines_ = 1 + static_cast<int>(running_.size());
}

std::string summary(const train::TrialResult& result) {
  std::string text = train::to_string(result.status);
  if (result.failure) return text + ": " + result.failure->message;
  if (result.metrics.contains("test_accuracy")) {
    text += fmt::format(", test accuracy {:.2f}%", 100 * result.metrics.at("test_accuracy").get<double>());
  }
  if (result.metrics.contains("test_loss") && result.metrics.at("test_loss").is_null())
    text += ", test loss not finite";
  if (result.timing.contains("wall_s")) text += ", " + human_duration(result.timing.at("wall_s").get<double>());
  return text;
}

}  // namespace bnexp::cli
