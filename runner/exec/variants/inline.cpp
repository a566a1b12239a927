#include <utility>

#include "exec/executor.h"

namespace bnexp::exec {
namespace {

class Inline final : public Executor {
 public:
  Inline(Settings settings, TrainFunction train) : settings_(std::move(settings)), train_(std::move(train)) {}

  void run(Listener& listener) override {
    while (!stopped()) {
      const auto job = listener.next();
      if (!job) return;
      listener.on_start(*job);
      listener.on_finish(*job, train_(job->spec, *job->data,
                                      {.progress = [&](const auto& progress) { listener.on_progress(*job, progress); },
                                       .stop = [this] { return stopped(); }}));
    }
  }

 private:
  bool stopped() const { return settings_.stop != nullptr && *settings_.stop > 0; }

  Settings settings_;
  TrainFunction train_;
};

}  // namespace

std::unique_ptr<Executor> make_inline(Settings settings, TrainFunction train) {
  return std::make_unique<Inline>(std::move(settings), std::move(train));
}

}  // namespace bnexp::exec
