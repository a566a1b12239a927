#include "base/machine.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <string>

#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;

TEST_CASE("a processor's flags say whether bfloat16 is fast") {
  CHECK(has_fast_bfloat16("flags\t\t: fpu avx2 avx512f avx512_bf16 clzero\n"));
  CHECK(has_fast_bfloat16("flags : avx512f amx_bf16"));
  CHECK(has_fast_bfloat16("Features\t: fp asimd bf16 i8mm"));
  CHECK_FALSE(has_fast_bfloat16("flags\t\t: fpu avx2 avx512f avx512_vnni\nmodel name : bf16000\n"));
}

namespace {

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

// What `question` says in a child of this process, after `prepare`; empty when that fails.
std::string in_child(const std::function<bool()>& prepare, const std::function<std::string()>& question) {
  int ends[2];
  if (pipe(ends) != 0) return "";
  const pid_t child = fork();
  if (child == 0) {
    if (prepare()) {
      const pid_t grandchild = fork();  // a new process namespace begins with it
      if (grandchild == 0) {
        const std::string answer = question();
        _exit(::write(ends[1], answer.data(), answer.size()) == static_cast<ssize_t>(answer.size()) ? 0 : 1);
      }
      waitpid(grandchild, nullptr, 0);
    }
    _exit(0);
  }
  close(ends[1]);
  waitpid(child, nullptr, 0);
  char answer[64];
  const ssize_t size = read(ends[0], answer, sizeof answer);
  close(ends[0]);
  return {answer, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

}  // namespace

TEST_CASE("the quota of cores is the least of a control group's and of those it is in") {
  const test::TemporaryFolder folder;
  const auto& root = folder.path();
  CHECK(core_quota(root, "/pod/job") == INFINITY);
  write(root / "pod/job/cpu.max", "max 100000\n");
  CHECK(core_quota(root, "/pod/job") == INFINITY);
  write(root / "pod/cpu.max", "250000 100000\n");
  CHECK(core_quota(root, "/pod/job") == 2.5);
  write(root / "pod/job/cpu.max", "50000 100000\n");
  CHECK(core_quota(root, "/pod/job") == 0.5);
  write(root / "cpu.max", "400000 100000\n");
  CHECK(core_quota(root, "/of/the/host") == 4);
}

TEST_CASE("quotas are read in version 1's files too") {
  const test::TemporaryFolder folder;
  write(folder.path() / "job/cpu.cfs_quota_us", "-1\n");
  write(folder.path() / "job/cpu.cfs_period_us", "100000\n");
  CHECK(core_quota(folder.path(), "/job") == INFINITY);
  write(folder.path() / "job/cpu.cfs_quota_us", "300000\n");
  CHECK(core_quota(folder.path(), "/job") == 3);
}

TEST_CASE("a process on one core has one core") {
  const auto pinned = [] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    return sched_setaffinity(0, sizeof one, &one) == 0;
  };
  CHECK(in_child(pinned, [] { return std::to_string(available_cores()); }) == "1");
}

TEST_CASE("processes that can't see each other are in other spaces, on one host too") {
  CHECK(in_child([] { return true; }, [] { return process_space(); }) == process_space());
  const std::string apart = in_child([] { return unshare(CLONE_NEWPID) == 0; }, [] { return process_space(); });
  if (apart.empty()) {
    WARN("this process may not make a process namespace");
  } else {
    CHECK(apart != process_space());
  }
}
