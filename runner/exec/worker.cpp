#include "exec/worker.h"

#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/memory.h"
#include "exec/channel.h"
#include "exec/checkpoint.h"
#include "store/record.h"

namespace bnexp::exec {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kReportEvery = std::chrono::milliseconds(100);

void write_setting(const char* file, const char* value) { std::ofstream(file) << value; }

// Reserves the heap's next GiB in huge pages, without allocating it: 2% less time per step for the ConvNet at batch 64,
// whose tensors are megabytes.
void use_huge_pages() {
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
  constexpr std::size_t kBytes = 1 << 30;
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* block = std::malloc(kBytes);
  if (block == nullptr) return;
  void* begin = block;
  std::size_t room = kBytes;
  if (std::align(page, kBytes - page, begin, room) != nullptr) madvise(begin, kBytes - page, MADV_HUGEPAGE);
  std::free(block);
#endif
}

// Starts a trial as in a new process: no memory of the previous one, and its own peak.
void forget_last_trial() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  use_huge_pages();
  write_setting("/proc/self/clear_refs", "5");
}

// After such an error, in LibTorch's words, every further call to the device fails in this process; the next trial
// needs a new one.
bool has_lost_device(const train::TrialResult& result) {
  return result.status == train::Status::failed && result.failure &&
         result.failure->message.find("CUDA error:") != std::string::npos;
}

Json to_json(const train::Progress& progress) {
  return {{"step", progress.step},
          {"steps", progress.steps},
          {"loss", std::isfinite(progress.loss) ? Json(progress.loss) : Json(nullptr)},
          {"accuracy", progress.accuracy ? Json(*progress.accuracy) : Json(nullptr)}};
}

class Worker {
 public:
  explicit Worker(const Training& training) : channel_(Descriptor(kChannelDescriptor)), training_(training) {}

  // Runs until the parent says stop or is gone.
  void run() {
    while (!stopped_) {
      read(Channel::Wait::yes);
      if (job_.is_null()) continue;
      const Json job = std::exchange(job_, nullptr);
      forget_last_trial();
      WeightsWriter weights(job.at("weights"));
      const train::TrialResult result = train(job, weights);
      if (has_lost_device(result)) throw std::runtime_error(result.failure->message);
      if (const auto& failure = weights.failure()) {
        channel_.send({{"weights_failure", {{"message", failure->what()}, {"hint", failure->hint()}}}});
      } else {
        channel_.send({{"done", store::to_json(result)}});
      }
    }
  }

 private:
  train::TrialResult train(const Json& job, WeightsWriter& weights) {
    auto reported = Clock::now();
    const std::string lease = job.at("lease");
    Checkpoints checkpoints(
        job.at("checkpoint"), job.at("checkpoint_every_s"), [&] { return store::is_held_by(getppid(), lease); },
        [&](const std::string& text) {
          channel_.send({{"notice", text}});
        });
    const train::Callbacks callbacks{.progress =
                                         [&](const train::Progress& progress) {
                                           if (Clock::now() - reported < kReportEvery) return;
                                           reported = Clock::now();
                                           channel_.send({{"progress", to_json(progress)}});
                                         },
                                     .stop =
                                         [&] {
                                           read(Channel::Wait::no);
                                           return stopped_;
                                         },
                                     .weights = weights.callback(),
                                     .checkpoints = checkpoints.callbacks()};
    return train_guarded(training_.train, job.at("settings"), *training_.data.at(job.at("data").get<std::size_t>()),
                         callbacks);
  }

  void read(Channel::Wait wait) {
    if (!channel_.receive(wait)) stopped_ = true;
    while (const auto line = channel_.take()) {
      const Json message = Json::parse(*line);
      if (message.contains("job")) job_ = message.at("job");
      if (message.contains("stop")) stopped_ = true;
    }
  }

  Channel channel_;
  const Training& training_;
  Json job_;
  bool stopped_ = false;
};

}  // namespace

void worker_main(const Training& training) {
  // When memory runs out, the kernel should kill a worker rather than the process that writes the records.
  write_setting("/proc/self/oom_score_adj", "500");
  keep_freed_memory();
  // Not destroyed when it throws: a channel that closes tells the parent to kill this process, before its last words.
  auto worker = std::make_unique<Worker>(training);
  try {
    worker->run();
  } catch (...) {
    static_cast<void>(worker.release());
    throw;
  }
}

}  // namespace bnexp::exec
