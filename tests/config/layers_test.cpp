#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "config/document/source.h"
#include "config/files.h"
#include "config/suite/bench.h"
#include "support/catch.h"

namespace bnexp::config {
namespace {

Json settings_of(const Suite& suite) { return suite.trials.at(0).settings; }

TEST_CASE("a file lays its settings over its base, key by key") {
  Files files;
  files.write("base.yaml",
              "train: {batch_size: 32, epochs: 3}\nnorm: {name: batch, momentum: 0.2}\nprobes: [resources]\n");
  files.write("s.yaml", "base: base.yaml\ntrain: {batch_size: 16}\nnorm: {eps: 1e-3}\nprobes: [loss_curve]\n");
  const Json settings = settings_of(load("s.yaml", {}, {}));
  CHECK(settings["train"]["batch_size"] == 16);
  CHECK(settings["train"]["epochs"] == 3);
  CHECK(settings["norm"]["momentum"] == 0.2);
  CHECK(settings["norm"]["eps"] == 1e-3);
  REQUIRE(settings["probes"].size() == 1);
  CHECK(settings["probes"][0]["name"] == "loss_curve");
}

TEST_CASE("a variant of another name keeps nothing of the one below") {
  Files files;
  files.write("base.yaml", "norm: {name: batch, eps: 1e-3}\ntrain: {optimizer: {name: adam, lr: 0.5, beta1: 0.5}}\n");
  files.write("s.yaml", "base: base.yaml\nnorm: {name: group, groups: 4}\ntrain: {optimizer: sgd}\n");
  const Json settings = settings_of(load("s.yaml", {}, {}));
  CHECK(settings["norm"]["eps"] == 1e-5);
  CHECK(settings["train"]["optimizer"]["lr"] == 0.01);
}

TEST_CASE("a variant of the same name keeps the parameters below, and so does one of the default's name") {
  Files files;
  files.write("base.yaml", "norm: {eps: 1e-3}\ntrain: {optimizer: {name: adam, lr: 0.5}}\n");
  files.write("s.yaml", "base: base.yaml\nnorm: batch\ntrain: {optimizer: {name: adam, beta1: 0.5}}\n");
  const Json settings = settings_of(load("s.yaml", {}, {}));
  CHECK(settings["norm"]["eps"] == 1e-3);
  CHECK(settings["train"]["optimizer"]["lr"] == 0.5);
  CHECK(settings["train"]["optimizer"]["beta1"] == 0.5);
}

TEST_CASE("a --set reaches into a variant that is written as a bare name") {
  const Json settings = settings_of(load_text("norm: batch\n", {"norm.eps=0.5", "train.optimizer.lr=0.3"}));
  CHECK(settings["norm"]["eps"] == 0.5);
  CHECK(settings["train"]["optimizer"]["lr"] == 0.3);
}

TEST_CASE("a --set of another name drops the parameters of the former") {
  for (const char* text : {"norm=group", "norm.name=group", "norm={name: group}"}) {
    const Json settings = settings_of(load_text("norm: {name: batch, eps: 0.5}\n", {text}));
    CHECK(settings["norm"]["name"] == "group");
    CHECK(settings["norm"]["eps"] == 1e-5);
  }
}

TEST_CASE("a --set takes numbers, lists, maps, null and text") {
  const auto suite = load_text("suite: x\n", {"model={name: mlp, widths: [5, 6]}", "norm.momentum=null", "probes=[]",
                                              "question='Why: so?'", "seeds=[3]", "train.epochs=2"});
  const Json settings = settings_of(suite);
  CHECK(settings["model"]["widths"] == Json::parse("[5, 6]"));
  CHECK(settings["norm"]["momentum"].is_null());
  CHECK(suite.seeds == std::vector<std::int64_t>{3});
  CHECK(suite.question == "Why: so?");
  CHECK(suite.overrides.size() == 6);
}

TEST_CASE("a --set gives the sweep other values, further keys, or none") {
  const std::string text = "sweep: {grid: {norm: [none, batch], train.optimizer.lr: [0.1, 0.2]}}\n";
  CHECK(load_text(text).arms.size() == 4);
  CHECK(load_text(text, {"sweep.grid.train.optimizer.lr=[0.3]"}).arms.size() == 2);
  CHECK(load_text(text, {"sweep.grid.train.batch_size=[8, 16]"}).arms.size() == 8);
  CHECK(load_text(text, {"sweep.grid.norm=null"}).arms.size() == 2);
  CHECK(load_text(text, {"sweep=null"}).arms.size() == 1);
  CHECK(load_text(text, {"sweep.grid.norm=null", "norm=group"}).arms.at(0).spec.norm.name == "group");
}

TEST_CASE("an error in --set points into its text") {
  CHECK(
      refusal_of("norm: batch\n", {"train.optimiser.lr=1"}) ==
      "--set train.optimiser.lr=1: error: unknown key 'optimiser' in train\n"
      "    train.optimiser.lr=1\n"
      "          ^~~~~~~~~\n"
      "  did you mean 'optimizer'? valid: epochs, steps, batch_size, drop_last, optimizer, schedule, label_smoothing, "
      "clip_grad_norm, log_every, evaluation_batch_size");
  CHECK(refusal_of("norm: batch\n", {"train.batch_size=abc"}) ==
        "--set train.batch_size=abc: error: train.batch_size must be a whole number, found text 'abc'\n"
        "    train.batch_size=abc\n"
        "                     ^~~");
  CHECK(contains(refusal_of("norm: batch\n", {"model={name: mlp, widths: [1, x]}"}),
                 "--set model={name: mlp, widths: [1, x]}: error: model.widths must be whole numbers throughout, found "
                 "text 'x'\n"
                 "    model={name: mlp, widths: [1, x]}\n"
                 "                                  ^"));
}

TEST_CASE("a --set without a value, a key or an equals sign says what is missing") {
  CHECK(contains(refusal_of("norm: batch\n", {"train.epochs"}), "expected KEY=VALUE"));
  CHECK(contains(refusal_of("norm: batch\n", {"train..epochs=3"}), "a part of the key is empty"));
  CHECK(contains(refusal_of("norm: batch\n", {"=3"}), "a part of the key is empty"));
  CHECK(contains(refusal_of("norm: batch\n", {"train.epochs="}), "a value is missing after '='"));
  CHECK(contains(refusal_of("norm: batch\n", {"train.epochs=[1"}),
                 "    train.epochs=[1\n                   ^\n  for the '[' in column 14"));
  CHECK(contains(refusal_of("norm: batch\n", {"base=x.yaml"}), "base cannot be set from the command line"));
}

TEST_CASE("a --set that a later one replaces is refused, in whatever order they contradict each other") {
  const std::string text = "norm: batch\n";
  const auto refused = refusal_of(text, {"norm.groups=4", "norm=group"});
  CHECK(contains(refused, "--set norm.groups=4: error: this has no effect, since --set norm=group replaces it"));
  CHECK(contains(refused, "set a variant before its parameters"));
  CHECK(settings_of(load_text(text, {"norm=group", "norm.groups=4"}))["norm"]["groups"] == 4);
  CHECK(contains(refusal_of(text, {"seeds=2", "seeds=3"}), "since --set seeds=3 replaces it"));
  CHECK(contains(refusal_of(text, {"train.steps=2", "train={steps: 3, batch_size: 8}"}), "has no effect"));
  CHECK(contains(refusal_of(text, {"sweep.grid.norm=[none, batch]", "sweep=null"}), "has no effect"));
  CHECK(contains(refusal_of(text, {"norm=group", "norm=layer", "norm=group"}), "has no effect"));
  CHECK(load_text(text, {"seeds=3", "seeds=3", "norm=group", "norm={name: group, groups: 2}"}).seeds.size() == 3);
}

TEST_CASE("what is typed in a --set is its value") {
  const auto question = [](const std::string& typed) {
    return load_text("norm: batch\n", {"question=" + typed}).question;
  };
  CHECK(question("idx/tri #2") == "idx/tri #2");
  CHECK(question("Why: so?") == "Why: so?");
  CHECK(question("  a - b, [c] {d}  ") == "a - b, [c] {d}");
  CHECK(question("- a") == "- a");
  CHECK(question("'it # is'") == "it # is");
  CHECK(question("\"a \\\" #b\"") == "a \" #b");
  CHECK(question("#1") == "#1");
  CHECK(settings_of(load_text("norm: batch\n", {"train={steps: 3}"}))["train"]["steps"] == 3);
  CHECK(contains(refusal_of("norm: batch\n", {"seeds=[1, 2] #3"}), "'#' begins a comment"));
  CHECK(contains(refusal_of("norm: batch\n", {"question='a' #b"}), "'#' begins a comment"));
  CHECK(contains(refusal_of("norm: batch\n", {"question=a\x01"}), "control character 0x01"));
}

TEST_CASE("an empty base and an empty suite name are refused") {
  CHECK(contains(refusal_of("base: \"\"\n"), "s.yaml:1:7: error: base must be a file name, found text ''"));
  CHECK(contains(refusal_of("base:\n"), "base must be a file name, found nothing"));
  CHECK(contains(refusal_of("base: .\n"), "is a folder, not a YAML file"));
  CHECK(contains(refusal_of("suite: ''\n"), "s.yaml:1:8: error: suite '' cannot name a folder"));
  for (const char* name : {"..", ".x", "a/b", "/tmp", "a b", "\xc3\xa4"}) {
    CHECK(contains(refusal_of(std::string("suite: ") + name + "\n"), "cannot name a folder"));
  }
  CHECK(contains(refusal_of("norm: batch\n", {"suite=''"}), "suite '' cannot name a folder"));
}

TEST_CASE("a --set of a swept key is refused, for it would be without effect") {
  const std::string text = "sweep: {grid: {train.optimizer.lr: [0.1, 0.2], norm: [none, batch]}}\n";
  const auto refused = refusal_of(text, {"train.optimizer.lr=0.3"});
  CHECK(contains(refused, "train.optimizer.lr is swept, so this value would never be used"));
  CHECK(contains(refused, "the sweep is at s.yaml:1:36"));
  CHECK(contains(refusal_of(text, {"norm=group"}), "norm is swept"));
  CHECK(contains(refusal_of(text, {"norm.groups=4"}), "unknown key 'groups' in norm 'batch'"));
  CHECK(load_text(text, {"norm.momentum=0.3"}).arms.at(1).spec.norm.settings["momentum"] == 0.3);
  CHECK(contains(refusal_of("sweep: {grid: {train.epochs: [1, 2]}}\n", {"train.steps=3"}), "train.epochs is swept"));
}

TEST_CASE("a later layer's budget takes the other one away") {
  CHECK(settings_of(load_text("train: {epochs: 3}\n", {"train.steps=100"}))["train"]["epochs"].is_null());
  CHECK(settings_of(load_text("train: {steps: 3}\n", {"train.epochs=2"}))["train"]["steps"].is_null());
  CHECK(settings_of(load_text("train: {steps: 0}\n"))["train"]["epochs"].is_null());
  CHECK(settings_of(load_text("norm: batch\n"))["train"]["epochs"] == 5);
  CHECK(
      contains(refusal_of("norm: batch\n", {"train.steps=3", "train.epochs=3"}), "only one of them can be the budget"));
  CHECK(contains(refusal_of("train: {steps: 3}\n", {"train.steps=null"}), "train needs a budget"));
}

TEST_CASE("a chain of bases is followed, each relative to its own file, errors named by file") {
  Files files;
  files.write("shared/deep.yaml", "train: {batch_size: 8, epochs: x}\nsuite: deep\nquestion: Why?\n");
  files.write("shared/mid.yaml", "base: deep.yaml\nnorm: group\n");
  files.write("s.yaml", "base: shared/mid.yaml\ntrain: {epochs: 2}\n");
  const auto suite = load("s.yaml", {}, {});
  CHECK(suite.name == "s");
  CHECK(suite.question == "Why?");
  CHECK(settings_of(suite)["train"]["batch_size"] == 8);
  CHECK(settings_of(suite)["norm"]["name"] == "group");
  files.write("t.yaml", "base: shared/mid.yaml\n");
  CHECK(contains(refusal("t.yaml"), "shared/deep.yaml:1:32: error: train.epochs must be a whole number"));
}

TEST_CASE("a base that leads back, leads out of the folder, or never ends is refused") {
  Files files;
  files.write("a.yaml", "base: b.yaml\n").write("b.yaml", "base: ./a.yaml\n");
  CHECK(contains(refusal("a.yaml"), "this base is itself based on this file"));
  files.write("dir/c.yaml", "base: ../a.yaml\n").write("dir/d.yaml", "base: /etc/passwd\n");
  CHECK(contains(refusal("dir/c.yaml"), "outside of the suite's folder"));
  CHECK(contains(refusal("dir/d.yaml"), "outside of the suite's folder"));
  for (int i = 0; i < 20; ++i) {
    files.write("n" + std::to_string(i) + ".yaml", "base: n" + std::to_string(i + 1) + ".yaml\n");
  }
  CHECK(contains(refusal("n0.yaml"), "more than 8 files are based on each other"));
}

TEST_CASE("a missing file's error names the nearest one there is") {
  Files files;
  files.write("lr_sweep.yaml", "norm: batch\n").write("big.yaml", std::string(2 << 20, '#'));
  std::filesystem::create_directory("folder");
  CHECK(refusal("lr_sweeep.yaml") == "there is no file lr_sweeep.yaml\ndid you mean lr_sweep.yaml?");
  CHECK(contains(refusal("zzzzz.yaml"), "this folder holds big.yaml, lr_sweep.yaml"));
  CHECK(contains(refusal("nowhere/x.yaml"), "there is no folder nowhere"));
  CHECK(contains(refusal("folder"), "is a folder"));
  CHECK(contains(refusal("big.yaml"), "larger than 1 MiB"));
}

TEST_CASE("a pipe is read to its end, and once for all who ask") {
  Files files;
  ::mkfifo("pipe.yaml", 0600);
  std::thread writer([] { std::ofstream("pipe.yaml") << "seeds: 2\n" << std::flush << "norm: group\n"; });
  CHECK_FALSE(is_bench("pipe.yaml"));
  writer.join();
  const Suite suite = load("pipe.yaml", {}, {});
  CHECK(suite.seeds.size() == 2);
  CHECK(suite.arms.at(0).spec.norm.name == "group");

  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  REQUIRE(::write(ends[1], "norm: layer\n", 12) == 12);
  ::close(ends[1]);
  const std::string unnamed = "/dev/fd/" + std::to_string(ends[0]);
  CHECK(read_source(unnamed)->text == "norm: layer\n");
  CHECK(read_source(unnamed)->text == "norm: layer\n");
  ::close(ends[0]);
}

TEST_CASE("a FIFO that nobody writes to is waited for, but not for ever") {
  Files files;
  ::mkfifo("fifo.yaml", 0600);
  CHECK_THROWS_WITH(read_source("fifo.yaml", std::chrono::milliseconds(20)), "no data came from fifo.yaml within 20ms");
}

TEST_CASE("devices without an end are refused as too large") {
  CHECK_THROWS_WITH(read_source("/dev/zero"), "/dev/zero is larger than 1 MiB");
}

TEST_CASE("names of files move nothing on a terminal") {
  Files files;
  const auto said = refusal("\x1b[31m\u202e.yaml");
  CHECK(contains(said, "there is no file \\x1b[31m\\u202e.yaml"));
  files.write("\x1b[2J.yaml", "norm: bach\n");
  CHECK(contains(refusal("\x1b[2J.yaml"), "\\x1b[2J.yaml:1:7: error: unknown norm 'bach'"));
  CHECK(contains(refusal("x.yaml"), "\\x1b[2J.yaml"));
}

TEST_CASE("a byte order mark at the start of a file is skipped") {
  CHECK(load_text("\xef\xbb\xbfsuite: marked\n").name == "marked");
}

}  // namespace
}  // namespace bnexp::config
