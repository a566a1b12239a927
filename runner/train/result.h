// The result of a trial with any status. Free of LibTorch, so that records, reports and executors need none.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/json.h"

namespace bnexp::train {

enum class Status { ok, diverged, timeout, crashed, oom, failed, interrupted };

inline constexpr std::array<std::pair<Status, const char*>, 7> kStatusNames{{{Status::ok, "ok"},
                                                                             {Status::diverged, "diverged"},
                                                                             {Status::timeout, "timeout"},
                                                                             {Status::crashed, "crashed"},
                                                                             {Status::oom, "oom"},
                                                                             {Status::failed, "failed"},
                                                                             {Status::interrupted, "interrupted"}}};

inline std::string to_string(Status status) { return kStatusNames[static_cast<std::size_t>(status)].second; }

inline std::optional<Status> status_of(const std::string& text) {
  for (const auto& [value, name] : kStatusNames) {
    if (text == name) return value;
  }
  return std::nullopt;
}

// True for statuses that training the trial again would only repeat; such a trial counts as done.
inline bool is_final(Status status) { return status == Status::ok || status == Status::diverged; }

// Why a trial isn't ok.
struct Failure {
  std::string message;  // one sentence for a person
  // diverged: the first step whose loss, gradient or buffer isn't finite; failed, oom: steps taken, if known
  std::optional<std::int64_t> step{};
  std::string layer{};          // diverged: "conv1"; else empty
  std::string tensor{};         // diverged: "loss", "grad of weight", "running_var"; else empty
  std::optional<int> signal{};  // crashed
};

// JSON has no NaN and no infinity; null represents them.
inline Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

struct TrialResult {
  Status status = Status::failed;
  std::optional<Failure> failure;
  Json data = Json::object();  // {"name", "sha256", "train", "validation", "test"}: name, checksum, image counts
  // [{"step", "epoch", "lr", "train_loss", "validation_loss"?, "validation_accuracy"?}]. A loss on validation or test
  // images that isn't finite is null: it is data, and no reason to end a trial.
  Json history = Json::array();
  Json metrics = Json::object();  // final numbers by name; accuracies are fractions of 1, losses are means over samples
  Json probes = Json::object();   // by probe name; the same bits in every run
  Json timing = Json::object();   // seconds, bytes, rates: may differ between two runs
};

}  // namespace bnexp::train
