#include "store/record.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/error.h"
#include "base/hash.h"

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

}  // namespace

std::string trial_id(const Json& settings, const std::string& data_sha256) {
  const std::string identity = fmt::format(R"({{"data":{},"semantics":{},"settings":{}}})", to_line(data_sha256),
                                           kTrainingSemantics, to_line(settings));
  return sha256_hex(identity).substr(0, 16);
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
  json["schema_version"] = kSchemaVersion;
  json["trial"] = record.trial;
  json["suite"] = record.suite;
  json["arm"] = {{"label", record.arm}, {"values", record.arm_values}};
  json["seed"] = record.seed;
  json["settings"] = record.settings;
  json["context"] = record.context;
  require_finite(json);
  return json;
}

Record from_json(Json json, const std::string& where) {
  try {
    if (json.at("schema_version").get<int>() != kSchemaVersion) {
      throw environment_error(fmt::format("{} has another schema version than {}", where, kSchemaVersion),
                              "use the release of bnexp that wrote it, or run the suite again");
    }
    Record record;
    record.trial = json.at("trial").get<std::string>();
    record.suite = json.at("suite").get<std::string>();
    record.arm = json.at("arm").at("label").get<std::string>();
    record.arm_values = std::move(json.at("arm").at("values"));
    record.seed = json.at("seed").get<std::int64_t>();
    record.settings = std::move(json.at("settings"));
    record.context = std::move(json.at("context"));
    record.result = result_from_json(std::move(json));
    return record;
  } catch (const Json::exception& error) {
    throw environment_error(fmt::format("{} is not a trial's record: {}", where, error.what()),
                            "remove the file and run the suite again");
  }
}

}  // namespace bnexp::store
