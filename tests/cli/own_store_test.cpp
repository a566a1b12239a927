// Which suites share a store.
#include "cli/program.h"
#include "support/catch.h"

namespace bnexp {
namespace {

using tests::Outcome;
using tests::Program;
namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Runs in a folder of its own, so that results/twin is everybody's store.
class Folder {
 public:
  Folder() : here_(fs::current_path()) { fs::current_path(bnexp_.path("")); }
  ~Folder() { fs::current_path(here_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  Outcome operator()(const std::vector<std::string>& words) const { return bnexp_(words); }

  void write(const fs::path& file, const std::string& question, const std::string& lr, int seeds = 1) const {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "suite: twin\nquestion: " << question
                        << "\nmodel: {name: mlp, widths: [8]}\n"
                           "data: {name: digits, train: 200, test: 50, validation: 50}\n"
                           "train: {steps: 2, batch_size: 16, optimizer: {name: sgd, lr: "
                        << lr << "}}\nseeds: " << seeds << "\n";
  }
  static Json plan() { return Json::parse(tests::read_file("results/twin/suite.json")); }

 private:
  Program bnexp_;
  fs::path here_;
};

TEST_CASE("two suites of one name do not share a store unasked, with or without a trial of both") {
  for (const std::string lr : {"0.1", "0.2"}) {
    const Folder bnexp;
    bnexp.write("a/lr.yaml", "First?", "0.1", 2);
    bnexp.write("b/lr.yaml", "Second?", lr);
    REQUIRE(bnexp({"run", "a/lr.yaml"}).code == 0);
    const std::string report = tests::read_file("results/twin/report.md");
    const Json plan = Folder::plan();
    for (const auto& words : std::vector<std::vector<std::string>>{{"run", "b/lr.yaml"},
                                                                   {"plan", "b/lr.yaml"},
                                                                   {"plan", "b/lr.yaml", "--commands"},
                                                                   {"submit", "b/lr.yaml"}}) {
      const auto second = bnexp(words);
      INFO(lr << " " << words.front() << "\n" << second.err);
      CHECK(second.code == 2);
      CHECK(contains(second.err, "holds the results of another suite, "));
      CHECK(contains(second.err, "/a/lr.yaml; this one is "));
      CHECK(contains(second.err, "/b/lr.yaml"));
      CHECK(contains(second.err, "--store"));
    }
    CHECK(tests::read_file("results/twin/report.md") == report);
    CHECK(Folder::plan() == plan);
    const auto named = bnexp({"run", "b/lr.yaml", "--store", "results/twin"});
    CHECK(named.code == 0);
    CHECK(contains(named.err, "/a/lr.yaml; the records stay for those of "));
    CHECK(contains(tests::read_file("results/twin/report.md"), "Second?"));
  }
}

TEST_CASE("a suite that is edited and run again keeps its store, however its file is named") {
  const Folder bnexp;
  bnexp.write("a/lr.yaml", "First?", "0.1");
  REQUIRE(bnexp({"run", "a/lr.yaml", "--quiet"}).code == 0);
  bnexp.write("a/lr.yaml", "Again?", "0.3", 2);
  fs::create_symlink("a", "link");
  const std::string absolute = (fs::current_path() / "a/lr.yaml").string();
  for (const std::string& file : std::vector<std::string>{"a/lr.yaml", "link/../a/lr.yaml", "link/lr.yaml", absolute}) {
    const auto outcome = bnexp({"run", file, "--quiet"});
    INFO(file);
    CHECK(outcome.code == 0);
    CHECK(outcome.err.empty());
  }
}

TEST_CASE("a suite whose file was renamed or copied keeps its store, with a note") {
  const Folder bnexp;
  bnexp.write("a/lr.yaml", "First?", "0.1");
  REQUIRE(bnexp({"run", "a/lr.yaml"}).code == 0);
  fs::create_directory("b");
  fs::copy("a/lr.yaml", "b/lr.yaml");
  const auto copied = bnexp({"run", "b/lr.yaml", "--quiet"});
  CHECK(copied.code == 0);
  CHECK(contains(copied.err, "/a/lr.yaml; the records stay for those of "));
  fs::rename("b/lr.yaml", "b/new.yaml");
  bnexp.write("b/new.yaml", "Renamed and edited?", "0.1", 2);
  const auto renamed = bnexp({"run", "b/new.yaml", "--quiet"});
  CHECK(renamed.code == 0);
  CHECK(contains(renamed.err, "/b/lr.yaml; the records stay for those of "));
  CHECK(bnexp({"run", "b/new.yaml", "--quiet"}).err.empty());
}

TEST_CASE("a copied tree with its store goes on, though the first tree is still there") {
  const Folder bnexp;
  bnexp.write("one/a/lr.yaml", "First?", "0.1");
  const fs::path top = fs::current_path();
  fs::current_path("one");
  REQUIRE(bnexp({"run", "a/lr.yaml"}).code == 0);
  fs::copy(top / "one", top / "two", fs::copy_options::recursive);
  fs::current_path(top / "two");
  bnexp.write("a/lr.yaml", "Edited in the copy?", "0.3");
  const auto outcome = bnexp({"run", "a/lr.yaml", "--quiet"});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.err, "/one/a/lr.yaml; the records stay for those of "));
  fs::current_path(top);
}

}  // namespace
}  // namespace bnexp
