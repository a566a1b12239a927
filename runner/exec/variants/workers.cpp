#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <utility>

#include "base/error.h"
#include "exec/child.h"
#include "exec/executor.h"
#include "store/record.h"

namespace bnexp::exec {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{100};
constexpr std::chrono::seconds kGrace{5};  // between asking a worker to stop and killing it
constexpr int kFalseStarts = 3;            // workers in a row that die before they are ready

struct Worker {
  Child child;
  std::size_t datasets = 0;  // that it was started with
  std::optional<Job> job;
  Clock::time_point since{};
  bool ready = false;      // it has said so
  bool timed_out = false;  // and was killed for it
};

class Workers final : public Executor {
 public:
  explicit Workers(Settings settings) : settings_(std::move(settings)) {}

  void run(Listener& listener) override {
    while (true) {
      if (stops() == 0) hand_out(listener);
      if (std::none_of(workers_.begin(), workers_.end(), [](const Worker& worker) { return worker.job.has_value(); })) {
        break;
      }
      wait();
      for (auto& worker : workers_) listen(worker, listener);
      std::erase_if(workers_, [](const Worker& worker) { return worker.child.channel().descriptor() < 0; });
      enforce_limits();
    }
    if (stops() > 0) workers_.clear();
  }

 private:
  int stops() const { return settings_.stop == nullptr ? 0 : settings_.stop->load(); }

  void hand_out(Listener& listener) {
    for (;;) {
      const auto is_idle = [](const Worker& worker) { return !worker.job; };
      const auto idle = std::find_if(workers_.begin(), workers_.end(), is_idle);
      if (idle == workers_.end() && workers_.size() >= static_cast<std::size_t>(settings_.jobs)) return;
      std::optional<Job> job;
      if (again_.empty()) {
        job = listener.next();
        if (!job) return;
        listener.on_start(*job);
      } else {
        job = std::move(again_.front());
        again_.pop_front();
      }
      const std::size_t data = index_of(job->data);
      Worker& worker = ready_for(data);
      worker.child.channel().send({{"settings", config::to_json(job->spec)}, {"data", data}});
      worker.job = std::move(job);
      worker.since = Clock::now();
    }
  }

  std::size_t index_of(const std::shared_ptr<data::Dataset>& dataset) {
    const auto found = std::find(datasets_.begin(), datasets_.end(), dataset);
    if (found != datasets_.end()) return static_cast<std::size_t>(found - datasets_.begin());
    datasets_.push_back(dataset);
    return datasets_.size() - 1;
  }

  // An idle worker that has the data set, started if need be. Workers attach data sets at their start; sweeps over data
  // are rare.
  Worker& ready_for(std::size_t data) {
    const auto has_it = [&](const Worker& worker) { return !worker.job && worker.datasets > data; };
    const auto found = std::find_if(workers_.begin(), workers_.end(), has_it);
    if (found != workers_.end()) return *found;
    const auto idle = std::find_if(workers_.begin(), workers_.end(), [](const Worker& worker) { return !worker.job; });
    if (idle != workers_.end()) workers_.erase(idle);
    workers_.push_back({Child(settings_.worker_command, descriptors()), datasets_.size()});
    return workers_.back();
  }

  std::vector<int> descriptors() const {
    std::vector<int> result;
    for (const auto& dataset : datasets_) result.push_back(dataset->descriptor());
    return result;
  }

  void wait() {
    std::vector<pollfd> descriptors;
    for (auto& worker : workers_) descriptors.push_back({worker.child.channel().descriptor(), POLLIN, 0});
    poll(descriptors.data(), descriptors.size(), static_cast<int>(kPoll.count()));
  }

  void listen(Worker& worker, Listener& listener) {
    const bool alive = worker.child.channel().fill();
    bool broken = false;
    while (const auto message = worker.child.channel().take(broken)) {
      if (!understand(worker, *message, listener)) {
        broken = true;
        break;
      }
    }
    if (alive && !broken) return;
    if (alive) worker.child.kill_now();
    bury(worker, listener, broken);
  }

  // False when the message makes no sense.
  bool understand(Worker& worker, const Json& message, Listener& listener) {
    worker.ready = true;
    false_starts_ = 0;
    if (message.contains("ready")) return true;
    if (!worker.job) return false;
    try {
      if (message.contains("progress")) {
        const Json& p = message.at("progress");
        listener.on_progress(*worker.job,
                             {p.at("step"), p.at("steps"), p.at("loss"),
                              p.contains("accuracy") ? std::optional(p.at("accuracy").get<double>()) : std::nullopt});
        return true;
      }
      auto result = store::result_from_json(message.at("done"));
      const Job job = *std::exchange(worker.job, std::nullopt);
      listener.on_finish(job, std::move(result));
      return true;
    } catch (const Json::exception&) {
      return false;
    }
  }

  void bury(Worker& worker, Listener& listener, bool broken) {
    train::TrialResult result;
    result.failure = worker.child.reap(result.status);
    Child(std::move(worker.child));
    if (!worker.job) return;
    const Job job = *std::exchange(worker.job, std::nullopt);
    if (stops() > 0) {
      result.status = train::Status::interrupted;
      result.failure = train::Failure{.message = "stopped by the user"};
    } else if (worker.timed_out) {
      result.status = train::Status::timeout;
      result.failure = train::Failure{.message = fmt::format("not finished after {:g} s", *settings_.timeout_s)};
    } else if (broken) {
      result.status = train::Status::crashed;
      result.failure = train::Failure{.message = "the worker process sent what is no message, and was ended"};
    } else if (!worker.ready) {
      if (++false_starts_ >= kFalseStarts) {
        throw environment_error("worker processes end before they begin: " + result.failure->message,
                                "try --jobs 1; look for limits on memory or processes (ulimit -a)");
      }
      again_.push_back(job);
      return;
    }
    listener.on_finish(job, std::move(result));
  }

  void enforce_limits() {
    const auto now = Clock::now();
    if (stops() > 0 && !asked_) {
      asked_ = now;
      for (auto& worker : workers_) worker.child.channel().send({{"stop", true}});
    }
    for (auto& worker : workers_) {
      if (!worker.job) continue;
      if (stops() > 1 || (asked_ && now - *asked_ > kGrace)) worker.child.kill_now();
      if (settings_.timeout_s && now - worker.since > std::chrono::duration<double>(*settings_.timeout_s)) {
        worker.timed_out = true;
        worker.child.kill_now();
      }
    }
  }

  Settings settings_;
  std::vector<Worker> workers_;
  std::vector<std::shared_ptr<data::Dataset>> datasets_;
  std::deque<Job> again_;  // their worker died before it was ready
  int false_starts_ = 0;
  std::optional<Clock::time_point> asked_;
};

}  // namespace

std::unique_ptr<Executor> make_workers(Settings settings) { return std::make_unique<Workers>(std::move(settings)); }

}  // namespace bnexp::exec
