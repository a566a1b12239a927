#include "exec/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "train/state_version.h"

namespace bnexp::exec {
namespace {

constexpr double kMostShare = 0.01;  // of the time

}  // namespace

Checkpoints::Checkpoints(std::string file, double every_s, std::function<bool()> is_held,
                         std::function<void(const std::string& text)> say)
    : file_(std::move(file)), every_s_(every_s), is_held_(std::move(is_held)), say_(std::move(say)) {
  next_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(every_s_));
}

std::optional<train::Checkpointing> Checkpoints::callbacks() {
  if (file_.empty() || every_s_ <= 0) return {};
  return train::Checkpointing{.saved = saved(),
                              .name = file_,
                              .due = [this] { return (start_ = Clock::now()) >= next_; },
                              .save = [this](const std::string& bytes) { save(bytes); },
                              .refused = [this](const std::string& why) { set_aside(why); }};
}

std::optional<std::string> Checkpoints::saved() {
  try {
    return read_whole(file_);
  } catch (const Error& error) {  // a folder in its place, or no permission
    set_aside(error.what());
    return {};
  }
}

void Checkpoints::save(const std::string& bytes) {
  try {
    if (is_held_()) write(bytes);
    fails_ = false;
  } catch (const Error& error) {
    if (!std::exchange(fails_, true)) say_(fmt::format("{}; the trial goes on without checkpoints", error.what()));
  }
  const std::chrono::duration<double> took = Clock::now() - start_;  // since it was due, with the making of `bytes`
  const std::chrono::duration<double> pause(std::max(every_s_, took.count() / kMostShare));
  next_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(pause);
}

void Checkpoints::write(const std::string& bytes) const {
  std::error_code error;
  const auto folder = std::filesystem::path(file_).parent_path();
  std::filesystem::create_directories(folder, error);
  if (error) throw file_error("create", folder, error.value());
  write_whole(file_, bytes);
}

std::optional<Error> newer_checkpoint(const std::filesystem::path& file) {
  try {
    const auto bytes = read_whole(file);
    return bytes ? train::newer_state(*bytes, file.string()) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void Checkpoints::set_aside(const std::string& why) {
  try {
    say_(fmt::format("{}; it is set aside as {}, and the trial starts over", why, bnexp::set_aside(file_).string()));
  } catch (const Error& error) {
    say_(fmt::format("{}; the trial starts over", error.what()));
  }
}

}  // namespace bnexp::exec
