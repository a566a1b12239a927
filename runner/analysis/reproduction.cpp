#include "analysis/reproduction.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/machine.h"
#include "base/random.h"
#include "base/safetensors.h"
#include "base/text.h"

namespace bnexp::analysis {
namespace {

using train::Status;

// Reads a probe's result.
class ProbeReader {
 public:
  ProbeReader(std::string name, std::vector<Reading>& readings) : name_(std::move(name)), readings_(readings) {}

  void read(const Json& json) { read(json, "", {}); }

 private:
  // The steps that lists have values for, or the one step of everything.
  struct Time {
    std::vector<std::int64_t> steps{};
    std::int64_t step = kAtTheEnd;
  };

  static Time time_of(const Json& object, const Time& outer) {
    const auto steps = object.find("steps");
    const auto is_step = [](const Json& one) { return one.is_number_integer(); };
    if (steps != object.end() && steps->is_array() && std::ranges::all_of(*steps, is_step)) {
      return {steps->get<std::vector<std::int64_t>>()};
    }
    const auto step = object.find("step");
    if (step != object.end() && is_step(*step)) return {{}, step->get<std::int64_t>()};
    return outer;
  }

  // An element of a list by the texts in it, "norm1" or "eval, before", else by its index.
  static std::string element(const Json& value, std::size_t index) {
    std::vector<std::string> texts;
    if (value.is_object()) {
      for (const auto& member : value) {
        if (member.is_string()) texts.push_back(member.get<std::string>());
      }
    }
    return texts.empty() ? std::to_string(index) : join(texts, ", ");
  }

  void read(const Json& json, const std::string& place, const Time& time) {
    const auto below = [&](const std::string& part) { return place.empty() ? part : place + ", " + part; };
    if (json.is_object()) {
      const Time own = time_of(json, time);
      for (const auto& [key, member] : json.items()) {
        // "slots: [{...}]": the elements have better names.
        const bool is_list_of_named = member.is_array() && !member.empty() && member.front().is_object();
        read(member, is_list_of_named ? place : below(key), own);
      }
    } else if (json.is_array() && !json.empty() && json.size() == time.steps.size() && !json.front().is_structured()) {
      for (std::size_t i = 0; i < json.size(); ++i) add(time.steps[i], place, json[i]);
    } else if (json.is_array() && !json.empty() && json.front().is_structured()) {
      for (std::size_t i = 0; i < json.size(); ++i) read(json[i], below(element(json[i], i)), time);
    } else {
      add(time.step, place, json);
    }
  }

  void add(std::int64_t step, const std::string& place, const Json& value) {
    readings_.push_back({step, fmt::format("probes.{}: {}", name_, place), value});
  }

