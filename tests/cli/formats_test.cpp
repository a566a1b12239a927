// Stores of earlier releases, damaged stores, and stores on another machine, through the whole program.
#include <random>

#include "cli/records.h"

namespace bnexp {
namespace {

using namespace tests;

const fs::path kFormats = BNEXP_SOURCE_DIR "/tests/store/formats";

// The suite of every status has a batch size that leaves a last batch of one, which is refused before training now.
constexpr const char* kRefusedToday = "sweep.exclude=[{train.batch_size: 60}]";

std::string any_record(const fs::path& store) { return fs::directory_iterator(store / "records")->path().string(); }

TEST_CASE("a store of every earlier version is reported, continued and repeated, and nothing is trained again") {
  for (const auto& version : fs::directory_iterator(kFormats)) {
    INFO(version.path());
    const Program bnexp;
    fs::copy(version.path() / "first", bnexp.path("store"), fs::copy_options::recursive);
    const fs::path suite = bnexp.path("store/first.yaml");
    const auto before = bnexp.record_files("store");
    const auto report = bnexp({"report", bnexp.path("store").string()});
    INFO(report.err);
    CHECK(report.code == 0);
    const auto run = bnexp({"run", suite.string(), "--store", bnexp.path("store").string()});
    INFO(run.err);
    CHECK(run.code == 0);
    CHECK(contains(run.out, "nothing to train"));
    CHECK(bnexp.record_files("store") == before);
    const auto more = bnexp({"run", suite.string(), "--store", bnexp.path("store").string(), "--set", "seeds=3"});
    CHECK(more.code == 0);
    CHECK(bnexp.record_files("store").size() == before.size() + 4);
    for (const auto& [name, text] : before) CHECK(bnexp.record_files("store").at(name) == text);
    const Json record = Json::parse(read_file(any_record(version.path() / "first")));
    const auto repeat = bnexp({"repeat", any_record(version.path() / "first")});
    INFO(repeat.out);
    CHECK(repeat.code <= 1);  // other bits on another ISA than the record's
    const std::string here = Json::parse(read_file(any_record(bnexp.path("store")))).at("context").at("isa");
    if (record.at("context").at("isa") == here) CHECK(repeat.code == 0);
  }
}

TEST_CASE("a store of an earlier version with every status is reported, and only what did not finish is planned") {
  for (const auto& version : fs::directory_iterator(kFormats)) {
    INFO(version.path());
    const Program bnexp;
    fs::copy(version.path() / "every_status", bnexp.path("store"), fs::copy_options::recursive);
    REQUIRE(bnexp({"report", bnexp.path("store").string()}).code == 0);
    const std::string report = read_file(bnexp.path("store/report.md"));
    for (const char* status : {"ok", "diverged", "timeout", "crashed", "oom", "failed", "interrupted"}) {
      INFO(status);
      CHECK(contains(report, status));
    }
    const auto plan = bnexp({"plan", bnexp.path("store/every_status.yaml").string(), "--store",
                             bnexp.path("store").string(), "--set", kRefusedToday, "--json"});
    INFO(plan.err);
    REQUIRE(plan.code == 0);
    CHECK(Json::parse(plan.out).at("counts") == Json{{"trials", 12}, {"cached", 11}, {"to_run", 1}});
  }
}

TEST_CASE("a planned trial is trained from a copy of its store alone, to the same bits as in its run") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("whole", {"--set", "seeds=1", "--weights"})).code == 0);
  fs::create_directories(bnexp.path("copy/records"));
  fs::copy(bnexp.path("whole/suite.json"), bnexp.path("copy/suite.json"));
  fs::remove(bnexp.path("suite.yaml"));
  for (const auto& [name, record] : bnexp.records("whole")) {
    const auto outcome = bnexp({"trial", bnexp.path("copy").string(), record.at("trial")});
    INFO(outcome.err);
    CHECK(outcome.code == 0);
  }
  CHECK(bnexp.records("copy") == bnexp.records("whole"));
  CHECK(files(bnexp.path("copy/weights")) == files(bnexp.path("whole/weights")));
  const auto again = bnexp({"trial", bnexp.path("copy").string(), bnexp.records("whole").begin()->second.at("trial")});
  CHECK(contains(again.out, "nothing to train: every trial has its record\n1 trial: 1 ok"));
  CHECK(bnexp({"trial", bnexp.path("copy").string(), "0123456789abcdef"}).code == 2);
}

