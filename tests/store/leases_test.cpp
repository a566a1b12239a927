#include "store/leases.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <map>

#include "base/machine.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

namespace bnexp::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTrial = "0123456789abcdef";

fs::path file_in(const fs::path& folder) { return folder / "leases" / (std::string(kTrial) + ".json"); }

// A process of another machine, which was seen alive `age_s` ago.
void write_foreign(const fs::path& folder, time_t age_s, double expires_s = 60) {
  const Holder holder{.host = "elsewhere",
                      .space = "another space",
                      .pid = 1,
                      .started = 1,
                      .job = "12_3",
                      .since = "2026-01-02T03:04:05Z",
                      .token = "theirs",
                      .expires_s = expires_s};
  fs::create_directories(folder / "leases");
  std::ofstream(file_in(folder)) << to_json(holder);
  const time_t time = ::time(nullptr) - age_s;
  const std::array<timespec, 2> times{timespec{time, 0}, timespec{time, 0}};
  REQUIRE(utimensat(AT_FDCWD, file_in(folder).c_str(), times.data(), 0) == 0);
}

// A child process that takes kTrial, says whether it has it, and then sleeps.
struct Child {
  explicit Child(const fs::path& folder) {
    std::array<int, 2> ready{};
    REQUIRE(pipe(ready.data()) == 0);
    pid = fork();
    if (pid == 0) {
      Leases leases(folder);
      const auto lease = leases.take(kTrial);
      if (write(ready[1], lease ? "y" : "n", 1) != 1) _exit(1);
      pause();
      _exit(0);
    }
    char answer = 'n';
    REQUIRE(read(ready[0], &answer, 1) == 1);
    has_it = answer == 'y';
    close(ready[0]);
    close(ready[1]);
  }
  ~Child() { end(); }
  void end() {
    if (pid == 0) return;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    pid = 0;
  }
  pid_t pid = 0;
  bool has_it = false;
};

}  // namespace

TEST_CASE("a trial is leased once, even within a process, until the lease is given back") {
  const test::TemporaryFolder folder;
  Leases leases(folder.path());
  {
    auto lease = leases.take(kTrial);
    REQUIRE(lease);
    CHECK(lease->touch() == Lease::State::held);
    CHECK_FALSE(leases.take(kTrial));
    CHECK_FALSE(Leases(folder.path()).take(kTrial));
    CHECK(leases.take("0123456789abcdee"));
    const Lease moved = std::move(*lease);
    CHECK(moved.state() == Lease::State::held);
    CHECK_FALSE(leases.take(kTrial));
  }
  CHECK_FALSE(fs::exists(file_in(folder.path())));
  CHECK(leases.take(kTrial));
}

TEST_CASE("a lease names the job as the tools of Slurm, PBS and LSF take it") {
  const std::array<const char*, 6> names{"SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_JOB_ID",
                                         "PBS_JOBID",          "LSB_JOBID",           "LSB_JOBINDEX"};
  const test::TemporaryFolder folder;
  Leases leases(folder.path());
  const auto job_with = [&](const std::map<std::string, std::string>& variables) {
    for (const char* name : names) unsetenv(name);
    for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
    const auto lease = leases.take(kTrial);
    for (const char* name : names) unsetenv(name);
    return leases.all().at(0).holder->job;
  };
  CHECK(job_with({}).empty());
  CHECK(job_with({{"SLURM_JOB_ID", "8"}}) == "8");
  CHECK(job_with({{"SLURM_JOB_ID", "9"}, {"SLURM_ARRAY_JOB_ID", "8"}, {"SLURM_ARRAY_TASK_ID", "2"}}) == "8_2");
  CHECK(job_with({{"PBS_JOBID", "12[3].head"}}) == "12[3].head");
  CHECK(job_with({{"LSB_JOBID", "5"}, {"LSB_JOBINDEX", "0"}}) == "5");
  CHECK(job_with({{"LSB_JOBID", "5"}, {"LSB_JOBINDEX", "7"}}) == "5[7]");
}

TEST_CASE("another process's lease is respected until that process is dead") {
  const test::TemporaryFolder folder;
  Child child(folder.path());
  REQUIRE(child.has_it);
  Leases leases(folder.path());
  CHECK_FALSE(leases.take(kTrial));
  kill(child.pid, SIGKILL);
  // Dead, though its parent has not yet asked for its exit code.
  siginfo_t ended{};
  REQUIRE(waitid(P_PID, static_cast<id_t>(child.pid), &ended, WEXITED | WNOWAIT) == 0);
  CHECK(leases.take(kTrial));
}

TEST_CASE("a process id that another process has now is a dead holder") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder.path() / "leases");
  const Holder holder{.host = host_name(),
                      .space = process_space(),
                      .pid = getpid(),
                      .started = process_start(getpid()).value() - 1,
                      .job = "",
                      .since = "",
                      .token = "theirs"};
  std::ofstream(file_in(folder.path())) << to_json(holder);
  CHECK(Leases(folder.path()).take(kTrial));
}

