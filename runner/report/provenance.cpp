#include "report/provenance.h"

#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "report/words.h"

namespace bnexp::report {

std::string fact_value(const std::string& key, const Json& value) {
  if (value.is_null()) return "unknown";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (key == "memory_bytes" && value.is_number()) return bytes(value.get<double>());
  return value_text(value);
}

ProvenanceWords provenance_words(const analysis::Provenance& provenance) {
  ProvenanceWords words;
  std::vector<std::string> mixed;
  for (const auto& fact : provenance.facts) {
    std::map<std::string, std::size_t> records;
    for (const auto& [value, n] : fact.records) records[fact_value(fact.key, value)] += n;
    std::vector<std::string> parts;
    for (const auto& [value, n] : records) {
      parts.push_back(records.size() == 1 ? value : fmt::format("{} ({})", value, plural(n, "record")));
    }
    words.facts.emplace_back(fact.label, join(parts, ", "));
    if (fact.matters && records.size() > 1) mixed.push_back(fact.label);
  }
  if (!provenance.started_first.empty()) {
    const bool same = provenance.started_first == provenance.started_last;
    words.facts.emplace_back("Trials started",
                             provenance.started_first + (same ? "" : " to " + provenance.started_last));
  }
  const std::string records = plural(provenance.records, "record");
  if (!mixed.empty())
    words.warnings.push_back("The records come from different setups; they differ in: " + join(mixed, ", ") + ".");
  if (provenance.contended > 0) {
    words.warnings.push_back(
        fmt::format("{} of {} ran on a busy machine; do not compare their times.", provenance.contended, records));
  }
  if (provenance.dirty > 0) {
    words.warnings.push_back(
        fmt::format("{} of {} came from a source tree with uncommitted changes.", provenance.dirty, records));
  }
  return words;
}

std::string image_counts(const analysis::DataFact& data) {
  const auto count = [](const Json& images) { return images.is_null() ? "?" : value_text(images); };
  return fmt::format("{} training, {} validation, {} test images", count(data.train), count(data.validation),
                     count(data.test));
}

std::string run_command(const analysis::Results& results) {
  if (results.file.empty()) return "";
  std::string command = "bnexp run " + shell_quoted(results.file);
  for (const auto& change : results.overrides) command += " --set " + shell_quoted(change);
  return command;
}

}  // namespace bnexp::report
