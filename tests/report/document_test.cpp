// What a report says about its numbers.
#include "report/document.h"

#include <algorithm>

#include "analysis/sample.h"
#include "report/report.h"
#include "support/catch.h"

namespace bnexp::report {
namespace {

std::string markdown(const sample::Store& store) {
  const auto all = analysis::analyze(analysis::gather(store.manifest, store.records));
  return build(document_of(all, "results"), BNEXP_REPORT_ASSETS).at("report.md");
}

}  // namespace

TEST_CASE("a drift has no number where no trial was followed to its end") {
  const std::string text = markdown(sample::lr_sweep());
  CHECK(text.find("| norm1 | norm=none, lr=1 | train | after | – | 0 |") != std::string::npos);
  CHECK(text.find("\u2013 where no trial ended ok") != std::string::npos);
}

}  // namespace bnexp::report
