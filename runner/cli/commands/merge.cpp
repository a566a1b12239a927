#include "store/merge.h"

#include <fmt/format.h>

#include "base/console.h"
#include "base/text.h"
#include "cli/command.h"
#include "report/report.h"

namespace bnexp::cli {
namespace {

struct MergeOptions {
  std::vector<std::string> stores;
  std::string into;
};

ExitCode merge(const MergeOptions& options) {
  std::vector<store::Store> stores;
  for (const auto& folder : options.stores) stores.push_back(store::Store::open(folder));
  const store::Store into = store::Store::create(options.into);
  const auto reasons = store::conflicts(stores, into);
  for (const auto& reason : reasons) console::note("{}\n", reason);
  if (!reasons.empty()) {
    throw environment_error("the stores are not merged", "`bnexp compare A B` shows what differs");
  }
  const auto merged = store::merge(stores, into);
  for (const auto& [aside, damage] : merged.aside) {
    console::note("a file of {} was not usable ({}); it is set aside as {}\n", options.into, damage, aside.string());
  }
  console::print("{} copied into {}, {} {} there with the same bits\n", plural(merged.copied, "record"),
                 into.folder().string(), merged.present, merged.present == 1 ? "was" : "were");
  console::print("report: {}\n",
                 report::write(report::read(into.folder()), into.folder(), share_folder() / "report").string());
  return ExitCode::ok;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<MergeOptions>();
  CLI::App* command = new_command(
      app, "merge",
      "Put the records and plans of several stores of one suite into one store, and write its report. Records of one "
      "trial must have the same bits.",
      "  bnexp merge results/lr_sweep results/unfused --into results/both");
  command->add_option("STORES", options->stores, "folders of records")->required();
  command->add_option("--into", options->into, "the folder to merge into; may exist")->required()->type_name("DIR");
  command->callback([=, &action] { action = [=] { return merge(*options); }; });
}

const bool kAdded = add_command("merge", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