TEST_CASE("a planned trial with a setting that this release does not take is refused, and leaves no record") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("store", {"--set", "seeds=1"})).code == 0);
  const Json whole = Json::parse(read_file(bnexp.path("store/suite.json")));
  for (const auto& [place, value] : std::vector<std::pair<std::string, Json>>{
           {"/dropconnect", 0.5}, {"/train/nesterov", true}, {"/norm/epsilon", 1}, {"/train/batch_size", 0}}) {
    INFO(place);
    Json plan = whole;
    Json& settings = plan["arms"][0]["settings"];
    settings[Json::json_pointer(place)] = value;
    fs::remove_all(bnexp.path("store/records"));
    fs::create_directory(bnexp.path("store/records"));
    std::ofstream(bnexp.path("store/suite.json")) << plan.dump();
    const auto outcome = bnexp({"trial", bnexp.path("store").string(), plan["trials"][0]["trial"]});
    INFO(outcome.err);
    CHECK(outcome.code == 3);
    CHECK(contains(outcome.err, place.substr(place.rfind('/') + 1)));
    CHECK(bnexp.record_files("store").empty());
  }
}

TEST_CASE("a record of a newer version is refused and left as it is, by every command") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("store", {"--set", "seeds=1"})).code == 0);
  const std::string file = any_record(bnexp.path("store"));
  Json newer = Json::parse(read_file(file));
  newer["schema_version"] = 99;
  std::ofstream(file) << newer.dump();
  const auto before = files(bnexp.path("store"));
  const std::string store = bnexp.path("store").string();
  for (const auto& words : {bnexp.run_words("store", {"--set", "seeds=1"}),
                            {"plan", bnexp.path("suite.yaml").string(), "--store", store},
                            {"report", store},
                            {"repeat", file},
                            {"evaluate", file},
                            {"fold", file}}) {
    const auto outcome = bnexp(words);
    INFO(words[0] << ": " << outcome.err);
    CHECK(outcome.code == 3);
    CHECK(contains(outcome.err, "version 99 of the record format; this bnexp reads versions 1 to 2"));
  }
  CHECK(files(bnexp.path("store")) == before);
}

TEST_CASE("a record that was changed by hand is set aside with a note, and its trial trained again") {
  const Program bnexp;
  REQUIRE(bnexp(bnexp.run_words("store", {"--set", "seeds=1"})).code == 0);
  const auto before = bnexp.records("store");
  const std::string file = any_record(bnexp.path("store"));
  Json changed = Json::parse(read_file(file));
  changed["metrics"]["test_accuracy"] = 0.999;
  std::ofstream(file) << changed.dump();
  const auto repeat = bnexp({"repeat", file});
  CHECK(repeat.code == 3);
  CHECK(contains(repeat.err, "its checksum is wrong"));
  const auto run = bnexp(bnexp.run_words("store", {"--set", "seeds=1"}));
  CHECK(run.code == 0);
  CHECK(contains(run.err, file + ".damaged"));
  CHECK(bnexp.records("store") == before);
  CHECK(read_file(file + ".damaged") == changed.dump());
}

