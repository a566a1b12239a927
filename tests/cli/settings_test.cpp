// Records and plans whose settings don't go together, through every command that computes from them.
#include "cli/records.h"

namespace bnexp {
namespace {

using namespace tests;

// A store "store" of one trial with group norm over 8 channels.
void trained(const Program& bnexp) {
  bnexp.write("suite.yaml",
              "suite: small\nmodel: {name: mlp, widths: [8]}\nnorm: {name: group, groups: 2}\n"
              "data: {name: digits, train: 500, test: 200, validation: 100}\ntrain: {steps: 20}\n");
  REQUIRE(bnexp(bnexp.run_words("store", {"--weights"})).code == 0);
}

// The path of the store's only record, changed, under its new id and with a right checksum.
std::string changed_record(const Program& bnexp, const std::string& place, const Json& value) {
  Json record = Json::parse(read_file(first_record(bnexp)));
  REQUIRE(record["trial"] == id_of(record));
  record["settings"][Json::json_pointer(place)] = value;
  record["data"]["name"] = record["settings"]["data"]["name"];
  record["trial"] = id_of(record);
  fs::remove_all(bnexp.path("changed"));
  fs::create_directories(bnexp.path("changed/records"));
  const fs::path changed = bnexp.path("changed/records/" + record["trial"].get<std::string>() + ".json");
  write_record(changed, record);
  return changed.string();
}

// The id of the only trial in a store "planned" without records, whose plan is changed.
std::string change_plan(const Program& bnexp, const Json& norm) {
  Json plan = Json::parse(read_file(bnexp.path("store/suite.json")));
  Json& arm = plan["arms"][0];
  Json record = Json::parse(bnexp.record_files("store").begin()->second);
  arm["settings"]["norm"] = norm;
  record["settings"]["norm"] = norm;
  plan["trials"][0]["trial"] = id_of(record);
  fs::remove_all(bnexp.path("planned"));
  fs::create_directories(bnexp.path("planned/records"));
  std::ofstream(bnexp.path("planned/suite.json")) << plan.dump(1) << "\n";
  return plan["trials"][0]["trial"];
}

TEST_CASE("a record or plan with a norm that doesn't fit the model is refused by a sentence, and nothing is trained") {
  const Program bnexp;
  trained(bnexp);
  const auto group = [](std::int64_t groups) {
    return Json{{"name", "group"}, {"affine", true}, {"eps", 1e-5}, {"groups", groups}};
  };
  for (const auto& [norm, reason] : std::vector<std::pair<Json, std::string>>{
           {group(7), "norm: groups 7 doesn't divide the 8 channels of norm1"},
           {group(std::int64_t{1} << 62), "doesn't divide the 8 channels of norm1"},
           {group(8), "norm: groups 8 leaves one value per group in norm1"},
           {{{"name", "instance"}, {"affine", false}, {"eps", 1e-5}}, "norm1"}}) {
    const std::string record = changed_record(bnexp, "/norm", norm);
    const std::string kept = bnexp.path("store/weights/").string() +
                             fs::path(bnexp.record_files("store").begin()->first).stem().string() + ".safetensors";
    const std::string trial = change_plan(bnexp, norm);
    const std::string planned = bnexp.path("planned").string();
    for (const auto& words : std::vector<std::vector<std::string>>{{"repeat", record},
                                                                   {"verify", record},
                                                                   {"evaluate", record, "--weights", kept},
                                                                   {"fold", record, "--weights", kept},
                                                                   {"trial", planned, trial},
                                                                   {"work", planned}}) {
      const auto outcome = bnexp(words);
      INFO(words[0] << " " << norm.dump() << ": " << outcome.out << outcome.err);
      CHECK(outcome.code == 3);
      CHECK(contains(outcome.out + outcome.err, "has settings that don't go together: norm: "));
      CHECK(contains(outcome.out + outcome.err, reason));
      CHECK(bnexp.record_files("planned").empty());
    }
  }
}

TEST_CASE("a record whose settings no release takes is refused by a sentence, and ends no other command") {
  const Program bnexp;
  trained(bnexp);
  const std::string kept = bnexp.path("store/weights/" + first_record(bnexp).stem().string() + ".safetensors").string();
  for (const auto& [place, value, reason] :
       std::vector<std::tuple<std::string, Json, std::string>>{{"/norm", {{"name", "no_norm"}}, "no_norm"},
                                                               {"/model", {{"name", "no_model"}}, "no_model"},
                                                               {"/data", {{"name", "no_data"}}, "no_data"},
                                                               {"/train/batch_size", 0, "batch_size"},
                                                               {"/model/widths", {0}, "widths"},
                                                               {"/model/widths", {1'000'000'000}, "widths"},
                                                               {"/model/widths", {1'000'000'000'000}, "widths"}}) {
    const std::string record = changed_record(bnexp, place, value);
    const std::string store = bnexp.path("changed").string();
    for (const auto& words : std::vector<std::vector<std::string>>{{"repeat", record},
                                                                   {"verify", record},
                                                                   {"evaluate", record, "--weights", kept},
                                                                   {"fold", record, "--weights", kept}}) {
      const auto outcome = bnexp(words);
      INFO(words[0] << " " << place << ": " << outcome.out << outcome.err);
      CHECK(outcome.code == 3);
      CHECK(contains(outcome.out + outcome.err, reason));
    }
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"report", store}, {"plan", bnexp.path("suite.yaml").string(), "--store", store}}) {
      const auto outcome = bnexp(words);
      INFO(words[0] << " " << place << ": " << outcome.out << outcome.err);
      CHECK(outcome.code == 0);
    }
  }
}

TEST_CASE("a changed record and plan whose settings go together are trained") {
  const Program bnexp;
  trained(bnexp);
  const Json norm{{"name", "group"}, {"affine", true}, {"eps", 1e-5}, {"groups", 4}};
  const auto repeated = bnexp({"repeat", changed_record(bnexp, "/norm", norm)});
  INFO(repeated.out << repeated.err);
  CHECK(repeated.code == 1);
  CHECK(contains(repeated.out, "differs"));
  change_plan(bnexp, norm);
  CHECK(bnexp({"work", bnexp.path("planned").string()}).code == 0);
  CHECK(bnexp.record_files("planned").size() == 1);
}

}  // namespace
}  // namespace bnexp
