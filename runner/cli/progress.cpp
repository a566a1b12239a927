#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/text.h"

namespace bnexp::cli {
namespace {

constexpr int kBarWidth = 24;
}  // namespace

Progress::Progress(Display::Style style, std::size_t trials, double work)
    : display_(style), trials_(trials), work_(work), start_(std::chrono::steady_clock::now()) {}

void Progress::running(std::map<std::string, Running> trials) {
  running_ = std::move(trials);
  draw();
}

void Progress::started(const std::string& trial, const std::string& name, double work) {
  running_[trial] = {name, work, {}};
  draw();
}

void Progress::advanced(const std::string& trial, const train::Progress& progress) {
  const auto found = running_.find(trial);
  if (found == running_.end()) return;
  found->second.progress = progress;
  if (display_.is_due()) draw();
}

void Progress::finished(const std::string& trial, const std::string& name, const std::string& outcome, double work) {
  running_.erase(trial);
  finished_work_ += work;
  ++finished_;
  const std::string count = fmt::format("{}", trials_);
  display_.say(fmt::format("[{:>{}}/{}] {}: {}", finished_, count.size(), count, name, outcome));
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

void Progress::draw() {
  if (running_.empty() && finished_ == trials_) return display_.draw({});
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double share = work_ > 0 ? std::min(1.0, work_done() / work_) : 0;
  const int filled = static_cast<int>(share * kBarWidth);
  std::string head = fmt::format("{:#>{}}{:.>{}}  {}/{} trials, {}", "", filled, "", kBarWidth - filled, finished_,
                                 trials_, human_duration(elapsed));
  if (share > 0.01) head += ", ETA " + human_duration(elapsed * (1 - share) / share);
  std::vector<std::string> block{head};
  for (const auto& [trial, running] : running_) {
    const auto& [step, steps, loss, accuracy] = running.progress;
    std::string line = "  " + running.name;
    if (steps > 0) line += fmt::format("  step {}/{}", step, steps);
    if (steps > 0 && !std::isnan(loss)) line += fmt::format("  loss {:.4f}", loss);
    if (accuracy) line += fmt::format("  validation {:.2f}%", 100 * *accuracy);
    block.push_back(std::move(line));
  }
  display_.draw(std::move(block));
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
