#include "report/bench_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "report/words.h"

namespace bnexp::report {
namespace {

constexpr double kIdleLoad = 0.5;
constexpr double kSteadyCopy = 0.1;  // variation of a copy's time over the rounds
constexpr const char* kDash = "–";

std::vector<double> sums(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result(std::min(a.size(), b.size()));
  std::ranges::transform(a, b, result.begin(), std::plus());
  return result;
}

// How long a way takes in a direction, one number a round.
std::optional<std::vector<double>> times(const BenchWay& way, const std::string& direction) {
  if (direction == "forward") return way.forward.ns;
  if (!way.backward) return std::nullopt;
  return direction == "backward" ? way.backward->ns : sums(way.forward.ns, way.backward->ns);
}

std::optional<BenchRow> row_of(const BenchCase& one, const std::string& direction) {
  BenchRow row;
  row.of = &one;
  row.direction = direction;
  const std::int64_t bytes =
      (direction == "backward" ? 0 : one.forward_bytes) + (direction == "forward" ? 0 : one.backward_bytes);
  std::map<std::string, std::vector<double>> ns;
  for (const auto& [name, way] : one.ways) {
    if (auto taken = times(way, direction)) ns[name] = std::move(*taken);
  }
  if (ns.empty()) return std::nullopt;
  for (const auto& [name, taken] : ns) {
    row.ns[name] = median_interval(taken);
    row.gb_per_s[name] = static_cast<double>(bytes) / row.ns[name].median;
  }
  row.copy_gb_per_s = static_cast<double>(one.copy_bytes) / median_interval(one.copy.ns).median;
  const auto speedup = [&](const std::string& slow) -> std::optional<MedianInterval> {
    if (!ns.contains("fused") || !ns.contains(slow)) return std::nullopt;
    return median_interval(ratios(ns.at(slow), ns.at("fused")));
  };
  row.over_composed = speedup("composed");
  row.over_torch = speedup(one.composed_is_torch ? "composed" : "torch");
  return row;
}

std::string microseconds(const BenchRow& row, const std::string& way) {
  const auto found = row.ns.find(way);
  if (found == row.ns.end()) return way == "torch" && row.of->composed_is_torch ? "= composed" : kDash;
  const MedianInterval& of = found->second;
  const auto shown = [](double ns) { return fmt::format("{:.{}f}", ns / 1e3, ns < 1e4 ? 2 : ns < 1e5 ? 1 : 0); };
  return fmt::format("{} [{}, {}]", shown(of.median), shown(of.low), shown(of.high));
}

std::string factor(const std::optional<MedianInterval>& of) {
  return of ? fmt::format("{:.2f} [{:.2f}, {:.2f}]", of->median, of->low, of->high) : kDash;
}

std::string kept(const BenchRow& row, const std::string& way) {
  const auto found = row.of->ways.find(way);
  if (row.of->mode() != "train" || found == row.of->ways.end() || !found->second.kept_bytes) return kDash;
  return fmt::format("{:.1f}", static_cast<double>(*found->second.kept_bytes) / 1024);
}

struct Speedup {
  MedianInterval of;
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

void add_kept(const BenchResults& results, std::vector<std::string>& findings) {
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

void add_noise(const BenchResults& results, std::vector<std::string>& warnings) {
  const BenchRun& run = results.run;
  if (run.load > kIdleLoad) {
    warnings.push_back(
        fmt::format("The machine was busy before the start: load average {:.2f}, above {:.1f}.", run.load, kIdleLoad));
  }
  if (run.frequency_scaling == "yes") {
    warnings.emplace_back("The CPU's frequency varies (its governor isn't 'performance'), and times with it.");
  }
  double worst = 0;
  const BenchCase* of = nullptr;
  for (const auto& one : results.cases) {
    const double now = variation(one.copy.ns);
    if (now > worst) of = &one;
    worst = std::max(worst, now);
  }
  if (worst > kSteadyCopy) {
    warnings.push_back(fmt::format(
        "From the first round to the last, the time of one and the same copy ({}, {}) varied by {:.0f} % (standard "
        "deviation over mean), more than {:.0f} %: the machine was not quiet.",
        of->shape(), of->type(), 100 * worst, 100 * kSteadyCopy));
  }
}

void add_gaps(const BenchResults& results, std::vector<std::string>& warnings) {
  const BenchRun& run = results.run;
  if (results.cases.size() < run.cases.size()) {
    warnings.push_back(fmt::format("{} of {} have no record: the run was stopped.",
                                   run.cases.size() - results.cases.size(), plural(run.cases.size(), "case")));
  }
  std::size_t fewest = 1000, older = 0;
  for (const auto& one : results.cases) {
    fewest = std::min(fewest, one.copy.ns.size());
    older += one.context.value("started_at", "") == run.started_at ? 0 : 1;
  }
  if (older > 0)
    warnings.push_back(fmt::format("{} of {} are of an earlier run.", older, plural(results.cases.size(), "record")));
  if (!results.cases.empty() && fewest < 6) {
    warnings.push_back(
        fmt::format("Some cases have {} only: their intervals go from the smallest to the largest value and "
                    "hold the median with less than 95 % confidence.",
                    plural(fewest, "repetition")));
  }
}

}  // namespace

std::vector<BenchRow> bench_rows(const BenchResults& results) {
  std::vector<BenchRow> rows;
  for (const auto& one : results.cases) {
    for (const char* direction : {"forward", "backward", "both"}) {
      if (auto row = row_of(one, direction)) rows.push_back(std::move(*row));
    }
  }
  return rows;
}

BenchWords bench_words(const BenchResults& results, const std::vector<BenchRow>& rows) {
  BenchWords words;
  add_speedups(rows, words.findings);
  add_kept(results, words.findings);
  if (words.findings.empty()) words.findings.emplace_back("No fused kernel fits any of these cases.");
  add_noise(results, words.warnings);
  add_gaps(results, words.warnings);
  return words;
}

Table bench_table(const std::vector<BenchRow>& rows, const std::string& direction) {
  Table table;
  table.header = {"norm", "shape", "type", "mode"};
  if (direction.empty()) table.header.emplace_back("direction");
  table.texts = table.header.size();
  for (const char* name : {"fused (µs)", "composed (µs)", "LibTorch (µs)", "composed / fused", "LibTorch / fused",
                           "GB/s", "of a copy", "kept, fused (KiB)", "kept, composed (KiB)"}) {
    table.header.emplace_back(name);
  }
  for (const auto& row : rows) {
    if (!direction.empty() && row.direction != direction) continue;
    std::vector<std::string> cells{row.of->norm, row.of->shape(), row.of->type(), row.of->mode()};
    if (direction.empty()) cells.push_back(row.direction);
    const double speed = row.gb_per_s.at(row.best());
    for (const char* way : {"fused", "composed", "torch"}) cells.push_back(microseconds(row, way));
    cells.push_back(factor(row.over_composed));
    cells.push_back(factor(row.over_torch));
    cells.push_back(fmt::format("{:.2f}", speed));
    cells.push_back(fmt::format("{:.0f} %", 100 * speed / row.copy_gb_per_s));
    cells.push_back(kept(row, "fused"));
    cells.push_back(kept(row, "composed"));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Table refused_table(const BenchResults& results) {
  Table table{{"norm", "shape", "why it is left out"}, {}, 3};
  for (const auto& one : results.run.refused) table.rows.push_back({one.at("norm"), one.at("shape"), one.at("reason")});
  return table;
}

}  // namespace bnexp::report
