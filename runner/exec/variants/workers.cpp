// workers: in long-lived processes with one thread each. If one dies, only its trial fails, and the process is
// replaced.
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/machine.h"
#include "exec/child.h"
#include "exec/executor.h"
#include "exec/running_clock.h"
#include "exec/worker.h"
#include "store/record.h"
#include "train/guard.h"

namespace bnexp::exec {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// The longest wait for an event, so that the clock notices a stop of this process, and leases are renewed.
constexpr double kLongestWait_s = 1;
constexpr double kMemoryEvery_s = 0.1;  // between two checks of the memory of a trial

struct WorkersOptions {
  double grace_s = 2;

  void fields(config::Fields& f) {
    f.real("grace_s", grace_s, config::between(0, 3600),
           "seconds after a stop request, or after its time limit, until a running trial is killed");
  }
};

// A place for a worker, which has a job while there are jobs. Times are the executor's clock, in seconds.
struct Place {
  int index = 0;
  std::unique_ptr<Child> child{};
  std::optional<Job> job{};
  double since = 0;            // start of the job
  double deadline = kNever;    // for the same
  bool is_late = false;        // the deadline has passed, and the worker was asked to stop
  std::int64_t oom_kills = 0;  // of the machine, when the job began
};

class Workers final : public Executor {
 public:
  Workers(const WorkersOptions& options, const Execution& execution, Training training)
      : options_(options), execution_(execution), limits_(execution.limits), training_(std::move(training)) {}

  void run(Work& work) override {
    work_ = &work;
    kill_at_ = kNever;
    places_ = std::vector<Place>(std::min<std::size_t>(std::max(execution_.jobs, 1), work.left()));
    try {
      for (std::size_t i = 0; i < places_.size(); ++i) places_[i].index = static_cast<int>(i);
      work_->join_threads();
      for (auto& place : places_) place.child = std::make_unique<Child>(training_);
      for (auto& place : places_) assign(place);
      while (std::ranges::any_of(places_, [](const Place& place) { return place.child != nullptr; })) turn();
    } catch (...) {
      places_.clear();
      throw;
    }
  }

 private:
  bool stopping() const { return execution_.stop != nullptr && execution_.stop->requested(); }

  // Waits for an event and handles it.
  void turn() {
    std::vector<pollfd> sources;
    std::vector<Place*> owners;
    for (auto& place : places_) {
      if (place.child == nullptr) continue;
      sources.push_back({place.child->channel().descriptor(), POLLIN, 0});
      owners.push_back(&place);
    }
    if (execution_.stop != nullptr) sources.push_back({execution_.stop->descriptor(), POLLIN, 0});
    if (poll(sources.data(), sources.size(), wait_ms()) < 0 && errno != EINTR) {
      throw environment_error("cannot wait for the workers", "lower --jobs");
    }
    if (stopping()) stop();
    for (std::size_t i = 0; i < owners.size(); ++i) {
      if (sources[i].revents != 0 && owners[i]->child != nullptr) listen(*owners[i]);
    }
    drop_lost();
    const double now = clock_.seconds();
    const bool is_memory_due = limits_.has_memory() && now >= memory_at_;
    if (is_memory_due) memory_at_ = now + kMemoryEvery_s;
    for (auto& place : places_) {
      if (place.child == nullptr) continue;
      if (stopping() && (now >= kill_at_ || execution_.stop->urgent())) {
        cut(place, train::Status::interrupted, {.message = "stopped; killed because it did not end by itself"});
      } else if (now >= place.deadline) {
        end_late(place, now);
      } else if (is_memory_due && limits_.exceeds_memory(place.child->process())) {
        cut(place, train::Status::oom, limits_.too_much());
      }
    }
  }

  // Time until the next deadline.
  int wait_ms() {
    double until = kill_at_;
    for (const auto& place : places_) until = place.child == nullptr ? until : std::min(until, place.deadline);
    if (limits_.has_memory()) until = std::min(until, memory_at_);
    return static_cast<int>(std::ceil(1000 * std::clamp(until - clock_.seconds(), 0.0, kLongestWait_s)));
  }

  void stop() {
    execution_.stop->drain();
    if (kill_at_ != kNever) return;
    kill_at_ = clock_.seconds() + options_.grace_s;
    for (auto& place : places_) {
      if (place.child != nullptr) place.child->channel().send({{"stop", true}});
    }
  }

