#include "analysis/analysis.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/text.h"

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

}  // namespace

Analysis analyze(Results results, const Question& question) {
  Analysis all;
  all.results = std::move(results);  // arms and records keep their addresses
  all.thresholds = question.thresholds;
  all.looks = question.looks;
  all.rate = learning_rate(all.results);
  all.contrasted = contrast_key(all.results);
  all.ranking = rank(all.results.all_arms());
  for (const auto& arm : all.results.arms) {
    all.to_best.push_back(all.best() && &arm != all.best() ? difference(arm, *all.best(), all.looks)
                                                           : stats::Estimate{});
  }
  all.best_of_levels = best_of_levels(all.results, all.contrasted);
  all.usable = usable_ranges(all.results, all.thresholds);
  all.comparisons = compare(all.results, question.compare, all.thresholds, question.looks);
  all.claims = decide_claims(question.claims, {all.results, all.thresholds, all.looks});
  all.provenance = provenance(all.results);
  return all;
}

Analysis analyze(const store::Store& store) {
  const auto manifest = store.manifest();
  auto records = store.records(pack_series);
  if (records.readable.empty() && !records.damaged.empty()) {
    const auto& [file, damage] = records.damaged.front();
    throw environment_error(
        fmt::format("none of the {} in {} is usable; {}: {}", plural(records.damaged.size(), "record"),
                    store.folder().string(), file.string(), damage),
        "restore them, or run the suite again; an existing report stays as it is");
  }
  Results results = gather(manifest.value, std::move(records.readable));
  results.damaged = std::move(records.damaged);
  if (!manifest.damage.empty()) results.damaged.push_back({store.folder() / "suite.json", manifest.damage});
  Question question;
  if (manifest) question = {manifest->thresholds, manifest->compare, manifest->claims, manifest->looks};
  return analyze(std::move(results), question);
}

}  // namespace bnexp::analysis
