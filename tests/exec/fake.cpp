#include "exec/fake.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <stdexcept>
#include <thread>

#include "base/json.h"
#include "exec/worker.h"
#include "store/record.h"

namespace bnexp::test {
namespace {

void say(const char* text) {
  [[maybe_unused]] const auto written = write(exec::kChannelDescriptor, text, std::strlen(text));
}

void note(std::int64_t seed) {
  const char* file = std::getenv(kDiary);
  if (file == nullptr) return;
  const int diary = open(file, O_WRONLY | O_CREAT | O_APPEND, 0666);
  const std::string line = std::to_string(seed) + "\n";
  [[maybe_unused]] const auto written = write(diary, line.data(), line.size());
  close(diary);
}

std::string descriptors() {
  std::string result;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    result += entry.path().filename().string() + " -> " + read_symlink(entry.path(), gone).string() + "; ";
  }
  return result;
}

void misbehave(const std::string& deed) {
  if (deed == "descriptors") throw std::runtime_error(descriptors());
  if (deed == "kill") raise(SIGKILL);
  if (deed == "abort") {
    std::fputs("first words\nthe fake has had enough\n", stderr);
    std::abort();
  }
  if (deed == "exit") _exit(7);
  if (deed == "throw") throw std::runtime_error("the fake throws");
  if (deed == "lose device") throw std::runtime_error("CUDA error: unspecified launch failure\nat frame #0");
  if (deed == "bad_alloc") throw std::bad_alloc();
  if (deed == "garbage") say("%%% not a message\n");
  if (deed == "half") {
    say(R"({"done": {"status": "o)");
    raise(SIGKILL);
  }
  while (deed == "hang") pause();
}

void use_checkpoint(const std::optional<train::Checkpointing>& checkpoints) {
  if (!checkpoints) throw std::runtime_error("no checkpoints");
  if (checkpoints->saved && *checkpoints->saved != "half") checkpoints->refused("the fake does not know these bytes");
  if (checkpoints->saved) return;
  checkpoints->save("half");
  raise(SIGKILL);
}

bool closed(const std::string& gate) { return !gate.empty() && !std::filesystem::exists(gate); }

}  // namespace

train::TrialResult fake_train(const Json& settings, const data::Dataset& data, const train::Callbacks& callbacks) {
  const auto start = std::chrono::steady_clock::now();
  const Json& fake = settings.at("fake");
  const auto seed = settings.at("seed").get<std::int64_t>();
  note(seed);
  misbehave(fake.at("do"));
  if (fake.at("do") == "checkpoint") use_checkpoint(callbacks.checkpoints);
  const auto steps = fake.value("steps", std::int64_t{3});
  const std::vector<char> memory(1'000'000 * fake.value("mb", std::size_t{0}), 1);
  double loss = static_cast<double>(data.test().images[0]);
  train::TrialResult result;
  result.status = train::Status::ok;
  const auto report = [&](std::int64_t step) {
    if (callbacks.progress) callbacks.progress({.step = step, .steps = steps, .loss = loss, .accuracy = {}});
    if (callbacks.stop && callbacks.stop()) {
      result.status = train::Status::interrupted;
      result.failure = train::Failure{.message = "stopped"};
    }
  };
  for (std::int64_t step = 1; step <= steps && result.status == train::Status::ok; ++step) {
    std::this_thread::sleep_for(std::chrono::milliseconds(fake.value("step_ms", 0)));
    loss += std::sin(static_cast<double>(seed * step)) / 3;
    result.history.push_back({{"step", step}, {"epoch", 0.1}, {"lr", 0.1}, {"train_loss", loss}});
    report(step);
  }
  while (result.status == train::Status::ok && closed(fake.value("gate", ""))) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    report(steps);
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  result.data = {{"name", "fake"}, {"sha256", data.header().sha256}, {"train", 4}, {"validation", 0}, {"test", 4}};
  result.metrics = {{"test_accuracy", 0.5},
                    {"test_loss", fake.at("do") == "nan" ? std::nan("") : loss},
                    {"train_loss", loss},
                    {"steps", steps},
                    {"parameters", 1}};
  result.timing = {{"started_at", "2025-01-01T00:00:00Z"}, {"wall_s", fake.value("wall_s", wall.count())}};
  if (fake.contains("scheduling")) result.timing["scheduling"] = fake.at("scheduling");
  if (result.status == train::Status::ok && callbacks.weights)
    callbacks.weights("weights of seed " + std::to_string(seed));
  if (fake.at("do") == "deaf") {  // done and alive, but nothing can be sent to it
    shutdown(exec::kChannelDescriptor, SHUT_RD);
    say((to_line({{"done", store::to_json(result)}}) + "\n").c_str());
    while (true) pause();
  }
  return result;
}

void touch(const std::filesystem::path& file) { std::ofstream(file, std::ios::app); }

std::shared_ptr<data::Dataset> fake_data() {
  data::Dataset::Header header{.rows = 1, .columns = 1, .train = 4, .test = 4};
  header.name = "fake";
  header.sha256 = std::string(64, 'f');
  auto arrays = data::Dataset::allocate(header);
  arrays.test_images.data()[0] = 42;
  return std::make_shared<data::Dataset>(std::move(header), std::move(arrays));
}

std::vector<Json> repeat(std::size_t count, const Json& behaviour) { return std::vector<Json>(count, behaviour); }

config::Suite fake_suite(const std::vector<Json>& behaviours) {
  config::Suite suite;
  suite.name = "fake";
  suite.question = "Is every trial kept?";
  suite.file = "fake.yaml";
  for (std::size_t i = 0; i < behaviours.size(); ++i) {
    suite.arms.emplace_back();
    suite.arms.back().label = "behaviour " + std::to_string(i);
    config::Trial trial;
    trial.arm = i;
    trial.spec.seed = static_cast<std::int64_t>(i);
    trial.settings = {{"fake", behaviours[i]},
                      {"seed", i},
                      {"data", {{"name", "fake"}, {"validation", 0}}},
                      {"model", {{"name", "fake"}}},
                      {"norm", {{"name", "fake"}}},
                      {"train", {{"batch_size", 1}}}};
    suite.trials.push_back(std::move(trial));
  }
  return suite;
}

exec::Plan fake_plan(const config::Suite& suite, const store::Store* store, bool weights) {
  const auto checksum = [](const config::Variant&) { return std::string(64, 'f'); };
  const auto steps = [](const Json&, std::int64_t) { return 100; };
  return exec::make_plan(exec::make_manifest(suite, "/fake", weights, checksum), steps, store);
}

exec::RunOptions fake_options(int jobs) {
  exec::RunOptions options;
  options.execution.jobs = jobs;
  options.train = fake_train;
  options.load = [](const Json&, const std::string&) { return fake_data(); };
  return options;
}

exec::Summary fake_run(const config::Suite& suite, const std::filesystem::path& folder, exec::RunOptions options,
                       exec::Listener& listener, bool weights) {
  const store::Store store = store::Store::create(folder);
  const exec::Plan plan = fake_plan(suite, &store, weights);
  exec::write_plan(plan, store, listener);
  return exec::run_plan(plan, store, std::move(options), listener);
}

std::vector<std::string> read_diary(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace bnexp::test
