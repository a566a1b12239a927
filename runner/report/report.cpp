#include "report/report.h"

#include "report/chart.h"
#include "report/html.h"
#include "report/markdown.h"

namespace bnexp::report {

Report build(const Results& results, const std::string& folder, const std::filesystem::path& assets) {
  const DrawnCharts drawn = draw_charts(results);
  return {html_page(results, drawn, folder, assets), markdown_page(results, drawn, folder)};
}

std::filesystem::path write(const store::Store& store, const std::filesystem::path& assets) {
  const Report report = build(gather(store.manifest(), store.records()), store.folder().string(), assets);
  store.write_text("report.md", report.markdown);
  store.write_text("report.html", report.html);
  return store.folder() / "report.html";
}

}  // namespace bnexp::report
