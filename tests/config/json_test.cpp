// Settings from records, whoever wrote them.
#include <string>

#include "base/error.h"
#include "config/files.h"
#include "config/settings/fields.h"
#include "support/catch.h"

namespace bnexp::config {
namespace {

// Why a trial's settings with `value` at `pointer` are refused; "" when they are not.
std::string refused(const char* pointer, const Json& value) {
  Json settings = to_json(TrialSpec{});
  settings[Json::json_pointer(pointer)] = value;
  try {
    from_json<TrialSpec>(settings);
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::environment);
    return error.what() + std::string(error.hint().empty() ? "" : "\n") + error.hint();
  }
  return "";
}

TEST_CASE("a key that is absent from JSON keeps its default") {
  Json settings = to_json(TrialSpec{});
  settings["train"].erase("batch_size");
  settings["norm"].erase("eps");
  settings.erase("precision");
  settings.erase("probes");
  CHECK(to_json(from_json<TrialSpec>(settings)) == to_json(TrialSpec{}));
  CHECK(to_json(from_json<TrialSpec>(Json::object())) == to_json(TrialSpec{}));
}

TEST_CASE("a wrong type in JSON is refused with the key's path") {
  CHECK(refused("/train/batch_size", "x") == "train.batch_size must be a whole number, found text 'x'");
  CHECK(refused("/train/batch_size", 1.5) == "train.batch_size must be a whole number, found 1.5");
  CHECK(refused("/train/batch_size", nullptr) == "train.batch_size must be a whole number, found nothing");
  CHECK(contains(refused("/train", Json::array()), "train must be a map of settings, found a list"));
  CHECK(contains(refused("/norm", nullptr), "norm must be a norm's name, or a map"));
  CHECK(contains(refused("/norm/name", 3), "unknown norm '3'"));
  CHECK(contains(refused("/norm/affine", 1), "norm.affine must be true or false, found 1"));
  CHECK(contains(refused("/probes", "x"), "probes must be a list of probes"));
  CHECK(contains(refused("/probes", {3}), "unknown probe '3'"));
  CHECK(contains(refused("/device", Json::object()), "device must be one of"));
  CHECK_THROWS_AS(from_json<TrialSpec>(Json()), Error);
  CHECK_THROWS_AS(from_json<TrialSpec>(Json::array()), Error);
}

TEST_CASE("a value out of range in JSON is refused with its bounds") {
  CHECK(refused("/train/batch_size", 0) == "train.batch_size must be between 1 and 1000000, found 0");
  CHECK(contains(refused("/model", {{"name", "mlp"}, {"widths", {1000000000}}}),
                 "model.widths must be between 1 and 65536, found 1000000000"));
  CHECK(contains(refused("/model", {{"name", "mlp"}, {"widths", {0}}}), "model.widths must be between 1 and 65536"));
  CHECK(contains(refused("/seed", -1), "seed must be at least 0"));
  CHECK(contains(refused("/train/optimizer/lr", std::numeric_limits<double>::infinity()), "must be a number"));
}

TEST_CASE("a variant or a parameter that this program does not have is refused with the nearest name") {
  CHECK(contains(refused("/norm", {{"name", "bach"}}), "unknown norm 'bach'\ndid you mean 'batch'? norms: batch, "));
  CHECK(contains(refused("/norm/epss", 1), "unknown key 'epss' in norm 'batch'\ndid you mean 'eps'?"));
}

TEST_CASE("numbers keep their bits through JSON") {
  Json settings = to_json(TrialSpec{});
  for (const double value : {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, 1e-5}) {
    settings["train"]["optimizer"]["lr"] = value;
    CHECK(from_json<TrialSpec>(settings).train.optimizer.settings.at("lr").get<double>() == value);
  }
  settings["seed"] = 9007199254740991;
  CHECK(from_json<TrialSpec>(settings).seed == 9007199254740991);
}

}  // namespace
}  // namespace bnexp::config
