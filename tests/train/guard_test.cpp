#include "train/guard.h"

#include <new>
#include <stdexcept>

#include "base/error.h"
#include "support/catch.h"
#include "support/trials.h"

namespace bnexp {
namespace {

using train::Status;

const data::Dataset& digits() {
  static const auto data = data::load(tests::small_spec().data, {});
  return *data;
}

template <class Attempt>
train::TrialResult guarded(Attempt attempt) {
  return train::guarded([&](const train::Callbacks& callbacks) { return attempt(callbacks); },
                        config::to_json(tests::small_spec()), digits(), {});
}

template <class Thrown>
train::TrialResult after(Thrown thrown) {
  return guarded([&](const auto&) -> train::TrialResult { throw thrown; });
}

TEST_CASE("an exception is a failed trial with its message, and an error's hint") {
  const auto plain = after(std::runtime_error("it broke\nat frame #0"));
  CHECK(plain.status == Status::failed);
  CHECK(plain.failure.value().message == "it broke");
  CHECK(after(environment_error("the disk is full", "free some space")).failure.value().message ==
        "the disk is full; free some space");
  CHECK(after(environment_error("the disk is full")).failure.value().message == "the disk is full");
  CHECK(after(std::runtime_error("")).failure.value().message == "an error without a message");
  CHECK(after(7).status == Status::failed);
  CHECK(after(7).failure.value().message == "an error without a message");
}

TEST_CASE("running out of memory is oom, whoever says so") {
  CHECK(after(std::bad_alloc()).status == Status::oom);
  const auto refused = guarded([](const auto&) -> train::TrialResult {
    torch::empty({std::int64_t{1} << 50});
    return {.status = Status::ok, .failure = {}};
  });
  CHECK(refused.status == Status::oom);
  CHECK(refused.failure.value().message.find("memory") != std::string::npos);
  CHECK(refused.failure.value().message.find('\n') == std::string::npos);
  for (const char* text : {"DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes.",
                           "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory",
                           "CUDA out of memory. Tried to allocate 2.00 GiB", "mmap failed: Cannot allocate memory",
                           "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
                           "cuDNN error: CUDNN_STATUS_ALLOC_FAILED"}) {
    INFO(text);
    CHECK(after(std::runtime_error(text)).status == Status::oom);
  }
  CHECK(after(std::runtime_error("a memory of better days")).status == Status::failed);
}

TEST_CASE("a result has data and timing, whatever its status") {
  const auto check_complete = [](const train::TrialResult& result) {
    CHECK(result.data.at("name") == "digits");
    CHECK(result.data.at("sha256").get<std::string>().size() == 64);
    CHECK(result.data.at("train") == 400);
    CHECK(result.data.at("validation") == 100);
    CHECK(result.data.at("test") == 200);
    CHECK(result.timing.at("wall_s").get<double>() >= 0);
    CHECK(result.timing.at("started_at").get<std::string>().size() == 20);
  };
  check_complete(after(std::runtime_error("early")));
  check_complete(tests::run(tests::small_spec()));
  const Json settings = config::to_json(tests::small_spec());
  const auto gone = train::unreported(Status::crashed, {.message = "signal 11", .signal = 11}, settings, digits(), 90);
  check_complete(gone);
  CHECK(gone.timing.at("wall_s") == 90);
  CHECK(gone.failure.value().signal == 11);
}

TEST_CASE("a trial that fails after some steps keeps them and its history") {
  config::TrialSpec spec = tests::small_spec();
  spec.train.log_every = 2;
  int asked = 0;
  const train::Callbacks failing{.progress = {}, .stop = [&]() -> bool {
                                   if (++asked > 5) throw environment_error("the disk is full", "free some space");
                                   return false;
                                 }};
  const auto result = train::guarded([&](const auto& callbacks) { return train::run(spec, digits(), callbacks); },
                                     config::to_json(spec), digits(), failing);
  REQUIRE(result.status == Status::failed);
  CHECK(result.failure.value().message == "the disk is full; free some space");
  CHECK(result.failure.value().step == 5);
  CHECK(result.metrics.at("steps") == 5);
  CHECK(result.history.size() == 2);
  CHECK(result.timing.contains("started_at"));
  CHECK(result.timing.contains("wall_s"));
}

TEST_CASE("settings that are no trial's do not stop the guard") {
  for (const Json& settings : {Json(nullptr), Json({{"data", nullptr}}), Json({{"data", {{"validation", "many"}}}})}) {
    const auto result = train::guarded([](const auto&) -> train::TrialResult { throw std::runtime_error("no"); },
                                       settings, digits(), {});
    CHECK(result.data.at("train") == 500);
  }
}

}  // namespace
}  // namespace bnexp
