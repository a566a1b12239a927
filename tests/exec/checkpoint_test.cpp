// Who may write a trial's checkpoint.
#include "exec/checkpoint.h"

#include <unistd.h>

#include <fstream>

#include "base/files.h"
#include "store/leases.h"
#include "store/store.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;
namespace fs = std::filesystem;

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
