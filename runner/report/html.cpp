#include "report/html.h"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <sstream>

#include "base/error.h"
#include "base/hash.h"
#include "report/escape.h"
#include "report/provenance.h"
#include "report/sections.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

// In the order in which they run.
constexpr const char* kScripts[] = {"vega.min.js", "vega-lite.min.js", "vega-embed.min.js",
                                    "details.js",  "table.js",         "charts.js"};

std::string asset(const std::filesystem::path& assets, const std::string& name) {
  std::ifstream file(assets / name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) {
    throw environment_error(fmt::format("the report's page needs {}, which can't be read", (assets / name).string()),
                            "install the report's chart library: scripts/setup, or 'npm ci' in reports/, then build");
  }
  return text.str();
}

std::string base64(const std::string& hex) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<unsigned> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<unsigned>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  }
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const unsigned group = bytes[i] << 16 | (left > 1 ? bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
    for (std::size_t digit = 0; digit < 4; ++digit) {
      out += digit <= left ? kDigits[group >> (18 - 6 * digit) & 63] : '=';
    }
  }
  return out;
}

// Fills {{name}} in one pass, so that what is filled in is never looked at again.
std::string filled(const std::string& page, const std::map<std::string, std::string>& parts) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t open = page.find("{{"); open != std::string::npos; open = page.find("{{", at)) {
    const std::size_t close = page.find("}}", open);
    const std::string name = close == std::string::npos ? "" : page.substr(open + 2, close - open - 2);
    if (!parts.contains(name)) throw environment_error("page.html asks for an unknown part '" + name + "'");
    out += page.substr(at, open - at) + parts.at(name);
    at = close + 2;
  }
  return out + page.substr(at);
}

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
  std::string scripts, policy;
  for (const char* name : kScripts) {
    const std::string script = inline_script(asset(assets, name));
    scripts += "<script>" + script + "</script>\n";
    policy += " 'sha256-" + base64(sha256_hex(script)) + "'";
  }
  return filled(asset(assets, "page.html"), {{"policy", policy},
                                             {"title", html_escaped(results.suite)},
                                             {"question", html_escaped(results.question)},
                                             {"style", asset(assets, "page.css")},
                                             {"answer", answer_html(results)},
                                             {"facts", facts_html(results)},
                                             {"arms", arms_html(results)},
                                             {"contrasts", contrasts_html(results)},
                                             {"failures", failures_html(results)},
                                             {"charts", charts_html(drawn)},
                                             {"provenance", provenance_html(results, folder)},
                                             {"data", script_json(page_data(results, drawn, folder))},
                                             {"scripts", scripts}});
}

}  // namespace bnexp::report
