#include "report/html.h"

#include <fmt/format.h>

#include "report/escape.h"
#include "report/page.h"
#include "report/provenance.h"
#include "report/sections.h"

namespace bnexp::report {
namespace {

// In the order in which they run.
const std::vector<std::string> kScripts{"vega.min.js", "vega-lite.min.js", "vega-embed.min.js",
                                        "details.js",  "table.js",         "charts.js"};

Json trial_json(const Trial& trial, const std::string& folder) {
  Json json{{"id", trial.id}, {"seed", trial.seed}, {"status", trial.status()}};
  if (!trial.record) return json;
  json["record"] = "records/" + trial.id + ".json";
  json["repeat"] =
      "bnexp repeat " + shell_quoted((std::filesystem::path(folder) / "records" / (trial.id + ".json")).string());
  json["metrics"] = trial.record->result.metrics;
  if (const auto& failure = trial.record->result.failure) {
    json["failure"] = failure->message;
    if (failure->step) json["where"] = fmt::format("step {}", *failure->step);
    for (const auto& part : {failure->layer, failure->tensor}) {
      if (!part.empty()) json["where"] = json.value("where", "") + (json.contains("where") ? ", " : "") + part;
    }
  }
  if (trial.record->result.timing.contains("wall_s")) json["seconds"] = trial.record->result.timing["wall_s"];
  return json;
}

// What the scripts need: the arms with their trials for the details, the charts' panels.
Json page_data(const Results& results, const DrawnCharts& drawn, const std::string& folder) {
  Json arms = Json::array();
  for (const auto& arm : results.arms) {
    Json json{{"label", arm.label}, {"settings", nullptr}, {"trials", Json::array()}};
    for (const auto& trial : arm.trials) {
      json["trials"].push_back(trial_json(trial, folder));
      if (trial.record && json["settings"].is_null()) {
        json["settings"] = trial.record->settings;
        json["settings"].erase("seed");  // each trial has its own
      }
    }
    arms.push_back(std::move(json));
  }
  Json charts = Json::object();
  for (const auto& chart : drawn.charts) {
    for (const auto& panel : chart.panels) charts[chart.id].push_back(panel.spec);
  }
  return {{"arms", arms}, {"charts", charts}};
}

}  // namespace

std::string html_page(const Results& results, const DrawnCharts& drawn, const std::string& folder,
                      const std::filesystem::path& assets) {
  return filled_page(assets, "page.html", kScripts,
                     {{"title", html_escaped(results.suite)},
                      {"question", html_escaped(results.question)},
                      {"answer", answer_html(results)},
                      {"facts", facts_html(results)},
                      {"arms", arms_html(results)},
                      {"contrasts", contrasts_html(results)},
                      {"failures", failures_html(results)},
                      {"charts", charts_html(drawn)},
                      {"provenance", provenance_html(results, folder)},
                      {"data", script_json(page_data(results, drawn, folder))}});
}

}  // namespace bnexp::report
