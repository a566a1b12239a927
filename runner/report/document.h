// The content of a report as a value: text, tables and charts, each made once. An export writes it in one format.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.h"
#include "analysis/bench_rows.h"
#include "report/chart.h"
#include "report/findings.h"
#include "report/table.h"

namespace bnexp::report {

// "Trials", "24 trials in 8 arms", "21 ok, 3 diverged".
struct Fact {
  std::string name;
  std::string value;
  std::string detail = {};
  bool code = false;  // literal text: a checksum, a command
};

struct Section {
  std::string id;  // valid as an anchor
  std::string title;
  std::string about;  // how to read the table; may be empty
  Table table;
  bool searchable = false;    // the page offers a filter and sorts by columns
  bool arms = false;          // row i is arm i of the analysis
  std::size_t page_rows = 0;  // limit of rows on the page; 0: all
};

struct Document {
  std::string title;
  std::string question;
  std::vector<Finding> findings;  // results first, warnings last
  std::string about;              // how the numbers were measured; may be empty
  std::vector<Fact> facts;
  std::vector<Section> sections;  // without empty ones
  std::size_t charts_before = 0;  // index of the section after the charts
  std::vector<Chart> charts;
  std::vector<std::string> chart_problems;
  std::vector<Fact> provenance;
  std::vector<std::string> provenance_warnings;  // mixed machines, contention: may differ between two runs
  std::string run;                               // the command that makes the records; may be empty
  std::string rebuild;                           // the command that makes this report
  std::string folder;                            // the store as the user named it
  const analysis::Analysis* analysis = nullptr;  // of a suite; a benchmark has none
};

// `folder` is the store as the user names it, for the paths and commands shown. The document refers to `all`.
Document document_of(const analysis::Analysis& all, const std::string& folder);

Document document_of(const store::BenchResults& results, const std::string& folder);

}  // namespace bnexp::report
