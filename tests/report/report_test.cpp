#include "report/report.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>

#include "analysis/sample.h"
#include "base/error.h"
#include "base/files.h"
#include "report/export.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

namespace bnexp::report {
namespace {

struct Report {
  std::string html;
  std::string markdown;
};

Report built(const sample::Store& store) {
  const auto all = analysis::analyze(analysis::gather(store.manifest, store.records));
  auto files = build(document_of(all, "results/a store"), BNEXP_REPORT_ASSETS);
  return {files.at("report.html"), files.at("report.md")};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

std::string title_of(const Document& document, const std::filesystem::path&) { return document.title; }
BNEXP_EXPORT(title, "title.txt", title_of);

}  // namespace

TEST_CASE("an export is its registration, and makes its file beside the others") {
  const auto sample = sample::lr_sweep();
  const auto all = analysis::analyze(analysis::gather(sample.manifest, sample.records));
  const auto files = build(document_of(all, "results"), BNEXP_REPORT_ASSETS);
  CHECK(files.size() == 4);  // report.html, report.md, claims.json and this
  CHECK(files.at("title.txt") == "lr_sweep");
}

TEST_CASE("the page holds the question, the answer and every arm") {
  const Report report = built(sample::lr_sweep());
  CHECK(count(report.html, "Does batch normalization widen the range of learning rates that train?") == 1);
  CHECK(count(report.html, "<tr data-arm=") == 8);
  CHECK(report.html.find("diverged 3/3") != std::string::npos);
  CHECK(report.html.find("class=\"headline\">Learning rates that train") != std::string::npos);
  CHECK(report.html.find("bnexp repeat 'results/a store/records/") != std::string::npos);
}

TEST_CASE("the page names no other place to load from") {
  const Report report = built(sample::lr_sweep());
  CHECK(report.html.find("default-src 'none'") != std::string::npos);
  CHECK(report.html.find("unsafe-eval") == std::string::npos);
  CHECK(count(report.html, "<script src") == 0);
  CHECK(count(report.html, "<link rel=\"stylesheet") == 0);
}

TEST_CASE("hostile names stay text in the page") {
  const Report report = built(sample::hostile());
  CHECK(report.html.find("<script>alert(1)") == std::string::npos);
  CHECK(report.html.find("<img src=x") == std::string::npos);
  CHECK(report.html.find("<b>this</b>") == std::string::npos);
  // Every script that opens is closed: none was ended by data.
  CHECK(count(report.html, "<script") == count(report.html, "</script>"));
  CHECK(count(report.html, "<!--") == 1);
  CHECK(report.html.find("{{answer}}") != std::string::npos);
}

TEST_CASE("hostile names stay text in Markdown") {
  const Report report = built(sample::hostile());
  CHECK(report.markdown.find("<script>") == std::string::npos);
  CHECK(report.markdown.find("<img") == std::string::npos);
  CHECK(report.markdown.find("'configs/it'\\''s $(alert).yaml'") != std::string::npos);
}

TEST_CASE("an arm has one name in labels, tables and charts") {
  const Report report = built(sample::norm_compare());
  CHECK(report.markdown.find("group") != std::string::npos);
  CHECK(report.markdown.find("group(groups") == std::string::npos);
}

TEST_CASE("steps to an accuracy that no trial reaches are left out") {
  auto store = sample::norm_compare();
  CHECK(built(store).markdown.find("| steps to 90 % |") != std::string::npos);
  for (auto& record : store.records) {
    for (auto& entry : record.result.history) entry["validation_accuracy"] = 0.5;
  }
  const std::string text = built(store).markdown;
  CHECK(text.find("| steps to") == std::string::npos);
  CHECK(text.find("No trial reaches 90 % validation accuracy.") != std::string::npos);
}

TEST_CASE("an accuracy that is no rate, in a record that was edited, is shown and ends nothing") {
  auto store = sample::norm_compare();
  CHECK(built(store).markdown.find("are a second source of noise") != std::string::npos);
  for (auto& record : store.records) record.result.metrics["test_accuracy"] = 1e6;
  CHECK(built(store).markdown.find("are a second source of noise") == std::string::npos);
}

TEST_CASE("the same records give the same bytes") {
  auto store = sample::lr_sweep();
  const Report one = built(store);
  std::reverse(store.records.begin(), store.records.end());
  const Report other = built(store);
  CHECK(one.html == other.html);
  CHECK(one.markdown == other.markdown);
}

TEST_CASE("what two runs may differ in stays in the provenance of the Markdown") {
  auto store = sample::lr_sweep();
  const std::string before = built(store).markdown;
  for (auto& record : store.records) {
    record.context["cpu"] = "Quite Another CPU";
    record.result.timing["wall_s"] = 3.5;
    record.result.timing["started_at"] = "2031-01-01T00:00:00Z";
    record.result.timing["resources"]["step_ms"] = {1.0, 2.0};
  }
  const std::string after = built(store).markdown;
  CHECK(before != after);
  const auto body = [](const std::string& text) { return text.substr(0, text.find("## Provenance")); };
  CHECK(body(before) == body(after));
}

TEST_CASE("mixed machines and contention are warned of on the first screen") {
  const Report report = built(sample::partial());
  CHECK(report.html.find("The records come from different setups; they differ in: CPU.") != std::string::npos);
  CHECK(report.html.find("1 of 20 records ran on a busy machine") != std::string::npos);
}

TEST_CASE("an arm's mean over survivors and its missing trials stand beside each other") {
  const Report report = built(sample::partial());
  CHECK(report.markdown.find("| none | 1 | diverged 1/3, crashed 1/3, interrupted 1/3 | 100 \\[34, 100\\] | – |") !=
        std::string::npos);
}

TEST_CASE("a thousand trials stay under ten megabytes") {
  const Report report = built(sample::large());
  CHECK(count(report.html, "<tr data-arm=") == 200);
  CHECK(report.html.size() < 10'000'000);
}

TEST_CASE("each status that exists is in the answer, in the table and among the failures, in both files") {
  auto store = sample::norm_compare();
  std::size_t next = 0;
  for (const auto& [status, name] : train::kStatusNames) {
    auto& record = store.records[next++];
    record.result.status = status;
    if (status != train::Status::ok) record.result.failure = train::Failure{"because of " + std::string(name)};
  }
  store.records.erase(store.records.begin() + static_cast<std::ptrdiff_t>(next));
  const Report report = built(store);
  const std::string answer = report.markdown.substr(0, report.markdown.find("## Arms"));
  for (const auto outcome : analysis::all_outcomes()) {
    const std::string name = analysis::name_of(outcome);
    INFO(name);
    CHECK(count(report.html, "badge " + name + "\">" + name + " ") == 1 + (outcome == train::Status::ok ? 4 : 0));
    CHECK(report.html.find("class=\"chip\" data-status=\"" + name + "\"") != std::string::npos);
    CHECK(report.markdown.find(name + " 1/5") != std::string::npos);
    if (outcome == train::Status::ok) continue;
    CHECK(count(report.markdown, "| " + name + " | ") == 1);
    if (outcome) CHECK(report.markdown.find("| because of " + name) != std::string::npos);
    const std::string said = outcome == train::Status::oom ? "Out of memory" : name;
    const bool capital = answer.find(std::string(1, static_cast<char>(std::toupper(said[0]))) + said.substr(1) +
                                     ": ") != std::string::npos;
    CHECK((capital || answer.find("1 " + name) != std::string::npos));
  }
}

TEST_CASE("a report is not replaced when none of the records can be read, and says what it leaves out") {
  const test::TemporaryFolder folder;
  const auto sample = sample::norm_compare();
  const auto store = store::Store::create(folder.path());
  store.write(sample.manifest);
  for (const auto& record : sample.records) store.write(record);
  const auto read = [&] { return *read_whole(folder.path() / "report.md"); };
  std::ofstream(folder.path() / "records/torn\x1b.json") << "{";
  write(folder.path(), BNEXP_REPORT_ASSETS);
  const std::string before = read();
  CHECK(before.find("1 file of the store is damaged and left out: torn\\\\x1b.json (it is not JSON, or incomplete).") !=
        std::string::npos);
  for (const auto& record : sample.records) {
    std::ofstream(folder.path() / "records" / (record.trial + ".json")) << "{}";
  }
  CHECK_THROWS_AS(write(folder.path(), BNEXP_REPORT_ASSETS), Error);
  CHECK(read() == before);
}

TEST_CASE("members of a wrong type are named in the report, and the rest of it is there") {
  auto store = sample::lr_sweep();
  store.records[0].result.timing = nullptr;
  store.records[1].result.probes["activations"] = 3;
  store.records[2].result.history = Json::array({nullptr, {{"step", "one"}, {"train_loss", 1}}});
  store.records[5].context["memory_bytes"] = "much";
  store.records[12].settings = Json::array();
  const Report report = built(store);
  for (const auto& text : {report.html, report.markdown}) {
    CHECK(text.find("Left out as unreadable: timing is null instead of an object in record") != std::string::npos);
    CHECK(text.find("Left out as unreadable: settings is a list instead of an object in record") != std::string::npos);
    CHECK(text.find("probes.activations is a number instead of an object") != std::string::npos);
    CHECK(text.find("history is null instead of an object") != std::string::npos);
  }
  CHECK(count(report.html, "<figure id=") == 8);
}

TEST_CASE("an empty store has a report that says so") {
  const Report report = built({});
  CHECK(report.html.find("No trial has a record yet.") != std::string::npos);
  CHECK(report.markdown.find("No trial has a record yet.") != std::string::npos);
}

TEST_CASE("a missing asset is named with what to do about it") {
  const auto results = analysis::analyze(analysis::gather(std::nullopt, {}));
  try {
    build(document_of(results, "results"), "/nonexistent");
    FAIL("built without its assets");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::environment);
    CHECK(std::string(error.what()).find("/nonexistent/vega.min.js") != std::string::npos);
    CHECK(error.hint().find("scripts/setup") != std::string::npos);
  }
}

TEST_CASE("a number too long to read is shortened, and claims lead the report") {
  auto sample = sample::lr_sweep();
  sample.records[0].result.metrics["test_loss"] = 1.2345e33;
  sample.manifest.claims = Json::parse(R"([{"id": "wider", "says": "Batch trains at higher rates", "source": "slide 7",
    "kind": "usable_range", "arms": {"norm": ["batch"]}, "against": {"norm": ["none"]}, "over": "train.optimizer.lr",
    "at_least": 1}])");
  for (auto& arm : sample.manifest.arms) arm.settings = {{"norm", {{"name", arm.values.at("norm")}}}};
  const auto all = analysis::analyze(analysis::gather(sample.manifest, sample.records),
                                     {.thresholds = {}, .compare = {}, .claims = sample.manifest.claims, .looks = {}});
  const Document document = document_of(all, "results");
  CHECK(document.sections.front().id == "claims");
  CHECK(document.findings.front().text.find("Batch trains at higher rates.") != std::string::npos);
  const auto files = build(document, BNEXP_REPORT_ASSETS);
  CHECK(files.at("report.md").find("e+32") != std::string::npos);  // the mean over three seeds
  CHECK(files.at("report.md").find("0000000000") == std::string::npos);
  CHECK(Json::parse(files.at("claims.json")).at("claims").at(0).at("id") == "wider");
}

}  // namespace bnexp::report
