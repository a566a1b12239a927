#include "cli/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/retraining.h"
#include "cli/signals.h"
#include "store/bench.h"
#include "store/integrity.h"
#include "store/store.h"

namespace bnexp::cli {
namespace {

namespace fs = std::filesystem;

bool is_store(const fs::path& folder) { return store::has_records(folder) && !store::is_bench_folder(folder); }

// The stores directly in a folder, by name.
std::vector<fs::path> stores_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (is_store(entry->path())) found.push_back(entry->path());
  }
  if (error) throw file_error("read", folder, error.value());
  std::ranges::sort(found);
  return found;
}

// The records to verify of each store.
struct Place {
  fs::path store;
  std::vector<fs::path> files;
  bool whole = true;  // all of the store's
};

std::vector<Place> places_of(const std::string& name) {
  constexpr const char* kHint =
      "name a record (results/SUITE/records/TRIAL.json), a folder that `bnexp run` wrote, or a folder of such folders";
  std::error_code ignored;
  if (!fs::is_directory(name, ignored)) {
    if (!is_there(name)) throw environment_error(fmt::format("cannot read {}: there is no such file", name), kHint);
    return {{absolute_path(name).parent_path().parent_path(), {name}, /*whole=*/false}};
  }
  const auto stores = is_store(name) ? std::vector<fs::path>{name} : stores_in(name);
  if (stores.empty()) throw usage_error(name + " holds no records of trials", kHint);
  std::vector<Place> places;
  for (const auto& store : stores) places.push_back({store, store::Store::open(store).record_files()});
  return places;
}

Verified invalid(const fs::path& file, std::vector<std::string> flaws) {
  std::string detail = flaws.front();
  if (flaws.size() > 1) detail += fmt::format(" (and {} more)", flaws.size() - 1);
  return {.file = file, .verdict = Verdict::invalid, .detail = std::move(detail), .flaws = std::move(flaws)};
}

// Checks a store's files. The plan's own damage is a line as well.
VerifiedStore inspected(const Place& place) {
  const bool has_plan = is_there(place.store / "suite.json");
  VerifiedStore result{.folder = place.store, .records = {}, .missing = {}, .lacks_plan = place.whole && !has_plan};
  const auto plan = has_plan && is_store(place.store) ? store::Store::open(place.store).manifest()
                                                      : store::Reading<store::Manifest>();
  if (!plan.damage.empty()) result.records.push_back(invalid(place.store / "suite.json", {plan.damage}));
  std::set<std::string> trials;
  for (const auto& file : place.files) {
    auto inspection = store::inspect(file, plan ? &*plan : nullptr, planned_steps);
    trials.insert(file.stem());
    if (place.whole && inspection.record && inspection.record->trial != file.stem()) {
      inspection.flaws.push_back("its name is not its trial's id, " + inspection.record->trial);
    }
    if (inspection.flaws.empty()) {
      result.records.push_back({.file = file, .detail = "format, checksum and id are right, and its parts agree"});
    } else {
      result.records.push_back(invalid(file, std::move(inspection.flaws)));
    }
    result.records.back().record = std::move(inspection.record);
  }
  if (!plan || !place.whole) return result;
  for (const auto& trial : plan->trials) {
    if (!trials.contains(trial.trial)) result.missing.push_back({trial.trial, plan->arms[trial.arm].label, trial.seed});
  }
  return result;
}

std::vector<Verified*> chosen(VerifiedStore& store, const VerifyOptions& options) {
  std::vector<Verified*> records;
  std::vector<std::string> arms;
  for (auto& one : store.records) {
    if (one.verdict != Verdict::consistent) continue;
    records.push_back(&one);
    arms.push_back(one.record->arm);
  }
  if (!options.sample) return records;
  std::vector<Verified*> some;
  for (const auto i : analysis::spread_sample(arms, *options.sample, static_cast<std::uint64_t>(options.sample_seed))) {
    some.push_back(records[i]);
  }
  return some;
}

}  // namespace

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::same_bits:
      return "same bits";
    case Verdict::within_tolerance:
      return "within tolerance";
    case Verdict::consistent:
      return "consistent";
    case Verdict::not_compared:
      return "not compared";
    case Verdict::differs:
      return "differs";
    case Verdict::invalid:
      break;
  }
  return "invalid";
}

std::string extent_text(std::int64_t last_step) {
  return last_step == analysis::kAtTheEnd ? "to the end" : fmt::format("up to step {}", last_step);
}

void judge(Verified& verified, analysis::Tolerated found) {
  const std::string machines = join(verified.unlike, "; ");
  if (found.beyond) {
    verified.verdict = Verdict::differs;
    verified.detail = fmt::format("beyond the tolerance ({}): {}", machines, analysis::to_text(*found.beyond));
  } else if (found.values > 0) {
    verified.verdict = Verdict::within_tolerance;
    verified.detail = fmt::format("losses differ by at most {:.1e} {}{} ({})", found.largest,
                                  extent_text(found.is_whole ? verified.reproduction->last_step : found.last_step),
                                  found.is_whole ? "" : ", not comparable after that", machines);
  } else {
    verified.verdict = Verdict::not_compared;
    verified.detail = fmt::format("rounding alone decides its first values ({})", machines);
  }
  verified.tolerated = std::move(found);
}

std::vector<VerifiedStore> verify(const std::vector<std::string>& places, const VerifyOptions& options) {
  std::vector<VerifiedStore> stores;
  for (const auto& name : places) {
    for (const auto& place : places_of(name)) stores.push_back(inspected(place));
  }
  if (!options.trains) return stores;
  std::vector<std::vector<Verified*>> to_train;
  std::size_t trials = 0;
  double work = 0;
  for (auto& store : stores) {
    to_train.push_back(chosen(store, options));
    trials += to_train.back().size();
    for (const auto* one : to_train.back()) work += work_of(*one, options);
  }
  Progress progress(Display::style_for_stderr(options.quiet), trials, work);
  exec::Stop stop;
  const StopOnSignals stopping(stop);
  for (std::size_t i = 0; i < stores.size(); ++i) train_again(to_train[i], stores[i].folder, options, stop, progress);
  return stores;
}

ExitCode exit_code(const std::vector<VerifiedStore>& stores) {
  ExitCode code = ExitCode::ok;
  for (const auto& store : stores) {
    if (!store.missing.empty()) return ExitCode::trial;
    for (const auto& one : store.records) {
      if (one.verdict == Verdict::invalid || one.verdict == Verdict::differs) return ExitCode::trial;
      if (one.obstacle) code = ExitCode::environment;
    }
  }
  return code;
}

}  // namespace bnexp::cli
