#include "store/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/json_problem.h"
#include "config/settings/identity.h"
#include "store/shape.h"

namespace bnexp::store {
namespace {

// The JSON pointer of the first number that isn't finite.
std::optional<std::string> not_finite(const Json& json) {
  if (json.is_number_float() && !std::isfinite(json.get<double>())) return "";
  if (!json.is_structured()) return std::nullopt;
  for (const auto& item : json.items()) {
    if (const auto below = not_finite(item.value())) return fmt::format("/{}{}", item.key(), *below);
  }
  return std::nullopt;
}

void require_finite(const Json& json) {
  if (const auto place = not_finite(json)) throw std::logic_error(*place + " is not a finite number");
}

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::string text_or_empty(const Json& json) { return json.is_null() ? "" : json.get<std::string>(); }

template <class T>
std::optional<T> value_or_nothing(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.get<T>());
}

std::string id_of(const Json& settings, const std::string& data_sha256, const Json& semantics) {
  const Json identity{{"data", data_sha256}, {"semantics", semantics}, {"settings", settings}};
  return sha256_hex(to_line(identity)).substr(0, 16);
}

// Everything that is the same in every run of a trial, in the order of JSON's keys.
constexpr const char* kSummed[] = {"data", "failure",   "history",  "metrics", "probes",
                                   "seed", "semantics", "settings", "status",  "trial"};

// The checksum of an object with these members, each as to_line writes it.
template <class TextOf>
std::string checksum(const TextOf& text_of) {
  Sha256 sum;
  for (const char* key : kSummed) {
    sum.update(fmt::format("{}\"{}\":", key == kSummed[0] ? "{" : ",", key));
    sum.update(text_of(key));
  }
  sum.update("}");
  return sum.hex();
}

std::string checksum_of(const Json& record) {
  return checksum([&](const char* key) { return to_line(record.at(key)); });
}

// The same from the text of a file, where it is as to_file writes it: a line for each member. Empty if it is not, which
// says nothing of the record. It saves writing all numbers of a record to check them.
std::string checksum_of(std::string_view file) {
  std::map<std::string_view, std::string_view> members;
  for (std::size_t at = 0, end = 0; at < file.size(); at = end + 1) {
    end = std::min(file.find('\n', at), file.size());
    std::string_view line = file.substr(at, end - at);
    const std::size_t colon = line.find("\": ");
    if (!line.starts_with('"') || colon == std::string_view::npos) continue;
    if (line.ends_with(',')) line.remove_suffix(1);
    if (!members.emplace(line.substr(1, colon - 1), line.substr(colon + 3)).second) return "";
  }
  if (!std::ranges::all_of(kSummed, [&](const char* key) { return members.contains(key); })) return "";
  return checksum([&](const char* key) { return members.at(key); });
}

// The members that readers of a record rely on.
void check_shape(const Json& record) {
  using enum nlohmann::detail::value_t;  // Json::value_t, whose alias clang 14 does not take here
  require(record, "",
          {{"trial", string},
           {"suite", string},
           {"arm", object},
           {"seed", number_integer},
           {"status", string},
           {"settings", object},
           {"semantics", object},
           {"data", object},
           {"history", array},
           {"metrics", object},
           {"probes", object},
           {"context", object},
           {"timing", object}});
  require(record.at("arm"), "arm.", {{"label", string}, {"values", object}});
  require_trial_settings(record.at("settings"), "settings.");
  if (!record.at("failure").is_null()) {
    require(record, "", {{"failure", object}});
    for (const char* number : {"step", "signal"}) {
      if (!record.at("failure").at(number).is_null())
        require(record.at("failure"), "failure.", {{number, number_integer}});
    }
  }
  for (const auto& [key, value] : record.at("metrics").items()) {
    if (!value.is_number() && !value.is_null()) throw Damaged(fmt::format("metrics.{} is not a number", key));
  }
  for (const auto& entry : record.at("history")) {
    if (!entry.is_object()) throw Damaged("history has an entry that is not an object");
    require(entry, "history.", {{"step", number_integer}, {"train_loss", number_float}});
  }
  for (const auto& [key, value] : record.at("probes").items()) {
    if (!value.is_object()) throw Damaged(fmt::format("probes.{} is not an object", key));
  }
  const Json& timing = record.at("timing");
  if (timing.contains("wall_s")) require(timing, "timing.", {{"wall_s", number_float}});
  const Json& data = record.at("data");
  const auto status = train::status_of(record.at("status").get<std::string>());
  if (data.empty() && !(status && train::is_final(*status))) return;  // it failed before it had data, in version 1
  require(data, "data.",
          {{"name", string},
           {"sha256", string},
           {"train", number_integer},
           {"validation", number_integer},
           {"test", number_integer}});
  constexpr std::int64_t kMostImages = 1'000'000'000;
  for (const char* split : {"train", "validation", "test"}) {
    if (data.at(split) < 0 || data.at(split) > kMostImages) {
      throw Damaged(fmt::format("data.{} is {}, which is no number of images", split, to_line(data.at(split))));
    }
  }
}

// Checks that id and checksum match the contents.
void check_contents(const Json& record, std::string_view file) {
  const std::string trial = record.at("trial");
  if (!is_trial_id(trial)) throw Damaged("its trial id is not 16 hexadecimal digits");
  if (trial != trial_id(record.at("settings"), record.at("data").at("sha256"), record.at("semantics"))) {
    throw Damaged("its settings or data do not match its trial id");
  }
  if (record.at("checksum") != checksum_of(file) && record.at("checksum") != checksum_of(record))
    throw Damaged("it was changed: its checksum is wrong");
}

}  // namespace

