#include "report/report.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "report/sample.h"
#include "support/catch.h"

namespace bnexp::report {
namespace {

Report built(const sample::Store& store) {
  return build(gather(store.manifest, store.records), "results/" + std::string("a store"), BNEXP_REPORT_ASSETS);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace

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

TEST_CASE("hostile names stay text in the twin") {
  const Report report = built(sample::hostile());
  CHECK(report.markdown.find("<script>") == std::string::npos);
  CHECK(report.markdown.find("<img") == std::string::npos);
  CHECK(report.markdown.find("'configs/it'\\''s $(alert).yaml'") != std::string::npos);
}

TEST_CASE("the same records give the same bytes") {
  auto store = sample::lr_sweep();
  const Report one = built(store);
  std::reverse(store.records.begin(), store.records.end());
  const Report other = built(store);
  CHECK(one.html == other.html);
  CHECK(one.markdown == other.markdown);
}

TEST_CASE("what two runs may differ in stays in the twin's provenance") {
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
  CHECK(report.html.find("The records were not all made alike; they differ in: CPU.") != std::string::npos);
  CHECK(report.html.find("1 of 20 records ran on a machine busy with other work") != std::string::npos);
}

TEST_CASE("an arm's mean over survivors and its missing trials stand beside each other") {
  const Report report = built(sample::partial());
  CHECK(report.markdown.find("| none | 1 | diverged 1/3, crashed 1/3, interrupted 1/3 | – |") != std::string::npos);
}

TEST_CASE("a thousand trials stay under ten megabytes") {
  const Report report = built(sample::large());
  CHECK(count(report.html, "<tr data-arm=") == 200);
  CHECK(report.html.size() < 10'000'000);
}

TEST_CASE("an empty store has a report that says so") {
  const Report report = built({});
  CHECK(report.html.find("No trial has a record yet.") != std::string::npos);
  CHECK(report.markdown.find("No trial has a record yet.") != std::string::npos);
}

TEST_CASE("a missing asset is named with what to do about it") {
  const Results results = gather(std::nullopt, {});
  try {
    build(results, "results", "/nonexistent");
    FAIL("built without its assets");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::environment);
    CHECK(std::string(error.what()).find("/nonexistent/vega.min.js") != std::string::npos);
    CHECK(error.hint().find("scripts/setup") != std::string::npos);
  }
}

}  // namespace bnexp::report
