#include "store/integrity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "config/settings/identity.h"
#include "store/schema.h"

namespace bnexp::store {
namespace {

// Whether a setting has the value that an arm gave it: "batch" also stands for {"name": "batch", "eps": 1e-05}. Of an
// object, members that the arm sets by keys of their own are left out.
bool has_value(const Json& setting, const Json& swept, const std::string& key, const Json& arm_values) {
  if (swept == setting || (key == "device" && swept == "auto")) return true;
  if (setting.is_object() && swept.is_string()) return setting.value("name", Json()) == swept;
  if (setting.is_object() && swept.is_object()) {
    return std::ranges::all_of(swept.items(), [&](const auto& member) {
      const std::string below = key + "." + member.key();
      const auto found = setting.find(member.key());
      return arm_values.contains(below) ||
             (found != setting.end() && has_value(*found, member.value(), below, arm_values));
    });
  }
  if (setting.is_array() && swept.is_array() && setting.size() == swept.size()) {
    for (std::size_t i = 0; i < swept.size(); ++i) {
      if (!has_value(setting[i], swept[i], key, arm_values)) return false;
    }
    return true;
  }
  return false;
}

// The JSON pointer of a dotted key.
Json::json_pointer pointer_to(const std::string& key) {
  Json::json_pointer pointer;
  for (std::size_t start = 0; start <= key.size();) {
    const std::size_t end = std::min(key.find('.', start), key.size());
    pointer /= key.substr(start, end - start);
    start = end + 1;
  }
  return pointer;
}

// Whether a label has "lr=0.1" for the key train.optimizer.lr, or "norm=batch" for norm or norm.name: of a value with
// parameters only its name, since a label leaves out those that all its arms share.
bool is_named(const std::string& label, const std::string& key, const Json& value) {
  constexpr std::string_view kName = ".name";
  const Json shown = value.is_object() ? value.value("name", Json()) : value;
  if (value.is_object() && !shown.is_string()) return true;
  const std::string text = "=" + printable(value_text(shown));
  const auto has_tail = [&](const std::string& whole) {
    for (std::size_t dot = 0; dot != std::string::npos; dot = whole.find('.', dot + 1)) {
      if (label.find(whole.substr(dot == 0 ? 0 : dot + 1) + text) != std::string::npos) return true;
    }
    return false;
  };
  return has_tail(key) || (key.ends_with(kName) && has_tail(key.substr(0, key.size() - kName.size())));
}

class Flaws {
 public:
  explicit Flaws(const Record& record) : record_(record), result_(record.result) {}

  std::vector<std::string> find(const StepsOf& steps_of) {
    arm();
    data();
    const auto steps = planned(steps_of);
    history(steps);
    if (result_.status == train::Status::ok) final_metrics();
    if (!train::is_final(result_.status)) unfinished(steps);
    for (const char* split : {"test", "validation"}) {
      whole_images(result_.metrics, "metrics", split);
      for (const auto& entry : result_.history) whole_images(entry, "history", split);
    }
    return std::move(flaws_);
  }

 private:
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    flaws_.push_back(fmt::format(format, std::forward<Arguments>(arguments)...));
  }

  void arm() {
    for (const auto& [key, value] : record_.arm_values.items()) {
      const auto pointer = pointer_to(key);
      if (!record_.settings.contains(pointer) ||
          !has_value(record_.settings[pointer], value, key, record_.arm_values)) {
        add("the arm has {}={}, and the settings have {}", key, value_text(value),
            record_.settings.contains(pointer) ? value_text(record_.settings[pointer]) : "no such key");
      } else if (!is_named(record_.arm, key, value)) {
        add("the arm's label is '{}', and its {} is {}", record_.arm, key, value_text(value));
      }
    }
    if (record_.settings.value("seed", Json()) != record_.seed) {
      add("seed is {}, and settings.seed is {}", record_.seed, to_line(record_.settings.value("seed", Json())));
    }
  }

  void data() {
    const Json& settings = record_.settings.at("data");
    for (const char* key : {"name", "validation"}) {
      if (settings.contains(key) && result_.data.contains(key) && settings[key] != result_.data[key]) {
        add("data.{} is {}, and settings.data.{} is {}", key, to_line(result_.data[key]), key, to_line(settings[key]));
      }
    }
  }

  std::optional<std::int64_t> planned(const StepsOf& steps_of) const {
    try {
      return steps_of(record_.settings,
                      result_.data.at("train").get<std::int64_t>() + result_.data.at("validation").get<std::int64_t>());
    } catch (const Error&) {  // settings of another release
      return std::nullopt;
    } catch (const Json::exception&) {
      return std::nullopt;
    }
  }