Json semantics_of(const Json& settings) {
  Json numbers = config::semantics(settings);
  numbers["engine"] = kTrainingSemantics;
  return numbers;
}

std::string trial_id(const Json& settings, const std::string& data_sha256, const Json& semantics) {
  const Json numbers = semantics.size() == 1 ? semantics.at("engine") : semantics;
  return id_of(config::identity(settings), data_sha256, numbers);
}

std::string trial_id(const Json& settings, const std::string& data_sha256) {
  return trial_id(settings, data_sha256, semantics_of(settings));
}

std::string first_trial_id(const Json& settings, const std::string& data_sha256, int semantics) {
  return id_of(settings, data_sha256, semantics);
}

Json to_json(const train::TrialResult& result) {
  Json failure = nullptr;
  if (result.failure) {
    failure = {{"message", result.failure->message},
               {"step", or_null(result.failure->step)},
               {"layer", or_null(result.failure->layer)},
               {"tensor", or_null(result.failure->tensor)},
               {"signal", or_null(result.failure->signal)}};
  }
  Json json = {{"status", train::to_string(result.status)},
               {"failure", std::move(failure)},
               {"data", result.data},
               {"history", result.history},
               {"metrics", result.metrics},
               {"probes", result.probes},
               {"timing", result.timing}};
  require_finite(json);
  return json;
}

train::TrialResult result_from_json(Json json) {
  train::TrialResult result;
  const auto status = train::status_of(json.at("status").get<std::string>());
  if (!status) throw Json::other_error::create(501, "unknown status", &json);
  result.status = *status;
  if (const Json& failure = json.at("failure"); !failure.is_null()) {
    result.failure = train::Failure{.message = failure.at("message").get<std::string>(),
                                    .step = value_or_nothing<std::int64_t>(failure.at("step")),
                                    .layer = text_or_empty(failure.at("layer")),
                                    .tensor = text_or_empty(failure.at("tensor")),
                                    .signal = value_or_nothing<int>(failure.at("signal"))};
  }
  result.data = std::move(json.at("data"));
  result.history = std::move(json.at("history"));
  result.metrics = std::move(json.at("metrics"));
  result.probes = std::move(json.at("probes"));
  result.timing = std::move(json.at("timing"));
  return result;
}

Json to_json(const Record& record) {
  Json json = to_json(record.result);
  json["schema_version"] = kRecordVersion;
  json["trial"] = record.trial;
  json["suite"] = record.suite;
  json["arm"] = {{"label", record.arm}, {"values", record.arm_values}};
  json["seed"] = record.seed;
  json["settings"] = record.settings;
  json["semantics"] = record.semantics;
  json["context"] = record.context;
  require_finite(json);
  json["checksum"] = checksum_of(json);
  return json;
}

Record from_json(Json json, const std::string& where, std::string_view file) {
  try {
    const bool has_checksum = !json.is_object() || json.value("schema_version", Json()) != 1;
    json = upgrade_record(std::move(json), where);
    check_shape(json);
    if (has_checksum) check_contents(json, file);
    Record record;
    record.trial = json.at("trial").get<std::string>();
    record.suite = json.at("suite").get<std::string>();
    record.arm = json.at("arm").at("label").get<std::string>();
    record.arm_values = std::move(json.at("arm").at("values"));
    record.seed = json.at("seed").get<std::int64_t>();
    record.settings = std::move(json.at("settings"));
    record.semantics = std::move(json.at("semantics"));
    record.context = std::move(json.at("context"));
    record.result = result_from_json(std::move(json));
    return record;
  } catch (const Json::exception& error) {
    throw Damaged(fmt::format("it is not a record: {}", problem_of(error)));
  }
}

std::vector<std::string> differences(const train::TrialResult& a, const train::TrialResult& b) {
  std::vector<std::string> names;
  const auto compare = [&](const char* name, const Json& one, const Json& other) {
    if (to_line(one) != to_line(other)) names.emplace_back(name);
  };
  compare("status", train::to_string(a.status), train::to_string(b.status));
  compare("data", a.data, b.data);
  compare("history", a.history, b.history);
  compare("metrics", a.metrics, b.metrics);
  compare("probes", a.probes, b.probes);
  return names;
}

}  // namespace bnexp::store