  void assign(Place& place) {
    auto job = stopping() ? std::nullopt : work_->next();
    if (!job) return place.child.reset();
    place.job = std::move(job);
    place.since = clock_.seconds();
    place.deadline = place.since + limits_.time_s();
    place.is_late = false;
    place.oom_kills = oom_kills();
    place.child->forget_output();
    work_->on_start(place.index, *place.job);
    const Json message{{"job",
                        {{"settings", place.job->settings},
                         {"data", place.job->data},
                         {"weights", place.job->weights},
                         {"checkpoint", place.job->checkpoint},
                         {"checkpoint_every_s", execution_.checkpoint_every_s},
                         {"lease", place.job->lease}}}};
    if (!place.child->channel().send(message)) ended(place);
  }

  void finish(Place& place, train::TrialResult result) {
    const Job job = *std::exchange(place.job, std::nullopt);
    work_->on_finish(place.index, job, std::move(result));
  }

  // Ends a worker and its job, and starts another worker in its place.
  void cut(Place& place, train::Status status, train::Failure failure) {
    place.child.reset();
    finish(place, train::unreported(status, std::move(failure), place.job->settings,
                                    *training_.data.at(place.job->data), clock_.seconds() - place.since));
    replace(place);
  }

  // A trial whose time is over saves its state, to go on from it when it is tried again.
  void end_late(Place& place, double now) {
    if (std::exchange(place.is_late, true)) return cut(place, train::Status::timeout, limits_.too_long());
    place.deadline = now + options_.grace_s;
    place.child->channel().send({{"stop", true}});
  }

  // Ends the jobs that another process has taken over.
  void drop_lost() {
    for (const std::string& trial : work_->lost()) {
      for (auto& place : places_) {
        if (!place.job || place.job->trial != trial) continue;
        place.child.reset();
        place.job.reset();
        replace(place);
      }
    }
  }

  void replace(Place& place) {
    if (stopping() || work_->left() == 0) return;
    work_->join_threads();
    try {
      place.child = std::make_unique<Child>(training_);
    } catch (const Error&) {
      // The others go on. Where there is none, nobody would train what is left.
      if (std::ranges::none_of(places_, [](const Place& one) { return one.child != nullptr; })) throw;
      return;
    }
    assign(place);
  }

  void listen(Place& place) {
    const bool open = place.child->channel().receive(Channel::Wait::no);
    while (place.child != nullptr) {
      const auto line = place.child->channel().take();
      if (!line) break;
      if (!handle(place, Json::parse(*line, nullptr, /*allow_exceptions=*/false))) {
        return cut(place, train::Status::crashed, {.message = "the worker sent something that is not a message"});
      }
      if (place.is_late && !place.job) {  // the worker ends
        place.child.reset();
        return replace(place);
      }
    }
    if (!open && place.child != nullptr) ended(place);
  }

  // False if `message` isn't one that a worker sends in its current state.
  bool handle(Place& place, const Json& message) {
    if (!message.is_object() || !place.job) return false;
    if (message.contains("progress")) {
      const auto progress = parse(progress_of, message.at("progress"));
      if (!progress) return false;
      work_->on_progress(place.index, *place.job, *progress);
    } else if (message.contains("notice")) {
      if (!message.at("notice").is_string()) return false;
      work_->on_notice(place.index, *place.job, message.at("notice"));
    } else if (message.contains("done")) {
      auto result = parse(store::result_from_json, message.at("done"));
      if (!result) return false;
      if (place.is_late && result->status == train::Status::interrupted) {
        result->status = train::Status::timeout;
        result->failure = limits_.too_long();
      }
      finish(place, std::move(*result));
      if (!place.is_late) assign(place);
    } else if (message.contains("weights_failure")) {
      const auto error = parse(error_of, message.at("weights_failure"));
      if (!error) return false;
      throw *error;
    } else {
      return false;
    }
    return true;
  }

  static Error error_of(const Json& json) { return environment_error(json.at("message"), json.at("hint")); }

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
    if (place.is_late) return cut(place, train::Status::timeout, limits_.too_long());
    const bool out_of_memory = failure.message == kOutOfMemory;
    const bool killed_for_memory = failure.signal == SIGKILL && oom_kills() > place.oom_kills;
    if (killed_for_memory) failure.message = "out of memory: the kernel killed the worker";
    cut(place, killed_for_memory || out_of_memory ? train::Status::oom : train::Status::crashed, std::move(failure));
  }

  WorkersOptions options_;
  Execution execution_;
  LimitsCheck limits_;
  Training training_;
  Work* work_ = nullptr;
  RunningClock clock_;
  std::vector<Place> places_;
  double memory_at_ = 0;     // when the memory of the trials is checked next
  double kill_at_ = kNever;  // when trials that were asked to stop are killed
};

const bool kAdded = add_executor<Workers, WorkersOptions>(
    "workers", {.summary = "In long-lived processes with one thread each; if one dies, only its trial fails.",
                .formula = "",
                .source = ""});

}  // namespace
}  // namespace bnexp::exec
