// Several runs on one store, and runs that are killed.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <thread>

#include "exec/fake.h"
#include "store/store.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;
namespace fs = std::filesystem;

namespace {

const Json kSlow = {{"do", "train"}, {"steps", 20}, {"step_ms", 10}};

// A whole run in a process of its own, with a diary.
class Run {
 public:
  Run(const fs::path& folder, const std::vector<Json>& behaviours, const fs::path& diary) {
    const std::string list = Json(behaviours).dump();
    process_ = fork();
    if (process_ != 0) return;
    setenv(test::kDiary, diary.c_str(), 1);
    execl(BNEXP_FAKE, BNEXP_FAKE, folder.c_str(), "2", list.c_str(), nullptr);
    _exit(127);
  }
  ~Run() {
    if (process_ < 0) return;
    signal(SIGKILL);
    wait();
  }
  void signal(int number) const { kill(process_, number); }
  // The exit code, or minus the signal.
  int wait() {
    int status = 0;
    waitpid(std::exchange(process_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  pid_t process() const { return process_; }

 private:
  pid_t process_;
};

void wait_until(const std::function<bool()>& condition) {
  for (int i = 0; i < 3000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  REQUIRE(condition());
}

std::size_t records_in(const fs::path& folder) {
  std::error_code ignored;
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder / "records", ignored)) {
    count += entry.path().extension() == ".json" ? 1 : 0;
  }
  return count;
}

std::vector<std::string> seeds(std::size_t count) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(std::to_string(i));
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<std::string> timings(const fs::path& folder) {
  std::vector<std::string> result;
  for (const auto& record : store::Store::open(folder).records().readable)
    result.push_back(record.result.timing.dump());
  return result;
}

std::map<std::string, int> statuses(const fs::path& folder) {
  std::map<std::string, int> result;
  for (const auto& record : store::Store::open(folder).records().readable)
    ++result[train::to_string(record.result.status)];
  return result;
}

// Children of a process, as the kernel lists them.
std::string children_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/task/" + std::to_string(process) + "/children");
  std::string text;
  std::getline(file, text);
  return text;
}

}  // namespace

TEST_CASE("two runs on one store share the work and train no trial twice") {
  const test::TemporaryFolder folder;
  const fs::path store = folder.path() / "store", diary = folder.path() / "diary";
  const auto behaviours = test::repeat(12, kSlow);
  Run first(store, behaviours, diary), second(store, behaviours, diary);
  CHECK(first.wait() == 0);
  CHECK(second.wait() == 0);
  CHECK(records_in(store) == 12);
  CHECK(test::read_diary(diary) == seeds(12));
}

TEST_CASE("a run takes over what another run held when it was killed") {
  const test::TemporaryFolder folder;
  const fs::path store = folder.path() / "store", diary = folder.path() / "diary";
  const fs::path gate = folder.path() / "gate";
  const std::vector<Json> behaviours = test::repeat(2, {{"do", "train"}, {"gate", gate.string()}});
  Run holder(store, behaviours, diary);
  wait_until([&] { return test::read_diary(diary).size() == 2; });
  Run heir(store, behaviours, diary);
  wait_until([&] { return fs::exists(diary.string() + ".waiting"); });
  CHECK(test::read_diary(diary).size() == 2);
  holder.signal(SIGKILL);
  CHECK(holder.wait() == -SIGKILL);
  test::touch(gate);
  CHECK(heir.wait() == 0);
  CHECK(records_in(store) == 2);
  CHECK(test::read_diary(diary).size() == 4);
}

TEST_CASE("a killed run takes its workers along and the next run trains exactly what is missing") {
  const test::TemporaryFolder folder;
  const fs::path store = folder.path() / "store", diary = folder.path() / "diary";
  const fs::path gate = folder.path() / "gate";
  std::vector<Json> behaviours = test::repeat(10, {{"do", "train"}, {"gate", gate.string()}});
  for (std::size_t i = 0; i < 3; ++i) behaviours[i] = {{"do", "train"}};
  Run killed(store, behaviours, diary);
  wait_until([&] { return records_in(store) == 3; });
  const std::string workers = children_of(killed.process());
  killed.signal(SIGKILL);
  killed.wait();
  CHECK_FALSE(workers.empty());
  std::istringstream list(workers);
  for (pid_t worker = 0; list >> worker;) {
    wait_until([&] { return kill(worker, 0) != 0; });
  }
  CHECK(records_in(store) == 3);
  const auto before = timings(store);
  fs::remove(diary);
  test::touch(gate);
  Run next(store, behaviours, diary);
  CHECK(next.wait() == 0);
  CHECK(records_in(store) == 10);
  CHECK(test::read_diary(diary).size() == 7);
  const auto after = timings(store);
  for (const auto& timing : before) CHECK(std::count(after.begin(), after.end(), timing) == 1);
}

TEST_CASE("a trial whose worker is killed from outside is trained again at once, and is killed twice at most") {
  const test::TemporaryFolder folder;
  const fs::path store = folder.path() / "store", diary = folder.path() / "diary";
  const fs::path gate = folder.path() / "gate";
  std::vector<Json> behaviours = test::repeat(2, {{"do", "train"}, {"gate", gate.string()}});
  Run run(store, behaviours, diary);
  wait_until([&] { return test::read_diary(diary).size() == 2; });
  const auto kill_first = [&] { kill(static_cast<pid_t>(std::stoi(children_of(run.process()))), SIGKILL); };
  kill_first();
  wait_until([&] { return test::read_diary(diary).size() == 3; });
  CHECK(records_in(store) == 0);
  test::touch(gate);
  CHECK(run.wait() == 0);
  CHECK(statuses(store) == std::map<std::string, int>{{"ok", 2}});
}

TEST_CASE("a process that was stopped for longer than its lease lasts writes nothing over what its heir has written") {
  const test::TemporaryFolder folder;
  const fs::path store = folder.path() / "store", diary = folder.path() / "diary";
  const fs::path gate = folder.path() / "gate";
  const std::vector<Json> behaviours = test::repeat(2, {{"do", "train"}, {"gate", gate.string()}});
  setenv("BNEXP_FAKE_LEASE", "1", 1);
  Run stopped(store, behaviours, diary);
  wait_until([&] { return test::read_diary(diary).size() == 2; });
  stopped.signal(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  test::touch(gate);
  Run heir(store, behaviours, diary);
  unsetenv("BNEXP_FAKE_LEASE");
  CHECK(heir.wait() == 0);
  const auto before = timings(store);
  stopped.signal(SIGCONT);
  CHECK(stopped.wait() == 0);
  CHECK(timings(store) == before);
  CHECK(test::read_diary(diary).size() == 4);
  CHECK(fs::is_empty(store / "leases"));
}

TEST_CASE("Ctrl-C sent to a run and its workers alike ends it cleanly") {
  const test::TemporaryFolder folder;
  const fs::path store = folder.path() / "store", diary = folder.path() / "diary";
  Run run(store, test::repeat(6, {{"do", "train"}, {"gate", (folder.path() / "gate").string()}}), diary);
  wait_until([&] { return test::read_diary(diary).size() == 2; });
  std::istringstream list(children_of(run.process()));
  for (pid_t worker = 0; list >> worker;) kill(worker, SIGINT);
  run.signal(SIGINT);
  CHECK(run.wait() == 1);
  CHECK(statuses(store) == std::map<std::string, int>{{"interrupted", 2}});
}
