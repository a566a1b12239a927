#include "base/files.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "base/machine.h"
#include "support/catch.h"
#include "support/process.h"
#include "support/temporary_folder.h"

using namespace bnexp;
using tests::in_child;
namespace fs = std::filesystem;

namespace {

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

// A process id that no process has: a child's, reaped.
pid_t dead_pid() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  return child;
}

}  // namespace

TEST_CASE("a file is replaced as a whole and nothing else is left in the folder") {
  const test::TemporaryFolder folder;
  const fs::path file = folder.path() / "a.json";
  write_whole(file, "first");
  write_whole(file, "second");
  CHECK(read_whole(file) == "second");
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a file that is missing reads as nothing, and what can't be read is an error") {
  const test::TemporaryFolder folder;
  CHECK_FALSE(read_whole(folder.path() / "none"));
  CHECK_FALSE(read_whole(folder.path() / "none" / "below"));
  CHECK_THROWS_WITH(read_whole(folder.path()), Catch::Matchers::EndsWith("Is a directory"));
  REQUIRE(mkfifo((folder.path() / "fifo").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(read_whole(folder.path() / "fifo"), Catch::Matchers::EndsWith("is not a regular file"));
  fs::create_symlink("loop", folder.path() / "loop");
  CHECK_THROWS_AS(read_whole(folder.path() / "loop"), Error);
}

TEST_CASE("a full disk is said in a sentence, keeps the old file whole and leaves no temporary file") {
  if (geteuid() != 0) return;
  const test::TemporaryFolder folder;
  // In a mount namespace of its own, as the mount must not be seen by others.
  const int code = in_child([&] {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=64k") != 0) {
      return 77;
    }
    write_whole(folder.path() / "a.json", "whole");
    try {
      write_whole(folder.path() / "a.json", std::string(1 << 20, 'x'));
    } catch (const Error& error) {
      const std::string what = error.what();
      const bool told =
          what == fmt::format("cannot write {}/a.json: No space left on device", folder.path().string()) &&
          error.hint().find("free some space") != std::string::npos && error.code() == ExitCode::environment;
      const bool kept = read_whole(folder.path() / "a.json") == "whole" && entries(folder.path()) == 1;
      return told && kept ? 0 : 1;
    }
    return 2;
  });
  if (code == 77) {
    WARN("no permission to mount a small disk");
  } else {
    CHECK(code == 0);
  }
}

TEST_CASE("a limit on file sizes leaves the old file whole and no temporary file") {
  const test::TemporaryFolder folder;
  write_whole(folder.path() / "a.json", "whole");
  const int code = in_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write_whole(folder.path() / "a.json", std::string(5000, 'x'));
    } catch (const Error& error) {
      return error.hint().find("ulimit -f") != std::string::npos ? 0 : 1;
    }
    return 2;
  });
  CHECK(code == 0);
  CHECK(read_whole(folder.path() / "a.json") == "whole");
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a folder that vanished is said so") {
  const test::TemporaryFolder folder;
  const fs::path inner = folder.path() / "inner";
  CHECK_THROWS_WITH(write_whole(inner / "a.json", "x"),
                    fmt::format("cannot write {}/a.json: No such file or directory", inner.string()));
}

TEST_CASE("temporary files of the dead are swept, those of the living and all else are kept") {
  const test::TemporaryFolder folder;
  const auto put = [&](const std::string& name) { std::ofstream(folder.path() / name) << "half"; };
  const std::string dead = fmt::format(".a.json.{}.{}.0.tmp", process_space(), dead_pid());
  const std::string living = fmt::format(".a.json.{}.{}.0.tmp", process_space(), getpid());
  const std::string elsewhere = fmt::format(".a.json.another-{}.{}.0.tmp", process_space(), dead_pid());
  const std::string old_elsewhere = ".b.json.elsewhere.1.0.tmp";
  for (const auto& name : {dead, living, elsewhere, old_elsewhere, std::string("mine.tmp"), std::string("a.json")}) {
    put(name);
  }
  for (const auto& name : {living, old_elsewhere}) {
    fs::last_write_time(folder.path() / name, fs::file_time_type::clock::now() - std::chrono::hours(2));
  }
  sweep_leftovers(folder.path());
  CHECK_FALSE(fs::exists(folder.path() / dead));
  CHECK_FALSE(fs::exists(folder.path() / old_elsewhere));
  CHECK(entries(folder.path()) == 4);
}
