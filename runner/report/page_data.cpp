#include "report/page_data.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "report/lines.h"
#include "report/provenance.h"

namespace bnexp::report {
namespace {

// Distinct values in the order in which they were added.
class Pool {
 public:
  std::size_t add(const Json& value) {
    const auto [place, added] = places_.emplace(value, places_.size());
    if (added) values_.push_back(value);
    return place->second;
  }
  const Json& values() const { return values_; }

 private:
  Json values_ = Json::array();
  std::map<Json, std::size_t> places_;
};

Json column(Json values) {
  if (std::ranges::none_of(values, [](const Json& value) { return value.is_string(); })) return values;
  Pool distinct;
  Json at = Json::array();
  for (const auto& value : values) at.push_back(distinct.add(value));
  // Values that hardly repeat are shorter as a list.
  if (2 * distinct.values().size() > values.size()) return values;
  return {{"of", distinct.values()}, {"at", std::move(at)}};
}

bool are_rows(const Json& values) {
  return values.is_array() && !values.empty() &&
         std::ranges::all_of(values, [](const Json& row) { return row.is_object() && !row.empty(); });
}

Json columns_of(const Json& rows) {
  std::map<std::string, Json> columns;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const auto& [name, value] : rows[i].items()) {
      auto& values = columns.try_emplace(name, Json::array()).first->second;
      while (values.size() < i) values.push_back(nullptr);
      values.push_back(value);
    }
  }
  Json result = Json::object();
  for (auto& [name, values] : columns) {
    while (values.size() < rows.size()) values.push_back(nullptr);
    result[name] = column(std::move(values));
  }
  return result;
}

// `spec` with {"table": its place in `tables`} for {"values": rows}.
Json without_rows(const Json& spec, Pool& tables) {
  if (spec.is_array()) {
    Json result = Json::array();
    for (const auto& item : spec) result.push_back(without_rows(item, tables));
    return result;
  }
  if (!spec.is_object()) return spec;
  Json result = Json::object();
  for (const auto& [key, item] : spec.items()) {
    if (key == "values" && are_rows(item)) {
      result["table"] = tables.add(columns_of(item));
    } else {
      result[key] = without_rows(item, tables);
    }
  }
  return result;
}

Json chart_data(const Table& table) {
  Json names = Json::array(), numeric = Json::array(), cells = Json::array();
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    names.push_back(table.columns[i].heading());
    numeric.push_back(table.columns[i].kind == Column::Kind::number);
    Json texts = Json::array();
    for (const auto& row : table.rows) texts.push_back(row[i].text);
    cells.push_back(column(std::move(texts)));
  }
  return {{"names", std::move(names)}, {"numeric", std::move(numeric)}, {"cells", std::move(cells)}};
}

// "step 16, conv1, grad of weight"
std::string place_of(const train::Failure& failure) {
  std::vector<std::string> parts;
  if (failure.step) parts.push_back("step " + std::to_string(*failure.step));
  for (const auto& part : {failure.layer, failure.tensor}) {
    if (!part.empty()) parts.push_back(part);
  }
  return join(parts, ", ");
}

// As exact as anything that is shown of it.
Json metric_json(const Json& metrics, const std::string& name) {
  const auto value = metrics.find(name);
  if (value == metrics.end() || !value->is_number()) return nullptr;
  return value->is_number_float() ? Json(rounded(value->get<double>())) : *value;
}

Json trial_json(const Trial& trial, const std::set<std::string>& metrics) {
  Json json = Json::array({trial.id, trial.seed, analysis::name_of(trial.outcome())});
  if (!trial.record) return json;
  const auto& result = trial.record->result;
  const auto seconds = result.timing.find("wall_s");
  json.push_back(seconds != result.timing.end() && seconds->is_number() ? Json(rounded(seconds->get<double>()))
                                                                        : Json());
  Json values = Json::array();
  for (const auto& name : metrics) values.push_back(metric_json(result.metrics, name));
  json.push_back(std::move(values));
  if (result.failure) {
    json.push_back(result.failure->message);
    json.push_back(place_of(*result.failure));
  }
  return json;
}

std::set<std::string> metric_names(const analysis::Results& results) {
  std::set<std::string> names;
  for (const auto& arm : results.arms) {
    for (const auto& trial : arm.trials) {
      if (!trial.record) continue;
      for (const auto& [name, value] : trial.record->result.metrics.items()) names.insert(name);
    }
  }
  return names;
}

// All records of an arm have the same settings but for the seed; null without a record.
const store::Record* a_record_of(const Arm& arm) {
  const auto found = std::ranges::find_if(arm.trials, [](const Trial& trial) { return trial.record != nullptr; });
  return found == arm.trials.end() ? nullptr : found->record;
}

void add_arms(Json& data, const analysis::Results& results) {
  const auto metrics = metric_names(results);
  std::map<std::string, Pool> sections;
  for (const auto& arm : results.arms) {
    const store::Record* record = a_record_of(arm);
    if (!record) continue;
    for (const auto& [name, value] : record->settings.items()) {
      if (name != "seed") sections[name].add(value);
    }
  }
  for (const auto& arm : results.arms) {
    Json json{{"label", arm.label}, {"sections", nullptr}, {"trials", Json::array()}};
    for (const auto& trial : arm.trials) json["trials"].push_back(trial_json(trial, metrics));
    if (const store::Record* record = a_record_of(arm)) {
      for (auto& [name, pool] : sections) {
        const auto value = record->settings.find(name);
        json["sections"].push_back(value == record->settings.end() ? Json() : Json(pool.add(*value)));
      }
    }
    data["arms"].push_back(std::move(json));
  }
  data["metrics"] = metrics;
  for (const auto& [name, pool] : sections) data["sections"].push_back({{"name", name}, {"values", pool.values()}});
}

}  // namespace

Json page_data(const Document& document) {
  Json data{
      {"arms", Json::array()}, {"metrics", Json::array()}, {"sections", Json::array()}, {"charts", Json::object()}};
  data["repeat"] = "bnexp repeat " + shell_quoted((std::filesystem::path(document.folder) / "records/.json").string());
  if (document.analysis) add_arms(data, document.analysis->results);
  Pool tables;
  for (const auto& chart : document.charts) {
    Json& entry = data["charts"][chart.id];
    entry = {{"panels", Json::array()}, {"data", chart_data(chart.data)}};
    for (const auto& panel : chart.panels) entry["panels"].push_back(without_rows(panel.spec, tables));
  }
  data["tables"] = tables.values();
  return data;
}

}  // namespace bnexp::report
