// bnexp_report_samples ASSETS FOLDER [NAME]: writes every sample store, or one, with its report to FOLDER/<name>, for
// the browser. NAME huge is for measuring.
#include <cstdio>
#include <filesystem>
#include <string>

#include "analysis/bench_sample.h"
#include "analysis/sample.h"
#include "base/error.h"
#include "report/report.h"
#include "store/store.h"

namespace {

void write(const std::string& name, const std::filesystem::path& assets, const std::filesystem::path& stores) {
  const auto sample = bnexp::sample::make(name);
  const auto folder = stores / name;
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
  if (argc == 4) {
    write(argv[3], argv[1], argv[2]);
    return 0;
  }
  for (const auto& name : bnexp::sample::names()) write(name, argv[1], argv[2]);
  const auto empty = std::filesystem::path(argv[2]) / "empty";
  bnexp::store::Store::create(empty);
  std::puts(bnexp::report::write(empty, argv[1]).c_str());
  const auto folder = std::filesystem::path(argv[2]) / "bench";
  bnexp::store::write_bench(folder, bnexp::test::bench_results());
  std::puts(bnexp::report::write(folder, argv[1]).c_str());
  return 0;
} catch (const bnexp::Error& error) {
  std::fprintf(stderr, "%s\n%s\n", error.what(), error.hint().c_str());
  return static_cast<int>(error.code());
}
