#include "analysis/claim.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/registry.h"

namespace bnexp::analysis {
namespace {

Registry<ClaimKind>& kinds() {
  static Registry<ClaimKind> registry;
  return registry;
}

Json number(const std::optional<double>& value) { return value ? train::finite_or_null(*value) : Json(nullptr); }

Json to_json(const Answer& answer, const std::string& view) {
  return {{"verdict", to_string(answer.decision)},
          {"why", answer.why},
          {"unit", answer.unit},
          {"effect", number(answer.effect)},
          {"low", number(answer.low)},
          {"high", number(answer.high)},
          {"n", answer.n},
          {"view", view}};
}

}  // namespace

std::string to_string(Decision decision) {
  switch (decision) {
    case Decision::confirmed:
      return "confirmed";
    case Decision::refuted:
      return "refuted";
    case Decision::inconclusive:
      break;
  }
  return "inconclusive";
}

std::vector<const Arm*> Evidence::select(const Json& selection) const {
  std::vector<const Arm*> selected;
  for (const auto& arm : results.arms) {
    if (config::selects(selection, arm.settings)) selected.push_back(&arm);
  }
  return selected;
}

Json to_json(const ClaimAnswer& answer) {
  Json json = to_json(answer.answer, answer.view);
  json.update({{"id", answer.id}, {"says", answer.says}, {"source", answer.source}, {"kind", answer.kind}});
  json["other"] = answer.other ? to_json(*answer.other, answer.other_view) : Json(nullptr);
  return json;
}

void add_claim_kind(const std::string& name, ClaimKind kind) { kinds().add(name, std::move(kind)); }

std::vector<ClaimAnswer> decide_claims(const Json& claims, const Evidence& evidence) {
  std::vector<ClaimAnswer> answers;
  for (const auto& claim : claims) {
    ClaimAnswer& answer = answers.emplace_back();
    answer.id = claim.at("id");
    answer.says = claim.at("says");
    answer.source = claim.value("source", "");
    answer.kind = claim.at("kind");
    const ClaimKind* kind = kinds().find(answer.kind);
    if (kind == nullptr) {
      answer.answer.why = fmt::format("This version of bnexp has no claims of kind '{}'.", answer.kind);
      continue;
    }
    try {
      kind->decide(claim, evidence, answer);
    } catch (const Error& error) {
      answer.answer = {.why = fmt::format("The claim can't be read: {}.", error.what())};
    }
  }
  return answers;
}

bool is_as_claimed(const Trial& trial, const Arm& arm, const std::vector<ClaimAnswer>& claims) {
  if (trial.ok()) return true;
  return trial.outcome() == train::Status::diverged && std::ranges::any_of(claims, [&](const ClaimAnswer& claim) {
           return std::ranges::find(claim.may_fail, &arm) != claim.may_fail.end();
         });
}

}  // namespace bnexp::analysis
