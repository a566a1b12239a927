#include "data/progress.h"

#include <fmt/format.h>

#include <algorithm>

namespace bnexp::data {

std::string progress_line(const std::string& name, std::int64_t done, std::int64_t total, double seconds) {
  constexpr int kWidth = 20;
  const double megabytes = static_cast<double>(done) / 1e6;
  const std::string rate = fmt::format("{:.1f} MB/s", seconds > 0 ? megabytes / seconds : 0.0);
  if (total <= 0) return fmt::format("{}  {:.1f} MB  {}", name, megabytes, rate);
  const double part = std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
  const int full = static_cast<int>(part * kWidth);
  return fmt::format("{}  [{:#<{}}{:-<{}}] {:3.0f}%  {:.1f} of {:.1f} MB  {}", name, "", full, "", kWidth - full,
                     100 * part, megabytes, static_cast<double>(total) / 1e6, rate);
}

ProgressBar::ProgressBar(const std::string& name, const std::string& from, bool quiet)
    : name_(name), display_(Display::style_for_stderr(quiet)), start_(std::chrono::steady_clock::now()) {
  if (display_.style() == Display::Style::lines) display_.say(fmt::format("fetching {} from {}", name, from));
}

void ProgressBar::update(std::int64_t done, std::int64_t total) {
  if (!display_.is_due() && done != total) return;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  display_.draw({progress_line(name_, done, total, elapsed.count())});
}

}  // namespace bnexp::data
