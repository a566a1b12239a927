#include "report/report.h"

#include "base/console.h"
#include "base/files.h"
#include "base/text.h"
#include "report/export.h"
#include "store/bench.h"

namespace bnexp::report {
namespace {

void write_files(const std::filesystem::path& folder, const std::map<std::string, std::string>& files) {
  for (const auto& [name, text] : files) {
    if (!text.empty()) write_whole(folder / name, text);
  }
}

}  // namespace

std::map<std::string, std::string> build(const Document& document, const std::filesystem::path& assets) {
  std::map<std::string, std::string> files;
  for (const auto& name : exports().names()) files[name] = (*exports().find(name))(document, assets);
  return files;
}

analysis::Analysis read(const std::filesystem::path& folder) {
  analysis::Analysis all = analysis::analyze(store::Store::open(folder));
  for (const auto& [file, damage] : all.results.damaged) {
    console::note("note: {} is left out of the report: {}\n", file.string(), damage);
  }
  return all;
}

std::filesystem::path write(const analysis::Analysis& all, const std::filesystem::path& folder,
                            const std::filesystem::path& assets) {
  write_files(folder, build(document_of(all, folder.string()), assets));
  return folder / "report.html";
}

std::filesystem::path write(const std::filesystem::path& folder, const std::filesystem::path& assets) {
  if (!store::is_bench_folder(folder)) return write(read(folder), folder, assets);
  write_files(folder, build(document_of(store::read_bench(folder), folder.string()), assets));
  return folder / "report.html";
}

}  // namespace bnexp::report
