#include "exec/worker.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

#include "exec/channel.h"
#include "store/record.h"

namespace bnexp::exec {
namespace {

// True once the run asked this worker to stop: the only message that comes while a trial trains.
bool asked_to_stop(Channel& channel) {
  bool broken = false;
  if (!channel.fill()) return true;
  const auto message = channel.take(broken);
  return broken || (message && message->contains("stop"));
}

}  // namespace

int worker_main(int socket, const std::vector<int>& data, const TrainFunction& train) {
  std::signal(SIGINT, SIG_IGN);  // Ctrl-C reaches the whole terminal; the run decides what it means
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Channel channel(socket);
  std::vector<std::shared_ptr<data::Dataset>> datasets;
  for (const int descriptor : data) datasets.push_back(data::Dataset::attach(descriptor));
  channel.send({{"ready", true}});
  while (const auto job = channel.receive()) {
    if (job->contains("stop")) break;
    const auto spec = config::from_json<config::TrialSpec>(job->at("settings"));
    const auto& dataset = *datasets.at(job->at("data").get<std::size_t>());
    const auto report = [&](const train::Progress& progress) {
      Json message{{"step", progress.step}, {"steps", progress.steps}, {"loss", progress.loss}};
      if (progress.accuracy) message["accuracy"] = *progress.accuracy;
      channel.send({{"progress", std::move(message)}});
    };
    bool stopping = false;
    const auto stop = [&] { return stopping = stopping || asked_to_stop(channel); };
    const train::TrialResult result = train(spec, dataset, {.progress = report, .stop = stop});
    if (!channel.send({{"done", store::to_json(result)}}) || stopping) break;
  }
  return 0;
}

std::vector<std::string> worker_environment() {
  return {"OMP_NUM_THREADS=1", "MKL_NUM_THREADS=1", "MALLOC_MMAP_THRESHOLD_=4294967296",
          "MALLOC_TRIM_THRESHOLD_=4294967296", "MALLOC_TOP_PAD_=67108864"};
}

}  // namespace bnexp::exec
