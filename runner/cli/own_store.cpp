#include "cli/own_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <system_error>

#include "base/console.h"
#include "base/error.h"
#include "base/files.h"
#include "store/bench.h"

namespace bnexp::cli {
namespace {

namespace fs = std::filesystem;

// Absolute, but not in a plan of version 1, which has no folder.
fs::path file_of(const store::Manifest& plan) {
  if (plan.folder.empty()) return plan.file;
  return (fs::path(plan.folder) / fs::path(plan.file).filename()).lexically_normal();
}

bool is_regular(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored);
}

bool is_same(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return a == b || fs::equivalent(a, b, ignored);
}

// Whether the earlier file is gone, as one that was renamed, of another machine or of a pipe, or has the same content.
bool is_moved_or_copied(const fs::path& before, const fs::path& now) {
  if (!is_regular(before)) return true;
  try {
    return is_regular(now) && read_whole(before) == read_whole(now);
  } catch (const Error&) {
    return false;
  }
}

bool shares_a_trial(const store::Manifest& a, const store::Manifest& b) {
  std::set<std::string> trials;
  for (const auto& trial : a.trials) trials.insert(trial.trial);
  return std::ranges::any_of(b.trials, [&](const auto& trial) { return trials.contains(trial.trial); });
}

// Whether the file lies where, seen from the store, the file of all its records lay: a tree of both was copied or
// moved.
bool lies_as_before(const store::Store& store, const store::Manifest& before, const store::Manifest& plan) {
  if (fs::path(before.file).filename() != fs::path(plan.file).filename()) return false;
  const fs::path here = absolute_path(store.folder());
  const auto lies_so = [&](const store::Record& record) {
    const auto folder = record.context.find("config_folder");
    return folder != record.context.end() && folder->is_string() &&
           is_same((here / folder->get<std::string>()).lexically_normal(), fs::path(plan.folder).lexically_normal());
  };
  const auto records = store.records().readable;
  return !records.empty() && std::ranges::all_of(records, lies_so);
}

}  // namespace

void require_own_store(const store::Store& store, const store::Manifest& plan, bool was_named) {
  if (store::is_bench_folder(store.folder())) {
    throw environment_error(fmt::format("{} holds a benchmark of norms", store.folder().string()),
                            "choose another folder with --store");
  }
  const auto before = store.manifest();
  if (!before || before->trials.empty()) return;
  const fs::path then = file_of(*before);
  const fs::path now = file_of(plan);
  if (is_same(then, now)) return;
  const bool shares = shares_a_trial(*before, plan);
  if (shares && before->folder.empty()) return;
  if (was_named || (shares && is_moved_or_copied(then, now)) || lies_as_before(store, *before, plan)) {
    console::note("note: {} held the plan and report of {}; the records stay for those of {}\n",
                  store.folder().string(), then.string(), now.string());
    return;
  }
  throw usage_error(fmt::format("{} holds the results of another suite, {}; this one is {}", store.folder().string(),
                                then.string(), now.string()),
                    "name another folder with --store, or give this suite its own name (suite: NAME)");
}

}  // namespace bnexp::cli
