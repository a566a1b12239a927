// Who may write a trial's checkpoint, and what happens where one can't be read or written.
#include "exec/checkpoint.h"

#include <unistd.h>

#include <fstream>

#include "base/files.h"
#include "exec/runs.h"
#include "store/leases.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;
namespace fs = std::filesystem;

namespace {

struct Notices : exec::Listener {
  void on_notice(const exec::PlannedTrial&, const std::string& text) override { texts.push_back(text); }
  std::vector<std::string> texts;
};

}  // namespace

TEST_CASE("a process without the trial's lease writes no checkpoint over that of the lease's holder") {
  const test::TemporaryFolder folder;
  const std::string trial = "0123456789abcdef";
  const fs::path file = store::checkpoint_file(folder.path(), trial), lease = store::lease_file(folder.path(), trial);
  store::Leases leases(folder.path());
  const auto held = leases.take(trial);
  REQUIRE(held);
  exec::Checkpoints checkpoints(
      file, 60, [&] { return store::is_held_by(getpid(), lease); }, [](const std::string&) {});
  const auto callbacks = checkpoints.callbacks();
  callbacks->save("ours");
  CHECK(read_whole(file) == "ours");
  // Another process has taken it, goes on and gives it back.
  Json other = Json::parse(read_whole(lease).value());
  other["started"] = 1;
  std::ofstream(lease) << other.dump();
  std::ofstream(file) << "theirs, later";
  callbacks->save("ours");
  CHECK(read_whole(file) == "theirs, later");
  fs::remove(lease);
  callbacks->save("ours");
  CHECK(read_whole(file) == "theirs, later");
}

TEST_CASE("a lease is held by the process that it names, and by no other") {
  const test::TemporaryFolder folder;
  const std::string trial = "0123456789abcdef";
  const fs::path file = store::lease_file(folder.path(), trial);
  CHECK_FALSE(store::is_held_by(getpid(), file));
  store::Leases leases(folder.path());
  const auto held = leases.take(trial);
  CHECK(store::is_held_by(getpid(), file));
  CHECK_FALSE(store::is_held_by(getppid(), file));
  for (const char* key : {"space", "started", "pid"}) {
    const std::string whole = read_whole(file).value();
    Json changed = Json::parse(whole);
    changed[key] = changed[key].is_string() ? Json("elsewhere") : Json(1);
    std::ofstream(file) << changed.dump();
    CHECK_FALSE(store::is_held_by(getpid(), file));
    std::ofstream(file) << whole;
  }
}

TEST_CASE("a folder in the place of a checkpoint is set aside, and the trial is finished") {
  for (const char* executor : {"inline", "workers"}) {
    const test::TemporaryFolder folder;
    const config::Suite suite = test::fake_suite({{{"do", "train"}}});
    const fs::path file = store::checkpoint_file(folder.path(), test::fake_plan(suite, nullptr).trials[0].trial);
    fs::create_directories(file / "in it");
    Notices notices;
    auto options = test::fake_options(1);
    options.executor.name = executor;
    CHECK(test::fake_run(suite, folder.path(), options, notices).all_ok());
    REQUIRE(notices.texts.size() == 1);
    CHECK(notices.texts[0] == "cannot read " + file.string() + ": Is a directory; it is set aside as " + file.string() +
                                  ".damaged, and the trial starts over");
    CHECK(fs::is_directory(file.string() + ".damaged/in it"));
    // Of a finished trial, and where no checkpoints are wanted, nobody reads it.
    fs::create_directories(file);
    CHECK(test::fake_run(suite, folder.path(), options, notices).cached == 1);
    fs::remove_all(folder.path() / "records");
    options.execution.checkpoint_every_s = 0;
    CHECK(test::fake_run(suite, folder.path(), options, notices).all_ok());
    CHECK(notices.texts.size() == 1);
    CHECK(fs::is_directory(file));
  }
}
