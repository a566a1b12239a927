#include "analysis/analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/files.h"

namespace bnexp::analysis {
namespace {

Ranking best_of_levels(const Results& results, const Key* key) {
  if (!key || results.keys.size() < 2) return {};
  std::vector<const Arm*> bests;
  for (const auto& group : group_by(results, {key})) {
    const Ranking ranking = rank(group.arms);
    if (!ranking.arms.empty()) bests.push_back(ranking.arms[0]);
  }
  return rank(bests);
}

// The names of the files in records/ that none of `records` came from.
std::vector<std::string> unreadable_records(const store::Store& store, const std::vector<store::Record>& records) {
  const auto folder = store.folder() / "records";
  std::set<std::string> read;
  for (const auto& record : records) read.insert(record.trial + ".json");
  std::vector<std::string> unreadable;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(".json") && !name.starts_with('.') && !read.contains(name)) unreadable.push_back(name);
  }
  if (error) throw file_error("read", folder, error.value());
  std::ranges::sort(unreadable);
  if (records.empty() && !unreadable.empty()) {
    throw environment_error(fmt::format("none of the {} files in {} is a readable record of this release (first: {})",
                                        unreadable.size(), folder.string(), unreadable.front()),
                            "make the files readable, or restore them; a report that is there stays as it is");
  }
  return unreadable;
}

}  // namespace

Analysis analyze(Results results, const Thresholds& thresholds) {
  Analysis all;
  all.results = std::move(results);  // arms and records keep their addresses
  all.thresholds = thresholds;
  all.rate = learning_rate(all.results);
  all.contrasted = contrast_key(all.results);
  all.ranking = rank(all.results.all_arms());
  for (const auto& arm : all.results.arms) {
    all.to_best.push_back(all.best() && &arm != all.best() ? difference(arm, *all.best()) : stats::Estimate{});
  }
  all.best_of_levels = best_of_levels(all.results, all.contrasted);
  all.usable = usable_ranges(all.results, thresholds);
  all.contrasts = contrasts(all.results);
  all.provenance = provenance(all.results);
  return all;
}

Analysis analyze(const store::Store& store) {
  const auto manifest = store.manifest();
  auto records = store.records();
  auto unreadable = unreadable_records(store, records);
  Results results = gather(manifest, std::move(records));
  results.unreadable = std::move(unreadable);
  return analyze(std::move(results), manifest ? manifest->thresholds : Thresholds{});
}

}  // namespace bnexp::analysis