  void history(const std::optional<std::int64_t>& planned) {
    const Json& every = record_.settings.at("train").value("log_every", Json());
    std::int64_t last = 0;
    for (const auto& entry : result_.history) {
      const std::int64_t step = entry.at("step").get<std::int64_t>();
      if (step <= last) return add("the history has step {} after step {}", step, last);
      if (every.is_number_integer() && every > 0 && step % every.get<std::int64_t>() != 0 && step != planned) {
        return add("the history has step {}, and settings.train.log_every is {}", step, to_line(every));
      }
      last = step;
    }
    const Json steps = result_.metrics.value("steps", Json());
    const bool ended = result_.status == train::Status::ok;
    if (ended && planned && steps != *planned) {
      add("metrics.steps is {}, and the settings plan {}", to_line(steps), *planned);
    }
    if (ended && steps != last) add("metrics.steps is {}, and the history ends at step {}", to_line(steps), last);
    if (result_.status != train::Status::diverged) return;
    if (result_.failure && steps != result_.failure->step.value_or(-1)) {
      add("metrics.steps is {}, and failure.step is {}", to_line(steps), result_.failure->step.value_or(-1));
    }
    if (steps.is_number() && steps < last)
      add("metrics.steps is {}, and the history has step {}", to_line(steps), last);
  }

  // A trial that did not come to its end has no results of the end.
  void unfinished(const std::optional<std::int64_t>& planned) {
    const std::string status = train::to_string(result_.status);
    for (const char* name : {"test_loss", "test_accuracy"}) {
      if (result_.metrics.contains(name)) add("the status is {}, and there is metrics.{}", status, name);
    }
    const bool has_last = !result_.history.empty() && planned && result_.history.back().at("step") == *planned;
    // Evaluation on the test set may fail after that.
    if (has_last && result_.status != train::Status::failed && result_.status != train::Status::oom) {
      add("the status is {}, and the history has the last step, {}", status, *planned);
    }
  }

  // The last entry of the history, and the final metrics.
  void final_metrics() {
    const Json last = result_.history.empty() ? Json::object() : result_.history.back();
    for (const char* name : {"train_loss", "validation_loss", "validation_accuracy"}) {
      const Json metric = result_.metrics.value(name, Json("missing"));
      const Json entry = last.value(name, Json("missing"));
      if (metric != entry) {
        add("metrics.{} is {}, and the last entry of the history has {}", name, value_text(metric), value_text(entry));
      }
    }
  }

  // An accuracy is a number of images over the size of its split.
  void whole_images(const Json& numbers, const char* where, const std::string& split) {
    const Json accuracy = numbers.value(split + "_accuracy", Json());
    const Json count = result_.data.value(split, Json());
    if (!accuracy.is_number() || !count.is_number() || flaws_.size() > 20) return;
    const double images = accuracy.get<double>() * count.get<double>();
    if (std::abs(images - std::nearbyint(images)) > 1e-6) {
      add("{}.{}_accuracy is {}, which no number of {} images gives", where, split, to_line(accuracy), to_line(count));
    }
  }

  const Record& record_;
  const train::TrialResult& result_;
  std::vector<std::string> flaws_;
};

// What a plan says of the record's trial. Labels and arms' values may be those of another sweep with the same trial.
void compare_with(const Manifest& plan, const Record& record, std::vector<std::string>& flaws) {
  const auto trial = std::ranges::find(plan.trials, record.trial, &Manifest::Trial::trial);
  if (trial == plan.trials.end()) return;
  const auto& arm = plan.arms[trial->arm];
  if (trial->seed != record.seed) {
    flaws.push_back(fmt::format("seed is {}, and the plan has {} for this trial", record.seed, trial->seed));
  }
  const Json planned = settings_of(plan, *trial);
  if (planned.is_object()) {
    const Json differing = Json::diff(config::identity(planned), config::identity(record.settings));
    if (!differing.empty()) {
      flaws.push_back(fmt::format("the plan has other settings for this trial, first at {}",
                                  differing.front().at("path").get<std::string>()));
    }
  }
  if (arm.data_sha256.is_string() && arm.data_sha256 != record.result.data.value("sha256", "")) {
    flaws.emplace_back("the plan has another data checksum for this trial");
  }
}

}  // namespace

Inspection inspect(const std::filesystem::path& file, const Manifest* plan, const StepsOf& steps_of) {
  if (is_no_file(file)) return {std::nullopt, {"it is not a regular file"}};
  const auto text = read_whole(file);
  if (!text) throw file_error("read", file, ENOENT);
  const auto json = parse_json(*text);
  if (!json) return {std::nullopt, {"it is not JSON, or incomplete"}};
  Inspection result;
  try {
    result.record = from_json(*json, file.string(), *text);
  } catch (const Damaged& damage) {
    result.flaws.emplace_back(damage.what());
    return result;
  }
  const bool is_current = json->at("schema_version") == kRecordVersion;
  const Json written = to_json(*result.record);
  Json checked = is_current ? *json : written;
  // Version 1 required no timing.
  if (!is_current) checked["timing"] = {{"started_at", "2000-01-01T00:00:00Z"}, {"wall_s", 0}};
  if (auto wrong = violation(checked, record_schema())) {
    result.flaws.push_back("it breaks the schema: " + *wrong);
    return result;  // what follows relies on types
  }
  if (is_current && written != *json) {
    result.flaws.push_back(fmt::format("it has what no record of bnexp has, at {}",
                                       Json::diff(written, *json).front().at("path").get<std::string>()));
  }
  std::ranges::move(Flaws(*result.record).find(steps_of), std::back_inserter(result.flaws));
  if (plan != nullptr) compare_with(*plan, *result.record, result.flaws);
  return result;
}

}  // namespace bnexp::store
