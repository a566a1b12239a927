#include "exec/status.h"

#include "exec/runs.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;

TEST_CASE("a trial that a retry trains is running, not done, and one that failed is not waiting") {
  const test::TemporaryFolder folder;
  const config::Suite suite = test::fake_suite({{{"do", "train"}}, {{"do", "throw"}}, {{"do", "throw"}}});
  test::run(suite, folder.path());
  const store::Store store = store::Store::open(folder.path());
  store::Leases leases(folder.path());
  {
    const auto calm = exec::status_of(test::fake_plan(suite, &store), leases.all());
    CHECK(calm.done == 3);
    CHECK(calm.waiting == 0);
    CHECK(calm.failed.size() == 2);
    CHECK(calm.is_complete());
  }
  const auto held = leases.take(test::fake_plan(suite, &store).trials[1].trial);
  const auto status = exec::status_of(test::fake_plan(suite, &store), leases.all());
  REQUIRE(status.running.size() == 1);
  CHECK(status.running[0].trial->seed == 1);
  CHECK(status.done == 2);
  REQUIRE(status.failed.size() == 1);
  CHECK(status.failed[0]->seed == 2);
  CHECK(status.waiting == 0);
  CHECK_FALSE(status.is_complete());
  CHECK(status.seconds_left);
}
