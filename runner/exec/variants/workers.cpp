// workers: in long-lived processes of one thread each. One that dies takes only its trial with it and is replaced.
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/machine.h"
#include "exec/child.h"
#include "exec/executor.h"
#include "store/record.h"
#include "train/guard.h"

namespace bnexp::exec {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kNever = Clock::time_point::max();

Clock::duration duration(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

// A place for a worker, which has a job as long as there is one.
struct Place {
  int index = 0;
  std::unique_ptr<Child> child;
  std::optional<Job> job;
  Clock::time_point since;              // of the job
  Clock::time_point deadline = kNever;  // for the same
  std::int64_t oom_kills = 0;           // of the machine, when the job began
};

class Workers final : public Executor {
 public:
  explicit Workers(ExecutorOptions options) : options_(std::move(options)) {}

  void run(Work& work) override {
    work_ = &work;
    kill_at_ = kNever;
    places_ = std::vector<Place>(std::min<std::size_t>(std::max(options_.jobs, 1), work.left()));
    try {
      for (std::size_t i = 0; i < places_.size(); ++i) places_[i].index = static_cast<int>(i);
      for (auto& place : places_) hire(place);
      for (auto& place : places_) assign(place);
      while (std::ranges::any_of(places_, [](const Place& place) { return place.child != nullptr; })) turn();
    } catch (...) {
      places_.clear();
      throw;
    }
  }

 private:
  bool stopping() const { return options_.stop != nullptr && options_.stop->requested(); }

  // Waits for something to happen and deals with it.
  void turn() {
    std::vector<pollfd> sources;
    std::vector<Place*> owners;
    auto until = kill_at_;
    for (auto& place : places_) {
      if (place.child == nullptr) continue;
      sources.push_back({place.child->channel().descriptor(), POLLIN, 0});
      owners.push_back(&place);
      until = std::min(until, place.deadline);
    }
    if (options_.stop != nullptr) sources.push_back({options_.stop->descriptor(), POLLIN, 0});
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    const auto longest = std::int64_t{std::numeric_limits<int>::max()};
    const int wait = until == kNever ? -1 : static_cast<int>(std::clamp<std::int64_t>(left, 0, longest));
    if (poll(sources.data(), sources.size(), wait) < 0 && errno != EINTR) {
      throw environment_error("cannot wait for the workers", "lower --jobs");
    }
    if (stopping()) stop();
    for (std::size_t i = 0; i < owners.size(); ++i) {
      if (sources[i].revents != 0 && owners[i]->child != nullptr) listen(*owners[i]);
    }
    const auto now = Clock::now();
    for (auto& place : places_) {
      if (place.child == nullptr) continue;
      if (stopping() && (now >= kill_at_ || options_.stop->urgent())) {
        cut(place, train::Status::interrupted, {.message = "stopped, and killed as it did not end by itself"});
      } else if (now >= place.deadline) {
        cut(place, train::Status::timeout, too_long(options_.timeout_s));
      }
    }
  }

  void stop() {
    options_.stop->drain();
    if (kill_at_ != kNever) return;
    kill_at_ = Clock::now() + duration(options_.grace_s);
    for (auto& place : places_) {
      if (place.child != nullptr) place.child->channel().send({{"stop", true}});
    }
  }

  void hire(Place& place) {
    work_->finish_threads();
    place.child = std::make_unique<Child>(options_);
  }

  void assign(Place& place) {
    auto job = stopping() ? std::nullopt : work_->next();
    if (!job) return place.child.reset();
    place.job = std::move(job);
    place.since = Clock::now();
    place.deadline = options_.timeout_s > 0 ? place.since + duration(options_.timeout_s) : kNever;
    place.oom_kills = oom_kills();
    place.child->forget_output();
    place.child->channel().send(
        {{"job", {{"settings", place.job->settings}, {"data", place.job->data}, {"weights", place.job->weights}}}});
    work_->on_start(place.index, *place.job);
  }

  void finish(Place& place, train::TrialResult result) {
    const Job job = *std::exchange(place.job, std::nullopt);
    work_->on_finish(place.index, job, std::move(result));
  }

  // Ends a worker together with its job, and starts another in its place.
  void cut(Place& place, train::Status status, train::Failure failure) {
    place.child.reset();
    const std::chrono::duration<double> wall = Clock::now() - place.since;
    finish(place, train::unreported(status, std::move(failure), place.job->settings, *options_.data.at(place.job->data),
                                    wall.count()));
    if (stopping() || work_->left() == 0) return;
    hire(place);
    assign(place);
  }

  void listen(Place& place) {
    const bool open = place.child->channel().receive(Channel::Wait::no);
    while (place.child != nullptr) {
      const auto line = place.child->channel().take();
      if (!line) break;
      if (!understand(place, Json::parse(*line, nullptr, /*allow_exceptions=*/false))) {
        return cut(place, train::Status::crashed, {.message = "the worker sent something that is not a message"});
      }
    }
    if (!open && place.child != nullptr) ended(place);
  }

  // False when `message` isn't one that a worker sends in its present state.
  bool understand(Place& place, const Json& message) {
    if (!message.is_object()) return false;
    if (message.contains("progress")) {
      const auto progress = parse(progress_of, message.at("progress"));
      if (!progress) return false;
      work_->on_progress(place.index, *place.job, *progress);
    } else if (message.contains("done")) {
      auto result = parse(store::result_from_json, message.at("done"));
      if (!result) return false;
      finish(place, std::move(*result));
      assign(place);
    } else {
      return false;
    }
    return true;
  }

  template <class Reader>
  static auto parse(Reader reader, const Json& json) -> std::optional<decltype(reader(json))> {
    try {
      return reader(json);
    } catch (const Json::exception&) {
      return std::nullopt;
    }
  }

  static train::Progress progress_of(const Json& json) {
    const Json& loss = json.at("loss");
    const Json& accuracy = json.at("accuracy");
    return {.step = json.at("step"),
            .steps = json.at("steps"),
            .loss = loss.is_null() ? std::nan("") : loss.get<double>(),
            .accuracy = accuracy.is_null() ? std::nullopt : std::optional(accuracy.get<double>())};
  }

  void ended(Place& place) {
    train::Failure failure = place.child->end();
    if (stopping()) return cut(place, train::Status::interrupted, std::move(failure));
    const bool killed_for_memory = failure.signal == SIGKILL && oom_kills() > place.oom_kills;
    if (killed_for_memory) failure.message = "out of memory: the kernel killed the worker";
    cut(place, killed_for_memory ? train::Status::oom : train::Status::crashed, std::move(failure));
  }

  ExecutorOptions options_;
  Work* work_ = nullptr;
  std::vector<Place> places_;
  Clock::time_point kill_at_ = kNever;  // when trials that were told to stop are killed
};

const bool kAdded =
    add_executor("workers", [](ExecutorOptions options) { return std::make_unique<Workers>(std::move(options)); });

}  // namespace
}  // namespace bnexp::exec
