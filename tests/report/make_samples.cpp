// bnexp_report_samples ASSETS FOLDER [NAME]: writes every sample store, or one, with its report to FOLDER/<name>, for
// the browser. NAME huge is for measuring.
#include <cstdio>
#include <filesystem>
#include <string>

#include "analysis/bench_sample.h"
#include "analysis/sample.h"
#include "base/error.h"
#include "report/chart_samples.h"
#include "report/report.h"
#include "store/store.h"

namespace {

void write(const bnexp::sample::Store& sample, const std::filesystem::path& folder,
           const std::filesystem::path& assets) {
  std::filesystem::remove_all(folder);
  const auto store = bnexp::store::Store::create(folder);
  store.write(sample.manifest);
  for (const auto& record : sample.records) store.write(record);
  std::puts(bnexp::report::write(folder, assets).c_str());
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3 && argc != 4) {
    std::fputs("usage: bnexp_report_samples ASSETS FOLDER [NAME]\n", stderr);
    return 2;
  }
  const std::filesystem::path stores = argv[2];
  if (argc == 4) {
    write(bnexp::sample::make(argv[3]), stores / argv[3], argv[1]);
    return 0;
  }
  for (const auto& [name, sample] : bnexp::sample::chart_samples()) write(sample, stores / name, argv[1]);
  for (const auto& name : bnexp::sample::names()) write(bnexp::sample::make(name), stores / name, argv[1]);
  bnexp::store::Store::create(stores / "empty");
  std::puts(bnexp::report::write(stores / "empty", argv[1]).c_str());
  const auto folder = stores / "bench";
  bnexp::store::write_bench(folder, bnexp::test::bench_results());
  std::puts(bnexp::report::write(folder, argv[1]).c_str());
  return 0;
} catch (const bnexp::Error& error) {
  std::fprintf(stderr, "%s\n%s\n", error.what(), error.hint().c_str());
  return static_cast<int>(error.code());
}
