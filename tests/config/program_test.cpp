// Lists, schema and reference of the program's own variants.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string>

#include "config/files.h"
#include "config/manual/list.h"
#include "config/manual/reference.h"
#include "config/manual/schema.h"
#include "config/settings/catalog.h"
#include "config/settings/describe.h"
#include "support/catch.h"

namespace bnexp::config {
namespace {

constexpr std::array kKinds{"norm", "model", "dataset", "optimizer", "schedule", "probe"};

const Parameter& find(const std::vector<Parameter>& all, const std::string& key) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Parameter& one) { return one.key == key; });
  REQUIRE(found != all.end());
  return *found;
}

TEST_CASE("parameters come in the order of their struct, with type, default, bounds and meaning") {
  const auto all = parameters("norm", "batch");
  REQUIRE(all.size() >= 4);
  CHECK(all[0].key == "eps");
  CHECK(all[0].type->name() == "real");
  CHECK(all[0].type->bounds() == "> 0");
  CHECK(all[0].default_value == 1e-5);
  CHECK(all[1].type->is_nullable());
  CHECK(all[1].type->bounds() == "0 to 1");
  CHECK(find(parameters("model", "convnet"), "norm_after").type->bounds() == "conv1 | conv2 | fc1");
  CHECK(find(parameters("model", "mlp"), "widths").type->name() == "list of integer");
  CHECK(find(trial_parameters(), "train.label_smoothing").type->bounds() == ">= 0, < 1");
  CHECK(find(trial_parameters(), "train.optimizer").type->kind() == "optimizer");
  CHECK(find(trial_parameters(), "probes").type->name() == "list of probe");
  CHECK(parameters("norm", "nobody").empty());
}

TEST_CASE("the list for a terminal shows every variant and parameter, within its width where words allow") {
  for (const std::string kind : kKinds) {
    const std::string text = list_text(kind, 100);
    std::istringstream lines(text);
    std::size_t longest = 0;
    for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
    if (kind == std::string("norm")) CHECK(longest <= 100);  // a model's bounds alone can fill a line
    const Json list = list_json(kind);
    CHECK(list.size() == Catalog::instance().names(kind).size());
    for (const Json& variant : list) {
      INFO(kind << " " << variant.at("name"));
      CHECK(contains(text, variant.at("name")));
      CHECK_FALSE(variant.at("summary").get<std::string>().empty());
      for (const Json& parameter : variant.at("parameters")) {
        CHECK(contains(text, "    " + parameter.at("name").get<std::string>() + " "));
        CHECK_FALSE(parameter.at("doc").get<std::string>().empty());
      }
    }
  }
  for (const char* word : {"Ioffe & Szegedy 2015", "track_running_stats", "real or null", "0 to 1"}) {
    CHECK(contains(list_text("norm"), word));
  }
}

TEST_CASE("every default is within the bounds that are stated for it, and defaults read back as themselves") {
  for (const std::string kind : kKinds) {
    for (const auto& name : Catalog::instance().names(kind)) {
      const Json settings = default_variant(kind, name).settings;
      INFO(settings.dump());
      read_json(settings, [&](Fields& fields) {
        CHECK(read_variant(*Catalog::instance().find(kind, name), name, fields).settings == settings);
      });
    }
  }
}

TEST_CASE("the schema knows every key, variant and swept key, and nothing else") {
  const Json schema = suite_schema();
  CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  CHECK(schema["additionalProperties"] == false);
  for (const char* key :
       {"suite", "question", "base", "seeds", "sweep", "model", "norm", "data", "train", "probes", "device"}) {
    CHECK(schema["properties"].contains(key));
  }
  CHECK_FALSE(schema["properties"].contains("seed"));
  const Json& axes = schema["$defs"]["axes"]["properties"];
  for (const auto& setting : settings()) CHECK(axes.contains(setting.key));
  CHECK(axes.contains("norm.name"));
  CHECK(axes["norm.eps"]["items"]["exclusiveMinimum"] == 0.0);
  const std::string text = schema.dump();
  for (const std::string kind : kKinds) {
    for (const auto& name : Catalog::instance().names(kind))
      CHECK(contains(text, fmt::format("\"const\":\"{}\"", name)));
  }
}

TEST_CASE("every reference within the schema leads somewhere") {
  const Json schema = suite_schema();
  const std::string text = schema.dump();
  const std::string mark = "\"$ref\":\"#/$defs/";
  std::size_t count = 0;
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1), ++count) {
    const std::size_t start = at + mark.size();
    CHECK(schema["$defs"].contains(text.substr(start, text.find('"', start) - start)));
  }
  CHECK(count > 10);
}

TEST_CASE("the reference has every setting of every variant") {
  const std::string text = reference_markdown();
  for (const std::string kind : kKinds) {
    for (const auto& name : Catalog::instance().names(kind)) {
      CHECK(contains(text, fmt::format("### {} `{}`", kind, name)));
      for (const auto& parameter : parameters(kind, name))
        CHECK(contains(text, fmt::format("| `{}` |", parameter.key)));
    }
  }
  for (const auto& parameter : trial_parameters()) {
    if (parameter.key != "seed") CHECK(contains(text, fmt::format("| `{}` |", parameter.key)));
  }
}

}  // namespace
}  // namespace bnexp::config