TEST_CASE("a lease of another machine expires when it was not touched for as long as it says") {
  const test::TemporaryFolder folder;
  Leases leases(folder.path(), /*expires_s=*/1);
  write_foreign(folder.path(), /*age_s=*/50);
  CHECK_FALSE(leases.take(kTrial));
  write_foreign(folder.path(), /*age_s=*/70);
  CHECK(leases.take(kTrial));
}

TEST_CASE("a lease that is incomplete is respected until it is as old as one of this process may be") {
  const test::TemporaryFolder folder;
  write_foreign(folder.path(), 0);
  std::ofstream(file_in(folder.path())) << "{\"host\": ";
  CHECK_FALSE(Leases(folder.path(), 1).take(kTrial));
  const std::array<timespec, 2> times{timespec{1, 0}, timespec{1, 0}};
  REQUIRE(utimensat(AT_FDCWD, file_in(folder.path()).c_str(), times.data(), 0) == 0);
  CHECK(Leases(folder.path(), 1).take(kTrial));
}

TEST_CASE("who loses a lease notices, and does not give back the new holder's") {
  const test::TemporaryFolder folder;
  Leases leases(folder.path());
  std::optional<Lease> other;
  {
    const auto lease = leases.take(kTrial);
    REQUIRE(lease);
    // Silent for too long: another process takes it.
    const std::array<timespec, 2> times{timespec{1, 0}, timespec{1, 0}};
    REQUIRE(utimensat(AT_FDCWD, file_in(folder.path()).c_str(), times.data(), 0) == 0);
    other = Leases(folder.path()).take(kTrial);
    REQUIRE(other);
    CHECK(lease->touch() == Lease::State::taken);
  }
  CHECK(other->state() == Lease::State::held);
  fs::remove(file_in(folder.path()));
  CHECK(other->touch() == Lease::State::gone);
}

TEST_CASE("of many processes that find an expired lease, one gets it") {
  const test::TemporaryFolder folder;
  for (int round = 0; round < 20; ++round) {
    write_foreign(folder.path(), /*age_s=*/100);
    std::array<int, 2> tried{}, all_tried{};
    REQUIRE(pipe(tried.data()) == 0);
    REQUIRE(pipe(all_tried.data()) == 0);
    std::array<pid_t, 8> children{};
    for (auto& child : children) {
      child = fork();
      if (child != 0) continue;
      close(all_tried[1]);
      Leases leases(folder.path());
      const auto lease = leases.take(kTrial);
      char end = 0;
      // Alive until everybody has tried: the lease of a dead process is free.
      if (write(tried[1], "t", 1) != 1 || read(all_tried[0], &end, 1) != 0) _exit(9);
      _exit(lease && lease->state() == Lease::State::held ? 1 : 0);
    }
    char one = 0;
    for (std::size_t i = 0; i < children.size(); ++i) REQUIRE(read(tried[0], &one, 1) == 1);
    close(all_tried[1]);
    int holders = 0;
    for (const pid_t child : children) {
      int status = 0;
      waitpid(child, &status, 0);
      holders += WEXITSTATUS(status);
    }
    for (const int end : {tried[0], tried[1], all_tried[0]}) close(end);
    CHECK(holders == 1);
  }
}

TEST_CASE("everybody sees who holds a lease, since when, and whether it has expired") {
  const test::TemporaryFolder folder;
  Leases leases(folder.path());
  CHECK(leases.all().empty());
  const auto own = leases.take("0123456789abcdee");
  write_foreign(folder.path(), 100);
  const auto all = leases.all();
  REQUIRE(all.size() == 2);
  CHECK(all[0].trial == "0123456789abcdee");
  CHECK(all[0].holder->pid == getpid());
  CHECK_FALSE(all[0].expired);
  CHECK(all[0].age_s < 60);
  CHECK(all[1].holder->host == "elsewhere");
  CHECK(all[1].holder->job == "12_3");
  CHECK(all[1].age_s > 90);
  CHECK(all[1].expired);
}

TEST_CASE("leases of processes that are gone are swept, and no other ones") {
  const test::TemporaryFolder folder;
  Leases leases(folder.path());
  const auto own = leases.take("0123456789abcdee");
  write_foreign(folder.path(), 10);
  leases.sweep();
  CHECK(leases.all().size() == 2);
  write_foreign(folder.path(), 100);
  leases.sweep();
  REQUIRE(leases.all().size() == 1);
  CHECK(own->state() == Lease::State::held);
}

TEST_CASE("leases leave no files behind") {
  const test::TemporaryFolder folder;
  {
    Leases leases(folder.path());
    write_foreign(folder.path(), 100);
    const auto lease = leases.take(kTrial);
    CHECK(lease);
  }
  CHECK(fs::is_empty(folder.path() / "leases"));
}

}  // namespace bnexp::store
