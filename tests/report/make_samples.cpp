// bnexp_report_samples ASSETS FOLDER: writes every sample store with its report to FOLDER/<name>, for the browser.
#include <cstdio>
#include <filesystem>

#include "analysis/bench_sample.h"
#include "analysis/sample.h"
#include "base/error.h"
#include "report/chart_samples.h"
#include "report/report.h"
#include "store/store.h"

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::fputs("usage: bnexp_report_samples ASSETS FOLDER\n", stderr);
    return 2;
  }
  auto samples = bnexp::sample::chart_samples();
  for (const auto& name : bnexp::sample::names()) samples.emplace_back(name, bnexp::sample::make(name));
  for (const auto& [name, sample] : samples) {
    const auto folder = std::filesystem::path(argv[2]) / name;
    std::filesystem::remove_all(folder);
    const auto store = bnexp::store::Store::create(folder);
    store.write(sample.manifest);
    for (const auto& record : sample.records) store.write(record);
    std::puts(bnexp::report::write(folder, argv[1]).c_str());
  }
  const auto folder = std::filesystem::path(argv[2]) / "bench";
  bnexp::store::write_bench(folder, bnexp::test::bench_results());
  std::puts(bnexp::report::write(folder, argv[1]).c_str());
  return 0;
} catch (const bnexp::Error& error) {
  std::fprintf(stderr, "%s\n%s\n", error.what(), error.hint().c_str());
  return static_cast<int>(error.code());
}
