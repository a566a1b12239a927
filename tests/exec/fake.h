// Trials that train nothing and do as they are told: their settings' "fake" says what.
//   {"do": "train", "steps": 3, "step_ms": 0}   finishes `ok`, with numbers that depend on seed and data alone
//   {"do": "train", "gate": FILE}   the same, but not before FILE exists
//   {"do": "train", "wall_s": 5}    the same, and says that it took 5 s
//   {"do": "train", "mb": 300}      the same, and fills as many 10^6 bytes of memory meanwhile
//   {"do": "checkpoint"}    saves "half" and is killed; with "half" saved it finishes `ok`, with other bytes it refuses
//   them
//   {"do": "deaf"}          the same, in a worker that receives nothing after it
//   {"do": "descriptors"}   fails with the process's open descriptors as its message
//   {"do": "kill" | "abort" | "exit" | "throw" | "lose device" | "bad_alloc" | "garbage" | "half" | "nan" | "hang"}
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/suite/suite.h"
#include "exec/plan.h"
#include "exec/session.h"

namespace bnexp::test {

// Environment variable: a file to which each trial appends its seed and a line end as it begins.
inline constexpr const char* kDiary = "BNEXP_FAKE_DIARY";

train::TrialResult fake_train(const Json& settings, const data::Dataset& data, const train::Callbacks& callbacks);

// Makes an empty file: an open gate.
void touch(const std::filesystem::path& file);

// Four images of one pixel.
std::shared_ptr<data::Dataset> fake_data();

// Arm i has one trial, of seed i, that does what behaviours[i] says.
config::Suite fake_suite(const std::vector<Json>& behaviours);
std::vector<Json> repeat(std::size_t count, const Json& behaviour);

exec::Plan fake_plan(const config::Suite& suite, const store::Store* store, bool weights = false);
exec::RunOptions fake_options(int jobs);

// Plans, writes the plan and runs it; as `bnexp run` does.
exec::Summary fake_run(const config::Suite& suite, const std::filesystem::path& folder, exec::RunOptions options,
                       exec::Listener& listener, bool weights = false);

// The lines of a diary, sorted; what was trained, as often as it was.
std::vector<std::string> read_diary(const std::filesystem::path& file);

}  // namespace bnexp::test
