#include "analysis/bench_rows.h"

#include <algorithm>
#include <functional>

namespace bnexp::analysis {
namespace {

std::vector<double> sums(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result(std::min(a.size(), b.size()));
  std::ranges::transform(a, b, result.begin(), std::plus());
  return result;
}

// How long a way takes in a direction, one number per round.
std::optional<std::vector<double>> times(const store::BenchWay& way, const std::string& direction) {
  if (direction == "forward") return way.forward.ns;
  if (!way.backward) return std::nullopt;
  return direction == "backward" ? way.backward->ns : sums(way.forward.ns, way.backward->ns);
}

std::optional<BenchRow> row_of(const store::BenchCase& one, const std::string& direction) {
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
    row.ns[name] = stats::median_interval(taken);
    row.gb_per_s[name] = static_cast<double>(bytes) / row.ns[name].median;
  }
  row.copy_gb_per_s = static_cast<double>(one.copy_bytes) / stats::median_interval(one.copy.ns).median;
  const auto speedup = [&](const std::string& slow) -> std::optional<stats::MedianInterval> {
    if (!ns.contains("fused") || !ns.contains(slow)) return std::nullopt;
    return stats::median_interval(stats::ratios(ns.at(slow), ns.at("fused")));
  };
  row.over_composed = speedup("composed");
  row.over_torch = speedup(one.composed_is_torch ? "composed" : "torch");
  return row;
}

}  // namespace

std::vector<BenchRow> bench_rows(const store::BenchResults& results) {
  std::vector<BenchRow> rows;
  for (const auto& one : results.cases) {
    for (const char* direction : {"forward", "backward", "both"}) {
      if (auto row = row_of(one, direction)) rows.push_back(std::move(*row));
    }
  }
  return rows;
}

}  // namespace bnexp::analysis
