// Settings that are added later, and semantics numbers.
#include "config/settings/identity.h"

#include "config/settings/catalog.h"
#include "config/settings/describe.h"
#include "config/settings/spec.h"
#include "support/catch.h"

namespace bnexp::config {
namespace {

struct PlainOptions {
  double eps = 0.5;
  void fields(Fields& f) { f.real("eps", eps, above(0), ""); }
};

// The same variant, later: one more setting, whose default has changed since it was introduced.
struct WidenedOptions : PlainOptions {
  std::int64_t power = 3;
  Variant inner{"identity_inner"};
  void fields(Fields& f) {
    PlainOptions::fields(f);
    f.introduced(2).integer("power", power, at_least(1), "");
    f.introduced({{"name", "identity_inner"}}).variant("inner", inner, "identity", "");
  }
};

struct WidenedGroup {
  bool flag = false;
  void fields(Fields& f) { f.introduced(false).boolean("flag", flag, ""); }
};

struct Spec {
  Variant norm{"identity_norm"};
  std::vector<Variant> probes;
  TrainSpec train;
  void fields(Fields& f) {
    f.variant("norm", norm, "identity", "");
    f.variants("probes", probes, "identity", "");
    f.group("train", train, "");
  }
};

struct WidenedSpec : Spec {
  std::string mode = "plain";
  WidenedGroup group;
  void fields(Fields& f) {
    Spec::fields(f);
    f.introduced("plain").choice("mode", mode, {"plain", "fancy"}, "");
    f.group("group", group, "");
  }
};

Json settings_before() {
  return Json::parse(
      R"({"norm": {"name": "identity_norm", "eps": 0.5}, "probes": [{"name": "identity_norm", "eps": 1.0}],
                         "train": {"batch_size": 8}})");
}

const bool kAdded = [] {
  auto& catalog = Catalog::instance();
  catalog.add_options<WidenedOptions>("identity", "identity_norm", {"", "", ""});
  catalog.add_options<NoOptions>("identity", "identity_inner",
                                 {.summary = "", .formula = "", .source = "", .semantics = 4});
  return true;
}();

// The program's own settings that were added after the first release.
void erase_what_came_later(Json& settings) {
  settings["train"].erase("evaluation_batch_size");
  settings["train"]["optimizer"].erase("weight_decay_on");
}

std::string id(const Json& settings) { return identity(settings, described(WidenedSpec{})).dump(); }

TEST_CASE("a setting that was added later leaves the ids of the trials without it") {
  const Json before = settings_before();
  auto now = from_json<WidenedSpec>(before);
  CHECK(now.mode == "plain");
  CHECK(now.norm.settings.at("power") == 2);  // what it was introduced with, not today's default
  const Json after = to_json(now);
  REQUIRE(after.at("norm").contains("inner"));
  REQUIRE(after.at("group").contains("flag"));
  Json expected = to_json(from_json<Spec>(before));
  for (auto* variant : {&expected["norm"], &expected["probes"][0]}) {
    variant->erase("power");
    variant->erase("inner");
  }
  erase_what_came_later(expected);
  CHECK(id(after) == expected.dump());
}

TEST_CASE("another value of a setting that was added later gives another id") {
  const Json settings = to_json(from_json<WidenedSpec>(settings_before()));
  for (const auto& [pointer, value] : std::vector<std::pair<const char*, Json>>{{"/norm/power", 3},
                                                                                {"/probes/0/power", 1},
                                                                                {"/mode", "fancy"},
                                                                                {"/group/flag", true},
                                                                                {"/norm/eps", 0.25}}) {
    Json changed = settings;
    changed[Json::json_pointer(pointer)] = value;
    INFO(pointer);
    CHECK(id(changed) != id(settings));
  }
}

TEST_CASE("trials with the values that settings were introduced with are hashed as before") {
  const Json settings = to_json(TrialSpec{});
  Json before = settings;
  erase_what_came_later(before);
  CHECK(identity(settings) == before);
  CHECK(semantics(settings) == Json::object());
}

TEST_CASE("the semantics numbers of the variants that are used are collected, nested ones too") {
  const auto parameters = described(WidenedSpec{});
  const Json settings = to_json(from_json<WidenedSpec>(settings_before()));
  CHECK(semantics(settings, parameters) == Json{{"identity/identity_inner", 4}});
  Json without = settings;
  without["norm"].erase("inner");
  without["probes"] = Json::array();
  CHECK(semantics(without, parameters) == Json::object());
}

TEST_CASE("settings of a wrong shape are hashed as they are") {
  for (const char* text : {"null", "3", "[]", R"({"norm": null, "probes": {"name": 3}, "train": 7, "group": {}})",
                           R"({"norm": {"name": "nobody"}, "probes": ["identity_norm", [[]]]})"}) {
    const Json settings = Json::parse(text);
    CHECK(identity(settings, described(WidenedSpec{})) == settings);
    CHECK(semantics(settings, described(WidenedSpec{})) == Json::object());
    CHECK(identity(settings) == settings);
  }
}

}  // namespace
}  // namespace bnexp::config
