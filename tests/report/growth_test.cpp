// How the work of a report grows with the number of arms. Allocations are counted, which are the same in every run and
// on every machine; times are not.
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "analysis/sample.h"
#include "report/report.h"
#include "support/catch.h"

namespace {
std::atomic<std::size_t> allocations{0};
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace bnexp::report {
namespace {

TEST_CASE("the allocations of a report grow with the number of arms, not with its square") {
  // One swept key, so that every arm is a level of it: the worst case.
  const auto count = [](int size) {
    std::vector<store::Manifest::Arm> arms;
    for (int i = 1; i <= size; ++i) {
      arms.push_back({fmt::format("lr={}", i), {{"train.optimizer.lr", 1e-4 * i}}, nullptr, nullptr});
    }
    const auto store = sample::planned("many", "How much?", {"train.optimizer.lr"}, arms, 2);
    const std::size_t before = allocations;
    build(document_of(analysis::analyze(analysis::gather(store.manifest, store.records)), "results"),
          BNEXP_REPORT_ASSETS);
    return static_cast<double>(allocations - before);
  };
  const double few = count(250), some = count(500), many = count(1000);
  CAPTURE(few, some, many);
  // What each further arm takes. In a square, the later ones take twice as much.
  CHECK((many - some) / 500 < 1.05 * (some - few) / 250);
}

}  // namespace
}  // namespace bnexp::report
