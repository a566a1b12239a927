// A record's file, as the store finds it and as `bnexp verify` inspects it. Nearly every change of a record breaks its
// checksum, so the same record is read once more with an id and a checksum that fit.
#include "store/record.h"

#include "base/error.h"
#include "base/hash.h"
#include "config/settings/spec.h"
#include "fuzz/input_file.h"
#include "store/integrity.h"
#include "store/store.h"
#include "train/trainer.h"

namespace bnexp {
namespace {

std::int64_t planned_steps(const Json& settings, std::int64_t train_images) {
  return train::planned_steps(config::from_json<config::TrialSpec>(settings), train_images);
}

void read(const std::string& trial, std::string_view bytes) {
  const auto file = fuzz::write_file("records/" + trial + ".json", bytes);
  try {
    if (const auto found = store::Store::open(fuzz::folder()).find(trial)) store::to_json(*found);
    store::inspect(file, nullptr, planned_steps);
  } catch (const Error&) {  // what a user reads
  }
}

// Id and checksum as they have to be; nothing where there is none for such a record.
std::optional<Json> repaired(Json record) {
  try {
    const std::string data = record.at("data").at("sha256");
    record.at("trial") = record.at("schema_version") == 1
                             ? store::first_trial_id(record.at("settings"), data, 3)
                             : store::trial_id(record.at("settings"), data, record.at("semantics"));
    Json summed;
    for (const char* key :
         {"data", "failure", "history", "metrics", "probes", "seed", "semantics", "settings", "status", "trial"}) {
      summed[key] = record.at(key);
    }
    record["checksum"] = sha256_hex(to_line(summed));
    return record;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace
}  // namespace bnexp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bnexp;
  const std::string_view text = fuzz::text_of(data, size);
  read("0123456789abcdef", text);
  const auto json = parse_json(text);
  if (!json || !json->is_object()) return 0;
  if (const auto record = repaired(*json)) read(record->at("trial"), to_file(*record));
  return 0;
}
