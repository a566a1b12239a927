#include "report/bench_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "report/words.h"

namespace bnexp::report {
namespace {

using analysis::BenchRow;

constexpr double kSteadyCopy = 0.1;  // stats::variation of a copy's time over the rounds

Cell microseconds(const BenchRow& row, const std::string& way) {
  const auto found = row.ns.find(way);
  if (found == row.ns.end()) {
    return text_cell(way == "torch" && row.of->composed_is_torch ? "= composed" : kNoValue);
  }
  const stats::MedianInterval& of = found->second;
  const auto shown = [](double ns) { return fmt::format("{:.{}f}", ns / 1e3, ns < 1e4 ? 2 : ns < 1e5 ? 1 : 0); };
  return {fmt::format("{} [{}, {}]", shown(of.median), shown(of.low), shown(of.high)), of.median / 1e3, of.low / 1e3,
          of.high / 1e3};
}

Cell factor(const std::optional<stats::MedianInterval>& of) {
  if (!of) return text_cell(kNoValue);
  return {fmt::format("{:.2f} [{:.2f}, {:.2f}]", of->median, of->low, of->high), of->median, of->low, of->high};
}

Cell kept(const BenchRow& row, const std::string& way) {
  const auto found = row.of->ways.find(way);
  if (row.of->mode() != "train" || found == row.of->ways.end() || !found->second.kept_bytes) return text_cell(kNoValue);
  const double kib = static_cast<double>(*found->second.kept_bytes) / 1024;
  return number_cell(kib, fmt::format("{:.1f}", kib));
}

struct Speedup {
  stats::MedianInterval of;
  std::string where;
};

// "1.40 (rms, 64x128) to 6.20 (batch, 64x128) times as fast, geometric mean 2.51, over 40 cases: faster in 38, slower
// in 1, undecided in 1"
std::string in_words(const std::vector<Speedup>& all) {
  double logs = 0;
  std::size_t faster = 0, slower = 0;
  for (const auto& one : all) {
    logs += std::log(one.of.median) / static_cast<double>(all.size());
    faster += one.of.low > 1 ? 1 : 0;
    slower += one.of.high < 1 ? 1 : 0;
  }
  const auto [least, most] =
      std::ranges::minmax_element(all, {}, [](const Speedup& speedup) { return speedup.of.median; });
  return fmt::format(
      "{:.2f} ({}) to {:.2f} ({}) times as fast, geometric mean {:.2f}, over {}: faster in {}, slower in {}, undecided "
      "in {}",
      least->of.median, least->where, most->of.median, most->where, std::exp(logs), plural(all.size(), "case"), faster,
      slower, all.size() - faster - slower);
}

struct Part {
  const char* mode;
  const char* direction;
  const char* words;
};
constexpr Part kParts[] = {{"train", "both", "in training, forward and backward"},
                           {"eval", "forward", "in evaluation"}};

void add_speedups(const std::vector<BenchRow>& rows, std::vector<std::string>& findings) {
  for (const Part& part : kParts) {
    for (const char* type : {"fp32", "bf16"}) {
      std::vector<Speedup> by_torch, by_composed;
      for (const auto& row : rows) {
        if (row.of->mode() != part.mode || row.direction != part.direction || row.of->type() != type) continue;
        const std::string where = row.of->norm + ", " + row.of->shape();
        if (row.over_torch) by_torch.push_back({*row.over_torch, where});
        if (row.over_composed && !row.of->composed_is_torch) by_composed.push_back({*row.over_composed, where});
      }
      const auto say = [&](const char* other, const std::vector<Speedup>& all) {
        if (all.empty()) return;
        findings.push_back(fmt::format("Fused against {}, {}, {}: {}.", other, part.words, type, in_words(all)));
      };
      say("LibTorch's operations", by_torch);
      say("composed", by_composed);
    }
  }
}

void add_kept(const store::BenchResults& results, std::vector<std::string>& findings) {
  double least = INFINITY, most = 0;
  for (const auto& one : results.cases) {
    const auto fused = one.ways.find("fused");
    const auto composed = one.ways.find("composed");
    if (fused == one.ways.end() || composed == one.ways.end()) continue;
    if (!fused->second.kept_bytes || !composed->second.kept_bytes || *composed->second.kept_bytes == 0) continue;
    const double share =
        static_cast<double>(*fused->second.kept_bytes) / static_cast<double>(*composed->second.kept_bytes);
    least = std::min(least, share);
    most = std::max(most, share);
  }
  if (most > 0) {
    findings.push_back(fmt::format("For backward, fused keeps {:.0f} to {:.0f} % of the bytes that composed keeps.",
                                   100 * least, 100 * most));
  }
}

void add_noise(const store::BenchResults& results, std::vector<std::string>& warnings) {
  const store::BenchRun& run = results.run;
  if (run.frequency_scaling == "yes") {
    warnings.emplace_back("The CPU's frequency varies (its governor isn't 'performance'), so times vary too.");
  }
  double worst = 0;
  const store::BenchCase* of = nullptr;
  for (const auto& one : results.cases) {
    const double now = stats::variation(one.copy.ns);
    if (now > worst) of = &one;
    worst = std::max(worst, now);
  }
  if (worst > kSteadyCopy) {
    warnings.push_back(fmt::format(
        "The time of the same copy ({}, {}) varied by {:.0f} % over the rounds (standard deviation / mean), more than "
        "{:.0f} %: the machine was not idle.",
        of->shape(), of->type(), 100 * worst, 100 * kSteadyCopy));
  }
}

std::string started_in(const store::BenchCase& one) {
  const auto at = one.context.find("started_at");
  return at != one.context.end() && at->is_string() ? at->get<std::string>() : "";
}

void add_gaps(const store::BenchResults& results, std::vector<std::string>& warnings) {
  const store::BenchRun& run = results.run;
  if (results.cases.size() < run.cases.size()) {
    warnings.push_back(fmt::format("{} of {} have no record: the run was stopped.",
                                   run.cases.size() - results.cases.size(), plural(run.cases.size(), "case")));
  }
  std::size_t fewest = 1000, older = 0;
  for (const auto& one : results.cases) {
    fewest = std::min(fewest, one.copy.ns.size());
    older += started_in(one) == run.started_at ? 0 : 1;
  }
  if (older > 0)
    warnings.push_back(fmt::format("From an earlier run: {} of {}.", older, plural(results.cases.size(), "record")));
  if (!results.cases.empty() && fewest < 6) {
    warnings.push_back(
        fmt::format("Some cases have only {}: their intervals go from the smallest to the largest value and contain "
                    "the median with less than 95 % confidence.",
                    plural(fewest, "repetition")));
  }
}

}  // namespace

BenchWords bench_words(const store::BenchResults& results, const std::vector<BenchRow>& rows) {
  BenchWords words;
  add_speedups(rows, words.findings);
  add_kept(results, words.findings);
  if (words.findings.empty()) words.findings.emplace_back("No fused kernel fits any of these cases.");
  add_noise(results, words.warnings);
  add_gaps(results, words.warnings);
  return words;
}

Table bench_table(const std::vector<BenchRow>& rows) {
  Table table;
  for (const char* name : {"norm", "shape", "type", "mode", "direction"}) table.columns.push_back(text_column(name));
  for (const Column& column : std::initializer_list<Column>{{"fused", "µs"},
                                                            {"composed", "µs"},
                                                            {"LibTorch", "µs"},
                                                            {"composed / fused"},
                                                            {"LibTorch / fused"},
                                                            {"GB/s"},
                                                            {"of a copy"},
                                                            {"kept, fused", "KiB"},
                                                            {"kept, composed", "KiB"}}) {
    table.columns.push_back(column);
  }
  for (const auto& row : rows) {
    const double speed = row.gb_per_s.at(row.best());
    const double share = 100 * speed / row.copy_gb_per_s;
    table.rows.push_back({text_cell(row.of->norm), text_cell(row.of->shape()), text_cell(row.of->type()),
                          text_cell(row.of->mode()), text_cell(row.direction), microseconds(row, "fused"),
                          microseconds(row, "composed"), microseconds(row, "torch"), factor(row.over_composed),
                          factor(row.over_torch), number_cell(speed, fmt::format("{:.2f}", speed)),
                          number_cell(share, fmt::format("{:.0f} %", share)), kept(row, "fused"),
                          kept(row, "composed")});
  }
  return table;
}

Table refused_table(const store::BenchResults& results) {
  Table table;
  for (const char* name : {"norm", "shape", "why it is left out"}) table.columns.push_back(text_column(name));
  for (const auto& one : results.run.refused) {
    table.rows.push_back({text_cell(one.norm), text_cell(one.shape), text_cell(one.reason)});
  }
  return table;
}

}  // namespace bnexp::report
