#include "cli/until_decided.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/console.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "exec/plan.h"

namespace bnexp::cli {
namespace {

std::size_t first_seeds(const store::Manifest& manifest) {
  std::vector<std::size_t> counts(manifest.arms.size());
  for (const auto& trial : manifest.trials) ++counts[trial.arm];
  return counts.empty() ? 0 : std::ranges::min(counts);
}

bool has_open_trials(const analysis::Results& results) {
  return std::ranges::any_of(results.arms, [](const auto& arm) { return arm.open() > 0; });
}

}  // namespace

void UntilDecided::add_to(CLI::App& command) {
  CLI::Option* wanted = command.add_flag("--until-decided", is_wanted,
                                         "start with the suite's seeds, then add seeds to the comparisons with the "
                                         "baseline that are undecided, until all are decided");
  max_option_ = add_count(command, "--max-seeds", max_seeds, 1, 10'000,
                          "with --until-decided: no arm gets more seeds; default: 20, or the suite's seeds if more")
                    ->needs(wanted);
  add_seconds(command, "--max-time", max_time_s, "with --until-decided: no seed is added after this time")
      ->needs(wanted);
}

std::size_t UntilDecided::most(std::size_t suite_seeds) const {
  const auto most = static_cast<std::size_t>(max_seeds);
  if (most >= suite_seeds) return most;
  if (max_option_ != nullptr && max_option_->count() > 0) {
    throw usage_error(
        fmt::format("--max-seeds {} is less than the suite's {}", most, plural(suite_seeds, "seed")),
        fmt::format("--max-seeds {} or more, or fewer seeds in the suite: --set seeds={}", suite_seeds, most));
  }
  return suite_seeds;
}

Looking::Looking(const UntilDecided& options, store::Manifest& manifest, const store::Store& store, bool quiet)
    : options_(options), manifest_(manifest), store_(store), quiet_(quiet) {
  if (!options_.is_wanted) return;
  const std::size_t first = first_seeds(manifest_);
  manifest_.looks = {.first = first, .most = options_.most(first)};
  grow(gathered());
}

bool Looking::needs_more() {
  ++looks_;
  if (!options_.is_wanted) return false;
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
  if (options_.max_time_s > 0 && passed.count() > options_.max_time_s) {
    if (!quiet_) console::note("--max-time is over: no more seeds are added\n");
    return false;
  }
  // A trial that crashed has been tried; another attempt is the user's to start.
  analysis::Results results = gathered();
  return !has_open_trials(results) && grow(std::move(results));
}

analysis::Results Looking::gathered() const { return analysis::gather(manifest_, store_.records().readable); }

bool Looking::grow(analysis::Results results) {
  std::size_t undecided = 0, compared = 0, added = 0;
  bool has_grown = false;
  while (!has_open_trials(results)) {
    const analysis::Comparisons all =
        analysis::compare(results, manifest_.compare, manifest_.thresholds, manifest_.looks);
    compared = all.matched.size();
    undecided = static_cast<std::size_t>(std::ranges::count_if(
        all.matched, [](const auto& row) { return row.statistics.verdict == stats::Verdict::undecided; }));
    added = 0;
    for (std::size_t i = 0; i < all.seeds_needed.size(); ++i) {
      added += all.seeds_needed[i] - results.arms[i].trials.size();
    }
    if (added == 0) return has_grown;  // other processes have trained the seeds that were added
    has_grown = true;
    exec::add_seeds(manifest_, all.seeds_needed);
    results = gathered();
  }
  if (!quiet_ && added > 0) {
    console::note("{} of {} undecided: {}\n", undecided, plural(compared, "comparison"), plural(added, "more trial"));
  }
  return true;
}

}  // namespace bnexp::cli
