// How the work of a report grows with the number of arms. Its allocations and their bytes are counted, which are the
// same in every run and on every machine. The time is compared with itself: a square would take 16 times as long for 4
// times as many arms.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <new>

#include "analysis/sample.h"
#include "report/report.h"
#include "support/catch.h"

namespace {
std::atomic<std::size_t> allocations{0}, allocated{0};  // how many, and their bytes
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  allocated += size;
  return std::malloc(size == 0 ? 1 : size);
}
void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace bnexp::report {
namespace {

// One swept key, so that every arm is a level of it: the worst case. Without records there is little but arms.
sample::Store store_of(std::size_t size, bool numeric, bool with_records) {
  const std::string key = numeric ? "train.optimizer.lr" : "norm";
  std::vector<store::Manifest::Arm> arms;
  for (std::size_t i = 1; i <= size; ++i) {
    const Json value = numeric ? Json(1e-4 * static_cast<double>(i)) : Json(fmt::format("norm {}", i));
    arms.push_back({fmt::format("{}={}", key, i), {{key, value}}, nullptr, nullptr});
  }
  if (with_records) return sample::planned("many", "How much?", {key}, arms, 2);
  sample::Store store;
  store.manifest.swept = {key};
  for (std::size_t i = 0; i < size; ++i) store.manifest.trials.push_back({std::to_string(i), i, 1});
  store.manifest.arms = std::move(arms);
  return store;
}

void build_report(const sample::Store& store) {
  build(document_of(analysis::analyze(analysis::gather(store.manifest, store.records)), "results"),
        BNEXP_REPORT_ASSETS);
}

TEST_CASE("the allocations of a report grow with the number of arms, not with its square") {
  const auto count = [](std::size_t size) {
    const auto store = store_of(size, /*numeric=*/true, /*with_records=*/true);
    const std::size_t before = allocations;
    build_report(store);
    return static_cast<double>(allocations - before);
  };
  const double few = count(250), some = count(500), many = count(1000);
  CAPTURE(few, some, many);
  // What each further arm takes. In a square, the later ones take twice as much.
  CHECK((many - some) / 500 < 1.05 * (some - few) / 250);
}

TEST_CASE("the memory of a report grows with the number of arms, not with its square") {
  const bool numeric = GENERATE(true, false), with_records = GENERATE(true, false);
  const std::size_t size = with_records ? 125 : 1000;
  const auto count = [&](std::size_t arms) {
    const auto store = store_of(arms, numeric, with_records);
    const std::size_t before = allocated;
    build_report(store);
    return static_cast<double>(allocated - before);
  };
  const double few = count(size), some = count(2 * size), many = count(4 * size);
  CAPTURE(numeric, with_records, few, some, many);
  // What each further arm takes. In a square, the later ones take twice as much.
  CHECK((many - some) / 2 < 1.3 * (some - few));
}

TEST_CASE("the time of a report grows with the number of arms, not with its square") {
  const bool numeric = GENERATE(true, false);
  const auto seconds = [&](std::size_t size) {
    const auto store = store_of(size, numeric, false);
    const auto once = [&] {
      const std::clock_t start = std::clock();
      build_report(store);
      return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    };
    return std::min(once(), once());
  };
  const double few = seconds(2000), many = seconds(8000);
  CAPTURE(numeric, few, many);
  CHECK(many < 9 * few);  // about 4 times if it grows with the number
}

}  // namespace
}  // namespace bnexp::report
