// Kept weights as their user meets them: run --weights, repeat --weights, evaluate, fold.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/safetensors.h"
#include "cli/program.h"
#include "support/catch.h"

namespace bnexp {
namespace {

using tests::Program;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A store "store" of one trial with its weights; the words that were said.
tests::Outcome keep(const Program& bnexp, const std::vector<std::string>& more = {"--weights"}) {
  std::vector<std::string> words{
      "--set", "sweep.grid.norm=[batch]", "--set", "sweep.grid.train.optimizer.lr=[0.1]", "--set", "seeds=1"};
  words.insert(words.end(), more.begin(), more.end());
  return bnexp(bnexp.run_words("store", words));
}

std::string record_of(const Program& bnexp) {
  const auto files = bnexp.record_files("store");
  REQUIRE(files.size() == 1);
  return bnexp.path("store/records/" + files.begin()->first).string();
}

std::string weights_of(const Program& bnexp) {
  const auto trial = std::filesystem::path(record_of(bnexp)).stem().string();
  return bnexp.path("store/weights/" + trial + ".safetensors").string();
}

TEST_CASE("run --weights keeps the weights that the record's numbers are of, and changes nothing in the record") {
  const Program bnexp;
  const auto outcome = keep(bnexp);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(contains(outcome.out, "weights: "));
  const std::string bytes = tests::read_file(weights_of(bnexp));
  CHECK(safetensors::read(bytes, "x").tensors.size() == 8);  // fc1, fc2 and its bias, norm1's five

  const Json record = Json::parse(tests::read_file(record_of(bnexp)));
  CHECK_FALSE(contains(record.dump(), "weights"));
  const auto evaluated = bnexp({"evaluate", record_of(bnexp), "--predictions", bnexp.path("p.txt").string(), "--logits",
                                bnexp.path("l.safetensors").string()});
  INFO(evaluated.err);
  REQUIRE(evaluated.code == 0);
  const double accuracy = record.at("metrics").at("test_accuracy");
  CHECK(contains(evaluated.out, fmt::format("200 test images, loss {:.6f}, accuracy {:.2f}%",
                                            record.at("metrics").at("test_loss").get<double>(), 100 * accuracy)));
  const std::string predictions = tests::read_file(bnexp.path("p.txt"));
  CHECK(std::count(predictions.begin(), predictions.end(), '\n') == 200);
  const std::string logits = tests::read_file(bnexp.path("l.safetensors"));
  CHECK(safetensors::read(logits, "x").tensors.at(0).shape == std::vector<std::int64_t>{200, 10});
}

TEST_CASE("a cached trial without weights is said so, and repeat makes the same weights") {
  const Program bnexp;
  REQUIRE(keep(bnexp, {}).code == 0);
  CHECK_FALSE(std::filesystem::exists(bnexp.path("store/weights")));
  const auto cached = keep(bnexp);
  CHECK(cached.code == 0);
  CHECK(contains(cached.out, "1 cached trial has no weights; `bnexp repeat RECORD --weights FILE` writes them"));
  for (const char* command : {"fold", "evaluate"}) {
    const auto refused = bnexp({command, record_of(bnexp)});
    CHECK(refused.code == 3);
    CHECK(contains(refused.err, "no weights were kept"));
    CHECK(contains(refused.err, "bnexp repeat"));
  }

  const auto repeated = bnexp({"repeat", record_of(bnexp), "--weights", weights_of(bnexp)});
  INFO(repeated.err);
  CHECK(repeated.code == 0);
  CHECK(contains(repeated.out, "same bits"));
  const Program other;
  REQUIRE(keep(other).code == 0);
  CHECK(tests::read_file(weights_of(bnexp)) == tests::read_file(weights_of(other)));
  CHECK_FALSE(contains(keep(bnexp).out, "no weights"));
}

TEST_CASE("repeat, evaluate and fold find the data's files from the record, in any folder") {
  const Program bnexp;
  REQUIRE(bnexp({"data", "export", bnexp.path("idx").string(), "--train", "500", "--test", "200"}).code == 0);
  REQUIRE(keep(bnexp, {"--weights", "--set",
                       "data={name: idx, validation: 100, train_images: idx/train-images-idx3-ubyte, train_labels: "
                       "idx/train-labels-idx1-ubyte, test_images: idx/t10k-images-idx3-ubyte, test_labels: "
                       "idx/t10k-labels-idx1-ubyte}"})
              .code == 0);
  for (const char* command : {"repeat", "evaluate", "fold"}) {
    INFO(command);
    tests::Process process(bnexp.path("").string(),
                           {"/usr/bin/env", "-C", "/", BNEXP_PROGRAM, command, record_of(bnexp)});
    const auto outcome = process.wait();
    INFO(outcome.err);
    CHECK(outcome.code == 0);
  }
}

TEST_CASE("fold keeps every prediction, says what it folded, and writes weights of a network without norms") {
  const Program bnexp;
  REQUIRE(keep(bnexp).code == 0);
  const auto text = bnexp({"fold", record_of(bnexp)});
  INFO(text.err);
  CHECK(text.code == 0);
  CHECK(contains(text.out, "1 of 1 norm folded"));
  CHECK(contains(text.out, "norm1 into fc1"));
  CHECK(contains(text.out, "predictions: 200 of 200 equal"));

  const std::string folded = bnexp.path("folded.safetensors").string();
  const auto outcome = bnexp({"fold", record_of(bnexp), "--json", "--out", folded});
  REQUIRE(outcome.code == 0);
  const Json json = Json::parse(outcome.out);
  CHECK(json.at("folded") == Json::parse(R"([{"norm": "norm1", "layer": "fc1"}])"));
  CHECK(json.at("refused").empty());
  CHECK(json.at("equal_predictions") == 200);
  CHECK(json.at("accuracy_before") == json.at("accuracy_after"));
  CHECK(json.at("largest_difference").get<double>() < 1e-4);
  CHECK(json.at("largest_difference_double").get<double>() < 1e-12);
  CHECK(json.at("speedup").get<double>() > 0);

  bnexp.write("plain.yaml",
              "suite: plain\nmodel: {name: mlp, widths: [32]}\nnorm: none\n"
              "data: {name: digits, train: 500, test: 200, validation: 100}\ntrain: {steps: 1}\n");
  const auto predictions = [&](const std::vector<std::string>& subject, const std::string& name) {
    std::vector<std::string> words{"evaluate"};
    words.insert(words.end(), subject.begin(), subject.end());
    words.insert(words.end(), {"--predictions", bnexp.path(name).string()});
    const auto evaluated = bnexp(words);
    INFO(evaluated.err);
    CHECK(evaluated.code == 0);
    return tests::read_file(bnexp.path(name));
  };
  CHECK(predictions({bnexp.path("plain.yaml").string(), "--weights", folded}, "folded.txt") ==
        predictions({record_of(bnexp)}, "before.txt"));
}

TEST_CASE("weights that don't fit, and files that are none, are refused with a sentence and exit code 3") {
  const Program bnexp;
  REQUIRE(keep(bnexp).code == 0);
  const auto evaluate = [&](const std::string& weights) {
    return bnexp({"evaluate", record_of(bnexp), "--weights", weights});
  };
  const auto check = [&](const std::string& weights, const std::string& reason) {
    const auto outcome = evaluate(weights);
    CHECK(outcome.code == 3);
    INFO(outcome.err);
    CHECK(contains(outcome.err, reason));
  };
  const std::string bytes = tests::read_file(weights_of(bnexp));
  bnexp.write("half.safetensors", bytes.substr(0, bytes.size() / 2));
  check(bnexp.path("half.safetensors").string(), "not a usable safetensors file");
  check(bnexp.path("nowhere.safetensors").string(), "nowhere.safetensors");
  check(bnexp.path("store").string(), "store");
  bnexp.write("other.safetensors", safetensors::write({{"fc1.weight", "F32", {1}, "1234"}}));
  check(bnexp.path("other.safetensors").string(), "doesn't fit this network: it lacks norm1.weight");
}

// The kept weights with `bits` as the first value of a tensor.
void write_changed(const Program& bnexp, const std::string& name, const std::string& bits) {
  std::string bytes = tests::read_file(weights_of(bnexp));
  for (const auto& tensor : safetensors::read(bytes, "x").tensors) {
    if (tensor.name != name) continue;
    bytes.replace(static_cast<std::size_t>(tensor.data.data() - bytes.data()), 4, bits);
    break;
  }
  bnexp.write("changed.safetensors", bytes);
}

TEST_CASE("control characters in the names of tensors are shown as escapes") {
  const Program bnexp;
  REQUIRE(keep(bnexp).code == 0);
  const std::string bytes = tests::read_file(weights_of(bnexp));
  auto tensors = safetensors::read(bytes, "x").tensors;
  const std::string hostile = "A\x1b[2J\u202e";  // clears a terminal; turns the direction of writing
  tensors.push_back({hostile, "F32", {1}, "1234"});
  bnexp.write("more.safetensors", safetensors::write(tensors));
  bnexp.write("alone.safetensors", safetensors::write({{hostile, "F32", {1}, "1234"}}));
  for (const char* command : {"evaluate", "fold"}) {
    for (const char* file : {"more.safetensors", "alone.safetensors"}) {
      const auto outcome = bnexp({command, record_of(bnexp), "--weights", bnexp.path(file).string()});
      INFO(command << " " << file << ": " << outcome.err);
      CHECK(outcome.code == 3);
      CHECK(contains(outcome.err, "A\\x1b[2J\\u202e"));
      CHECK_FALSE(contains(outcome.err, "\x1b"));
      CHECK_FALSE(contains(outcome.err, "\u202e"));
    }
  }
}

TEST_CASE("weights or outputs that are not finite are refused by evaluate and fold, which name the tensor") {
  const Program bnexp;
  REQUIRE(keep(bnexp).code == 0);
  for (const auto& [tensor, bits, reason] : std::vector<std::array<std::string, 3>>{
           {"fc1.weight", std::string("\0\0\xc0\x7f", 4), "fc1.weight has values that are not finite"},    // a NaN
           {"norm1.running_var", std::string("\0\0\x80\xbf", 4), "norm1.running_var has values below 0"},  // -1
           {"norm1.weight", "\xa8\xb0\x61\x7f", "norm1's output is not finite for "},                      // 3e38
           {"fc2.bias", "\xff\xff\x7f\x7f", ""}}) {  // the largest; finite with any sum but its like
    write_changed(bnexp, tensor, bits);
    for (const char* command : {"evaluate", "fold"}) {
      const auto outcome = bnexp({command, record_of(bnexp), "--weights", bnexp.path("changed.safetensors").string()});
      INFO(tensor << ", " << command << ": " << outcome.out << outcome.err);
      CHECK(outcome.code == (reason.empty() ? 0 : 3));
      CHECK(contains(outcome.err, reason));
      CHECK_FALSE(contains(outcome.out, "nan"));
    }
  }
}

TEST_CASE("evaluate refuses a sweep, and a configuration without weights") {
  const Program bnexp;
  const auto sweep = bnexp({"evaluate", bnexp.path("suite.yaml").string(), "--weights", "x.safetensors"});
  CHECK(sweep.code == 2);
  CHECK(contains(sweep.err, "4 arms"));
  CHECK(bnexp({"evaluate", bnexp.path("suite.yaml").string()}).code == 2);
}

}  // namespace
}  // namespace bnexp
