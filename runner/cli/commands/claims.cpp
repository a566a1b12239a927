#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/console.h"
#include "base/files.h"
#include "cli/command.h"
#include "report/report.h"

namespace bnexp::cli {
namespace {

struct ClaimsOptions {
  std::vector<std::string> stores;
  bool as_json = false;
};

// The claims of one suite, each as analysis::to_json(ClaimAnswer).
struct SuiteClaims {
  std::string suite;
  Json claims;
};

std::vector<SuiteClaims> of_stores(const std::vector<std::string>& stores) {
  std::vector<SuiteClaims> groups;
  for (const auto& store : stores) {
    const analysis::Analysis all = report::read(store);
    Json claims = Json::array();
    for (const auto& claim : all.claims) claims.push_back(analysis::to_json(claim));
    groups.push_back({all.results.suite, std::move(claims)});
  }
  return groups;
}

// The published answers of a suite, by claim; empty if there are none.
Json published(const std::string& suite) {
  const auto file = share_folder() / "published" / suite / "claims.json";
  const auto text = read_whole(file);
  const auto json = text ? parse_json(*text) : std::nullopt;
  Json answers = Json::object();
  if (!json || !json->is_object() || !json->contains("claims")) return answers;
  for (const auto& claim : json->at("claims")) answers[claim.value("id", "")] = claim;
  return answers;
}

// The claims of the configurations that come with the program, with their published answers.
std::vector<SuiteClaims> of_configurations() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(share_folder() / "configs")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<SuiteClaims> groups;
  for (const auto& file : files) {
    if (config::is_bench(file)) continue;
    const config::Suite suite = config::load(file, {}, {});
    const Json answers = published(suite.name);
    Json claims = Json::array();
    for (const auto& claim : suite.claims) {
      Json answer = answers.value(claim.at("id").get<std::string>(), Json::object());
      for (const char* key : {"id", "says", "source", "kind"}) answer[key] = claim.at(key);
      claims.push_back(std::move(answer));
    }
    if (!claims.empty()) groups.push_back({suite.name, std::move(claims)});
  }
  return groups;
}

void print(const SuiteClaims& group) {
  console::print("{}\n", group.suite);
  if (group.claims.empty()) console::print("  this suite makes no claims\n");
  for (const auto& claim : group.claims) {
    console::print("  {:<13} {}: {}\n", claim.value("verdict", "not published"), claim.at("id").get<std::string>(),
                   claim.at("says").get<std::string>());
    const std::string why = claim.value("why", ""), view = claim.value("view", "");
    if (!why.empty()) console::print("  {:<13} {}{}\n", "", view.empty() ? "" : view + ": ", why);
    const Json other = claim.value("other", Json());
    if (other.is_object()) {
      console::print("  {:<13} {}, {}: {}\n", "", other.value("verdict", ""), other.value("view", ""),
                     other.value("why", ""));
    }
  }
}

ExitCode claims(const ClaimsOptions& options) {
  const auto groups = options.stores.empty() ? of_configurations() : of_stores(options.stores);
  if (options.as_json) {
    Json list = Json::array();
    for (const auto& group : groups) list.push_back({{"suite", group.suite}, {"claims", group.claims}});
    console::write(pretty(list) + "\n");
  } else {
    for (const auto& group : groups) print(group);
  }
  const bool refuted = std::ranges::any_of(groups, [](const SuiteClaims& group) {
    return std::ranges::any_of(group.claims, [](const Json& one) { return one.value("verdict", "") == "refuted"; });
  });
  return refuted ? ExitCode::trial : ExitCode::ok;
}

void add(CLI::App& app, Action& action) {
  auto options = std::make_shared<ClaimsOptions>();
  CLI::App* command =
      new_command(app, "claims",
                  "Show the verdicts on the claims of stores, or every claim of the configurations that "
                  "come with bnexp.\nThe exit code is 1 if a claim is refuted.",
                  "  bnexp claims\n"
                  "  bnexp claims results/lr_sweep\n"
                  "  bnexp claims results/lr_sweep results/quickstart --json");
  command->add_option("STORE", options->stores, "folders that runs wrote; default: the published verdicts");
  command->add_flag("--json", options->as_json, "print a JSON array");
  command->callback([=, &action] { action = [=] { return claims(*options); }; });
}

const bool kAdded = add_command("claims", Group::suites, add);

}  // namespace
}  // namespace bnexp::cli
