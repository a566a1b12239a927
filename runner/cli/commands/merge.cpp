#include "store/merge.h"

#include <fmt/format.h>

#include <optional>

#include "base/console.h"
#include "base/text.h"
#include "cli/command.h"
#include "report/report.h"
#include "store/bench.h"

namespace bnexp::cli {
namespace {

struct MergeOptions {
  std::vector<std::string> stores;
  std::string into;
};

ExitCode merge(const MergeOptions& options) {
  std::vector<store::Store> stores;
  for (const auto& folder : options.stores) stores.push_back(store::Store::open(folder));
  if (store::is_bench_folder(options.into)) {
    throw environment_error(options.into + " holds a benchmark of norms", "choose another folder with --into");
  }
  std::optional<store::Store> before;
  if (store::has_records(options.into)) before = store::Store::open(options.into);
  const auto reasons = store::conflicts(stores, before ? &*before : nullptr);
  for (const auto& reason : reasons) console::note("{}\n", reason);
  if (!reasons.empty()) {
    throw environment_error("the stores are not merged", "`bnexp compare A B` shows what differs");
  }
  const store::Store into = store::Store::create(options.into);
  const auto merged = store::merge(stores, into);
  for (const auto& [aside, damage] : merged.aside) {
    console::note("a file of {} was not usable ({}); it is set aside as {}\n", options.into, damage, aside.string());
  }
  console::print("{} copied into {}, {} {} there with the same bits\n", plural(merged.copied, "record"),
                 into.folder().string(), merged.present, merged.present == 1 ? "was" : "were");
  if (merged.weights + merged.checkpoints > 0) {
    console::print("also copied: kept weights of {}, {}\n", plural(merged.weights, "trial"),
                   plural(merged.checkpoints, "checkpoint"));
  }
  console::print("report: {}\n",
                 report::write(report::read(into.folder()), into.folder(), share_folder() / "report").string());
  return ExitCode::ok;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<MergeOptions>();
  CLI::App* command = new_command(
      app, "merge",
      "Put the records, kept weights, checkpoints and plans of several stores into one store, and write its report. "
      "The stores must be parts of one sweep: the same question, comparison, claims and swept keys, and the same "
      "settings apart from those. Records of one trial must have the same bits.",
      "  bnexp merge results/lr_sweep results/more_seeds --into results/both\n"
      "Nothing is written if the stores do not fit together.");
  command->add_option("STORES", options->stores, "folders of records")->required();
  command->add_option("--into", options->into, "the folder to merge into; may exist")->required()->type_name("DIR");
  command->callback([=, &action] { action = [=] { return merge(*options); }; });
}

const bool kAdded = add_command("merge", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