  std::string name_;
  std::vector<Reading>& readings_;
};

// A divergence belongs to its step.
Reading status_of(const train::TrialResult& result) {
  const auto step = divergence_step(result);
  if (!step) return {kAtTheEnd, "status", train::to_string(result.status)};
  return {*step, "status", fmt::format("diverged in {}'s {}", result.failure->layer, result.failure->tensor)};
}

const Json* value_at(const std::map<Place, Json>& values, const Place& place) {
  const auto found = values.find(place);
  return found == values.end() ? nullptr : &found->second;
}

// A probe that was cut short may have a last measurement that the whole training has not.
bool must_be_recorded(const Place& place, std::int64_t last_step) {
  return last_step == kAtTheEnd || !place.second.starts_with("probes.");
}

}  // namespace

std::optional<std::int64_t> divergence_step(const train::TrialResult& result) {
  return result.status == Status::diverged && result.failure ? result.failure->step : std::nullopt;
}

std::vector<Reading> readings(const train::TrialResult& result) {
  std::vector<Reading> all;
  for (const auto& entry : result.history) {
    for (const auto& [name, value] : entry.items()) {
      if (name != "step") all.push_back({entry.at("step").get<std::int64_t>(), "history." + name, value});
    }
  }
  for (const auto& [name, probe] : result.probes.items()) ProbeReader(name, all).read(probe);
  all.push_back(status_of(result));
  for (const auto& [name, value] : result.data.items()) all.push_back({kAtTheEnd, "data." + name, value});
  for (const auto& [name, value] : result.metrics.items()) all.push_back({kAtTheEnd, "metrics." + name, value});
  std::ranges::stable_sort(all, {}, [](const Reading& one) { return std::pair(one.step, std::string_view(one.name)); });
  return all;
}

std::map<Place, Json> by_place(const train::TrialResult& result) {
  std::map<Place, Json> values;
  for (auto& reading : readings(result))
    values.insert_or_assign({reading.step, reading.name}, std::move(reading.value));
  return values;
}

std::int64_t last_step_of(const train::TrialResult& now) {
  return train::is_final(now.status) ? kAtTheEnd : now.metrics.value("steps", std::int64_t{0});
}

std::int64_t last_recorded_step(const train::TrialResult& recorded) {
  if (train::is_final(recorded.status)) return kAtTheEnd;
  return recorded.history.empty() ? 0 : recorded.history.back().at("step").get<std::int64_t>();
}

Difference difference_at(const Place& place, const Json* recorded, const Json* now) {
  return {place.first, place.second, recorded == nullptr ? Json() : *recorded, now == nullptr ? Json() : *now};
}

std::string to_text(const Difference& difference) {
  const auto text = [](const Json& value) { return value.is_null() ? "none" : value_text(value); };
  const std::string step = difference.step == kAtTheEnd ? "" : fmt::format(" at step {}", difference.step);
  return fmt::format("{}{}: {} recorded, {} now", difference.name, step, text(difference.recorded),
                     text(difference.now));
}

Reproduction reproduction(const train::TrialResult& recorded, const train::TrialResult& now) {
  Reproduction result;
  result.last_step = std::min(last_recorded_step(recorded), last_step_of(now));
  const auto kept = by_place(recorded), again = by_place(now);
  std::map<Place, const Json*> all;
  for (const auto& [place, value] : kept) all[place] = &value;
  for (const auto& [place, value] : again) {
    if (must_be_recorded(place, result.last_step)) all.try_emplace(place, nullptr);
  }
  for (const auto& [place, value] : all) {
    if (place.first > result.last_step) break;
    const Json* other = value_at(again, place);
    ++result.readings;
    const bool equal = value != nullptr && other != nullptr && to_line(*value) == to_line(*other);
    if (!equal && !result.first) result.first = difference_at(place, value, other);
  }
  return result;
}

std::vector<std::string> unlike(const Json& recorded_context, const Json& context, const Json& settings) {
  std::vector<std::string> found;
  const auto compare = [&](const char* key, const char* name, const auto& of) {
    const std::string recorded = of(recorded_context.value(key, Json("unknown")));
    const std::string here = of(context.value(key, Json("unknown")));
    if (recorded != here) found.push_back(fmt::format("{} {}, here {}", name, recorded, here));
  };
  const auto whole = [](const Json& value) { return value_text(value); };
  compare("libtorch", "LibTorch", whole);
  if (settings.value("device", "") == "cuda") {
    compare("gpu", "GPU", whole);
    compare("cuda", "CUDA", whole);
    compare("cudnn", "cuDNN", whole);
    return found;
  }
  compare("isa", "ISA", whole);
  compare("threads", "threads", whole);
  const bool is_bfloat16 = settings.value("precision", "") == "bf16";
  compare("cpu", is_bfloat16 ? "processor" : "processor of",
          [&](const Json& value) { return kernel_choice(value_text(value), is_bfloat16); });
  return found;
}

std::optional<std::string> differing_tensor(std::string_view kept, std::string_view now, const std::string& where) {
  const auto tensors = safetensors::read(kept, where).tensors;
  std::map<std::string, safetensors::Tensor> again;
  for (auto& tensor : safetensors::read(now, "the weights of the second training").tensors) {
    again.emplace(tensor.name, std::move(tensor));
  }
  std::vector<std::string> differing;
  for (const auto& tensor : tensors) {
    const auto other = again.find(tensor.name);
    if (other == again.end() || other->second.dtype != tensor.dtype || other->second.shape != tensor.shape ||
        other->second.data != tensor.data) {
      differing.push_back(tensor.name);
    }
  }
  if (differing.empty() && tensors.size() == again.size()) return std::nullopt;
  if (differing.empty()) return fmt::format("{} tensors instead of {}", tensors.size(), again.size());
  return fmt::format("{} ({} of {} tensors)", differing.front(), differing.size(), tensors.size());
}

std::vector<std::size_t> spread_sample(const std::vector<std::string>& arms, std::size_t count, std::uint64_t seed) {
  std::map<std::string, std::vector<std::size_t>> trials;
  for (std::size_t i = 0; i < arms.size(); ++i) trials[arms[i]].push_back(i);
  std::vector<std::vector<std::size_t>> turns;
  for (const auto& [arm, own] : trials) {
    auto& shuffled = turns.emplace_back();
    const auto order = Random(seed, "verify/trials/" + arm).permutation(static_cast<std::uint32_t>(own.size()));
    for (const auto i : order) shuffled.push_back(own[i]);
  }
  const auto order = Random(seed, "verify/arms").permutation(static_cast<std::uint32_t>(turns.size()));
  std::vector<std::size_t> chosen;
  count = std::min(count, arms.size());
  for (std::size_t round = 0; chosen.size() < count; ++round) {
    for (const auto i : order) {
      if (round < turns[i].size() && chosen.size() < count) chosen.push_back(turns[i][round]);
    }
  }
  std::ranges::sort(chosen);
  return chosen;
}

}  // namespace bnexp::analysis