// --- mutations ---

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  // `text`, a JSON object, with one or two things wrong with it.
  std::string operator()(const std::string& text) {
    if (below(4) == 0) return broken(text);
    Json json = Json::parse(text);
    for (std::uint64_t i = 0; i <= below(2); ++i) change(json);
    if (json.contains("checksum") && below(2) == 0) json["checksum"] = Json();
    if (json.contains("checksum") && below(4) > 0) seal(json);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  std::string broken(std::string text) {
    switch (below(4)) {
      case 0:
        return text.substr(0, below(text.size()));
      case 1:
        text[below(text.size())] = static_cast<char>(below(256));
        return text;
      case 2:
        return std::string(200000, '[') + text;
      default:
        return text.insert(below(text.size()), "\xff\0{");
    }
  }

  Json value() {
    const std::vector<Json> values{nullptr,
                                   true,
                                   -1,
                                   0,
                                   1e308,
                                   "",
                                   "x",
                                   Json::array(),
                                   Json::object(),
                                   1000000000000,
                                   "\x1b[31m\u202e",
                                   std::string(300, 'a'),
                                   {{"name", "no_such_thing"}},
                                   {1, "a", nullptr},
                                   0.5,
                                   "ok"};
    return values[below(values.size())];
  }

  // Of one place, at any depth.
  void change(Json& json) {
    if (!json.is_structured() || json.empty() || below(5) == 0) {
      json = value();
      return;
    }
    auto place = json.begin();
    std::advance(place, below(json.size()));
    if (below(6) == 0) {
      json.erase(place);
    } else {
      change(*place);
    }
  }

  // Gives a record its right id, if it can have one, and its right checksum: what lies behind them is reached.
  static void seal(Json& record) {
    try {
      record["trial"] = id_of(record);
    } catch (const Json::exception&) {
    }
    record["checksum"] = checksum_of(record);
  }

  std::mt19937_64 random_;
};

// Of the file of this record: by its id, if it has one.
std::string name_of(const std::string& text, const std::string& otherwise) {
  const Json record = Json::parse(text, nullptr, false);
  const auto trial = record.is_object() ? record.find("trial") : record.end();
  const bool has_id = trial != record.end() && trial->is_string() && trial->get<std::string>().size() == 16;
  return has_id ? trial->get<std::string>() + ".json" : otherwise;
}

// Through report, plan, verify and repeat: no abort, and exit codes 0 to 3 only.
void try_mutations(int rounds, std::uint64_t seed) {
  const Program bnexp;
  fs::copy(kFormats / "v1" / "every_status", bnexp.path("old"), fs::copy_options::recursive);
  fs::copy(bnexp.path("old/every_status.yaml"), bnexp.path("every.yaml"));
  REQUIRE(bnexp(bnexp.run_words("new", {"--set", "seeds=2"})).code == 0);
  Mutator mutate(seed);
  for (int round = 0; round < rounds; ++round) {
    const bool old = round % 2 == 0;
    const fs::path store = bnexp.path("store");
    fs::remove_all(store);
    fs::copy(bnexp.path(old ? "old" : "new"), store, fs::copy_options::recursive);
    std::string mutated;
    for (const auto& [name, whole] : bnexp.record_files("store")) {
      const std::string text = mutate(whole);
      fs::remove(store / "records" / name);
      const fs::path file = store / "records" / name_of(text, name);
      std::ofstream(file) << text;
      if (!contains(text, "4000000") && !contains(text, "1000000000000")) mutated = file;  // `repeat` would take long
    }
    if (round % 3 == 0) {
      const std::string plan = mutate(read_file(store / "suite.json"));
      std::ofstream(store / "suite.json") << plan;
    }
    const std::string suite = bnexp.path(old ? "every.yaml" : "suite.yaml").string();
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"report", store.string()},
             old ? std::vector<std::string>{"plan", suite, "--store", store.string(), "--set", kRefusedToday}
                 : std::vector<std::string>{"plan", suite, "--store", store.string()},
             {"verify", store.string(), "--no-training"},
             {"verify", mutated, "--steps", "5"},
             {"repeat", mutated}}) {
      const auto outcome = bnexp(words);
      INFO("round " << round << ", " << words[0] << ": " << outcome.err << "\n" << read_file(mutated));
      CHECK(outcome.code >= 0);
      CHECK(outcome.code <= 3);
      if (words[0] == "plan") CHECK(outcome.code != 2);
      CHECK_FALSE(contains(outcome.err, "\x1b"));
      CHECK_FALSE(contains(outcome.out + outcome.err, "json.exception"));
    }
  }
}

TEST_CASE("damaged records and plans never abort a command") { try_mutations(8, 1); }

// 2,000 mutated files: bnexp_cli_tests '[.fuzz]'
TEST_CASE("two thousand damaged records and plans never abort a command", "[.fuzz]") {
  try_mutations(170, std::random_device{}());
}

}  // namespace
}  // namespace bnexp
