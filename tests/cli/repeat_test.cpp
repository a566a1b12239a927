// repeat as its user meets it.
#include "cli/records.h"

namespace bnexp {
namespace {

using namespace tests;

TEST_CASE("repeat gives verify's verdict on one record") {
  const Program bnexp;
  run(bnexp);
  const fs::path file = first_record(bnexp);
  const auto honest = bnexp({"repeat", file.string()});
  INFO(honest.out << honest.err);
  CHECK(honest.code == 0);
  CHECK(contains(honest.out, "values to the end"));
  tamper(bnexp, [](Json& r) { r["metrics"]["test_accuracy"] = 0.95; });
  const auto changed = bnexp({"repeat", file.string()});
  CHECK(changed.code == 1);
  CHECK(contains(changed.out, "differs, metrics.test_accuracy: 0.95 recorded"));
}

TEST_CASE("repeat says why it compares nothing, with exit code 3, and writes no weights") {
  const Program bnexp;
  const auto is_not_trained = [&](const fs::path& store, const std::string& why) {
    fs::copy(fs::path(BNEXP_SOURCE_DIR "/tests/store/formats/v1") / store, bnexp.path(store),
             fs::copy_options::recursive);
    for (const auto& entry : fs::directory_iterator(bnexp.path(store) / "records")) {
      const auto outcome = bnexp({"repeat", entry.path().string(), "--weights", bnexp.path("w.safetensors").string()});
      if (!contains(outcome.err, why)) continue;
      CHECK(outcome.code == 3);
      CHECK_FALSE(fs::exists(bnexp.path("w.safetensors")));
      return true;
    }
    return false;
  };
  CHECK(is_not_trained("other_semantics", "and this bnexp trains with engine 3, schedule/cosine"));
  CHECK(is_not_trained("every_status", "is not trained again: status failed, and no entry in the history"));
}

}  // namespace
}  // namespace bnexp
