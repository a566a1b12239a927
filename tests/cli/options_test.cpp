// Option values that are read wrong easily, and texts that must not reach the terminal as they are.
#include "cli/program.h"
#include "support/catch.h"

namespace bnexp {
namespace {

using tests::Program;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("counts are decimal, and anything else is refused with the range") {
  const Program bnexp;
  const std::string suite = bnexp.path("suite.yaml").string();
  const auto jobs = [&](const std::string& text) { return bnexp({"plan", suite, "--json", "--jobs", text}); };
  CHECK(Json::parse(jobs("010").out).at("jobs") == 10);
  for (const char* text : {"0", "-1", "4097", "0x10", "1.5", "1e2", " 2", "", "nan", "99999999999999999999"}) {
    INFO(text);
    const auto outcome = jobs(text);
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.err, "is not a whole number from 1 to 4096"));
  }
  CHECK(bnexp({"data", "export", bnexp.path("idx").string(), "--train", "0"}).code == 2);
}

TEST_CASE("a time limit is a number of seconds above 0") {
  const Program bnexp;
  for (const char* text : {"0", "-1", "nan", "inf", "1e999", "soon", ""}) {
    INFO(text);
    const auto outcome = bnexp(bnexp.run_words("store", {"--timeout", text}));
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.err, "is not a number of seconds above 0"));
  }
  CHECK(bnexp(bnexp.run_words("store", {"--timeout", "1e10", "--set", "seeds=1"})).code == 0);
}

TEST_CASE("an executor is named with its options, and a wrong one is refused with its place") {
  const Program bnexp;
  CHECK(bnexp(bnexp.run_words("store", {"--executor", "{name: workers, grace_s: 5}", "--set", "seeds=1"})).code == 0);
  const auto unknown = bnexp(bnexp.run_words("store", {"--executor", "cloud"}));
  CHECK(unknown.code == 2);
  CHECK(contains(unknown.err, "inline"));
  CHECK(contains(unknown.err, "workers"));
  const auto wrong = bnexp(bnexp.run_words("store", {"--executor", "{name: workers, grace: 5}"}));
  CHECK(wrong.code == 2);
  CHECK(contains(wrong.err, "did you mean 'grace_s'?"));
  CHECK(bnexp(bnexp.run_words("store", {"--executor", "{name: workers, grace_s: -5}"})).code == 2);
}

TEST_CASE("a folder of a shipped suite's name does not hide the suite") {
  const Program bnexp;
  const std::vector<std::string> words{"run", "smoke", "--store", bnexp.path("smoke").string(), "--quiet"};
  const std::string here = std::filesystem::current_path().string();
  std::filesystem::current_path(bnexp.path(""));
  const int first = bnexp(words).code;
  const int second = bnexp(words).code;
  std::filesystem::current_path(here);
  CHECK(first == 0);
  CHECK(second == 0);
}

TEST_CASE("a store whose name is not UTF-8 is planned, as text and as JSON") {
  const Program bnexp;
  const std::string store = bnexp.path("st\xffore").string();
  const auto outcome = bnexp({"plan", bnexp.path("suite.yaml").string(), "--store", store, "--json"});
  CHECK(outcome.code == 0);
  CHECK(contains(Json::parse(outcome.out).at("store"), "st\xef\xbf\xbdore"));
  CHECK(bnexp({"plan", bnexp.path("suite.yaml").string(), "--store", store}).code == 0);
}

TEST_CASE("control characters of names and questions do not reach the terminal") {
  const Program bnexp;
  bnexp.write("evil.yaml",
              "suite: evil\nquestion: \"Red \\e[31m, back \\u202E, C1 \\x9b?\"\nmodel: {name: mlp, widths: [8]}\n"
              "data: {name: digits, train: 200, test: 50, validation: 50}\ntrain: {steps: 2, batch_size: 16}\n");
  const std::string store = bnexp.path("store").string();
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"plan", bnexp.path("evil.yaml").string()},
                                             {"run", bnexp.path("evil.yaml").string(), "--store", store},
                                             {"check", bnexp.path("no\x1b[31m.yaml").string()}}) {
    const auto outcome = bnexp(words);
    const std::string all = outcome.out + outcome.err;
    INFO(all);
    CHECK_FALSE(contains(all, "\x1b"));
    CHECK_FALSE(contains(all, "\xe2\x80\xae"));
    CHECK_FALSE(contains(all, "\xc2\x9b"));
  }
}

}  // namespace
}  // namespace bnexp
