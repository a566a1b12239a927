// What a comparison or a claim measures of a trial: a metric by its name, or one number of a probe by its path.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "config/settings/scalar_types.h"

namespace bnexp::config {

struct MetricInfo {
  const char* name;
  const char* summary;
  const char* unit;  // as shown: "points", "steps"; empty for a loss
  double scale = 1;  // shown = scale * stored
  bool larger_is_better = true;
  bool is_time = false;  // differs between two runs of a trial
};

// Every metric with a name.
const std::vector<MetricInfo>& metrics();
const MetricInfo* find_metric(std::string_view name);  // nullptr for a path into a probe's result

// The unit and factor to show a metric or a number of a probe.
std::string unit_of(std::string_view metric);
double scale_of(std::string_view metric);

// A step into a probe's result: a key, an index (negative: from the end), or the first element with these members.
using PathStep = std::variant<std::string, std::int64_t, Json>;

// "probes.activations.slots[slot=norm3].series[side=after, mode=train].drift" as its steps, the probe's name first.
// nullopt when it is not such a path.
std::optional<std::vector<PathStep>> probe_path(std::string_view text);

// The number there; nullopt when there is none.
std::optional<double> number_at(const Json& probes, const std::vector<PathStep>& path);

namespace type {
TypePtr metric();
}  // namespace type

}  // namespace bnexp::config
