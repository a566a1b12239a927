#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/console.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/verification.h"
#include "report/table.h"

namespace bnexp::cli {
namespace {

struct Options {
  std::vector<std::string> places;
  VerifyOptions verification;
  std::int64_t steps = 0;   // 0: all
  std::int64_t sample = 0;  // the same
  bool no_training = false;
  bool as_json = false;
};

template <class T>
Json value_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json step_json(std::int64_t step) { return step == analysis::kAtTheEnd ? Json("end") : Json(step); }

Json difference_json(const std::optional<analysis::Difference>& difference) {
  if (!difference) return nullptr;
  return {{"step", step_json(difference->step)},
          {"quantity", difference->name},
          {"recorded", difference->recorded},
          {"now", difference->now}};
}

Json record_json(const Verified& one) {
  Json json{{"file", one.file.string()}, {"verdict", to_string(one.verdict)},
            {"detail", one.detail},      {"flaws", one.flaws},
            {"unlike", one.unlike},      {"trained", nullptr},
            {"tolerance", nullptr}};
  for (const char* key : {"trial", "arm", "seed"}) json[key] = nullptr;
  if (one.record) {
    json["trial"] = one.record->trial;
    json["arm"] = one.record->arm;
    json["seed"] = one.record->seed;
  }
  if (one.reproduction) {
    json["trained"] = {{"values", one.reproduction->readings},
                       {"last_step", step_json(one.reproduction->last_step)},
                       {"first_difference", difference_json(one.reproduction->first)}};
  }
  if (one.tolerated) {
    json["tolerance"] = {{"values", one.tolerated->values},
                         {"last_step", step_json(one.tolerated->last_step)},
                         {"largest", one.tolerated->largest},
                         {"first_beyond", difference_json(one.tolerated->beyond)}};
  }
  return json;
}

Json missing_json(const MissingRecord& one) { return {{"trial", one.trial}, {"arm", one.arm}, {"seed", one.seed}}; }

std::map<Verdict, std::size_t> counts(const std::vector<VerifiedStore>& stores) {
  std::map<Verdict, std::size_t> result;
  for (const auto& store : stores) {
    for (const auto& one : store.records) ++result[one.verdict];
  }
  return result;
}

std::string as_json(const std::vector<VerifiedStore>& stores) {
  Json list = Json::array();
  for (const auto& store : stores) {
    Json records = Json::array();
    for (const auto& one : store.records) records.push_back(record_json(one));
    Json missing = Json::array();
    for (const auto& one : store.missing) missing.push_back(missing_json(one));
    list.push_back({{"store", store.folder.string()},
                    {"missing", missing.size()},
                    {"missing_trials", std::move(missing)},
                    {"records", std::move(records)}});
  }
  Json verdicts = Json::object();
  for (const auto& [verdict, count] : counts(stores)) verdicts[to_string(verdict)] = count;
  return pretty({{"stores", std::move(list)}, {"verdicts", std::move(verdicts)}}) + "\n";
}

// A line per record, also for those that are missing. Those that a sample left out are only counted.
std::string as_text(const VerifiedStore& store, bool with_consistent) {
  constexpr std::size_t kAnyWidth = 10000;  // a record is one line, however long
  report::Table table;
  for (const char* column : {"verdict", "trial", "arm and seed", "detail"}) {
    table.columns.push_back(report::text_column(column));
  }
  const auto add = [&](const std::string& verdict, const std::string& trial, const std::string& name,
                       const std::string& detail) {
    auto& row = table.rows.emplace_back();
    for (const auto& text : {verdict, trial, name, detail}) row.push_back(report::text_cell(text));
  };
  const auto name_of = [](const auto& one) { return fmt::format("{}, seed {}", one.arm, one.seed); };
  for (const auto& one : store.records) {
    if (one.verdict == Verdict::consistent && !with_consistent) continue;
    add(to_string(one.verdict), one.file.stem().string(), one.record ? name_of(*one.record) : "", one.detail);
  }
  for (const auto& one : store.missing) {
    add("missing", one.trial, name_of(one), "the plan has this trial, and the store has no record of it");
  }
  return store.folder.string() + "\n" + (table.empty() ? "" : text_table(table, kAnyWidth));
}

// "12 records: 9 same bits, 3 consistent; 2 planned trials without a record"
std::string summary(const std::vector<VerifiedStore>& stores) {
  std::size_t all = 0, missing = 0, unplanned = 0;
  std::vector<std::string> parts;
  for (const auto& [verdict, count] : counts(stores)) {
    parts.push_back(fmt::format("{} {}", count, to_string(verdict)));
    all += count;
  }
  for (const auto& store : stores) {
    missing += store.missing.size();
    unplanned += store.lacks_plan ? 1 : 0;
  }
  std::string text = fmt::format("{}: {}", plural(all, "record"), parts.empty() ? "none" : join(parts, ", "));
  if (missing > 0) text += fmt::format("; {} without a record", plural(missing, "planned trial"));
  if (unplanned > 0)
    text += fmt::format("; {} without a plan, which would name missing records", plural(unplanned, "store"));
  return text;
}

ExitCode run(const Options& options) {
  VerifyOptions verification = options.verification;
  if (options.steps > 0) verification.steps = options.steps;
  if (options.sample > 0) verification.sample = static_cast<std::size_t>(options.sample);
  verification.trains = !options.no_training;
  const auto stores = verify(options.places, verification);
  if (options.as_json) {
    console::write(as_json(stores));
  } else {
    for (const auto& store : stores) console::print("{}\n", as_text(store, !verification.sample));
    console::print("{}\n", summary(stores));
  }
  return exit_code(stores);
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  VerifyOptions& verification = options->verification;
  CLI::App* command = new_command(
      app, "verify", "Check records, train their trials again and compare, bit for bit.",
      "  bnexp verify results/lr_sweep\n"
      "  bnexp verify results/lr_sweep --no-training\n"
      "  bnexp verify results/lr_sweep --sample 3 --steps 20\n"
      "  bnexp verify results/lr_sweep results/unfused --json\n"
      "Without training: format, checksum, id, file name, and whether a record's parts and the plan agree. This finds\n"
      "damage and careless changes. A change that also corrects the checksum is found only by training again. suite,\n"
      "context and timing are not checked.\n"
      "Training again must give the same bits if ISA, LibTorch, threads and the processor's maker are the record's. "
      "The\n"
      "first difference is named by step and value. A probe names the layer. Weights that the store keeps name the\n"
      "tensor, at the end of training.\n"
      "On another machine, losses and accuracies are compared within a tolerance, up to the step where rounding alone\n"
      "moves the losses. Up to five further trainings, from weights changed in their last bit, measure that.\n"
      "Exit codes: 0 nothing found, 1 a record is invalid, differs or is missing, 2 usage, 3 environment, I/O, or a\n"
      "record that was not trained, because it can't be here or verify was stopped. A record with nothing to compare\n"
      "is no fault. A record is missing if the store's plan has its trial: it was removed, or not trained yet.");
  command->add_option("PLACE", options->places, "records, stores, or folders of stores")->required();
  command->add_flag("--no-training", options->no_training, "only check the files");
  constexpr std::int64_t kMost = 1'000'000'000;
  add_count(*command, "--steps", options->steps, 1, kMost,
            "train only so many steps of each trial, and compare what is recorded up to there")
      ->default_str("all");
  add_count(*command, "--sample", options->sample, 1, kMost,
            "train only so many records of each store: the arms take turns in an order drawn with --sample-seed, and "
            "each gives one of its trials, drawn as well; every file is checked all the same")
      ->default_str("all");
  add_count(*command, "--sample-seed", verification.sample_seed, 0, kMost, "seed of --sample");
  add_count(*command, "--jobs", verification.jobs, 1, 4096, "number of workers; default: the available cores");
  command->add_option("--data-dir", verification.data_folder, "folder of the data sets' files")->type_name("DIR");
  command->add_flag("--quiet", verification.quiet, "show no progress");
  command->add_flag("--json", options->as_json, "print the verdicts as JSON");
  command->callback([=, &action] { action = [=] { return run(*options); }; });
}

const bool kAdded = add_command("verify", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
