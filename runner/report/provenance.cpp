#include "report/provenance.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

struct Field {
  const char* key;
  const char* label;
  bool matters;  // a difference in it makes numbers or times incomparable
};

constexpr Field kFields[] = {{"bnexp", "bnexp", true},
                             {"git", "Git revision", true},
                             {"dirty", "Uncommitted changes", false},
                             {"libtorch", "LibTorch", true},
                             {"compiler", "Compiler", true},
                             {"flags", "Flags", true},
                             {"build_type", "Build", true},
                             {"isa", "ISA", true},
                             {"cpu", "CPU", true},
                             {"cores", "Cores", false},
                             {"memory_bytes", "Memory", false},
                             {"os", "System", false},
                             {"threads", "Threads a trial", true},
                             {"jobs", "Jobs", false},
                             {"contended", "Contended", false}};

std::string shown(const std::string& key, const Json& value) {
  if (value.is_null()) return "unknown";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (key == "memory_bytes" && value.is_number()) return bytes(value.get<double>());
  return value_text(value);
}

std::vector<const store::Record*> used_records(const Results& results) {
  std::vector<const store::Record*> records;
  for (const auto& arm : results.arms) {
    for (const auto& trial : arm.trials) {
      if (trial.record) records.push_back(trial.record);
    }
  }
  return records;
}

}  // namespace

Provenance provenance(const std::vector<const Json*>& contexts) {
  Provenance result;
  std::vector<std::string> mixed;
  for (const auto& field : kFields) {
    std::map<std::string, std::size_t> values;
    for (const auto* context : contexts) {
      const auto value = context->find(field.key);
      if (value != context->end()) ++values[shown(field.key, *value)];
    }
    if (values.empty()) continue;
    std::vector<std::string> parts;
    for (const auto& [value, n] : values) {
      parts.push_back(values.size() == 1 ? value : fmt::format("{} ({})", value, plural(n, "record")));
    }
    result.facts.emplace_back(field.label, join(parts, ", "));
    if (field.matters && values.size() > 1) mixed.emplace_back(field.label);
  }
  const auto flagged = [&](const char* key) {
    return static_cast<std::size_t>(std::count_if(contexts.begin(), contexts.end(), [&](const Json* context) {
      const auto value = context->find(key);
      return value != context->end() && value->is_boolean() && value->get<bool>();
    }));
  };
  if (!mixed.empty()) {
    result.warnings.push_back("The records were not all made alike; they differ in: " + join(mixed, ", ") + ".");
  }
  if (const std::size_t n = flagged("contended")) {
    result.warnings.push_back(
        fmt::format("{} of {} ran on a machine busy with other work: their times are not to be compared.", n,
                    plural(contexts.size(), "record")));
  }
  if (const std::size_t n = flagged("dirty")) {
    result.warnings.push_back(fmt::format("{} of {} came from a source tree with uncommitted changes.", n,
                                          plural(contexts.size(), "record")));
  }
  return result;
}

Provenance provenance(const Results& results) {
  const auto records = used_records(results);
  std::vector<const Json*> contexts;
  for (const auto* record : records) contexts.push_back(&record->context);
  Provenance result = provenance(contexts);
  std::string first, last;
  for (const auto* record : records) {
    const std::string at = record->result.timing.value("started_at", "");
    if (at.empty()) continue;
    if (first.empty() || at < first) first = at;
    last = std::max(last, at);
  }
  if (!first.empty()) {
    result.facts.emplace_back("Trials started", first == last ? first : first + " to " + last);
  }
  return result;
}

std::vector<DataFacts> data_facts(const Results& results) {
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> seen;
  for (const auto* record : used_records(results)) {
    const Json& data = record->result.data;
    if (!data.contains("name")) continue;
    const auto count = [&](const char* key) { return data.contains(key) ? value_text(data[key]) : "?"; };
    ++seen[{
        data.value("name", ""), data.value("sha256", ""),
        fmt::format("{} training, {} validation, {} test images", count("train"), count("validation"), count("test"))}];
  }
  std::vector<DataFacts> facts;
  for (const auto& [fact, n] : seen) facts.push_back({std::get<0>(fact), std::get<1>(fact), std::get<2>(fact)});
  return facts;
}

double total_seconds(const Results& results) {
  double total = 0;
  for (const auto* record : used_records(results)) {
    const auto seconds = record->result.timing.find("wall_s");
    if (seconds != record->result.timing.end() && seconds->is_number()) total += seconds->get<double>();
  }
  return total;
}

std::string shell_quoted(const std::string& word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=:,+@%-";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string run_command(const Results& results) {
  if (results.file.empty()) return "";
  std::string command = "bnexp run " + shell_quoted(results.file);
  for (const auto& change : results.overrides) command += " --set " + shell_quoted(change);
  return command;
}

}  // namespace bnexp::report
