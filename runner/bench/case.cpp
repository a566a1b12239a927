#include "bench/case.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/hash.h"
#include "base/text.h"
#include "norm/norm.h"

namespace bnexp::bench {
namespace {

// Why the norm can't be measured on x of this shape; "" when it can.
std::string refusal(const config::Variant& norm, const std::vector<std::int64_t>& shape,
                    const std::string& activation) {
  if (norm::is_identity(norm) && activation.empty()) return "there is neither a norm nor an activation to measure";
  const norm::Slot slot{shape_label(shape), shape[1], {shape.begin() + 2, shape.end()}, activation};
  return norm::check(norm, slot);
}

}  // namespace

Json Case::settings() const {
  return {{"norm", norm.settings}, {"shape", shape},           {"type", type},
          {"mode", mode},          {"activation", activation}, {"pool", pool}};
}

std::string Case::id() const { return sha256_hex(settings().dump()).substr(0, 16); }

std::string Case::label() const {
  return fmt::format("{}, {}, {}, {}", norm_label(norm), shape_label(shape), type, mode);
}

std::string norm_label(const config::Variant& norm) {
  const Json defaults = config::default_variant("norm", norm.name).settings;
  std::vector<std::string> changed;
  for (const auto& [key, value] : norm.settings.items()) {
    if (!defaults.contains(key) || defaults.at(key) != value) {
      changed.push_back(fmt::format("{}={}", key, value.is_string() ? value.get<std::string>() : value.dump()));
    }
  }
  return changed.empty() ? norm.name : fmt::format("{} ({})", norm.name, join(changed, ", "));
}

std::string shape_label(const std::vector<std::int64_t>& shape) { return fmt::format("{}", fmt::join(shape, "x")); }

Plan plan(const config::BenchSpec& spec) {
  const std::string activation = spec.activation == "none" ? "" : spec.activation;
  Plan result;
  for (const auto& shape : spec.shapes) {
    std::vector<config::Variant> accepted;
    for (const auto& norm : spec.norms) {
      const std::string reason = refusal(norm, shape, activation);
      if (reason.empty()) {
        accepted.push_back(norm);
      } else {
        result.refused.push_back({norm_label(norm), shape_label(shape), reason});
      }
    }
    const bool pool = spec.pool && shape.size() == 4 && shape[2] > 1 && shape[3] > 1;
    for (const auto& type : spec.types) {
      for (const auto& mode : spec.modes) {
        for (const auto& norm : accepted) result.cases.push_back({norm, shape, type, mode, activation, pool});
      }
    }
  }
  return result;
}

}  // namespace bnexp::bench
