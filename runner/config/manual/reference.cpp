#include "config/manual/reference.h"

#include <fmt/format.h>

#include <cctype>

#include "base/text.h"
#include "config/settings/catalog.h"
#include "config/settings/describe.h"
#include "config/suite/bench.h"
#include "config/suite/head.h"
#include "config/suite/metric.h"

namespace bnexp::config {
namespace {

// Text within a table's cell.
std::string cell(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '|' ? "\\|" : std::string(1, c);
  return result;
}

std::string code(const std::string& text) { return text.empty() ? "" : fmt::format("`{}`", cell(text)); }

std::string anchor(const std::string& kind) { return fmt::format("[{}](#{}s)", kind, kind); }

std::string type_of(const Parameter& parameter) {
  std::string text = parameter.type->name();
  const std::string kind = parameter.type->kind();
  if (!kind.empty()) text.replace(text.size() - kind.size(), kind.size(), anchor(kind));
  return parameter.type->is_nullable() ? text + " or null" : text;
}

std::string default_of(const Parameter& parameter) {
  const Json& value = parameter.default_value;
  const bool has_none = value.is_null() && !parameter.type->is_nullable();
  return has_none ? "" : code(value_text(value));
}

std::string table(const std::vector<Parameter>& parameters) {
  std::string text = "| key | type | default | bounds | meaning |\n|---|---|---|---|---|\n";
  for (const auto& parameter : parameters) {
    const std::string bounds = parameter.type->bounds();
    text += fmt::format("| {} | {} | {} | {} | {} |\n", code(parameter.key), type_of(parameter), default_of(parameter),
                        bounds.find(" | ") == std::string::npos ? cell(bounds) : code(bounds), cell(parameter.doc));
  }
  return text;
}

std::vector<Parameter> settings_of(bool in_train) {
  std::vector<Parameter> result;
  for (auto& parameter : trial_parameters()) {
    const bool nested = parameter.key.starts_with("train.");
    if (nested == in_train && parameter.key != "seed") result.push_back(std::move(parameter));
  }
  return result;
}

std::string metrics_table() {
  std::string text = "| metric | unit | meaning |\n|---|---|---|\n";
  for (const auto& metric : metrics()) {
    text += fmt::format("| `{}` | {} | {} |\n", metric.name, metric.unit, metric.summary);
  }
  return text;
}

std::string variants(const std::string& kind) {
  std::string title = kind + "s";
  title.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(title.front())));
  std::string text = fmt::format("\n## {}\n", title);
  for (const auto& name : Catalog::instance().names(kind)) {
    const About& about = Catalog::instance().find(kind, name)->about;
    text += fmt::format("\n### {} `{}`\n\n{}\n", kind, name, about.summary);
    if (!about.formula.empty()) text += fmt::format("\n    {}\n", about.formula);
    if (!about.source.empty()) text += fmt::format("\nSource: {}\n", about.source);
    const auto own = parameters(kind, name);
    if (!own.empty()) text += fmt::format("\n{}", table(own));
  }
  return text;
}

constexpr const char* kRules = R"(
## How a file is read

Unknown keys, duplicate keys, values of a wrong type or out of bounds, and rules without effect are refused before
training, all at once, with file, line and column.

- Numbers are plain decimals (`300`, `0.1`, `1e-3`); `true` and `false` are the only booleans; quotes make text.
- A norm, model, data set, optimizer, schedule or probe is written `{name: batch, eps: 1e-3}` or, without parameters,
  `batch`.
- `base: other.yaml` inherits settings from another file. `--set train.optimizer.lr=0.05` overrides a value of both.
  Maps merge; any other value replaces the inherited one. A variant of another name replaces the inherited one with all
  its parameters.
- `train.epochs` and `train.steps` are one budget: setting one removes the other.
- In `sweep`, keys are dotted. Each key of `grid` multiplies the arms, the last varying fastest. The lists of `zip` vary
  together. Each rule of `exclude` leaves out the arms that match all its keys. `null` removes an inherited key.
)";

}  // namespace

std::string reference_markdown() {
  std::string text = "# Configuration reference\n\nA suite is one YAML file: settings of a trial, and what varies.\n";
  text += kRules;
  text += fmt::format("\n## The suite\n\n{}", table(described(SuiteHead{})));
  text += fmt::format(
      "\n`sweep` holds:\n\n| key | meaning |\n|---|---|\n| `grid` | {} |\n| `zip` | {} |\n| `exclude` | {} |\n",
      cell(kGridDoc), cell(kZipDoc), cell(kExcludeDoc));
  text += fmt::format(
      "\n`claims` holds maps, each of one [kind](#claims). A selection of arms is a map of dotted keys to a value "
      "or a list of values: `{{norm: batch, train.optimizer.lr: [0.1, 1]}}`. A metric is one of these, or "
      "the path to a number of a probe, `probes.loss_curve.loss[-1]`:\n\n{}",
      metrics_table());
  text += fmt::format("\n## A trial\n\n{}", table(settings_of(false)));
  text += fmt::format("\n## Training\n\n{}", table(settings_of(true)));
  text += fmt::format("\n## A benchmark\n\n`bench`: {}.\n\n{}", kBenchDoc, table(described(BenchSpec{})));
  for (const auto& parameter : trial_parameters()) {
    const std::string kind = parameter.type->kind();
    if (!kind.empty()) text += variants(kind);
  }
  text += variants("claim");
  return text;
}

}  // namespace bnexp::config
