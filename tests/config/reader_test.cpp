// What the fields of a settings struct accept and refuse.
#include "config/settings/reader.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "config/files.h"
#include "support/catch.h"

namespace bnexp::config {
namespace {

// `text` without what a terminal would act on.
std::string said_safely(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    result += printable(text.substr(at, end - at)) + (end < text.size() ? "\n" : "");
    at = end + 1;
  }
  return result;
}

Json settings_of(const std::string& text) { return load_text(text).trials.at(0).settings; }

TEST_CASE("a suite that says nothing but its name gets every default") {
  const Json settings = settings_of("suite: x\n");
  CHECK(settings == to_json(TrialSpec{}));
  CHECK(settings["norm"] == Json::parse(R"({"name": "batch", "eps": 1e-5, "momentum": 0.1, "affine": true,
                                            "track_running_stats": true})"));
  CHECK(settings["train"]["optimizer"]["name"] == "sgd");
  CHECK(settings["probes"] == Json::array());
  CHECK(settings["seed"] == 1);
}

TEST_CASE("settings written to JSON read back as the same settings") {
  const Json settings =
      settings_of("model: {name: mlp, widths: [3, 4]}\ntrain: {steps: 7, clip_grad_norm: 2}\nprobes: [loss_curve]\n");
  CHECK(to_json(from_json<TrialSpec>(settings)) == settings);
}

TEST_CASE("reals take whole numbers and exponents, and stay reals") {
  const Json settings =
      settings_of("train: {label_smoothing: 0, clip_grad_norm: 2, optimizer: {name: sgd, lr: 1e-3}}\n");
  CHECK(settings["train"]["clip_grad_norm"].is_number_float());
  CHECK(settings["train"]["label_smoothing"].is_number_float());
  CHECK(settings["train"]["optimizer"]["lr"] == 0.001);
}

TEST_CASE("a number in another spelling is refused with the spelling to use") {
  const auto hint = [](const std::string& value) { return refusal_of("train: {batch_size: " + value + "}\n"); };
  CHECK(contains(hint("64.0"), "write it as 64"));
  CHECK(contains(hint("6.4e1"), "write it as 64"));
  CHECK(contains(hint("1.5"), "must be a whole number, found 1.5"));
  CHECK(contains(hint("0x40"), "plain decimal: 64"));
  CHECK(contains(hint("0o100"), "plain decimal: 64"));
  CHECK(contains(hint("064"), "plain decimal: 64"));
  CHECK(contains(hint("1_000"), "plain decimal: 1000"));
  CHECK(contains(hint("'64'"), "without them"));
  CHECK(contains(hint("99999999999999999999"), "it does not fit 64 bits"));
  CHECK(contains(hint("sixty"), "found text 'sixty'"));
  CHECK(contains(hint("true"), "found true"));
  CHECK(contains(hint("{a: 1}"), "found a map"));
  CHECK(contains(hint("null"), "leave the key out for its default, 64"));
}

TEST_CASE("numbers are finite") {
  const auto refused = [](const std::string& value) { return refusal_of("train: {clip_grad_norm: " + value + "}\n"); };
  CHECK(contains(refused(".inf"), "numbers must be finite"));
  CHECK(contains(refused("-.inf"), "numbers must be finite"));
  CHECK(contains(refused(".nan"), "numbers must be finite"));
  CHECK(contains(refused("1e999"), "does not fit a double-precision number"));
}

TEST_CASE("a list where one value belongs is answered with how to sweep") {
  CHECK(contains(refusal_of("train: {optimizer: {name: sgd, lr: [0.1, 0.2]}}\n"),
                 "sweep: {grid: {train.optimizer.lr: [0.1, 0.2]}}"));
}

TEST_CASE("booleans are true and false alone") {
  CHECK(settings_of("norm: {affine: false}\n")["norm"]["affine"] == false);
  CHECK(contains(refusal_of("norm: {affine: yes}\n"), "norm.affine must be true or false, found text 'yes'"));
  CHECK(contains(refusal_of("norm: {affine: off}\n"), "write false"));
  CHECK(contains(refusal_of("norm: {affine: 1}\n"), "write true"));
  CHECK(contains(refusal_of("norm: {affine: 'true'}\n"), "without them"));
}

TEST_CASE("bounds are named as they are, open or closed") {
  CHECK(contains(refusal_of("norm: {eps: 0}\n"), "norm.eps must be above 0, found 0"));
  CHECK(contains(refusal_of("norm: {momentum: -0.1}\n"), "norm.momentum must be between 0 and 1, found -0.1"));
  CHECK(contains(refusal_of("train: {label_smoothing: 1}\n"), "must be at least 0 and below 1, found 1"));
  CHECK(contains(refusal_of("norm: {name: group, groups: 0}\n"), "norm.groups must be at least 1, found 0"));
  CHECK(load_text("norm: {momentum: 1}\n").trials.size() == 1);
}

TEST_CASE("elements of lists are checked one by one, at their place") {
  const auto refused = refusal_of("model: {name: mlp, widths: [10, 0]}\n");
  CHECK(contains(refused, "s.yaml:1:33: error: model.widths must be between 1 and 65536, found 0"));
  CHECK(contains(refusal_of("model: {name: mlp, widths: 10}\n"), "write [10]"));
  CHECK(settings_of("model: {name: mlp, widths: []}\n")["model"]["widths"] == Json::array());
  CHECK(contains(refusal_of("model: {norm_after: [conv9]}\n"), "valid: conv1, conv2, fc1"));
}

TEST_CASE("a condition across fields points at the field it names, and waits for the fields to be right") {
  const auto refused = refusal_of("train: {optimizer: {name: sgd, nesterov: true}}\n");
  CHECK(contains(refused, "s.yaml:1:42: error: nesterov needs a momentum above 0"));
  CHECK_FALSE(contains(refusal_of("train: {optimizer: {name: sgd, nesterov: true, momentum: x}}\n"), "nesterov needs"));
  CHECK(contains(refusal_of("data: idx\n"), "s.yaml:1:7: error: 'train_images' is required"));
}

TEST_CASE("a probe may be listed once, and needs its name") {
  CHECK(settings_of("probes: [{name: loss_curve, every: 3}]\n")["probes"][0]["every"] == 3);
  CHECK(contains(refusal_of("probes: [loss_curve, loss_curve]\n"), "it is already given at s.yaml:1:10"));
  CHECK(contains(refusal_of("probes: [{every: 3}]\n"), "a probe needs a name"));
  CHECK(contains(refusal_of("probes: [{name: loss_curve, evry: 3}]\n"), "unknown key 'evry' in probe 'loss_curve'"));
}

TEST_CASE("text is taken as written, but a number is no text") {
  CHECK(load_text("question: Does it?\n").question == "Does it?");
  CHECK(load_text("question: '42'\n").question == "42");
  CHECK(contains(refusal_of("question: 42\n"), "question must be text, found 42"));
}

TEST_CASE("what is found in a file is shown short and without control characters") {
  const auto refused = refusal_of("device: \"" + std::string(500, 'x') + "\\e[31m\"\n");
  CHECK(contains(refused, "device cannot be 'xxx"));
  CHECK_FALSE(contains(refused, std::string(200, 'x')));
  CHECK(refused.find('\x1b') == std::string::npos);
  for (const char* text :
       {"norm: \"\\e[2J\\x9b\"\n", "n\u202eorm: \u009b31m\n", "question: [\u2066]\n", "sweep: {grid: {\u202ex: []}}\n",
        "sweep: {exclude: [{\u202ex: 1}]}\n", "base: \"\\e[2J\"\n"}) {
    const auto said = refusal_of(text);
    INFO(said);
    CHECK(said == said_safely(said));
  }
}

TEST_CASE("the same mistakes are told all at once, each once, in the order of the file") {
  const auto refused = refusal_of("train: {epochs: x}\nnorm: bach\nsweep: {grid: {train.batch_size: [1, 2, 3]}}\n");
  CHECK(contains(refused, "2 problems"));
  CHECK(refused.find("train.epochs") < refused.find("unknown norm"));
  CHECK(refused.find("train.epochs") == refused.rfind("train.epochs"));
}

}  // namespace
}  // namespace bnexp::config
