#include <utility>

#include "base/text.h"
#include "report/bench_charts.h"
#include "report/bench_words.h"
#include "report/document.h"
#include "report/provenance.h"
#include "report/words.h"

namespace bnexp::report {

Document document_of(const store::BenchResults& results, const std::string& folder) {
  const store::BenchRun& run = results.run;
  const auto rows = analysis::bench_rows(results);
  std::vector<const Json*> contexts;
  for (const auto& one : results.cases) contexts.push_back(&one.context);
  ProvenanceWords made = provenance_words(analysis::provenance(contexts));
  const BenchWords words = bench_words(results, rows);

  Document document;
  document.folder = folder;
  document.title = run.name;
  document.question = run.question;
  for (const auto& text : words.findings) document.findings.push_back({Finding::Tone::result, text});
  for (const auto& text : words.warnings) document.findings.push_back({Finding::Tone::warning, text});
  document.about = kBenchConvention;
  document.charts = bench_charts(rows);
  for (Section& section : std::vector<Section>{
           {.id = "numbers", .title = "Numbers", .about = "", .table = bench_table(rows), .searchable = true},
           {.id = "refused", .title = "Left out", .about = "", .table = refused_table(results)}}) {
    if (!section.table.empty()) document.sections.push_back(std::move(section));
  }
  for (const auto& [name, value] : made.facts) document.provenance.push_back({name, value, "", name == "Flags"});
  document.provenance.push_back({"Load before the start", fixed(run.load, 2)});
  document.provenance.push_back({"Frequency scaling", run.frequency_scaling});
  document.provenance.push_back({"Started", run.started_at});
  document.provenance_warnings = std::move(made.warnings);
  document.run = "bnexp bench " + shell_quoted(run.file) + (run.quick ? " --quick" : "");
  for (const auto& change : run.overrides) document.run += " --set " + shell_quoted(change);
  document.rebuild = "bnexp report " + shell_quoted(folder);
  return document;
}

}  // namespace bnexp::report
